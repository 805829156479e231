//! [`Pooling`]: which windows an op has, from TensorFlow's attributes.

use smallvec::SmallVec;

use super::lists::{expect_length, int32, window_size};
use crate::graph::{AttributeList, Attributes, InferContext, Kernel, NodeSpec, attributes};
use crate::kernels::pooling::{Windows, trivial};
use crate::kernels::window::{Pad, Window, WindowedAxis};
use crate::ops::IntoIntegers;
use crate::ops::nn::padding::pad_of;
use crate::ops::support::expect_rank;
use crate::types::{Dim, Error, Result, Shape};

attributes! {
    /// The lengths of windows and their steps, of all axes.
    pub(super) struct Sizes {
        pub(super) ksize: Vec<i64>,
        pub(super) strides: Vec<i64>,
    }
}

attributes! {
    /// What pictures are like.
    pub(super) struct Layout {
        pub(super) padding: String,
        pub(super) data_format: String,
    }
}

/// The windows of an op.
#[derive(Clone, Debug)]
pub(super) struct Pooling {
    pub(super) op_type: &'static str,
    /// Of the newer ops, the last two inputs tell them.
    pub(super) sizes: Option<Sizes>,
    pub(super) layout: Layout,
}

/// Windows and pictures as they are seen by the kernels.
#[derive(Clone, Debug)]
struct Geometry {
    /// The axes along which windows move.
    spatial: SmallVec<[usize; 3]>,
    windows: SmallVec<[Window; 3]>,
    channels: usize,
    /// The window along the channels, if they are pooled.
    depth: Option<Window>,
    pad: Pad,
}

/// How many pictures there are, the windows along their axes, how many channels each has, and the
/// shape of the results.
type Along = (usize, [WindowedAxis; 3], usize, SmallVec<[usize; 5]>);

impl Pooling {
    /// # Errors
    /// `InvalidArgument` if an attribute is missing.
    pub(super) fn of_node(node: &NodeSpec<'_>) -> Result<Self> {
        let op_type = node.op_type();
        let sizes = match op_type.ends_with("V2") {
            true => None,
            false => Some(node.attributes()?),
        };
        // The ops that tell where the largest elements are know one layout.
        let layout = match op_type.ends_with("WithArgmax") {
            true => Layout {
                padding: node.attribute("padding")?,
                data_format: "NHWC".to_string(),
            },
            false => node.attributes()?,
        };
        Ok(Pooling {
            op_type,
            sizes,
            layout,
        })
    }

    /// The same windows of another op.
    pub(super) fn of(&self, op_type: &'static str) -> Self {
        Pooling {
            op_type,
            ..self.clone()
        }
    }

    pub(super) fn attributes(&self) -> AttributeList {
        let mut list = self.layout.list();
        if self.op_type.ends_with("WithArgmax") {
            list.retain(|(name, _)| *name != "data_format");
        }
        // Few: attributes of an op.
        list.extend(self.sizes.iter().flat_map(Sizes::list));
        list
    }

    /// How many axes pictures have.
    pub(super) fn rank(&self) -> usize {
        if self.op_type.contains("3D") { 5 } else { 4 }
    }

    /// The sizes as far as a shape rule knows them.
    fn known_sizes(&self, cx: &InferContext<'_>) -> Result<Option<Sizes>> {
        if self.sizes.is_some() {
            return Ok(self.sizes.clone());
        }
        let first = cx.len() - 2;
        expect_rank(cx, cx.shape(first), 1)?;
        expect_rank(cx, cx.shape(first + 1), 1)?;
        let (ksize, strides) = (cx.known_elements(first), cx.known_elements(first + 1));
        Ok(ksize
            .zip(strides)
            .map(|(ksize, strides)| Sizes { ksize, strides }))
    }

    /// The sizes as a kernel is given them.
    fn given_sizes(&self, cx: &Kernel<'_, '_>) -> Result<Sizes> {
        if let Some(sizes) = &self.sizes {
            return Ok(sizes.clone());
        }
        let first = cx.inputs.len() - 2;
        Ok(Sizes {
            ksize: cx.inputs.integers(first)?,
            strides: cx.inputs.integers(first + 1)?,
        })
    }

