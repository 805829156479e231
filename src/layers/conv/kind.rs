//! [`ConvKind`]: which convolutional layer it is.

/// Which of the convolutional layers it is; implemented by the markers of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of convolutional layer",
    note = "name the options by what they are of: `Conv2D::new()`, `Conv3DTranspose::new()`"
)]
pub trait ConvKind: sealed::Sealed + 'static {
    /// TensorFlow's name of the layer.
    const NAME: &'static str;
    /// How many axes windows move over.
    const AXES: usize;
    /// Whether it is the transpose of a convolution.
    const IS_TRANSPOSED: bool;
}

/// The layers whose windows may skip elements.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of layer whose windows may skip elements",
    note = "name the options by what they are of: `Conv1D::new()`, `Conv2D::new()`, `Conv3D::new()`"
)]
pub trait Dilates: ConvKind {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! kinds {
    ($($kind:ident $name:literal $axes:literal $is_transposed:literal;)*) => {$(
        #[doc = concat!("Marks `", $name, "`.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $kind {}

        impl sealed::Sealed for $kind {}

        impl ConvKind for $kind {
            const NAME: &'static str = $name;
            const AXES: usize = $axes;
            const IS_TRANSPOSED: bool = $is_transposed;
        }
    )*};
}

kinds! {
    Kind1D "conv1d" 1 false;
    Kind2D "conv2d" 2 false;
    Kind3D "conv3d" 3 false;
    Transpose2D "conv2d_transpose" 2 true;
    Transpose3D "conv3d_transpose" 3 true;
}

impl Dilates for Kind1D {}
impl Dilates for Kind2D {}
impl Dilates for Kind3D {}
