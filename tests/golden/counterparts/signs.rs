//! `signs/`: the notebook's network, trained on the photographs of hand signs.
//!
//! A case tells what the training begins with, what each minibatch and each epoch cost, and what
//! became of the parameters. Whatever a case tells of the first [`EPOCHS`] epochs is compared. How
//! the costs go on after them is compared by `tests/signs.rs`, with the network of the examples.

mod network;
mod photographs;

use serde_json::Value as Json;
use tf1::DType;
use tf1::random::NumpyRandom;

use self::network::Network;
use self::photographs::Photographs;
use super::VERSION;
use crate::array::Golden;
use crate::compare::{Disputes, Tolerance, compare, compared};
use crate::json;
use crate::shared_directory;
use crate::trouble::{Outcome, Trouble, no_differences};

/// How many epochs a case is followed, so that a debug build takes seconds for it.
const EPOCHS: usize = 2;
/// How far off a cost may be, relative to TensorFlow's.
const COST_TOLERANCE: f64 = 1e-5;
/// How far off the sum of a parameter's squares may be: twice what a single element may be.
const SQUARES_TOLERANCE: f64 = 4e-5;

/// Trains as the case says, and compares what it tells.
pub fn run(case: &Json) -> Outcome {
    let settings = Settings::read(json::member(case, "hyper_parameters")?)?;
    let photographs = Photographs::read(&shared_directory().join("signs"))?;
    let told = Told {
        case,
        result: json::member(json::member(case, "results")?, VERSION)?,
    };
    let mut differences = photographs.compare(json::member(case, "data")?)?;
    let mut training = Training {
        network: Network::new(settings.learning_rate)?,
        steps: 0,
        settings,
    };
    differences.extend(training.compare_start(&told)?);
    for epoch in 0..training.settings.epochs.min(EPOCHS) {
        differences.extend(training.compare_epoch(epoch, &photographs, &told)?);
    }
    if training.settings.epochs <= EPOCHS {
        differences.extend(training.compare_end(&photographs, &told)?);
    }
    no_differences(differences)
}

/// How the network was trained.
struct Settings {
    learning_rate: f32,
    minibatch_size: usize,
    /// The seed of the first epoch's minibatches is one more.
    seed: u32,
    epochs: usize,
}

impl Settings {
    fn read(json: &Json) -> Outcome<Self> {
        let number = |key| {
            json::number(json::member(json, key)?)
                .ok_or_else(|| Trouble::fails(format!("\"{key}\" is not a number")))
        };
        // The counterparts of the notebook's functions draw with these.
        for seed in ["tf_seed", "xavier_seed"] {
            if number(seed)? != 1.0 {
                return Err(Trouble::fails(format!("the {seed} is not the notebook's")));
            }
        }
        Ok(Settings {
            learning_rate: number("learning_rate")? as f32,
            minibatch_size: number("minibatch_size")? as usize,
            seed: number("minibatch_seed_start")? as u32,
            epochs: number("epochs")? as usize,
        })
    }
}

/// What the case tells.
struct Told<'c> {
    case: &'c Json,
    /// What the version of TensorFlow that we follow gave.
    result: &'c Json,
}

impl Told<'_> {
    /// The costs of an epoch's minibatches.
    fn minibatch_costs(&self, epoch: usize) -> Option<&Json> {
        let costs = self.result.get("minibatch_costs");
        let first = self.result.get("first_epoch_minibatch_costs");
        costs
            .and_then(|costs| costs.get(epoch))
            .or(first.filter(|_| epoch == 0))
    }

    /// The cost of an epoch; a case may leave most of them out and list those that it has.
    fn epoch_cost(&self, epoch: usize) -> Option<&Json> {
        let listed = json::list(self.case, "epochs");
        let at = if listed.is_empty() {
            Some(epoch)
        } else {
            listed.iter().position(|e| e.as_u64() == Some(epoch as u64))
        };
        self.result.get("epoch_costs")?.get(at?)
    }

    fn parameters(&self, when: &str) -> Option<&Json> {
        self.result.get("parameters")?.get(when)
    }
}

/// The network on its way.
struct Training {
    settings: Settings,
    network: Network,
    steps: usize,
}

impl Training {
    /// The parameters before the first step are random numbers, which agree to the last bit.
    fn compare_start(&self, told: &Told) -> Outcome<Vec<String>> {
        match told.result.get("initial") {
            None => Ok(Vec::new()),
            Some(golden) => self.compare_parameters("initial", golden, Tolerance::Exact),
        }
    }

