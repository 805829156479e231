//! Sheets of pictures as PNG: rows of pictures, each with a number at its left if it has one.

use std::path::Path;

use ndarray::ArrayView3;

use super::atomic_file::write_atomically;
use super::error::Error;
use super::split::{CHANNELS, Split};

/// Every pixel of a picture of hands becomes a square of this side, so that 64 by 64 can be looked
/// at.
const ZOOM: usize = 2;
/// White space around pictures, in pixels of the sheet.
const GAP: usize = 6;
/// Side of one dot of a digit, in pixels of the sheet.
const DOT: usize = 4;
/// Width of the frame around a marked picture.
const FRAME: usize = 4;

const PAPER: [u8; CHANNELS] = [255; CHANNELS];
const INK: [u8; CHANNELS] = [40; CHANNELS];
const RED: [u8; CHANNELS] = [213, 40, 30];

/// A row of pictures.
pub struct Row<'p> {
    /// What stands at its left.
    pub number: Option<usize>,
    pub pictures: Vec<Shown<'p>>,
}

/// A picture on a sheet.
pub struct Shown<'p> {
    /// `[height, width, 3]`, red-green-blue, or `[height, width, 1]`, from black to white.
    pub pixels: ArrayView3<'p, u8>,
    /// Puts a red frame around it, and this number, in red, into its corner.
    pub mark: Option<usize>,
}

impl<'p> Shown<'p> {
    pub fn plain(pixels: ArrayView3<'p, u8>) -> Self {
        Shown { pixels, mark: None }
    }
}

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

/// Writes the first `per_class` pictures of every class as one PNG: a row for each class.
pub fn write_sheet(
    path: &Path,
    split: &Split,
    classes: usize,
    per_class: usize,
) -> Result<(), Error> {
    write_rows(path, &rows_of(split, classes, per_class), ZOOM)
}

/// Writes rows of pictures as one PNG; every pixel becomes a square of the side `zoom`.
pub fn write_rows(path: &Path, rows: &[Row<'_>], zoom: usize) -> Result<(), Error> {
    let bytes = draw_rows(rows, zoom)
        .encode()
        .map_err(|error| Error::not_written(path, error))?;
    write_atomically(path, &bytes)
}

fn rows_of(split: &Split, classes: usize, per_class: usize) -> Vec<Row<'_>> {
    let row = |class| Row {
        number: Some(class),
        pictures: pictures_of(split, class)
            .take(per_class)
            .map(Shown::plain)
            .collect(),
    };
    (0..classes).map(row).collect()
}

fn pictures_of(split: &Split, class: usize) -> impl Iterator<Item = ArrayView3<'_, u8>> {
    let pictures = split.images.outer_iter().zip(&split.labels);
    pictures.filter_map(move |(picture, &label)| (label == class as i64).then_some(picture))
}

