//! Threads that the system does not give: a session does with fewer.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ndarray::ArrayD;
use tf1::{Graph, Session, SessionOptions};

/// Set in the process that has little memory.
const INSIDE: &str = "TF1_TEST_LITTLE_MEMORY";

const NAME: &str = "startup::a_session_does_with_the_threads_that_it_gets";

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "limits of address space are Linux's"
)]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_session_does_with_the_threads_that_it_gets() {
    if std::env::var_os(INSIDE).is_some() {
        return ask_for_many();
    }
    let program = std::env::current_exe().expect("the test has a file");
    for kilobytes in (60_000..=240_000).step_by(45_000) {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\""))
            .arg(&program)
            .args([NAME, "--exact", "--test-threads=1"])
            .env(INSIDE, "1")
            .stdout(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let deadline = Instant::now() + Duration::from_secs(60);
        let ended = loop {
            match child.try_wait().expect("it is ours") {
                None if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                ended => break ended,
            }
        };
        let _ = child.kill();
        let ended = ended.unwrap_or_else(|| panic!("{kilobytes} kB: hangs"));
        assert!(ended.success(), "{kilobytes} kB: {ended}");
    }
}

fn ask_for_many() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1 << 18]);
    let y = tf1::exp(&x);
    let ones = ArrayD::ones(vec![1 << 18]);
    let expected = 1f32.exp();
    for threads in [1, 1 << 14, 1 << 40, usize::MAX] {
        let options = SessionOptions::new().threads(threads);
        let session = Session::with_options(&graph, options).expect("the graph is right");
        for _ in 0..5 {
            let found = session.run(&y, [x.feed(&ones)]).expect("there is memory");
            assert!(found.iter().all(|y| (y - expected).abs() < 1e-5));
        }
    }
}
