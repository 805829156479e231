//! The golden test: does the crate compute, print and raise what TensorFlow 1.15 did?
//!
//! `$TF1_SHARED/golden` (default `../shared/golden` beside the crate) holds what TensorFlow 1.15.5
//! computed for some 4,000 cases, as JSON; the README there explains the forms. This test reads
//! whatever cases stand there and does each of them with the crate.
//!
//! ```text
//! cargo test --test golden                          all cases
//! cargo test --test golden -- ops/arithmetic        those with this text in their path
//! cargo test --test golden -- --list grads          their paths
//! cargo test --test golden -- --excepted            all, and which cases are excepted for what
//! TF1_GOLDEN_SHARE=1/8 cargo test --test golden     an eighth of them, chosen by a hash of the path
//! ```
//!
//! Every case is run whatever became of those before it; a panic is a failure of its case. Each
//! failure is told with all that differed, and the last line counts: `golden: 1234 passed, 0
//! failed, 56 excepted`. Where the golden files are missing, nothing is checked, which is a failure
//! if the variable `CI` is set. A case passes only if something was compared, and some cases are
//! run with something taken out, a value or a run, to see that they fail then ([`spoiled`]).
//!
//! # How a case is run
//!
//! [`cases`] finds the cases and sees from the form of each what to do with it:
//!
//! | a case with | is run by | which |
//! | --- | --- | --- |
//! | `steps` and `fetch` | [`program`] | makes TensorFlow's calls through the table of [`bindings`] and compares what was built, computed and raised |
//! | `variables` and `values` | [`initializers`] | makes variables and initializes them twice |
//! | `model` | [`trajectories`] | trains for ten steps |
//! | `calls` | [`numpy_legacy`] | draws from NumPy's legacy generator |
//! | `code` | [`counterparts`] | calls a function that does in Rust what the Python code does |
//! | anything else | [`counterparts`], by its folder | trains the network for the photographs of hand signs, or reads the files that TensorFlow wrote |
//!
//! Programs are dynamic, the crate is typed. [`value::Value`] is any Python value, an
//! [`object::Object`] among them: an optimizer, an initializer, a scope. Methods and attributes are
//! rows of the same table, named by the kind of value (`Optimizer.minimize`, `Variable.dtype`) with
//! the value as argument `self`; what stands behind `with` is a row that runs the steps below it
//! ([`call::Call::run_body`]). A binding takes the arguments of its [`call::Call`], chooses the
//! element type with a macro of [`dispatch`] and calls the crate's public function. It is a row of
//! a table and two or three lines:
//!
//! ```text
//! bind("tf.saturate_cast", "value, dtype", |c| {
//!     numeric!(c, c.dtype_of(&["value"])?, T => numeric!(c, c.dtype("dtype", DType::Float32)?, R => {
//!         c.returns(tf1::saturate_cast::<T, R>(c.operand("value")?, tf1::ElementType::<R>::new()))
//!     }))
//! }),
//! ```
//!
//! Python numbers become constants of the other operand's type, and have their nodes named, by the
//! crate itself, as numbers in a Rust user's program do. An argument that a binding does not know,
//! or does not use, is a lack.
//!
//! # What must agree
//!
//! Names, printed forms, op types, static shapes, integers, bools and random streams must be equal;
//! floats within the tolerances that the table in [`compare`] gives. Where the versions of
//! TensorFlow disagree about NaN or an infinity, the case's `agreement` says so and either value
//! will do.
//!
//! # Exceptions
//!
//! A case stops where it needs something that the crate does not have: a function without a
//! binding, an argument, an element type ([`trouble::Trouble::Lacks`]). If `exceptions.txt` names
//! that with a reason (never the case), and all other functions of the case that have no binding,
//! the case counts as excepted; any other failure of it is a failure. So do cases that say in a
//! `note` that they are not required. What Rust's compiler refuses ([`trouble::Trouble::Refused`])
//! counts only where TensorFlow raises an error, too. An exception that no case needs any more
//! fails a run over all cases.

mod arguments;
mod array;
mod bindings;
mod call;
mod cases;
mod compare;
mod counterparts;
mod dispatch;
mod exceptions;
mod failing;
mod function;
mod initializers;
mod json;
mod literal;
mod names;
mod numpy_legacy;
mod object;
mod operand;
mod options;
mod outputs;
mod program;
mod recorded;
mod returned;
mod runner;
mod runs;
mod share;
mod sparse;
mod spoiled;
mod steps;
#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;
mod trajectories;
mod trouble;
mod value;
mod words;
mod written;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cases::Case;
use options::Options;
use share::Share;

fn main() -> ExitCode {
    let options = Options::read(env::args().skip(1));
    let directory = shared_directory().join("golden");
    let cases = cases::find(&directory);
    if cases.is_empty() {
        println!(
            "golden: the golden files are missing (there are none in {}); nothing was checked",
            directory.display()
        );
        return if env::var_os("CI").is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let share = match env::var(share::VARIABLE)
        .ok()
        .map(|text| Share::read(&text))
    {
        Some(Err(wrong)) => {
            println!("golden: {wrong}");
            return ExitCode::FAILURE;
        }
        Some(Ok(share)) => Some(share),
        None => None,
    };
    let is_in_share = |case: &Case| share.is_none_or(|share| share.holds(&case.path));
    let wanted: Vec<&Case> = cases
        .iter()
        .filter(|case| options.wants(&case.path) && is_in_share(case))
        .collect();
    if let Some(share) = share {
        println!("golden: {share}, {} of {} cases", wanted.len(), cases.len());
    }
    if options.list {
        wanted.iter().for_each(|case| println!("{}", case.path));
        return ExitCode::SUCCESS;
    }
    let all_went_well = {
        let complete = options.wants_all() && share.is_none();
        runner::run(&wanted, &exceptions::read(), complete, options.excepted)
    };
    if all_went_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `$TF1_SHARED`, else `../shared` beside the crate.
fn shared_directory() -> PathBuf {
    env::var_os("TF1_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    )
}
