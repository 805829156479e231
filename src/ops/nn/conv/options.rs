//! The options of convolutions, and the numbers that they take per axis.

use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Result};

use super::geometry::Layout;

/// The options of convolutions: where the channels lie, and how far apart the pixels are that a
/// window sees.
///
/// ```
/// use tf1 as tf;
/// use tf::nn::{Conv2D, Padding::Same, conv2d_with};
///
/// let graph = tf::Graph::new();
/// let x = graph.zeros::<f32>([1, 3, 8, 8]);
/// let filter = graph.zeros::<f32>([3, 3, 3, 16]);
/// let y = conv2d_with(&x, &filter, 2, Same, Conv2D::new().channels_first());
/// assert_eq!(y.shape().to_string(), "(1, 16, 4, 4)");
/// let z = conv2d_with(&x, &filter, 1, Same, "NCHW");
/// assert_eq!(z.shape().to_string(), "(1, 16, 8, 8)");
/// ```
#[derive(Clone, Debug)]
pub struct Conv2D {
    data_format: Option<String>,
    dilations: Integers,
}

/// The options of one-dimensional convolutions.
pub type Conv1D = Conv2D;

/// The options of three-dimensional convolutions.
pub type Conv3D = Conv2D;

/// Of this layout, as [`Conv2D::data_format`].
impl From<&str> for Conv2D {
    fn from(data_format: &str) -> Self {
        Conv2D::new().data_format(data_format)
    }
}

impl Conv2D {
    /// The channels are the last axis; windows see neighbours.
    pub fn new() -> Self {
        Conv2D {
            data_format: None,
            dilations: 1.into_integers(),
        }
    }

    /// The layout of the pictures, as TensorFlow spells it: `"NHWC"`, `"NCHW"`, and with one and
    /// three axes `"NWC"`, `"NCW"`, `"NDHWC"` and `"NCDHW"`. TensorFlow computes those with the
    /// channels first on GPUs only.
    pub fn data_format(mut self, data_format: &str) -> Self {
        self.data_format = Some(data_format.to_string());
        self
    }

    /// The channels are the second axis.
    pub fn channels_first(mut self) -> Self {
        self.data_format = Some("NC".to_string());
        self
    }

    /// How far apart the pixels are that a window sees: a number, one for each axis that windows
    /// move over, or one for each axis of the pictures.
    pub fn dilations(mut self, dilations: impl IntoIntegers) -> Self {
        self.dilations = dilations.into_integers();
        self
    }

    /// As the attributes of a convolution over `axes` axes.
    ///
    /// # Errors
    /// `InvalidArgument` if there are not so many dilations.
    pub(super) fn attributes(&self, axes: usize) -> Result<(String, Vec<i64>)> {
        let data_format = self.layout_name(axes);
        let layout = Layout::new(data_format.starts_with("NC"), axes);
        let dilations = per_axis("dilations", &self.dilations, axes, layout)?;
        Ok((data_format, dilations))
    }

    /// TensorFlow's name of the layout, of pictures as the op for `axes` axes has them.
    fn layout_name(&self, axes: usize) -> String {
        let (last, first) = match axes {
            1 => ("NWC", "NCW"),
            2 => ("NHWC", "NCHW"),
            _ => ("NDHWC", "NCDHW"),
        };
        match self.data_format.as_deref() {
            None => last.to_string(),
            Some("NC") => first.to_string(),
            Some(other) => other.to_string(),
        }
    }
}

impl Default for Conv2D {
    fn default() -> Self {
        Conv2D::new()
    }
}

/// Numbers for each axis of pictures, given as one, one for each axis that windows move over, or
/// all.
///
/// # Errors
/// `InvalidArgument` if they are as many as none of these, or are computed in the graph.
pub(super) fn per_axis(
    name: &str,
    numbers: &Integers,
    axes: usize,
    layout: Layout,
) -> Result<Vec<i64>> {
    let Some(given) = numbers.known().filter(|numbers| numbers.ndim() <= 1) else {
        return Err(Error::invalid_argument(format!(
            "{name} must be numbers of the program: one, or one for each axis"
        )));
    };
    let mut all = vec![1; axes + 2];
    let moved = layout.first..layout.first + axes;
    match given.len() {
        1 => all[moved].fill(given.first().copied().unwrap_or(1)),
        count if count == axes => {
            for (number, &given) in all[moved].iter_mut().zip(given) {
                *number = given;
            }
        }
        count if count == axes + 2 => {
            for (number, &given) in all.iter_mut().zip(given) {
                *number = given;
            }
        }
        count => {
            return Err(Error::invalid_argument(format!(
                "{name} should be of length 1, {axes} or {} but was {count}",
                axes + 2
            )));
        }
    }
    Ok(all)
}
