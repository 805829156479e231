//! What files, searches and sessions take from the system: memory while they work, and afterwards
//! no open file, no lock and no thread, whether they were dropped, closed or failed halfway.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use ndarray::{Array1, ArrayD};
use tf1 as tf;
use tf1::summary::{FileWriter, Summary};
use tf1::train::{CheckpointReader, Saver, summary_iterator};
use tf1::tune::{Panda, Search, Space, Steer, SuccessiveHalving, Train, each_epoch};
use tf1::{AnyArray, Error, Graph, Session, SessionOptions};

#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../examples/common/test_files.rs"]
mod test_files;

use test_files::TestFolder;

#[path = "common/allocator.rs"]
#[allow(dead_code, reason = "each test needs some of the counts")]
mod allocator;

use allocator::{BYTES, PEAK};

/// How many bytes more than before are held at once while `work` runs.
fn peak<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = BYTES.load(SeqCst);
    PEAK.store(before, SeqCst);
    let result = work();
    ((PEAK.load(SeqCst) - before) as usize, result)
}

/// One after the other, as the whole process is looked at.
#[test]
fn what_is_taken_is_given_back() -> tf::Result<()> {
    a_save_holds_no_copy_and_a_restore_one()?;
    if !cfg!(target_os = "linux") {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI is set, but open files and threads are counted on Linux only"
        );
        println!("not tested: open files and threads are counted on Linux only");
        return Ok(());
    }
    files_are_closed()?;
    searches_end()?;
    threads_end()
}

/// Room for pieces, names and messages.
const LITTLE: usize = 1 << 20;

/// 28 MB in variables of several types, more than fit into a piece.
fn large() -> tf::Result<(Graph, Session, usize)> {
    let graph = Graph::new();
    let numbers = Array1::from_shape_fn(5_000_000, |i| i as f32);
    let flags = Array1::from_shape_fn(4_000_000, |i| i % 3 == 0);
    let doubles = Array1::from_shape_fn(500_000, |i| i as f64 / 7.0);
    let size = 4 * numbers.len() + flags.len() + 8 * doubles.len();
    let variables = [
        graph
            .get_variable::<f32>("numbers", [5_000_000], tf::initializers::zeros())
            .any(),
        graph
            .get_variable::<bool>("flags", [4_000_000], tf::initializers::zeros())
            .any(),
        graph
            .get_variable::<f64>("doubles", [500_000], tf::initializers::zeros())
            .any(),
    ];
    let values = [numbers.into(), flags.into(), doubles.into()];
    let session = Session::new(&graph)?;
    session.load(variables.into_iter().zip::<[AnyArray; 3]>(values))?;
    Ok((graph, session, size))
}

fn a_save_holds_no_copy_and_a_restore_one() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session, size) = large()?;
    let saver = Saver::new(&graph);
    let (more, prefix) = peak(|| saver.save(&session, folder.file("m"), None));
    let prefix = prefix?;
    assert!(more < LITTLE, "a save took {more} bytes");

    let before = session.snapshot(graph.global_variables())?;
    let (more, restored) = peak(|| saver.restore(&session, &prefix));
    restored?;
    assert!(
        more < size + LITTLE,
        "a restore took {more} bytes for {size}"
    );
    assert_eq!(session.snapshot(graph.global_variables())?, before);

    let (more, read) = peak(|| CheckpointReader::new(&prefix)?.get_tensor("numbers"));
    assert_eq!(read?.shape(), [5_000_000]);
    assert!(more < 4 * 5_000_000 + LITTLE, "a tensor took {more} bytes");

    // The last byte of all, which is known to be wrong when everything has been read.
    let data = folder.file("m.data-00000-of-00001");
    let mut bytes = fs::read(&data).expect("there are data");
    *bytes.last_mut().expect("there are bytes") ^= 1;
    fs::write(&data, bytes).expect("they can be written");
    let (more, refused) = peak(|| saver.restore(&session, &prefix));
    assert!(matches!(refused, Err(Error::DataLoss(_))), "{refused:?}");
    assert!(
        more < size + LITTLE,
        "a restore that failed took {more} bytes for {size}"
    );
    assert_eq!(session.snapshot(graph.global_variables())?, before);

    // An index that promises more than there is costs nothing.
    fs::write(&data, b"cut").expect("they can be written");
    let (more, refused) = peak(|| saver.restore(&session, &prefix));
    assert!(matches!(refused, Err(Error::DataLoss(_))), "{refused:?}");
    assert!(more < LITTLE, "a restore of nothing took {more} bytes");
    Ok(())
}