fn draw_rows(rows: &[Row<'_>], zoom: usize) -> Sheet {
    let pictures = || rows.iter().flat_map(|row| &row.pictures);
    let longest = |axis: usize| pictures().map(|shown| shown.pixels.shape()[axis]).max();
    // Height and width of a picture on the sheet, with its gap; a number has room beside it.
    let [height, width] = [0, 1].map(|axis| longest(axis).unwrap_or(0) * zoom);
    let (height, width) = (height.max(5 * DOT) + GAP, width + GAP);
    let columns = rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0);
    let numbers = rows.iter().filter_map(|row| row.number);
    let label_width = numbers
        .max()
        .map_or(0, |number| digits_of(number).len() * 4 * DOT + GAP);
    let mut sheet = Sheet::new(
        GAP + label_width + columns * width,
        GAP + rows.len() * height,
    );
    for (row, top) in rows.iter().zip((GAP..).step_by(height)) {
        if let Some(number) = row.number {
            let top = top + (height - GAP - 5 * DOT) / 2;
            sheet.number(GAP, top, number, INK);
        }
        let lefts = (GAP + label_width..).step_by(width);
        for (shown, left) in row.pictures.iter().zip(lefts) {
            sheet.shown(left, top, shown, zoom);
        }
    }
    sheet
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
        self.rectangle(left, top, side, side, colour);
    }

    fn rectangle(
        &mut self,
        left: usize,
        top: usize,
        width: usize,
        height: usize,
        colour: [u8; CHANNELS],
    ) {
        for y in top..top + height {
            let start = (y * self.width + left) * CHANNELS;
            let row = &mut self.pixels[start..start + width * CHANNELS];
            row.as_chunks_mut().0.fill(colour);
        }
    }

    fn shown(&mut self, left: usize, top: usize, shown: &Shown<'_>, zoom: usize) {
        let (height, width, channels) = shown.pixels.dim();
        if shown.mark.is_some() {
            let (left, top) = (left - FRAME, top - FRAME);
            let (height, width) = (height * zoom + 2 * FRAME, width * zoom + 2 * FRAME);
            self.rectangle(left, top, width, height, RED);
        }
        for ((y, x), pixel) in ndarray::indices((height, width))
            .into_iter()
            .zip(shown.pixels.rows())
        {
            let colour = [0, 1, 2].map(|channel: usize| pixel[channel.min(channels - 1)]);
            self.square(left + x * zoom, top + y * zoom, zoom, colour);
        }
        if let Some(number) = shown.mark {
            self.number(left + DOT, top + DOT, number, RED);
        }
    }

    fn number(&mut self, left: usize, top: usize, number: usize, colour: [u8; CHANNELS]) {
        for (place, digit) in digits_of(number).into_iter().enumerate() {
            self.digit(left + place * 4 * DOT, top, digit, colour);
        }
    }

    fn digit(&mut self, left: usize, top: usize, digit: usize, colour: [u8; CHANNELS]) {
        for (y, row) in DIGITS[digit].iter().enumerate() {
            for x in (0..3).filter(|x| row >> (2 - x) & 1 == 1) {
                self.square(left + x * DOT, top + y * DOT, DOT, colour);
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
    use super::super::split::SIDE;
    use super::super::test_files::TestFolder;
    use super::*;
    use ndarray::{Array3, Array4, array};

    /// Side of a picture of hands on the sheet, with its gap.
    const CELL: usize = SIDE * ZOOM + GAP;

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
        let sheet = draw_rows(&rows_of(&three_pictures(), 2, 8), ZOOM);
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
        let wide = draw_rows(&rows_of(&three_pictures(), 2, 2), ZOOM);
        let narrow = draw_rows(&rows_of(&three_pictures(), 2, 1), ZOOM);
        assert_eq!(wide.width - narrow.width, CELL);
    }

    #[test]
    fn labels_of_two_digits_have_room() {
        let sheet = draw_rows(&rows_of(&three_pictures(), 11, 1), ZOOM);
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
        let sheet = draw_rows(&rows_of(&three_pictures(), 2, 8), ZOOM);
        assert_eq!(
            reader.info().size(),
            (sheet.width as u32, sheet.height as u32)
        );
    }

    #[test]
    fn a_marked_picture_has_a_frame_and_a_number() {
        let grey = Array3::from_elem((28, 28, 1), 9);
        let sheet = |mark| {
            let shown = Shown {
                pixels: grey.view(),
                mark,
            };
            let row = Row {
                number: None,
                pictures: vec![shown],
            };
            draw_rows(&[row], 3)
        };
        let reds = |sheet: &Sheet| {
            let pixels = sheet.pixels.as_chunks().0.iter();
            pixels.filter(|pixel| **pixel == RED).count()
        };
        assert_eq!(reds(&sheet(None)), 0);
        let frame = (28 * 3 + 2 * FRAME).pow(2) - (28 * 3_usize).pow(2);
        // A 7 has seven dots.
        assert_eq!(reds(&sheet(Some(7))), frame + 7 * DOT * DOT);
        assert_eq!(
            sheet(None).pixels[(GAP * sheet(None).width + GAP) * CHANNELS..][..3],
            [9; 3]
        );
    }
}