    /// The shape of the result for pictures of shape `shape`.
    ///
    /// # Errors
    /// `InvalidArgument` if windows and pictures do not fit, `Unimplemented` if TensorFlow has no
    /// such pooling.
    pub(super) fn infer(&self, cx: &InferContext<'_>, shape: &Shape) -> Result<Shape> {
        expect_rank(cx, shape, self.rank())?;
        let Some(sizes) = self.known_sizes(cx)? else {
            return Ok(Shape::of_rank(self.rank()));
        };
        let geometry = self.geometry(&sizes)?;
        let dim = |axis: usize| shape.dim(axis);
        // Few: one for each axis.
        let mut dims: Vec<Dim> = (0..self.rank()).map(dim).collect();
        for (&axis, window) in geometry.spatial.iter().zip(&geometry.windows) {
            if let Some(length) = dims[axis] {
                dims[axis] = Some(geometry.along(*window, length)?.output);
            }
        }
        if let (Some(window), Some(length)) = (geometry.depth, dims[geometry.channels]) {
            dims[geometry.channels] = Some(geometry.along_depth(window, length)?.output);
        }
        Ok(Shape::from(dims))
    }

    /// The windows on pictures of this shape, and the shape of the results.
    ///
    /// # Errors
    /// As [`infer`](Pooling::infer); and `ResourceExhausted`.
    pub(super) fn windows(
        &self,
        cx: &Kernel<'_, '_>,
        shape: &[usize],
    ) -> Result<(Windows, SmallVec<[usize; 5]>)> {
        let (images, axes, channels, result) = self.along(&self.given_sizes(cx)?, shape)?;
        Ok((Windows::regular(images, axes, channels)?, result))
    }

    /// The same while planning, if all of it is known then.
    pub(super) fn known_windows(
        &self,
        cx: &InferContext<'_>,
        shape: &[usize],
    ) -> Option<(Windows, SmallVec<[usize; 5]>)> {
        let sizes = self.known_sizes(cx).ok()??;
        let (images, axes, channels, result) = self.along(&sizes, shape).ok()?;
        Some((Windows::regular(images, axes, channels).ok()?, result))
    }

    /// The same where something is said to have the shape of the results.
    ///
    /// # Errors
    /// As [`windows`](Pooling::windows); and `InvalidArgument` if it has another.
    pub(super) fn windows_of(
        &self,
        cx: &Kernel<'_, '_>,
        shape: &[usize],
        (name, claimed): (&str, &[usize]),
    ) -> Result<Windows> {
        let (images, axes, channels, result) = self.along(&self.given_sizes(cx)?, shape)?;
        if claimed != &result[..] {
            let [claimed, result] = [claimed, &result].map(|shape| Shape::from(shape).bracketed());
            let message = format!("Expected {name} shape to be {result}, but got {claimed}");
            return Err(Error::invalid_argument(message));
        }
        Windows::regular(images, axes, channels)
    }

    /// What the kernels need to know of pictures of this shape.
    fn along(&self, sizes: &Sizes, shape: &[usize]) -> Result<Along> {
        if shape.len() != self.rank() {
            let (rank, shape) = (self.rank(), Shape::from(shape).bracketed());
            let message = format!("pictures must have {rank} axes, but have shape {shape}");
            return Err(Error::invalid_argument(message));
        }
        let geometry = self.geometry(sizes)?;
        let mut result: SmallVec<[usize; 5]> = shape.into();
        let channels = shape[geometry.channels];
        let mut axes = [trivial()?; 3];
        if let Some(window) = geometry.depth {
            axes[2] = geometry.along_depth(window, channels)?;
            result[geometry.channels] = axes[2].output;
            let pixels = shape[..geometry.channels].iter().product();
            return Ok((pixels, axes, 1, result));
        }
        let first = 3 - geometry.spatial.len();
        let spatial = geometry.spatial.iter().zip(&geometry.windows);
        for (to, (&axis, window)) in axes[first..].iter_mut().zip(spatial) {
            *to = geometry.along(*window, shape[axis])?;
            result[axis] = to.output;
        }
        // If the channels come first, each is a picture by itself.
        let (images, channels) = match geometry.channels {
            1 => (shape[0] * channels, 1),
            _ => (shape[0], channels),
        };
        Ok((images, axes, channels, result))
    }

    /// # Errors
    /// `InvalidArgument` if an attribute has no value that it can have, `Unimplemented` if
    /// TensorFlow has no such pooling.
    fn geometry(&self, sizes: &Sizes) -> Result<Geometry> {
        let (op_type, rank) = (self.op_type, self.rank());
        let channels = self.channels()?;
        let pad = match self.layout.padding.as_str() {
            padding @ ("SAME" | "VALID") => pad_of(padding, &[], 0)?,
            other => {
                let message = format!(
                    "Attr 'padding' of '{op_type}' Op passed string '{other}' not in: \"SAME\", \"VALID\"."
                );
                return Err(Error::invalid_argument(message));
            }
        };
        for (name, numbers) in [("ksize", &sizes.ksize), ("strides", &sizes.strides)] {
            expect_length(op_type, (name, numbers), rank)?;
        }
        let window = |axis: usize| {
            let size = window_size("ksize", axis, sizes.ksize[axis])?;
            Window::new(size, int32("strides", sizes.strides[axis])?, 1)
        };
        let is_pooled = |window: Window| (window.size, window.stride) != (1, 1);
        if is_pooled(window(0)?) {
            let message = "Pooling is not yet supported on the batch dimension.";
            return Err(Error::unimplemented(message));
        }
        let spatial = (1..rank).filter(|axis| *axis != channels);
        // Few: one for each axis.
        let spatial: SmallVec<[usize; 3]> = spatial.collect();
        let mut windows = SmallVec::new();
        for &axis in &spatial {
            windows.push(window(axis)?);
        }
        let depth = Some(window(channels)?).filter(|window| is_pooled(*window));
        if let Some(depth) = depth {
            self.check_depth(depth, windows.iter().any(|window| is_pooled(*window)))?;
        }
        Ok(Geometry {
            spatial,
            windows,
            channels,
            depth,
            pad,
        })
    }

