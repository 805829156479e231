//! The photographs of hand signs in `$TF1_SHARED/signs`.

use std::path::Path;

use hdf5_pure::File;
use ndarray::Array2;
use serde_json::Value as Json;

use crate::array::sha256_of_bytes;
use crate::compare::compare_text;
use crate::json;
use crate::trouble::{Outcome, Trouble};

/// How many numbers a picture of 64 by 64 pixels has.
const FEATURES: usize = 64 * 64 * 3;
const CLASSES: usize = 6;

/// What the network learns from, and what it is judged by.
pub struct Photographs {
    pub train: Half,
    pub test: Half,
}

/// Pictures and labels as they stand in a file, and as the network is fed them: a row a picture.
pub struct Half {
    pixels: Vec<u8>,
    labels: Vec<i64>,
    /// [m, 12288], each number between 0 and 1.
    pub x: Array2<f32>,
    /// One-hot, [m, 6].
    pub y: Array2<f32>,
}

impl Photographs {
    /// Reads `train_signs.h5` and `test_signs.h5`.
    pub fn read(folder: &Path) -> Outcome<Self> {
        Ok(Photographs {
            train: Half::read(folder, "train")?,
            test: Half::read(folder, "test")?,
        })
    }

    /// Compares with the hashes of what TensorFlow was fed.
    pub fn compare(&self, golden: &Json) -> Outcome<Vec<String>> {
        let mut differences = Vec::new();
        for (half, x, y) in [(&self.train, "X", "Y"), (&self.test, "XT", "YT")] {
            let labels: Vec<u8> = half.labels.iter().flat_map(|l| l.to_le_bytes()).collect();
            for (name, bytes) in [(x, &half.pixels), (y, &labels)] {
                let told = json::text(json::member(golden, name)?, "sha256")?;
                let place = format!("the SHA-256 of {name}");
                differences.extend(compare_text(&place, &sha256_of_bytes(bytes), told));
            }
        }
        Ok(differences)
    }
}

impl Half {
    fn read(folder: &Path, half: &str) -> Outcome<Self> {
        let path = folder.join(format!("{half}_signs.h5"));
        let read = || -> Result<_, hdf5_pure::Error> {
            let file = File::open(&path)?;
            let pixels = file.dataset(&format!("{half}_set_x"))?.read_u8()?;
            let labels = file.dataset(&format!("{half}_set_y"))?.read_i64()?;
            Ok((pixels, labels))
        };
        let (pixels, labels) =
            read().map_err(|error| Trouble::fails(format!("{}: {error}", path.display())))?;
        // As the notebook does: divided in 64 bits, fed in 32.
        let scaled = pixels.iter().map(|&p| (f64::from(p) / 255.0) as f32);
        let x = Array2::from_shape_vec((labels.len(), FEATURES), scaled.collect())
            .map_err(|error| Trouble::fails(format!("{}: {error}", path.display())))?;
        let y = Array2::from_shape_fn((labels.len(), CLASSES), |(picture, class)| {
            f32::from(u8::from(labels[picture] == class as i64))
        });
        Ok(Half {
            pixels,
            labels,
            x,
            y,
        })
    }
}
