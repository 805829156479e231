//! A newer model for a session that answers: it is restored while threads ask, and every answer
//! must be that of one of the two models.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ndarray::{Array2, ArrayD};
use tf1 as tf;
use tf1::SessionOptions;
use tf1::prelude::*;

use super::classifier::{Classifier, pictures};
use super::outcome::Outcome;

/// A session that answers, what it is asked, and what each model answers, to the last bit.
struct Reload<'a> {
    session: &'a Session,
    classifier: &'a Classifier,
    pictures: Vec<Array2<f32>>,
    old: Vec<ArrayD<f32>>,
    new: Vec<ArrayD<f32>>,
    answered: AtomicUsize,
    reloaded: AtomicBool,
}

/// Whose the answers were.
#[derive(Debug, Default)]
struct Answers {
    old: usize,
    new: usize,
    /// Those of neither model.
    mixed: usize,
    /// Those of the old model to what was asked after the new one had been restored.
    late: usize,
    slowest: Duration,
}

/// Trains a copy of the model of `session`, saves it in `folder`, and restores it into `session`
/// while `threads` threads ask.
pub fn reload(
    session: &Session,
    classifier: &Classifier,
    (threads, requests): (usize, usize),
    folder: &Path,
    out: &mut impl Write,
) -> Outcome {
    let pictures = pictures(0, 8);
    let old = answers(session, classifier, &pictures)?;
    let trainer = Session::with_options(session.graph(), SessionOptions::new().threads(1))?;
    trainer.run(&classifier.init, [])?;
    for (number, picture) in (0..).zip(&pictures) {
        let label = classifier.label.feed([number % 6]);
        trainer.run(&classifier.train, [classifier.picture.feed(picture), label])?;
    }
    classifier.saver.save(&trainer, folder.join("signs"), 8)?;
    let new = answers(&trainer, classifier, &pictures)?;
    let reload = Reload {
        session,
        classifier,
        pictures,
        old,
        new,
        answered: AtomicUsize::new(0),
        reloaded: AtomicBool::new(false),
    };
    let (took, all) = reload.while_threads_ask(threads, requests, folder)?;
    writeln!(
        out,
        "a newer model was restored in {:.1} ms while {threads} threads asked: {} answers of the old, {} of the new, {} of a mixture; the slowest took {} µs",
        took.as_secs_f64() * 1e3,
        all.old,
        all.new,
        all.mixed,
        all.slowest.as_micros()
    )?;
    match all.mixed + all.late {
        0 => Ok(()),
        wrong => Err(format!("{wrong} answers are not those of the model of their moment").into()),
    }
}

/// What the model of `session` makes of each picture.
fn answers(
    session: &Session,
    classifier: &Classifier,
    pictures: &[Array2<f32>],
) -> tf::Result<Vec<ArrayD<f32>>> {
    let answer = |picture| {
        let feeds = [classifier.picture.feed(picture)];
        session.run(&classifier.probabilities, feeds)
    };
    pictures.iter().map(answer).collect()
}

impl Reload<'_> {
    /// Restores the latest checkpoint in `folder` when half of the requests are answered; how long
    /// that took, and all answers.
    fn while_threads_ask(
        &self,
        threads: usize,
        requests: usize,
        folder: &Path,
    ) -> tf::Result<(Duration, Answers)> {
        thread::scope(|scope| {
            let worker = |thread| scope.spawn(move || self.ask(thread, requests / threads));
            let workers = (0..threads).map(worker).collect::<Vec<_>>();
            while self.answered.load(Ordering::Relaxed) < requests / 2
                && !workers.iter().any(|worker| worker.is_finished())
            {
                thread::sleep(Duration::from_micros(50));
            }
            let start = Instant::now();
            let restored = self.restore_latest(folder);
            let took = start.elapsed();
            // Also after a failure, lest the threads ask for ever.
            self.reloaded.store(true, Ordering::Release);
            let mut all = Answers::default();
            for worker in workers {
                all.add(&worker.join().expect("a thread that asks does not panic")?);
            }
            restored.map(|()| (took, all))
        })
    }

    /// What a server does when it hears of a newer model. All variables change in one moment.
    fn restore_latest(&self, folder: &Path) -> tf::Result<()> {
        let latest = tf::train::latest_checkpoint(folder)?;
        self.classifier.saver.restore(self.session, latest)
    }

    /// Asks `requests` times at least, and until the newer model is there.
    fn ask(&self, thread: usize, requests: usize) -> tf::Result<Answers> {
        let Classifier {
            picture,
            probabilities,
            ..
        } = self.classifier;
        let step = self.session.prepare(probabilities, picture)?;
        let mut all = Answers::default();
        for request in 1.. {
            let number = (thread + request) % self.pictures.len();
            let reloaded = self.reloaded.load(Ordering::Acquire);
            let start = Instant::now();
            let answer = step.run([picture.feed(&self.pictures[number])])?;
            all.slowest = all.slowest.max(start.elapsed());
            self.answered.fetch_add(1, Ordering::Relaxed);
            let [old, new] = [&self.old, &self.new].map(|model| answer == model[number]);
            all.old += usize::from(old);
            all.new += usize::from(new);
            all.mixed += usize::from(!old && !new);
            all.late += usize::from(reloaded && !new);
            if reloaded && request >= requests {
                break;
            }
        }
        Ok(all)
    }
}

impl Answers {
    fn add(&mut self, other: &Answers) {
        self.old += other.old;
        self.new += other.new;
        self.mixed += other.mixed;
        self.late += other.late;
        self.slowest = self.slowest.max(other.slowest);
    }
}
