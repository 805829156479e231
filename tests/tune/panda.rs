//! One model watched and steered, and taken back bit for bit.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ndarray::{Array1, Array2, arr0};
use tf1 as tf;
use tf1::Error;
use tf1::train::Optimizer;
use tf1::tune::{Panda, SavedVariables, Steer, Train};

/// A small network on a few points, with Adam's slots, a global step and minibatches whose order depends on the epoch.
struct Network<'a> {
    session: tf::Session,
    x: tf::Tensor<f32>,
    y: tf::Tensor<f32>,
    train: tf::Operation,
    cost: tf::Tensor<f32>,
    learning_rate: tf::Variable<f32>,
    step: tf::Variable<i64>,
    data: &'a (Array2<f32>, Array1<f32>),
}

fn data() -> (Array2<f32>, Array1<f32>) {
    let x = Array2::from_shape_fn((40, 3), |(row, column)| {
        ((row * 7 + column * 3) as f32).sin()
    });
    let y = x
        .rows()
        .into_iter()
        .map(|row| (row[0] * row[1] - row[2]).tanh())
        .collect();
    (x, y)
}

impl<'a> Network<'a> {
    fn new(data: &'a (Array2<f32>, Array1<f32>)) -> tf::Result<Self> {
        let graph = tf::Graph::new();
        let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
        let y = graph.placeholder::<f32>("y", tf::shape![?]);
        let w1 = graph.get_variable("w1", [3, 8], tf::initializers::xavier().seed(1));
        let w2 = graph.get_variable("w2", [8, 1], tf::initializers::xavier().seed(2));
        let hidden = tf::nn::relu(tf::matmul(&x, &w1));
        let prediction = tf::reshape(tf::matmul(hidden, &w2), [-1]);
        let cost = tf::reduce_mean(tf::square(prediction - &y), ..);
        let learning_rate =
            graph.get_variable("learning_rate", [], tf::initializers::constant(0.01));
        let step = tf::train::get_or_create_global_step(&graph);
        let options = tf::train::Minimize::new().global_step(&step);
        let train = tf::train::AdamOptimizer::new(&learning_rate).minimize_with(&cost, options);
        let session = tf::Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        Ok(Network {
            session,
            x,
            y,
            train,
            cost,
            learning_rate,
            step,
            data,
        })
    }
}

impl Train for Network<'_> {
    fn epoch(&mut self, epoch: usize) -> tf::Result<f64> {
        let (x, y) = self.data;
        for batch in 0..4 {
            let from = 10 * ((batch + epoch) % 4);
            let rows = from..from + 10;
            let x = x.slice(ndarray::s![rows.clone(), ..]);
            let feeds = [self.x.feed(&x), self.y.feed(y.slice(ndarray::s![rows]))];
            self.session.run(&self.train, feeds)?;
        }
        let cost = self
            .session
            .run(self.cost.scalar(), [self.x.feed(x), self.y.feed(y)])?;
        Ok(cost.into())
    }
}

impl Steer for Network<'_> {
    type State = SavedVariables;

    fn save(&self) -> tf::Result<SavedVariables> {
        SavedVariables::of(&self.session)
    }

    fn restore(&mut self, state: &SavedVariables) -> tf::Result<()> {
        state.load(&self.session)
    }

    fn set(&mut self, name: &str, value: f64) -> tf::Result<()> {
        if name != "learning_rate" {
            return Err(Error::not_found(format!("no hyperparameter '{name}'")));
        }
        self.session
            .load([(&self.learning_rate, arr0(value as f32).into_dyn())])
    }
}

fn bits(curve: &[f64]) -> Vec<u64> {
    curve.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn what_is_undone_comes_again_bit_for_bit() {
    let data = data();
    std::thread::scope(|scope| -> tf::Result<()> {
        let panda = Panda::start_in(scope, Network::new(&data)?)?;
        panda.train_until(5)?;
        assert_eq!(panda.wait()?, 5);
        let checkpoint = panda.checkpoint()?;
        assert_eq!(checkpoint.epochs(), 5);
        panda.train_until(12)?;
        panda.wait()?;
        let first = panda.curve();
        assert_eq!(first.len(), 12);

        panda.undo()?;
        assert_eq!(bits(&panda.curve()), bits(&first[..5]));
        let step = |model: &mut Network<'_>| model.session.run(model.step.value().scalar(), []);
        assert_eq!(panda.with(step)?, 20);
        panda.wait()?;
        assert_eq!(bits(&panda.curve()), bits(&first));
        assert_eq!(panda.with(step)?, 48);

        // Another learning rate goes another way, and undo takes that back too.
        panda.pause()?;
        panda.undo_to(checkpoint)?;
        panda.set("learning_rate", 0.1)?;
        panda.resume()?;
        panda.wait()?;
        assert_ne!(bits(&panda.curve())[5..], bits(&first)[5..]);
        panda.undo()?;
        panda.wait()?;
        assert_eq!(bits(&panda.curve()), bits(&first));

        // The same as a training that nobody watched.
        let mut alone = Network::new(&data)?;
        let alone: Vec<f64> = (0..12)
            .map(|epoch| alone.epoch(epoch))
            .collect::<tf::Result<_>>()?;
        assert_eq!(bits(&alone), bits(&first));
        let error = panda.set("momentum", 0.9).unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error}");
        let mut model = panda.stop();
        model.epoch(12)?;
        Ok(())
    })
    .unwrap();
}

/// A model whose epochs end when the test says so.
struct Led {
    go: Receiver<Result<f64, &'static str>>,
    begun: Sender<usize>,
    rate: f64,
}