    /// The axis of the channels.
    fn channels(&self) -> Result<usize> {
        let layouts = match self.rank() {
            4 => ["NHWC", "NCHW"],
            _ => ["NDHWC", "NCDHW"],
        };
        match self.layout.data_format.as_str() {
            layout if layout == layouts[0] => Ok(self.rank() - 1),
            layout if layout == layouts[1] => Ok(1),
            other => Err(Error::invalid_argument(format!(
                "Attr 'data_format' of '{}' Op passed string '{other}' not in: \"{}\", \"{}\".",
                self.op_type, layouts[0], layouts[1]
            ))),
        }
    }

    /// Fails unless channels can be pooled so.
    fn check_depth(&self, depth: Window, others: bool) -> Result<()> {
        let is_last = self.layout.data_format == "NHWC";
        let message = match self.op_type {
            "MaxPool" | "MaxPoolV2" if others => {
                "MaxPooling supports exactly one of pooling across depth or pooling across width/height."
            }
            "MaxPool" | "MaxPoolV2" if depth.size != depth.stride => {
                "Depthwise max pooling requires the depth window to equal the depth stride"
            }
            "MaxPool" | "MaxPoolV2" if is_last => return Ok(()),
            op_type if op_type.starts_with("MaxPoolGrad") => {
                "MaxPoolingGrad is not yet supported on the depth dimension."
            }
            _ => "Non-spatial pooling is not yet supported.",
        };
        Err(Error::unimplemented(message).with_help("pool height and width only"))
    }
}

impl Geometry {
    /// # Errors
    /// `InvalidArgument` if the window is longer than pictures that are not padded.
    fn along(&self, window: Window, length: usize) -> Result<WindowedAxis> {
        if self.pad == Pad::Valid && window.size > length {
            let size = window.size;
            let message =
                format!("Negative dimension size caused by subtracting {size} from {length}");
            return Err(Error::invalid_argument(message));
        }
        window.along(length, self.pad)
    }

    /// # Errors
    /// `Unimplemented` if the windows do not divide the channels.
    fn along_depth(&self, window: Window, length: usize) -> Result<WindowedAxis> {
        if !length.is_multiple_of(window.size) {
            let message =
                "Depthwise max pooling requires the depth window to evenly divide the input depth";
            return Err(Error::unimplemented(message));
        }
        window.along(length, Pad::Valid)
    }
}

/// The sizes of windows, or their steps, of all axes: given as one number for all spatial axes, one
/// for each of these, or one for each axis.
#[derive(Clone, Debug)]
pub(super) struct PoolSizes {
    /// How many spatial axes there are.
    pub(super) axes: usize,
    /// Whether the channels are the second axis.
    pub(super) channels_first: bool,
}

impl PoolSizes {
    /// # Errors
    /// `InvalidArgument` if there are fewer or more numbers, or these are not numbers.
    pub(super) fn of(&self, name: &str, numbers: impl IntoIntegers) -> Result<Vec<i64>> {
        let numbers = numbers.into_integers();
        let given = numbers.known().ok_or_else(|| {
            let message = format!("{name} must be numbers that are known, not a tensor");
            Error::invalid_argument(message)
        })?;
        let axes = self.axes;
        let (given, count) = (given.iter().copied(), given.len());
        // Few: one for each axis.
        let spatial: Vec<i64> = match count {
            1 => given.cycle().take(axes).collect(),
            count if count == axes || count == axes + 2 => given.collect(),
            _ => {
                let all = axes + 2;
                let message =
                    format!("{name} should be of length 1, {axes} or {all} but was {count}");
                return Err(Error::invalid_argument(message));
            }
        };
        Ok(match (spatial.len() == axes, self.channels_first) {
            (false, _) => spatial,
            (true, true) => [&[1, 1], &spatial[..]].concat(),
            (true, false) => [&[1], &spatial[..], &[1]].concat(),
        })
    }
}
