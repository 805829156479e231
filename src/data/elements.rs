//! [`Pixel`] and [`Label`]: the element types that a data set can have.

use ndarray::ArrayD;

use crate::types::{Error, Plain, Result, memory};

/// The element types of pictures: `f32` from 0 to 1, or `u8` as in the files.
#[diagnostic::on_unimplemented(
    message = "pictures cannot have elements of type `{Self}`",
    note = "write `tf1::float32` or `tf1::uint8`"
)]
pub trait Pixel: Plain + sealed::Sealed {
    /// Bytes as elements.
    #[doc(hidden)]
    fn pixels(bytes: Vec<u8>) -> Result<Vec<Self>>;
}

impl Pixel for u8 {
    fn pixels(bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }
}

/// As NumPy multiplies an array of `float32` by 1/255.
impl Pixel for f32 {
    fn pixels(bytes: Vec<u8>) -> Result<Vec<f32>> {
        const SCALE: f32 = (1.0_f64 / 255.0) as f32;
        memory::collected(bytes.into_iter().map(|byte| f32::from(byte) * SCALE))
    }
}

/// The element types of labels: `i64` for the numbers of classes, `f32` for rows with a single 1.
#[diagnostic::on_unimplemented(
    message = "labels cannot have elements of type `{Self}`",
    note = "labels are `i64`, or `f32` with `ReadDataSets::one_hot`"
)]
pub trait Label: Plain + sealed::Sealed {
    /// The labels of these classes, of which there are `classes`.
    #[doc(hidden)]
    fn labels(labels: &[u8], classes: usize) -> Result<ArrayD<Self>>;
}

/// `[n]`
impl Label for i64 {
    fn labels(labels: &[u8], classes: usize) -> Result<ArrayD<i64>> {
        check(labels, classes)?;
        let numbers = memory::collected(labels.iter().map(|&label| i64::from(label)))?;
        Ok(memory::in_shape(ndarray::IxDyn(&[labels.len()]), numbers))
    }
}

/// `[n, classes]`
impl Label for f32 {
    fn labels(labels: &[u8], classes: usize) -> Result<ArrayD<f32>> {
        check(labels, classes)?;
        let mut rows = memory::zeros(&[labels.len(), classes])?;
        for (mut row, &label) in rows.outer_iter_mut().zip(labels) {
            row[usize::from(label)] = 1.0;
        }
        Ok(rows)
    }
}

fn check(labels: &[u8], classes: usize) -> Result<()> {
    match labels
        .iter()
        .position(|&label| usize::from(label) >= classes)
    {
        None => Ok(()),
        Some(at) => Err(Error::data_loss(format!(
            "label {at} is {}, and there are {classes} classes",
            labels[at]
        ))
        .with_help("the file of labels is damaged, or not one; fetch it again")),
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for i64 {}
    impl Sealed for f32 {}
}
