//! A sheet of sample pictures as PNG: one row a class, the class number at its left.

use std::path::Path;

use ndarray::ArrayView3;

use super::atomic_file::write_atomically;
use super::error::Error;
use super::split::{CHANNELS, SIDE, Split};

/// Every picture pixel becomes a square of this side, so that 64 by 64 can be looked at.
const ZOOM: usize = 2;
/// White space around pictures, in pixels of the sheet.
const GAP: usize = 6;
/// Side of one dot of a digit, in pixels of the sheet.
const DOT: usize = 4;
/// Side of a picture on the sheet, with its gap.
const CELL: usize = SIDE * ZOOM + GAP;

const PAPER: [u8; CHANNELS] = [255; CHANNELS];
const INK: [u8; CHANNELS] = [40; CHANNELS];

/// The digits 0 to 9, three dots wide and five high; bit 2 is the left dot.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// Writes the first `per_class` pictures of every class as one PNG.
pub fn write_sheet(
    path: &Path,
    split: &Split,
    classes: usize,
    per_class: usize,
) -> Result<(), Error> {
    let sheet = draw_sheet(split, classes, per_class);
    let bytes = sheet
        .encode()
        .map_err(|error| Error::not_written(path, error))?;
    write_atomically(path, &bytes)
}

fn draw_sheet(split: &Split, classes: usize, per_class: usize) -> Sheet {
    let columns = widest_class(split, classes, per_class);
    let label_width = digits_of(classes.saturating_sub(1)).len() * 4 * DOT + GAP;
    let mut sheet = Sheet::new(GAP + label_width + columns * CELL, GAP + classes * CELL);
    for class in 0..classes {
        let top = GAP + class * CELL;
        sheet.number(GAP, top + (CELL - GAP - 5 * DOT) / 2, class);
        let members = pictures_of(split, class).take(per_class);
        for (column, picture) in members.enumerate() {
            sheet.picture(GAP + label_width + column * CELL, top, picture);
        }
    }
    sheet
}

fn widest_class(split: &Split, classes: usize, per_class: usize) -> usize {
    let sizes = (0..classes).map(|class| pictures_of(split, class).take(per_class).count());
    sizes.max().unwrap_or(0)
}

fn pictures_of(split: &Split, class: usize) -> impl Iterator<Item = ArrayView3<'_, u8>> {
    let pictures = split.images.outer_iter().zip(&split.labels);
    pictures.filter_map(move |(picture, &label)| (label == class as i64).then_some(picture))
}

/// The decimal digits of a number, first digit first.
fn digits_of(number: usize) -> Vec<usize> {
    let text = number.to_string();
    text.bytes()
        .map(|digit| usize::from(digit - b'0'))
        .collect()
}

/// Red-green-blue pixels to draw on.
struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new(width: usize, height: usize) -> Self {
        let pixels = PAPER.repeat(width * height);
        Sheet {
            width,
            height,
            pixels,
        }
    }

    fn square(&mut self, left: usize, top: usize, side: usize, colour: [u8; CHANNELS]) {
        for y in top..top + side {
            let start = (y * self.width + left) * CHANNELS;
            let row = &mut self.pixels[start..start + side * CHANNELS];
            row.as_chunks_mut().0.fill(colour);
        }
    }

    fn picture(&mut self, left: usize, top: usize, picture: ArrayView3<u8>) {
        for ((y, x), pixel) in ndarray::indices((SIDE, SIDE))
            .into_iter()
            .zip(picture.rows())
        {
            let colour = [pixel[0], pixel[1], pixel[2]];
            self.square(left + x * ZOOM, top + y * ZOOM, ZOOM, colour);
        }
    }

    fn number(&mut self, left: usize, top: usize, number: usize) {
        for (place, digit) in digits_of(number).into_iter().enumerate() {
            self.digit(left + place * 4 * DOT, top, digit);
        }
    }

    fn digit(&mut self, left: usize, top: usize, digit: usize) {
        for (y, row) in DIGITS[digit].iter().enumerate() {
            for x in (0..3).filter(|x| row >> (2 - x) & 1 == 1) {
                self.square(left + x * DOT, top + y * DOT, DOT, INK);
            }
        }
    }

    fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;
    use ndarray::{Array4, array};

    /// Three pictures, each of one colour.
    fn three_pictures() -> Split {
        let images = Array4::from_shape_fn((3, SIDE, SIDE, CHANNELS), |(picture, ..)| {
            100 + picture as u8
        });
        Split {
            images,
            labels: array![1, 0, 1],
        }
    }

    #[test]
    fn pictures_stand_in_the_row_of_their_class() {
        let sheet = draw_sheet(&three_pictures(), 2, 8);
        let first_column = GAP + 4 * DOT + GAP;
        let value_at = |column: usize, class: usize| {
            let (x, y) = (first_column + column * CELL, GAP + class * CELL);
            sheet.pixels[(y * sheet.width + x) * CHANNELS]
        };
        assert_eq!(value_at(0, 0), 101);
        assert_eq!(value_at(1, 0), PAPER[0]);
        assert_eq!(value_at(0, 1), 100);
        assert_eq!(value_at(1, 1), 102);
    }

    #[test]
    fn no_more_pictures_than_asked_for() {
        let wide = draw_sheet(&three_pictures(), 2, 2);
        let narrow = draw_sheet(&three_pictures(), 2, 1);
        assert_eq!(wide.width - narrow.width, CELL);
    }

    #[test]
    fn labels_of_two_digits_have_room() {
        let sheet = draw_sheet(&three_pictures(), 11, 1);
        assert_eq!(sheet.width, GAP + 2 * 4 * DOT + GAP + CELL);
        assert_eq!(digits_of(10), [1, 0]);
    }

    #[test]
    fn the_file_is_a_png_of_the_sheets_size() {
        let folder = TestFolder::new();
        let path = folder.file("sheet.png");
        write_sheet(&path, &three_pictures(), 2, 8).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let reader = png::Decoder::new(file).read_info().unwrap();
        let sheet = draw_sheet(&three_pictures(), 2, 8);
        assert_eq!(
            reader.info().size(),
            (sheet.width as u32, sheet.height as u32)
        );
    }
}
