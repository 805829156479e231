//! The panda: a model of a session, steered while it is trained.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ndarray::{Array1, Array2, arr0};
use tf1::tune::{Panda, SavedVariables, Steer, Train};
use tf1::{self as tf, Error, Result, train::Optimizer};

/// A line through points, by momentum, whose learning rate is a variable. Every epoch takes the
/// points from another one on.
struct Line<'a> {
    session: tf::Session,
    x: tf::Tensor<f32>,
    y: tf::Tensor<f32>,
    train: tf::Operation,
    cost: tf::Tensor<f32>,
    learning_rate: tf::Variable<f32>,
    data: &'a (Array2<f32>, Array1<f32>),
    /// What goes wrong, and in which epoch.
    trouble: Option<(usize, Trouble)>,
    restore_fails: bool,
}

#[derive(Clone, Copy)]
enum Trouble {
    Error,
    Panic,
}

fn data() -> (Array2<f32>, Array1<f32>) {
    let x = Array2::from_shape_fn((12, 2), |(row, column)| {
        (row * 7 + column * 5) as f32 % 11.0 / 11.0
    });
    let y = x.dot(&Array1::from(vec![3.0, -2.0])) + 0.5;
    (x, y)
}

impl<'a> Line<'a> {
    fn new(data: &'a (Array2<f32>, Array1<f32>)) -> Self {
        let graph = tf::Graph::new();
        let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
        let y = graph.placeholder::<f32>("y", tf::shape![?]);
        let w = graph.get_variable("w", [2, 1], tf::initializers::zeros());
        let b = graph.variable(0.0);
        let fixed = tf::VariableOptions::new().trainable(false);
        let learning_rate = graph.variable_with(0.05, fixed);
        let cost = tf::reduce_mean(
            tf::square(tf::reshape(tf::matmul(&x, &w) + &b, [-1]) - &y),
            ..,
        );
        let train = tf::train::MomentumOptimizer::new(&learning_rate, 0.9).minimize(&cost);
        let session = tf::Session::new(&graph).unwrap();
        session
            .run(graph.global_variables_initializer(), [])
            .unwrap();
        Line {
            session,
            x,
            y,
            train,
            cost,
            learning_rate,
            data,
            trouble: None,
            restore_fails: false,
        }
    }
}

impl Train for Line<'_> {
    fn epoch(&mut self, epoch: usize) -> Result<f64> {
        match self.trouble {
            Some((at, Trouble::Error)) if at == epoch => {
                return Err(Error::resource_exhausted("no light"));
            }
            Some((at, Trouble::Panic)) if at == epoch => panic!("the lamp fell"),
            _ => {}
        }
        let (x, y) = self.data;
        let first = epoch % 6;
        let part = ndarray::s![first..first + 6];
        let rows = x.slice(ndarray::s![first..first + 6, ..]);
        let feeds = [self.x.feed(rows), self.y.feed(y.slice(part))];
        let ((), cost) = self.session.run((&self.train, self.cost.scalar()), feeds)?;
        Ok(cost.into())
    }
}

impl Steer for Line<'_> {
    type State = SavedVariables;

    fn save(&self) -> Result<SavedVariables> {
        SavedVariables::of(&self.session)
    }

    fn restore(&mut self, state: &SavedVariables) -> Result<()> {
        if self.restore_fails {
            return Err(Error::data_loss("the notes are gone"));
        }
        state.load(&self.session)
    }

    fn set(&mut self, name: &str, value: f64) -> Result<()> {
        match name {
            "learning_rate" => {
                let value = arr0(value as f32).into_dyn();
                self.session.load([(&self.learning_rate, value)])
            }
            _ => Err(Error::not_found(format!("no hyperparameter '{name}'"))),
        }
    }
}

/// The curve of a model that nobody steers.
fn plain(data: &(Array2<f32>, Array1<f32>), epochs: usize) -> Vec<f64> {
    let mut model = Line::new(data);
    let curve = (0..epochs).map(|epoch| model.epoch(epoch).unwrap());
    curve.collect()
}

