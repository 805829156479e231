use std::fs;

use png::{BitDepth, ColorType, Encoder};

use super::super::test_files::{TestFolder, shared_folder};
use super::*;

/// A PNG made of `width * height` pixels of the given kind.
fn png(kind: ColorType, depth: BitDepth, width: u32, height: u32, samples: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(kind);
    encoder.set_depth(depth);
    if kind == ColorType::Indexed {
        encoder.set_palette(vec![0, 0, 0, 200, 100, 50]);
    }
    encoder
        .write_header()
        .unwrap()
        .write_image_data(samples)
        .unwrap();
    bytes
}

/// Loads a file of these contents.
fn load_bytes(bytes: &[u8]) -> Result<Array3<u8>, Error> {
    let folder = TestFolder::new();
    load(&folder.write("hand.png", bytes))
}

fn refusal(bytes: &[u8]) -> String {
    let message = load_bytes(bytes).expect_err("no picture").to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("hand.png: found"), "{message}");
    message
}

/// A JPEG of 16 by 8 pixels, put together by hand: the left half has the grey 60, the right
/// half 200. `exif` goes before the picture's own segments.
fn jpeg(exif: &[u8]) -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = (body.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    // One symbol of length 1 and perhaps one of length 2, in each of the two Huffman tables.
    let huffman = |table: u8, symbols: &[u8]| {
        let mut lengths = [0; 16];
        lengths[..symbols.len()].fill(1);
        [&[table], &lengths[..], symbols].concat()
    };
    let mut quantization = [1; 65];
    quantization[..2].copy_from_slice(&[0, 8]);
    [
        vec![0xff, 0xd8],
        if exif.is_empty() {
            vec![]
        } else {
            segment(0xe1, &[b"Exif\0\0", exif].concat())
        },
        segment(0xdb, &quantization),
        segment(0xc0, &[8, 0, 8, 0, 16, 1, 1, 0x11, 0]),
        segment(0xc4, &huffman(0x00, &[7, 8])),
        segment(0xc4, &huffman(0x10, &[0])),
        segment(0xda, &[1, 1, 0x00, 0, 63, 0]),
        // The mean grey less 128, as the difference from the block before: a code for the number of
        // bits, the bits (a negative number less 1), and the code for no more. 0 0111011 0 is -68;
        // 10 10001100 0 is 140; then 1s.
        vec![0b0011_1011, 0b0101_0001, 0b1000_1111],
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// Exif data that says: turned by half a turn.
const UPSIDE_DOWN: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0";

#[test]
fn every_kind_of_png_becomes_colour() {
    use BitDepth::{Eight, One, Sixteen};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let cases: [(ColorType, BitDepth, &[u8], [u8; 3]); 9] = [
        (Rgb, Eight, &[200, 100, 50], [200, 100, 50]),
        (Rgb, Sixteen, &[200, 9, 100, 9, 50, 9], [200, 100, 50]),
        (Rgba, Eight, &[200, 100, 50, 255], [200, 100, 50]),
        (Rgba, Eight, &[200, 100, 50, 0], [255, 255, 255]),
        (Rgba, Eight, &[0, 0, 0, 128], [127, 127, 127]),
        (Grayscale, Eight, &[77], [77, 77, 77]),
        (Grayscale, One, &[0x80], [255, 255, 255]),
        (GrayscaleAlpha, Eight, &[0, 51], [204, 204, 204]),
        (Indexed, Eight, &[1], [200, 100, 50]),
    ];
    for (kind, depth, samples, expected) in cases {
        let bytes = png(kind, depth, 1, 1, samples);
        let picture = load_bytes(&bytes).unwrap();
        assert_eq!(picture.dim(), (64, 64, 3));
        for pixel in picture.rows() {
            assert_eq!(pixel.to_vec(), expected, "{kind:?} {depth:?}");
        }
    }
}

#[test]
fn a_jpeg_keeps_its_sides() {
    let sides = |exif: &[u8]| {
        let picture = load_bytes(&jpeg(exif)).unwrap();
        [picture[[32, 8, 0]], picture[[32, 56, 0]]]
    };
    assert_eq!(sides(b""), [60, 200]);
    assert_eq!(sides(UPSIDE_DOWN), [200, 60]);
}

#[test]
fn exif_in_a_png_turns_the_picture() {
    let mut info = png::Info::with_size(2, 1);
    info.color_type = ColorType::Grayscale;
    info.bit_depth = BitDepth::Eight;
    info.exif_metadata = Some(UPSIDE_DOWN.into());
    let mut bytes = Vec::new();
    let encoder = Encoder::with_info(&mut bytes, info).unwrap();
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[10, 250])
        .unwrap();
    let picture = load_bytes(&bytes).unwrap();
    assert_eq!((picture[[0, 0, 0]], picture[[0, 63, 0]]), (250, 10));
}

#[test]
fn what_is_no_picture_is_told() {
    let text = refusal(b"This is a letter.");
    assert!(text.contains("neither JPEG nor PNG"), "{text}");
    let empty = refusal(b"");
    assert!(empty.contains("an empty file"), "{empty}");
    let missing = load(Path::new("no/such/hand.png")).unwrap_err().to_string();
    assert!(missing.contains("found no such file"), "{missing}");
}

#[test]
fn cut_pictures_are_told() {
    let whole = png(ColorType::Grayscale, BitDepth::Eight, 64, 64, &[9; 64 * 64]);
    for bytes in [whole, jpeg(UPSIDE_DOWN)] {
        for length in 0..bytes.len() - 12 {
            refusal(&bytes[..length]);
        }
    }
}

/// Photographs from a camera, whole and cut off in the middle.
#[test]
fn photographs_are_read() {
    let Some(folder) = shared_folder("signs/images") else {
        return;
    };
    for class in 0..6 {
        let path = folder.join(format!("sign_{class}.jpg"));
        assert_eq!(load(&path).unwrap().dim(), (64, 64, 3));
        let bytes = fs::read(&path).unwrap();
        refusal(&bytes[..bytes.len() / 2]);
    }
}

/// A few bytes that promise a great many pixels.
#[test]
fn absurd_sizes_are_refused_before_decoding() {
    for (side, words) in [
        (1_000_u32, "the file is too short for its size"),
        (9_000, "a picture of 9000 by 9000 pixels"),
        (70_000, "a picture of 70000 by 70000 pixels"),
        (2_000_000_000, "limits are exceeded"),
    ] {
        let mut bytes = png(ColorType::Grayscale, BitDepth::Eight, 1, 1, &[0]);
        bytes[16..20].copy_from_slice(&side.to_be_bytes());
        bytes[20..24].copy_from_slice(&side.to_be_bytes());
        let check = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&check);
        let message = refusal(&bytes);
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_jpeg_too_short_for_its_size_is_refused() {
    let mut bytes = jpeg(b"");
    let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]);
    let size = frame.expect("the file has a frame") + 5;
    for (side, words) in [
        (1_000_u16, "the file is too short for its size"),
        (9_000, "a picture of 9000 by 9000 pixels"),
    ] {
        bytes[size..size + 2].copy_from_slice(&side.to_be_bytes());
        bytes[size + 2..size + 4].copy_from_slice(&side.to_be_bytes());
        let message = refusal(&bytes);
        assert!(message.contains(words), "{message}");
    }
}

/// PNG's checksum, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
