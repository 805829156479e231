use std::fs;

use hdf5_pure::FileBuilder;

use super::super::test_files::{TestFolder, shared_folder};
use super::*;

/// What the test files hold; every test changes what it is about.
struct Contents {
    pixels: Vec<u8>,
    picture_shape: Vec<u64>,
    labels: Vec<i64>,
    classes: Vec<i64>,
    compressed: bool,
}

/// No metadata looks like a run of this byte.
const PIXEL: u8 = 0xa5;

impl Contents {
    fn of(labels: &[i64]) -> Self {
        Contents {
            pixels: vec![PIXEL; labels.len() * SIDE * SIDE * CHANNELS],
            picture_shape: vec![labels.len() as u64, 64, 64, 3],
            labels: labels.to_vec(),
            classes: (0..6).collect(),
            compressed: false,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = FileBuilder::new();
        let pictures = file.create_dataset("train_set_x");
        pictures
            .with_u8_data(&self.pixels)
            .with_shape(&self.picture_shape);
        if self.compressed {
            pictures.with_chunks(&[1, 64, 64, 3]).with_deflate(6);
        }
        let labels = file.create_dataset("train_set_y");
        labels
            .with_i64_data(&self.labels)
            .with_shape(&[self.labels.len() as u64]);
        let classes = file.create_dataset("list_classes");
        classes
            .with_i64_data(&self.classes)
            .with_shape(&[self.classes.len() as u64]);
        file.finish().unwrap()
    }
}

fn parse(bytes: Vec<u8>) -> Result<(Split, usize), Error> {
    parse_split(Path::new("train_signs.h5"), bytes, Half::Train)
}

/// The message of a file that has to be refused: one line that names the file.
fn refusal(result: Result<(Split, usize), Error>) -> String {
    let message = result.expect_err("the file has to be refused").to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("signs.h5"), "{message}");
    assert!(
        message.contains("found") && message.contains("expected"),
        "{message}"
    );
    message
}

#[test]
fn what_was_written_is_read() {
    let mut contents = Contents::of(&[5, 0, 3]);
    contents.pixels[SIDE * SIDE * CHANNELS + 4] = 7;
    for compressed in [false, true] {
        contents.compressed = compressed;
        let (split, classes) = parse(contents.bytes()).unwrap();
        assert_eq!((split.len(), classes), (3, 6));
        assert_eq!(split.labels.to_vec(), [5, 0, 3]);
        assert_eq!(split.images[[1, 0, 1, 1]], 7);
        assert_eq!(split.images[[2, 63, 63, 2]], PIXEL);
    }
}

#[test]
fn a_missing_folder_or_empty_file_is_told() {
    let folder = TestFolder::new();
    let missing = refusal(read_split(&folder.file("train_signs.h5"), Half::Train));
    assert!(missing.contains("found no such file"), "{missing}");
    let empty = folder.write("train_signs.h5", b"");
    let empty = refusal(read_split(&empty, Half::Train));
    assert!(empty.contains("found an empty file"), "{empty}");
    fs::create_dir(folder.file("test_signs.h5")).unwrap();
    let directory = refusal(read_split(&folder.file("test_signs.h5"), Half::Test));
    assert!(
        directory.contains("found something that is not a file"),
        "{directory}"
    );
}

#[test]
fn another_format_is_told() {
    let message = refusal(parse(b"PK\x03\x04 not HDF5 at all".to_vec()));
    assert!(
        message.contains("found a file that is not HDF5"),
        "{message}"
    );
}

/// As an interrupted download leaves it: the message says so, and what to do.
#[test]
fn a_file_cut_off_is_told() {
    let whole = Contents::of(&[1, 2, 3]).bytes();
    for length in [whole.len() - 1, whole.len() / 2, 200, 60, 9] {
        let message = refusal(parse(whole[..length].to_vec()));
        let found = format!("found a file cut off after {length} bytes");
        assert!(message.contains(&found), "{message}");
        assert!(message.contains("download the file again"), "{message}");
    }
}

#[test]
fn other_names_are_listed() {
    let bytes = Contents::of(&[1]).bytes();
    let message = refusal(parse_split(Path::new("test_signs.h5"), bytes, Half::Test));
    assert!(message.contains("data set \"test_set_x\""), "{message}");
    assert!(message.contains("\"train_set_x\""), "{message}");
    assert!(message.contains("swapped"), "{message}");
}

#[test]
fn wrong_shapes_are_told() {
    let shapes: [&[u64]; 5] = [
        &[2, 64, 64],
        &[2, 64, 3, 64],
        &[2, 32, 64, 3],
        &[0, 64, 64, 3],
        &[2, 64, 64, 3, 1],
    ];
    for shape in shapes {
        let mut contents = Contents::of(&[1, 2]);
        contents.picture_shape = shape.to_vec();
        contents
            .pixels
            .resize(shape.iter().product::<u64>() as usize, 0);
        let message = refusal(parse(contents.bytes()));
        let found = format!("found uint8 {shape:?}, expected uint8 [m, 64, 64, 3]");
        assert!(message.contains(&found), "{message}");
    }
}