/// How many entries a folder of /proc/self has.
fn entries(folder: &str) -> usize {
    fs::read_dir(Path::new("/proc/self").join(folder)).map_or(0, Iterator::count)
}

/// Open files and threads.
fn held() -> (usize, usize) {
    (entries("fd"), entries("task"))
}

/// Fails if `work` leaves files open or threads running. A thread may take a moment to end.
fn leaves_nothing<R>(what: &str, work: impl FnOnce() -> R) -> R {
    let before = held();
    let result = work();
    let deadline = Instant::now() + Duration::from_secs(20);
    while held() != before && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(held(), before, "files and threads after {what}");
    result
}

fn files_are_closed() -> tf::Result<()> {
    let folder = TestFolder::new();
    let logs = folder.file("logs");
    let writers = leaves_nothing("close", || -> tf::Result<Vec<FileWriter>> {
        let writer = || {
            let writer = FileWriter::new(&logs)?;
            writer.add_summary(&Summary::scalar("cost", 0.5), 1)?;
            writer.close()?;
            writer.close()?;
            Ok(writer)
        };
        (0..50).map(|_| writer()).collect()
    })?;
    let path = writers[0].path();
    assert!(path.is_file() && writers[0].get_logdir() == logs);
    let closed = writers[0].add_summary(&Summary::scalar("cost", 0.5), 2);
    assert!(matches!(closed, Err(Error::FailedPrecondition(_))));
    leaves_nothing("a writer that was opened again and dropped", || {
        let writer = writers.into_iter().next().expect("there are fifty");
        writer.reopen()?;
        assert_ne!(writer.path(), path);
        writer.add_summary(&Summary::scalar("cost", 0.5), 3)
    })?;
    leaves_nothing("a writer without a place", || {
        FileWriter::new(path.join("inside a file")).expect_err("it cannot be made");
    });
    // Kept after their end, and dropped before.
    let _ended = leaves_nothing("reading to the end", || {
        let mut events = summary_iterator(&path).expect("it can be read");
        assert_eq!(events.by_ref().count(), 2);
        events
    });
    let bytes = fs::read(&path).expect("it can be read");
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("it can be written");
    let _failed = leaves_nothing("reading what was cut off", || {
        let mut events = summary_iterator(&path).expect("it can be read");
        assert!(events.by_ref().any(|event| event.is_err()));
        events
    });
    leaves_nothing("an event", || {
        summary_iterator(&path).map(|mut events| events.next())
    })?;
    checkpoints_are_closed(&folder)
}

fn checkpoints_are_closed(folder: &TestFolder) -> tf::Result<()> {
    let (graph, session, _) = large()?;
    let saver = Saver::new(&graph).max_to_keep(1);
    let prefix = leaves_nothing("saving", || {
        saver.save(&session, folder.file("m"), 1)?;
        saver.save(&session, folder.file("m"), 2)
    })?;
    leaves_nothing("restoring", || saver.restore(&session, &prefix))?;
    let _reader = leaves_nothing("reading", || {
        let reader = CheckpointReader::new(&prefix)?;
        reader.get_tensor("flags")?;
        Ok::<_, tf::Error>(reader)
    })?;
    leaves_nothing("what cannot be saved", || {
        fs::create_dir(folder.file("m-3.data-00000-of-00001")).expect("a folder can be made");
        saver
            .save(&session, folder.file("m"), 3)
            .expect_err("a folder is in the way");
    });
    leaves_nothing("what cannot be restored", || {
        let data = folder.file("m-2.data-00000-of-00001");
        let mut bytes = fs::read(&data).expect("there are data");
        bytes[9_000_000] ^= 1;
        fs::write(&data, &bytes).expect("they can be written");
        let damaged = saver.restore(&session, &prefix);
        assert!(matches!(damaged, Err(Error::DataLoss(_))), "{damaged:?}");
        fs::remove_file(&data).expect("it can be removed");
        let gone = saver.restore(&session, &prefix);
        assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    });
    Ok(())
}