/// Runs `steer` with a panda that borrows its data.
fn with_panda(
    prepare: impl FnOnce(&mut Line<'_>),
    steer: impl FnOnce(Panda<Line<'_>>, &(Array2<f32>, Array1<f32>)),
) {
    let data = data();
    thread::scope(|scope| {
        let mut model = Line::new(&data);
        prepare(&mut model);
        steer(Panda::start_in(scope, model).unwrap(), &data);
    });
}

#[test]
fn after_an_undo_the_curve_is_the_same_bit_for_bit() {
    with_panda(
        |_| {},
        |panda, data| {
            let expected = plain(data, 40);
            panda.train_until(15).unwrap();
            assert_eq!(panda.wait().unwrap(), 15);
            assert_eq!(panda.checkpoint().unwrap().epochs(), 15);
            for _ in 0..3 {
                panda.train_until(40).unwrap();
                assert_eq!(panda.wait().unwrap(), 40);
                assert_eq!(panda.curve(), expected);
                panda.pause().unwrap();
                panda.undo().unwrap();
                assert_eq!(panda.curve(), expected[..15]);
            }
        },
    );
}

#[test]
fn what_was_tried_is_taken_back() {
    with_panda(
        |_| {},
        |panda, data| {
            let expected = plain(data, 40);
            panda.train_until(15).unwrap();
            panda.wait().unwrap();
            panda.checkpoint().unwrap();

            panda.set("learning_rate", 3.0).unwrap();
            panda.train_until(30).unwrap();
            panda.wait().unwrap();
            let bold = panda.curve();
            // The score of an epoch is from before its update: the 16th is still the same.
            assert_eq!(bold[..16], expected[..16]);
            assert!(bold[29] > 1e3, "so large a step diverges: {bold:?}");

            panda.pause().unwrap();
            panda.undo().unwrap();
            panda.train_until(40).unwrap();
            panda.wait().unwrap();
            assert_eq!(panda.curve(), expected);
        },
    );
}

#[test]
fn pauses_change_nothing() {
    with_panda(
        |_| {},
        |panda, data| {
            panda.train_until(60).unwrap();
            let mut done = 0;
            while done < 60 {
                panda.pause().unwrap();
                let now = panda.wait().unwrap();
                assert_eq!(panda.wait().unwrap(), now, "nothing is trained in a pause");
                assert!(now >= done);
                done = now;
                panda.resume().unwrap();
                panda.watch().next();
            }
            assert_eq!(panda.curve(), plain(data, 60));
            let mut model = panda.stop();
            assert!(model.epoch(60).is_ok());
        },
    );
}

#[test]
fn every_epoch_is_seen_once_and_in_order() {
    with_panda(
        |_| {},
        |panda, data| {
            assert_eq!(panda.watch().count(), 0, "it begins paused");
            panda.train_until(20).unwrap();
            let seen: Vec<_> = panda
                .watch()
                .map(|epoch| (epoch.epoch, epoch.score))
                .collect();
            let expected: Vec<_> = plain(data, 20).into_iter().enumerate().collect();
            assert_eq!(seen, expected);
            assert_eq!(panda.watch().count(), 0);
        },
    );
}

#[test]
fn all_checkpoints_can_be_come_back_to() {
    with_panda(
        |_| {},
        |panda, data| {
            let expected = plain(data, 35);
            let mut checkpoints = vec![panda.checkpoint().unwrap()];
            for epochs in [10, 20, 30] {
                panda.train_until(epochs).unwrap();
                panda.wait().unwrap();
                checkpoints.push(panda.checkpoint().unwrap());
            }
            for index in [1, 3, 0, 2] {
                panda.undo_to(&checkpoints[index]).unwrap();
                panda.pause().unwrap();
                panda.undo().unwrap(); // to the one just come back to
                let epochs = checkpoints[index].epochs();
                assert_eq!(epochs, index * 10);
                panda.train_until(epochs + 5).unwrap();
                panda.wait().unwrap();
                assert_eq!(panda.curve(), expected[..epochs + 5]);
            }
        },
    );
}

#[test]
fn an_epoch_that_fails_can_be_undone() {
    for (trouble, message) in [
        (Trouble::Error, "no light"),
        (Trouble::Panic, "panicked: the lamp fell"),
    ] {
        with_panda(
            |model| model.trouble = Some((7, trouble)),
            |panda, data| {
                panda.train_until(5).unwrap();
                panda.wait().unwrap();
                panda.checkpoint().unwrap();
                panda.train_until(12).unwrap();
                assert_eq!(panda.wait().unwrap_err().message(), message);
                assert_eq!(panda.curve().len(), 7);
                for refused in [
                    panda.train_until(12),
                    panda.resume(),
                    panda.pause(),
                    panda.checkpoint().map(drop),
                ] {
                    assert_eq!(refused.unwrap_err().message(), message);
                }
                panda.with(|model| model.trouble = None);
                panda.undo().unwrap();
                assert_eq!(panda.wait().unwrap(), 5, "it waits to be sent on");
                panda.resume().unwrap();
                assert_eq!(panda.wait().unwrap(), 12);
                assert_eq!(panda.curve(), plain(data, 12));
            },
        );
    }
}

#[test]
fn a_model_that_cannot_come_back_is_trained_no_further() {
    with_panda(
        |model| model.restore_fails = true,
        |panda, _| {
            panda.checkpoint().unwrap();
            panda.train_until(100_000).unwrap();
            panda.watch().next();
            for error in [panda.undo().unwrap_err(), panda.wait().unwrap_err()] {
                assert_eq!(error.message(), "the notes are gone");
            }
            panda.with(|model| model.restore_fails = false);
            panda.undo().unwrap();
            assert_eq!(panda.wait().unwrap(), 0);
        },
    );
}

#[test]
fn what_cannot_be_is_an_error() {
    with_panda(
        |_| {},
        |panda, _| {
            let error = panda.undo().unwrap_err();
            assert!(matches!(error, Error::FailedPrecondition(_)), "{error}");
            assert!(error.help().is_some());
            let error = panda.set("momentum", 0.5).unwrap_err();
            assert!(matches!(error, Error::NotFound(_)), "{error}");
        },
    );
}

/// Whoever asks at whatever moment, no epoch is lost or trained twice.
#[test]
fn many_may_steer_at_once() {
    with_panda(
        |_| {},
        |panda, data| {
            panda.train_until(200).unwrap();
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..25 {
                            panda.pause().unwrap();
                            let checkpoint = panda.checkpoint().unwrap();
                            panda.undo_to(&checkpoint).unwrap();
                            panda.set("learning_rate", f64::from(0.05_f32)).unwrap();
                            panda.resume().unwrap();
                        }
                    });
                }
            });
            assert_eq!(panda.wait().unwrap(), 200);
            assert_eq!(panda.curve(), plain(data, 200));
        },
    );
}

/// Tells when it is dropped.
struct Silent<'a>(&'a AtomicUsize);

impl Train for Silent<'_> {
    fn epoch(&mut self, epoch: usize) -> Result<f64> {
        Ok(epoch as f64)
    }
}

impl Steer for Silent<'_> {
    type State = ();

    fn save(&self) -> Result<()> {
        Ok(())
    }

    fn restore(&mut self, (): &()) -> Result<()> {
        Ok(())
    }

    fn set(&mut self, _: &str, _: f64) -> Result<()> {
        Ok(())
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_panda_that_is_dropped_ends_its_thread() {
    let dropped = AtomicUsize::new(0);
    thread::scope(|scope| {
        let panda = Panda::start_in(scope, Silent(&dropped)).unwrap();
        panda.train_until(usize::MAX).unwrap();
        panda.watch().next();
        drop(panda);
    });
    assert_eq!(dropped.into_inner(), 1);
}