#[test]
fn wrong_types_are_told() {
    let mut file = FileBuilder::new();
    let pictures = file.create_dataset("train_set_x");
    pictures
        .with_f32_data(&[0.5; SIDE * SIDE * CHANNELS])
        .with_shape(&[1, 64, 64, 3]);
    file.create_dataset("list_classes")
        .with_i64_data(&[0, 1])
        .with_shape(&[2]);
    let message = refusal(parse(file.finish().unwrap()));
    assert!(
        message.contains("found float32 [1, 64, 64, 3]"),
        "{message}"
    );
}

#[test]
fn wrong_labels_are_told() {
    let cases = [
        (
            vec![0, 6],
            "found the label 6 for picture 1, expected labels from 0 to 5",
        ),
        (vec![-1, 0], "found the label -1 for picture 0"),
        (vec![0, 1, 2], "found int64 [3], expected int64 [2]"),
    ];
    for (labels, expected) in cases {
        let mut contents = Contents::of(&[0, 0]);
        contents.labels = labels;
        let message = refusal(parse(contents.bytes()));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn classes_that_are_no_positions_are_told() {
    let mut contents = Contents::of(&[1]);
    contents.classes = vec![1, 2, 3];
    let message = refusal(parse(contents.bytes()));
    assert!(
        message.contains("found [1, 2, 3], expected 0, 1, 2"),
        "{message}"
    );
}

#[test]
fn too_many_rows_are_refused() {
    let mut contents = Contents::of(&[1]);
    contents.classes = (0..1001).collect();
    let message = refusal(parse(contents.bytes()));
    assert!(
        message.contains("found int64 [1001], expected at most 1000 rows"),
        "{message}"
    );
}

/// A few bytes may claim to be a great many; what a file of this length cannot hold is not even
/// asked for.
#[test]
fn incredible_compression_is_refused() {
    let mut contents = Contents::of(&[0; 50]);
    contents.compressed = true;
    contents.pixels.fill(0);
    let message = refusal(parse(contents.bytes()));
    assert!(
        message.contains("expected at most 100000 rows, and no more than"),
        "{message}"
    );
}

/// Any one wrong byte, and any cut, gives an error in one line or data that keep every promise;
/// never a panic.
#[test]
fn damage_anywhere_is_survived() {
    for compressed in [false, true] {
        let mut contents = Contents::of(&[2]);
        contents.compressed = compressed;
        let whole = contents.bytes();
        for at in metadata(&whole) {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff, whole[at] ^ 0x10] {
                assert_survived(with_byte(&whole, at, value));
            }
            assert_survived(whole[..at].to_vec());
        }
    }
}

/// The same for h5py's older format, which has no checksums to notice damage early. Only a sample
/// of the positions, as the file is large.
#[test]
fn damage_to_a_file_without_checksums_is_survived() {
    let Some(folder) = shared_folder("signs") else {
        return;
    };
    let whole = fs::read(folder.join("coursera_test_signs.h5")).unwrap();
    // Up to here stand superblock, groups and headers, for the most part.
    for at in (0..2048).step_by(11) {
        let mut damaged = with_byte(&whole, at, whole[at] ^ (1 << (at % 8)));
        damaged.truncate(whole.len() - at % 3);
        let result = parse_split(Path::new("test_signs.h5"), damaged, Half::Test);
        assert_kept_promise(result);
    }
}

fn with_byte(whole: &[u8], at: usize, value: u8) -> Vec<u8> {
    let mut damaged = whole.to_vec();
    damaged[at] = value;
    damaged
}

/// The positions that are not in the middle of a picture's bytes.
fn metadata(file: &[u8]) -> impl Iterator<Item = usize> {
    let is_picture = |at: usize| {
        file[at.saturating_sub(4)..file.len().min(at + 4)]
            .iter()
            .all(|&b| b == PIXEL)
    };
    (0..file.len()).filter(move |&at| !is_picture(at))
}

fn assert_survived(bytes: Vec<u8>) {
    assert_kept_promise(parse(bytes));
}

fn assert_kept_promise(result: Result<(Split, usize), Error>) {
    match result {
        Err(error) => assert_eq!(error.to_string().lines().count(), 1, "{error}"),
        Ok((split, classes)) => {
            assert_eq!(split.images.dim(), (split.len(), SIDE, SIDE, CHANNELS));
            let in_range = 0..classes as i64;
            assert!(split.labels.iter().all(|label| in_range.contains(label)));
        }
    }
}

/// The genuine layout, as h5py writes it.
#[test]
fn files_written_by_h5py_are_read() {
    let Some(folder) = shared_folder("signs") else {
        return;
    };
    for (name, half, pictures) in [
        ("train_signs.h5", Half::Train, 1080),
        ("test_signs.h5", Half::Test, 120),
        ("coursera_test_signs.h5", Half::Test, 120),
    ] {
        let (split, classes) = read_split(&folder.join(name), half).unwrap();
        assert_eq!((split.len(), classes), (pictures, 6), "{name}");
        for class in 0..6 {
            let members = split.labels.iter().filter(|&&label| label == class).count();
            assert_eq!(members, pictures / 6, "{name}, class {class}");
        }
    }
}