    /// Trains for an epoch, in the order of `np.random.seed(seed); np.random.permutation(m)`.
    fn compare_epoch(
        &mut self,
        epoch: usize,
        photographs: &Photographs,
        told: &Told,
    ) -> Outcome<Vec<String>> {
        let train = &photographs.train;
        let order = NumpyRandom::new(self.settings.seed + 1 + epoch as u32)
            .permutation(train.x.nrows())?
            .to_vec();
        let mut costs = Vec::new();
        let mut differences = Vec::new();
        for minibatch in order.chunks(self.settings.minibatch_size) {
            costs.push(f64::from(self.network.learn(train, minibatch)?));
            self.steps += 1;
            differences.extend(self.compare_trained(&format!("after_step_{}", self.steps), told)?);
        }
        if let Some(golden) = told.minibatch_costs(epoch) {
            differences.extend(compare_costs(&format!("epoch {epoch}"), &costs, golden));
        }
        if let Some(golden) = told.epoch_cost(epoch) {
            let whole_minibatches = train.x.nrows() / self.settings.minibatch_size;
            let cost = costs.iter().sum::<f64>() / whole_minibatches as f64;
            differences.extend(compare_cost(
                &format!("the cost of epoch {epoch}"),
                cost,
                golden,
            ));
        }
        differences.extend(self.compare_trained(&format!("after_epoch_{epoch}"), told)?);
        Ok(differences)
    }

    /// Whether the trained network classifies as many pictures rightly.
    fn compare_end(&self, photographs: &Photographs, told: &Told) -> Outcome<Vec<String>> {
        let mut differences = Vec::new();
        for (name, half) in [
            ("train_accuracy", &photographs.train),
            ("test_accuracy", &photographs.test),
        ] {
            if let Some(golden) = told.result.get(name) {
                let accuracy = f64::from(self.network.accuracy(half)?);
                differences.extend(compare_cost(name, accuracy, golden));
            }
        }
        Ok(differences)
    }

    fn compare_trained(&self, when: &str, told: &Told) -> Outcome<Vec<String>> {
        match told.parameters(when) {
            None => Ok(Vec::new()),
            Some(golden) => self.compare_parameters(when, golden, Tolerance::Trajectory),
        }
    }

    fn compare_parameters(
        &self,
        when: &str,
        golden: &Json,
        tolerance: Tolerance,
    ) -> Outcome<Vec<String>> {
        let mut differences = Vec::new();
        for (name, ours) in self.network.parameters()? {
            let place = format!("{when}.{name}");
            let golden = json::member(golden, name)?;
            let squares: f64 = ours.iter().map(|&x| f64::from(x).powi(2)).sum();
            let told = json::number(json::member(golden, "sum_squares")?).unwrap_or(f64::NAN);
            // Written so that NaN does not fit.
            let fits = (squares - told).abs() <= SQUARES_TOLERANCE * told;
            if !fits {
                differences.push(format!(
                    "{place}: the sum of squares is {squares}, not {told}"
                ));
            }
            let golden = Golden::read_as(DType::Float32, golden)?;
            let disputes = Disputes::default();
            differences.extend(compare(&place, &ours.into(), &golden, tolerance, &disputes));
        }
        Ok(differences)
    }
}

/// Compares the costs of an epoch's minibatches one by one.
fn compare_costs(place: &str, costs: &[f64], golden: &Json) -> Vec<String> {
    let told = golden.as_array().map_or(&[][..], Vec::as_slice);
    if costs.len() != told.len() {
        let (ours, golden) = (costs.len(), told.len());
        return vec![format!("{place}: {ours} minibatches, not {golden}")];
    }
    let pairs = costs.iter().zip(told).enumerate();
    pairs
        .filter_map(|(i, (&cost, told))| {
            compare_cost(&format!("{place}, the cost of minibatch {i}"), cost, told)
        })
        .collect()
}

/// What to say of a number that is too far from the golden one.
fn compare_cost(place: &str, ours: f64, golden: &Json) -> Option<String> {
    compared();
    let told = json::number(golden).unwrap_or(f64::NAN);
    let off = (ours - told).abs() / told;
    // Written so that NaN is told as well.
    let fits = off < COST_TOLERANCE;
    (!fits).then(|| format!("{place} is {ours}, not {told}, off by {off:.2e}"))
}
