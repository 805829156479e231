mod array;
mod bindings;
mod call;
mod cases;
mod compare;
mod counterparts;
mod dispatch;
mod exceptions;
mod initializers;
mod json;
mod numpy_legacy;
mod options;
mod program;
mod runner;
mod sparse;
mod trajectories;
mod trouble;
mod value;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cases::Case;
use options::Options;

fn main() -> ExitCode {
    let options = Options::read(env::args().skip(1));
    let directory = shared_directory().join("golden");
    let cases = cases::find(&directory);
    if cases.is_empty() {
        println!("golden: the golden files are missing (there are none in {}); nothing was checked", directory.display());
        return if env::var_os("CI").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let wanted: Vec<&Case> = cases.iter().filter(|case| options.wants(&case.path)).collect();
    if options.list {
        wanted.iter().for_each(|case| println!("{}", case.path));
        return ExitCode::SUCCESS;
    }
    let all_went_well = runner::run(&wanted, &exceptions::read(), options.wants_all());
    if all_went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `$TF1_SHARED`, else `../shared` beside the crate.
fn shared_directory() -> PathBuf {
    env::var_os("TF1_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}