impl Train for Led {
    fn epoch(&mut self, epoch: usize) -> tf::Result<f64> {
        self.begun.send(epoch).unwrap();
        match self
            .go
            .recv_timeout(Duration::from_secs(30))
            .expect("the test leads on")
        {
            Ok(score) => Ok(score + self.rate),
            Err("panic") => panic!("lost its way"),
            Err(message) => Err(Error::unknown(message)),
        }
    }
}

impl Steer for Led {
    type State = f64;

    fn save(&self) -> tf::Result<f64> {
        Ok(self.rate)
    }

    fn restore(&mut self, rate: &f64) -> tf::Result<()> {
        self.rate = *rate;
        Ok(())
    }

    fn set(&mut self, _: &str, value: f64) -> tf::Result<()> {
        self.rate = value;
        Ok(())
    }
}

type Lead = (
    Panda<Led>,
    Sender<Result<f64, &'static str>>,
    Receiver<usize>,
);

fn led() -> Lead {
    let ((lead, go), (begun, epochs)) = (channel(), channel());
    let panda = Panda::start(Led {
        go,
        begun,
        rate: 0.0,
    })
    .unwrap();
    (panda, lead, epochs)
}

#[test]
fn epochs_are_seen_as_they_end_and_each_once() {
    let (panda, lead, epochs) = led();
    assert_eq!(panda.watch().next(), None);
    panda.train_until(3).unwrap();
    for (number, score) in [0.5, 0.4, 0.3].into_iter().enumerate() {
        assert_eq!(epochs.recv().unwrap(), number);
        lead.send(Ok(score)).unwrap();
        let seen = panda.watch().next().unwrap();
        assert_eq!((seen.epoch, seen.score), (number, score));
    }
    assert_eq!(panda.watch().next(), None);
    assert_eq!(panda.curve(), [0.5, 0.4, 0.3]);
}

/// What is asked during an epoch is done when that has ended, and before the next.
#[test]
fn requests_go_before_the_next_epoch() {
    let (panda, lead, epochs) = led();
    panda.train_until(100).unwrap();
    for epoch in 0..20 {
        assert_eq!(epochs.recv().unwrap(), epoch);
        std::thread::scope(|scope| {
            let request = scope.spawn(|| panda.set("rate", epoch as f64 + 1.0));
            // The request waits for the epoch, however long that takes.
            std::thread::sleep(Duration::from_millis(5));
            lead.send(Ok(0.0)).unwrap();
            request.join().unwrap().unwrap();
        });
    }
    assert_eq!(epochs.recv().unwrap(), 20);
    lead.send(Ok(0.0)).unwrap();
    panda.pause().unwrap();
    let curve = panda.curve();
    let expected: Vec<f64> = (0..curve.len()).map(|epoch| epoch as f64).collect();
    assert_eq!(curve, expected);
    panda.stop();
}

#[test]
fn what_failed_or_panicked_can_be_undone() {
    for (failure, message) in [("no luck", "no luck"), ("panic", "panicked: lost its way")] {
        let (panda, lead, _epochs) = led();
        assert!(matches!(panda.undo(), Err(Error::FailedPrecondition(_))));
        panda.train_until(3).unwrap();
        lead.send(Ok(1.0)).unwrap();
        lead.send(Ok(2.0)).unwrap();
        while panda.curve().len() < 2 {
            std::thread::yield_now();
        }
        // The third epoch waits for the lead: a checkpoint now would too.
        lead.send(Err(failure)).unwrap();
        let error = panda.wait().unwrap_err();
        assert_eq!(error.message(), message);
        for error in [
            panda.train_until(9).unwrap_err(),
            panda.resume().unwrap_err(),
            panda.checkpoint().unwrap_err(),
        ] {
            assert_eq!(error.message(), message);
        }
        assert_eq!(panda.watch().count(), 2);
        assert_eq!(panda.curve(), [1.0, 2.0]);
    }
    let (panda, lead, _epochs) = led();
    panda.checkpoint().unwrap();
    panda.train_until(2).unwrap();
    lead.send(Err("no luck")).unwrap();
    panda.wait().unwrap_err();
    panda.undo().unwrap();
    assert_eq!(panda.wait().unwrap(), 0);
    panda.resume().unwrap();
    lead.send(Ok(1.0)).unwrap();
    lead.send(Ok(0.5)).unwrap();
    assert_eq!(panda.wait().unwrap(), 2);
    assert_eq!(panda.curve(), [1.0, 0.5]);
}

#[test]
fn undo_comes_back_to_the_checkpoint_used_last() {
    let (panda, lead, _epochs) = led();
    let first = panda.checkpoint().unwrap();
    panda.train_until(1).unwrap();
    lead.send(Ok(3.0)).unwrap();
    panda.wait().unwrap();
    let second = panda.checkpoint().unwrap();
    panda.undo_to(first).unwrap();
    panda.pause().unwrap_or(());
    panda.undo().unwrap();
    assert_eq!((first.epochs(), second.epochs()), (0, 1));
    assert!(panda.curve().is_empty());
    let (other, ..) = led();
    assert!(matches!(other.undo_to(second), Err(Error::NotFound(_))));
    // The panda's epoch that began again after the first undo gets no score: its thread sees that nobody leads.
    lead.send(Ok(1.0)).unwrap();
}

/// Nobody waits for a panda that was dropped while an epoch is being trained; its thread ends with that epoch.
#[test]
fn a_dropped_panda_ends_with_its_epoch() {
    let (panda, lead, epochs) = led();
    panda.train_until(100).unwrap();
    assert_eq!(epochs.recv().unwrap(), 0);
    drop(panda);
    lead.send(Ok(0.0)).unwrap();
    // The thread drops the model, with its end of the channel.
    assert!(epochs.recv_timeout(Duration::from_secs(30)).is_err());
}
