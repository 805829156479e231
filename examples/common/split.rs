//! Labelled pictures, and the two matrices that a classifier is fed.

use ndarray::{Array1, Array2, Array4};

/// Height and width of every picture.
pub const SIDE: usize = 64;
/// Red, green and blue.
pub const CHANNELS: usize = 3;
/// Numbers in one picture: the length of the network's input.
pub const FEATURES: usize = SIDE * SIDE * CHANNELS;

/// One half of the data (training or test): pictures and what each of them shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The pictures, `[m, 64, 64, 3]`, in standard layout: row by row, red-green-blue.
    pub images: Array4<u8>,
    /// The class of each picture, `[m]`, each in `0..classes`.
    pub labels: Array1<i64>,
}

impl Split {
    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The pictures as a matrix `[m, 12288]` of numbers from 0 to 1, one row a picture. Its
    /// transpose, `design_matrix().t()`, is the course notebook's `X` of shape `[12288, m]`, and
    /// costs nothing.
    pub fn design_matrix(&self) -> Array2<f32> {
        let scaled = self.images.iter().map(|&byte| unit(byte)).collect();
        Array2::from_shape_vec((self.len(), FEATURES), scaled)
            .expect("there are 64 * 64 * 3 bytes for every label")
    }

    /// The labels as a matrix `[m, classes]` with a single 1 in each row; its transpose is the
    /// notebook's `Y`.
    pub fn one_hot(&self, classes: usize) -> Array2<f32> {
        Array2::from_shape_fn((self.len(), classes), |(row, class)| {
            f32::from(u8::from(self.labels[row] == class as i64))
        })
    }
}

/// One byte of a picture as a number from 0 to 1.
pub fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn two_pictures() -> Split {
        let mut images = Array4::zeros((2, SIDE, SIDE, CHANNELS));
        images[[1, 0, 1, 2]] = 255;
        Split {
            images,
            labels: array![2, 0],
        }
    }

    #[test]
    fn a_row_is_a_picture_flattened_as_the_notebook_does() {
        let x = two_pictures().design_matrix();
        assert_eq!(x.dim(), (2, FEATURES));
        // Row 0, column 1, blue: the second pixel's third number.
        assert_eq!(x[[1, 5]], 1.0);
        assert_eq!(x.sum(), 1.0);
    }

    #[test]
    fn one_hot_marks_the_class_of_each_row() {
        let y = two_pictures().one_hot(3);
        assert_eq!(y, array![[0., 0., 1.], [1., 0., 0.]]);
    }

    /// NumPy divides in 64 bits and TensorFlow's feed rounds to 32; dividing in 32 bits at once is
    /// the same.
    #[test]
    fn scaling_equals_the_notebooks_for_every_byte() {
        for byte in 0..=255 {
            assert_eq!(unit(byte), (f64::from(byte) / 255.0) as f32);
        }
    }
}