/// Each of them must be able to lock the file that the one before has locked.
fn searches_end() -> tf::Result<()> {
    let folder = TestFolder::new();
    let search = Search::random(Space::new().uniform("x", 0.0..=1.0), 6)
        .epochs(4)
        .threads(3)
        .halving(SuccessiveHalving::new(1))
        .log(folder.file("trials"));
    let broken = search
        .clone()
        .on_trial(|progress| assert!(progress.done < 2, "no more than one"));
    let model = |_: &tf::tune::Trial| Ok(each_epoch(|epoch| Ok(1.0 / (epoch as f64 + 1.0))));
    leaves_nothing("a search whose caller panics", || {
        broken.minimize("cost", model).expect_err("it panics");
    });
    leaves_nothing("a search that asks for what is not there", || {
        let asks = |trial: &tf::tune::Trial| {
            let y = trial.f64("y")?;
            Ok(each_epoch(move |_| Ok(y)))
        };
        search.minimize("cost", asks).expect_err("there is no y");
    });
    leaves_nothing("a search whose models panic", || {
        let panics = |trial: &tf::tune::Trial| -> tf::Result<_> {
            assert!(trial.number().is_multiple_of(2), "an odd one");
            Ok(each_epoch(|_| panic!("in an epoch")))
        };
        let other = search.clone().log(folder.file("other"));
        other.minimize("cost", panics).map(drop)
    })?;
    let _report = leaves_nothing("a search", || search.minimize("cost", model))?;
    leaves_nothing("a search of another's file", || {
        let other = search.clone().seed(1);
        other.minimize("cost", model).expect_err("it is another's");
    });
    leaves_nothing("a search that has ended", || {
        search.minimize("cost", model).map(drop)
    })
}

/// A model that fails in its third epoch.
struct Model;

impl Train for Model {
    fn epoch(&mut self, epoch: usize) -> tf::Result<f64> {
        if epoch == 2 {
            return Err(Error::unknown("the third epoch"));
        }
        Ok(1.0)
    }
}

impl Steer for Model {
    type State = ();

    fn save(&self) -> tf::Result<()> {
        Ok(())
    }

    fn restore(&mut self, (): &()) -> tf::Result<()> {
        Ok(())
    }

    fn set(&mut self, _: &str, _: f64) -> tf::Result<()> {
        panic!("nothing can be set")
    }
}

fn threads_end() -> tf::Result<()> {
    leaves_nothing("a panda that was stopped", || {
        let panda = Panda::start(Model)?;
        panda.train_until(2)?;
        panda.wait()?;
        panda.stop();
        Ok::<_, tf::Error>(())
    })?;
    leaves_nothing("pandas that failed or were dropped while training", || {
        let failed = Panda::start(Model)?;
        failed.train_until(5)?;
        failed.wait().expect_err("the third epoch fails");
        let panicked = Panda::start(Model)?;
        panicked.set("rate", 1.0).expect_err("it panics");
        Panda::start(Model)?.train_until(2)
    })?;
    leaves_nothing("sessions", || {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", tf::shape![?]);
        let y = tf::reduce_sum(tf::sqrt(&x), ..);
        let long = ArrayD::<f32>::ones(vec![1 << 20]);
        let options = SessionOptions::new().threads(5);
        let before = held();
        let sessions: Vec<Session> = (0..20)
            .map(|_| Session::with_options(&graph, options))
            .collect::<tf::Result<_>>()?;
        for session in &sessions {
            session.run(&y, [x.feed(&long)])?;
            session.run(&y, []).expect_err("nothing is fed");
            session.close();
        }
        // All of them share four, and the caller's.
        assert!(held().1 <= before.1 + 4, "{:?} after {before:?}", held());
        Ok::<_, tf::Error>(())
    })
}
