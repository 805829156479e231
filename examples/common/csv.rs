//! The costs of a training run as a table that spreadsheets and scripts read.

use std::fmt::Write;
use std::path::Path;

use super::atomic_file::write_atomically;
use super::error::Error;

/// Enough digits to tell any two 32-bit numbers apart.
const DIGITS: i32 = 9;

/// Writes the header `epoch,cost` and one line an epoch, from epoch `first` on.
pub fn write_costs(path: &Path, first: usize, costs: &[f64]) -> Result<(), Error> {
    write_atomically(path, cost_table(first, costs).as_bytes())
}

fn cost_table(first: usize, costs: &[f64]) -> String {
    let mut table = String::from("epoch,cost\n");
    for (epoch, &cost) in (first..).zip(costs) {
        writeln!(table, "{epoch},{}", significant(cost))
            .expect("a string takes all that is written");
    }
    table
}

/// A number with nine significant digits: in plain decimals, or with an exponent where those would
/// be long.
fn significant(number: f64) -> String {
    let scientific = format!("{number:.*e}", DIGITS as usize - 1);
    // Rust writes what is infinite or not a number without an exponent.
    let Some((_, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(power @ -5..DIGITS) => format!("{number:.*}", (DIGITS - 1 - power) as usize),
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;

    #[test]
    fn nine_digits_count_whatever_the_size() {
        let cases = [
            (1.855_702_4, "1.85570240"),
            (0.016_457_612_34, "0.0164576123"),
            (12_345.678_912_3, "12345.6789"),
            (123_456_789.4, "123456789"),
            (9.999_999_999_9, "10.0000000"),
            (0.0, "0.00000000"),
            (-2.5, "-2.50000000"),
            (1.5e-7, "1.50000000e-7"),
            (2e12, "2.00000000e12"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            assert_eq!(significant(number), text);
        }
    }

    #[test]
    fn every_epoch_has_its_line() {
        let folder = TestFolder::new();
        let path = folder.file("cost.csv");
        write_costs(&path, 0, &[1.5, 0.75]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "epoch,cost\n0,1.50000000\n1,0.750000000\n");
    }

    #[test]
    fn a_table_without_epochs_is_its_header() {
        assert_eq!(cost_table(0, &[]), "epoch,cost\n");
    }
}
