//! # Streams of random numbers: TensorFlow's and NumPy's
//!
//! Two generators, and what is drawn from each. Nothing here knows of graphs.
//!
//! * TensorFlow's random ops count with [`Philox`], a keyed function of a 128-bit counter.
//!   [`get_seed`] turns graph seed and op seed into an op's [`Seeds`]; the op keeps a
//!   [`PhiloxStream`] from run to run and takes a stretch of the counter for each run; the
//!   distributions ([`Uniform`], [`UniformInt`], [`Normal`], [`TruncatedNormal`]) and the functions
//!   [`shuffle_items`] and [`draw_classes`] make values from that stretch. Every value depends on
//!   the stretch and on its own index only, so any part of a result can be made on any thread.
//! * [`NumpyRandom`] is NumPy's legacy `RandomState`: `NumpyRandom::new(1)` draws what NumPy draws
//!   after `np.random.seed(1)`. It serves data preparation and initial values, not graphs.
//!
//! [`PhiloxRng`] and [`NumpyRandom`] are generators in the sense of the `rand` crate, so every
//! distribution of `rand_distr` can draw from them.
//!
//! ```
//! use tf1::random::{PhiloxDistribution, PhiloxStream, Uniform, get_seed};
//!
//! // tf.random_uniform([3], seed=1), no graph seed, run twice in one session
//! let mut stream = PhiloxStream::new(get_seed(None, Some(1), 0));
//! let mut run = || {
//!     let mut values = [0.0_f32; 3];
//!     Uniform.fill(stream.reserve_outputs(3), 0, &mut values);
//!     values
//! };
//! assert_eq!(run(), [0.239_037_4, 0.920_399_55, 0.050_512_433]);
//! assert_ne!(run(), run());
//! ```

mod distributions;
mod numpy;
mod philox;
mod remainder;
mod sampling;
mod seed;
#[cfg(feature = "all_types")]
mod short;
mod stream;

pub use distributions::{
    Normal, PhiloxDistribution, PhiloxFloat, PhiloxInt, TruncatedNormal, Uniform, UniformInt,
};
pub use numpy::{Choice, NumpyRandom};
pub use philox::{Philox, PhiloxRng};
pub(crate) use sampling::pooling_sequence;
pub use sampling::{draw_classes, shuffle_items};
pub use seed::{DEFAULT_GRAPH_SEED, Seeds, get_seed};
pub use stream::PhiloxStream;
