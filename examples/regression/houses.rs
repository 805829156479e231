//! The table: written if it is missing, read, cut into parts, and brought to one scale.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use ndarray::{Array2, Axis, s};
use tf1::random::NumpyRandom;

use super::common::atomic_file::write_atomically;
use super::draw;
use super::outcome::Outcome;

/// What is known of a house; the last column is its price.
const HEADER: [&str; COLUMNS] = [
    "area_m2",
    "rooms",
    "age_years",
    "distance_km",
    "garden_m2",
    "price",
];
pub const COLUMNS: usize = 6;
pub const FEATURES: usize = COLUMNS - 1;

/// With fewer rows, parts would be left without any.
const FEWEST_ROWS: usize = 10;

/// Rows of features, and the price of each.
#[derive(Debug)]
pub struct Rows {
    pub x: Array2<f32>,
    pub y: Array2<f32>,
}

/// The rows to learn from, those that tell when to stop, and those that tell what was learned: all
/// on the scale on which the training rows have mean 0 and deviation 1.
#[derive(Debug)]
pub struct Houses {
    pub train: Rows,
    pub held_out: Rows,
    pub test: Rows,
    /// The deviation of the training rows' prices.
    price_unit: f32,
}

impl Houses {
    /// The table in `path`, which is drawn and written first if it is missing.
    pub fn load(path: &Path, out: &mut impl Write) -> Outcome<Self> {
        let found = path.exists();
        if !found {
            write(path)?;
        }
        let origin = if found { "" } else { " (just drawn)" };
        writeln!(out, "data: {}{origin}", path.display())?;
        let mut table = read(path)?;
        NumpyRandom::new(0).shuffle_rows(&mut table)?;
        let rows = table.nrows();
        let (train, held_out) = (rows * 6 / 10, rows * 8 / 10);
        let known = table.slice(s![..train, ..]);
        let mean = known.sum_axis(Axis(0)) / train as f32;
        // A column that is the same everywhere tells nothing, and stays 0.
        let deviation = known.std_axis(Axis(0), 0.0);
        let deviation = deviation.mapv(|d| if d > 0.0 { d } else { 1.0 });
        let table = (&table - &mean) / &deviation;
        let part = |from: usize, to: usize| Rows {
            x: table.slice(s![from..to, ..FEATURES]).to_owned(),
            y: table.slice(s![from..to, FEATURES..]).to_owned(),
        };
        writeln!(
            out,
            "{train} rows to learn from, {} held out, {} to test",
            held_out - train,
            rows - held_out
        )?;
        Ok(Houses {
            train: part(0, train),
            held_out: part(train, held_out),
            test: part(held_out, rows),
            price_unit: deviation[FEATURES],
        })
    }

    /// Prints the network's mean error on the test rows, and the error of predicting the same price
    /// for all houses.
    pub fn report(&self, error: f32, out: &mut impl Write) -> Outcome {
        let same = self.test.y.iter().map(|price| price.abs()).sum::<f32>();
        let same = same / self.test.y.len() as f32;
        let [error, same] = [error, same].map(|error| error * self.price_unit);
        writeln!(
            out,
            "mean error on the test rows: {error:.0}; of the mean price for all: {same:.0}"
        )?;
        Ok(())
    }
}

impl Rows {
    /// All rows in random order, in batches of `size`.
    pub fn batches(
        &self,
        size: usize,
        random: &mut NumpyRandom,
    ) -> tf1::Result<Vec<(Array2<f32>, Array2<f32>)>> {
        let order = random.permutation(self.x.nrows())?.to_vec();
        let batch = |rows: &[usize]| (self.x.select(Axis(0), rows), self.y.select(Axis(0), rows));
        Ok(order.chunks(size).map(batch).collect())
    }
}

fn write(path: &Path) -> Outcome {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEADER)?;
    for house in draw::houses(2000)? {
        table.serialize(house)?;
    }
    Ok(write_atomically(path, &table.into_inner()?)?)
}

fn read(path: &Path) -> Outcome<Array2<f32>> {
    let mut table = csv::Reader::from_path(path)?;
    if table.headers()? != HEADER[..] {
        return Err(format!("the first line must be {}", HEADER.join(",")).into());
    }
    let table = Array2::from(rows(table)?);
    if table.nrows() < FEWEST_ROWS {
        let rows = table.nrows();
        return Err(format!("{rows} rows are too few; {FEWEST_ROWS} are the least").into());
    }
    match table.iter().find(|number| !number.is_finite()) {
        Some(number) => Err(format!("nothing can be learned from the number {number}").into()),
        None => Ok(table),
    }
}

fn rows(table: csv::Reader<File>) -> csv::Result<Vec<[f32; COLUMNS]>> {
    table.into_deserialize().collect()
}
