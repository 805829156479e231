//! The search for hyperparameters.
//!
//! How many units a layer has, how fast a model learns, how large a minibatch is: training does not
//! find these numbers, and a model is worth as much as they are. Andrew Ng's course gives the
//! advice that this module follows: try random values and not a grid, draw each on a scale that
//! suits it, search coarsely first and then finely around the best, and train as many models at
//! once as the machine can. (TensorFlow 1 has no such module.)
//!
//! ```
//! use ndarray::{Array1, Array2};
//! use tf1 as tf;
//! use tf1::train::Optimizer;
//! use tf1::tune::{Search, Space, Train, Trial};
//!
//! /// A line through points.
//! struct Line<'a> {
//!     session: tf::Session,
//!     x: tf::Tensor<f32>,
//!     y: tf::Tensor<f32>,
//!     train: tf::Operation,
//!     cost: tf::Tensor<f32>,
//!     data: &'a (Array2<f32>, Array1<f32>),
//! }
//!
//! impl<'a> Line<'a> {
//!     fn new(trial: &Trial, data: &'a (Array2<f32>, Array1<f32>)) -> tf::Result<Self> {
//!         let graph = tf::Graph::new();
//!         let x = graph.placeholder::<f32>("x", tf::shape![?, 1]);
//!         let y = graph.placeholder::<f32>("y", tf::shape![?]);
//!         let w = graph.get_variable("w", [1, 1], tf::initializers::zeros());
//!         let b = graph.variable(0.0);
//!         let prediction = tf::reshape(tf::matmul(&x, &w) + &b, [-1]);
//!         let cost = tf::reduce_mean(tf::square(prediction - &y), ..);
//!         let learning_rate = trial.f64("learning_rate")?;
//!         let train = match trial.text("optimizer")? {
//!             "momentum" => {
//!                 let momentum = trial.f64("momentum")?;
//!                 tf::train::MomentumOptimizer::new(learning_rate, momentum).minimize(&cost)
//!             }
//!             _ => tf::train::AdamOptimizer::new(learning_rate).minimize(&cost),
//!         };
//!         let session = tf::Session::with_options(&graph, trial.session_options())?;
//!         session.run(graph.global_variables_initializer(), [])?;
//!         Ok(Line { session, x, y, train, cost, data })
//!     }
//! }
//!
//! impl Train for Line<'_> {
//!     fn epoch(&mut self, _: usize) -> tf::Result<f64> {
//!         let (x, y) = self.data;
//!         let feeds = [self.x.feed(x), self.y.feed(y)];
//!         let ((), cost) = self.session.run((&self.train, self.cost.scalar()), feeds)?;
//!         Ok(cost.into())
//!     }
//! }
//!
//! let points = Array1::linspace(-1.0, 1.0, 20);
//! let data = (points.clone().insert_axis(ndarray::Axis(1)), 3.0 * points + 1.0);
//!
//! let space = Space::new()
//!     .log_uniform("learning_rate", 1e-4..=1.0)
//!     .choice("optimizer", ["adam", "momentum"])
//!     .when("optimizer", "momentum", |space| space.one_minus_log_uniform("momentum", 0.5..=0.99));
//! let coarse = Search::random(space, 16).seed(1).epochs(40);
//! let report = coarse.minimize("cost", |trial| Line::new(trial, &data))?;
//! println!("{report}");
//!
//! let fine = report.refine(0.25)?.minimize("cost", |trial| Line::new(trial, &data))?;
//! let best = fine.best().expect("a line can be learned");
//! let model = Line::new(best.trial(), &data)?; // the best one once more, to be used
//! # assert!(best.score() < Some(0.05), "{fine}");
//! # let _ = model;
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! # Which scale
//!
//! Learning rates between 0.0001 and 1, drawn uniformly: nine in ten of them are above 0.1, and the
//! three powers of ten below share what is left. But going from 0.001 to 0.002 changes a training
//! as much as going from 0.1 to 0.2 does; what counts is the ratio. So let the *exponent* be
//! uniform: with a = log₁₀ 0.0001 = −4 and b = log₁₀ 1 = 0,
//!
//! ```text
//! r uniform in [a, b],   α = 10^r
//! ```
//!
//! and each power of ten gets a quarter of the trials. That is [`Space::log_uniform`].
//!
//! For the β of a moving average, even that is wrong. The average reaches back over about 1/(1 − β)
//! steps: from β = 0.9 to 0.9005 that is 10 steps and then 10.05, nothing has changed; from 0.999
//! to 0.9995 it is 1000 and then 2000. The closer to 1, the closer the draws must lie. What changes
//! by ratios is 1 − β, so it is that which gets the logarithmic scale: for β in \[0.9, 0.999\], 1 −
//! β lies in \[10⁻³, 10⁻¹\], and
//!
//! ```text
//! r uniform in [−3, −1],   1 − β = 10^r,   β = 1 − 10^r
//! ```
//!
//! That is [`Space::one_minus_log_uniform`]. The number of layers or units is uniform
//! ([`Space::integer`]), the size of a minibatch a [power of two](Space::power_of_two), which fits
//! memory best.
//!
//! # Pandas and caviar
//!
//! Where a single training takes all that there is, one looks after one model like a panda after
//! its cub: look at the curve every day, lower the learning rate, take back what did not work. That
//! is a [`Panda`]. Where many can be trained, one lays as many eggs as a fish and sees which do
//! best. That is a [`Search`]: on many threads, each trial with a session of its own, all with the
//! same data, which are borrowed and not copied. What it found is written down as soon as it is
//! known ([`Search::log`]), and poor trials may end early ([`SuccessiveHalving`]).
//!
//! | to ... | see |
//! | --- | --- |
//! | say what may be tried | [`Space`] |
//! | search at random, or on a grid | [`Search::random`], [`Search::grid`] |
//! | search more closely around the best | [`Report::refine`] |
//! | drop poor trials early | [`SuccessiveHalving`] |
//! | go on with a search that was killed | [`Search::log`] |
//! | see what was found | [`Report`]: table, CSV, plots |
//! | say how a model is trained | [`Train`], [`each_epoch`] |
//! | steer a model while it is trained | [`Panda`], [`Steer`] |

mod caught;
mod condition;
mod csv;
mod domain;
mod draws;
mod entrant;
mod goal;
mod halving;
mod json;
mod log;
mod model;
mod panda;
mod plot;
mod record;
mod refine;
mod report;
mod run;
mod search;
mod space;
mod table;
mod text;
mod trial;
mod value;

pub use condition::Condition;
pub use goal::Goal;
pub use halving::SuccessiveHalving;
pub use model::{EachEpoch, SavedVariables, Steer, Train, each_epoch};
pub use panda::{Checkpoint, Epoch, Panda};
pub use record::{Outcome, Record};
pub use report::Report;
pub use search::{Progress, Search};
pub use space::Space;
pub use trial::Trial;
pub use value::Value;
