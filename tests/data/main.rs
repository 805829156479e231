//! MNIST and CIFAR-10: files read, damaged files refused, batches as TensorFlow 1.15 gives them
//! (`make.py`).

#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use ndarray::{ArrayViewD, Axis};
use serde_json::Value as Json;
use test_files::TestFolder;
use tf1 as tf;
use tf1::data::{DataSet, DataSets, ReadDataSets, cifar10, mnist};
use tf1::{Error, Plain};

fn mnist_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mnist")
}

/// Asks for the batches of a case and compares them with TensorFlow's.
fn compare<T, L>(mut data: DataSets<T, L>, case: &str)
where
    T: Plain + Into<f64> + Debug,
    L: Plain + Debug + PartialEq,
    f64: Number<L>,
{
    let cases: Json = serde_json::from_str(include_str!("mnist.json")).unwrap();
    let case = &cases[case];
    assert!(!data.drawn);
    let mut seen = 0;
    for batch in case["batches"].as_array().unwrap() {
        let set: &mut DataSet<T, L> = match batch["set"].as_str().unwrap() {
            "train" => &mut data.train,
            "validation" => &mut data.validation,
            _ => &mut data.test,
        };
        let name = &batch["set"];
        assert_eq!(
            set.num_examples() as u64,
            case["sizes"][name.as_str().unwrap()]
        );
        let (images, labels) = if batch["shuffle"] == true {
            set.next_batch(batch["size"].as_u64().unwrap() as usize)
        } else {
            set.next_batch_with(batch["size"].as_u64().unwrap() as usize, false)
        }
        .unwrap();
        same(images, &batch["images"], |it| it.into());
        same(labels, &batch["labels"], <f64 as Number<L>>::of);
        same(
            set.labels().view(),
            &batch["all_labels"],
            <f64 as Number<L>>::of,
        );
        assert_eq!(set.epochs_completed() as u64, batch["epochs_completed"]);
        seen += 1;
    }
    assert!(seen > 4);
}

/// What a label is as `f64`.
trait Number<L> {
    fn of(label: L) -> f64;
}

impl Number<i64> for f64 {
    fn of(label: i64) -> f64 {
        label as f64
    }
}

impl Number<f32> for f64 {
    fn of(label: f32) -> f64 {
        label.into()
    }
}

fn same<T: Copy>(array: ArrayViewD<'_, T>, expected: &Json, number: impl Fn(T) -> f64) {
    let shape: Vec<u64> = array.shape().iter().map(|&it| it as u64).collect();
    assert_eq!(Json::from(shape), expected["shape"]);
    let numbers: Vec<f64> = array.iter().map(|&it| number(it)).collect();
    assert_eq!(Json::from(numbers), expected["data"]);
}

#[test]
fn batches_are_tensorflows() {
    let options = ReadDataSets::new().validation_size(5).one_hot().seed(1);
    let read = mnist::read_data_sets_with(mnist_folder(), options);
    compare(read.unwrap(), "one_hot");
    let options = ReadDataSets::new().validation_size(4).seed(0);
    let read = mnist::read_data_sets_with(mnist_folder(), options);
    compare(read.unwrap(), "classes");
    let options = ReadDataSets::new().dtype(tf::uint8).reshape(false);
    let options = options.validation_size(0).seed(u32::MAX.into());
    let read = mnist::read_data_sets_with(mnist_folder(), options);
    compare(read.unwrap(), "bytes");
}

#[test]
fn a_batch_is_not_larger_than_the_set() {
    let options = ReadDataSets::new().validation_size(0);
    let mut data = mnist::read_data_sets_with(mnist_folder(), options).unwrap();
    assert!(data.train.next_batch(23).is_ok());
    for size in [24, usize::MAX] {
        let refused = data.train.next_batch(size);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))));
    }
    assert!(data.validation.next_batch(0).is_ok());
    assert!(data.validation.next_batch(1).is_err());
    let refused = mnist::read_data_sets(mnist_folder()).unwrap_err();
    assert_eq!(
        refused.message(),
        "validation_size should be between 0 and 23, got 5000"
    );
}

/// The bytes of a file of pictures or labels.
fn idx(header: &[u32], bytes: &[u8]) -> Vec<u8> {
    let numbers = header.iter().flat_map(|number| number.to_be_bytes());
    numbers.chain(bytes.iter().copied()).collect()
}

/// A folder with four files, of which the first is this one.
fn folder_with(name: &str, images: &[u8]) -> TestFolder {
    let folder = TestFolder::new();
    folder.write(name, images);
    folder.write("train-labels-idx1-ubyte", &idx(&[2049, 2], &[3, 9]));
    folder.write("t10k-images-idx3-ubyte", &idx(&[2051, 1, 2, 2], &[1; 4]));
    folder.write("t10k-labels-idx1-ubyte", &idx(&[2049, 1], &[0]));
    folder
}

fn read(folder: &TestFolder) -> tf::Result<DataSets> {
    mnist::read_data_sets_with(folder.path(), ReadDataSets::new().validation_size(0))
}

#[test]
fn damaged_files_are_errors() {
    const IMAGES: &str = "train-images-idx3-ubyte";
    let whole = idx(&[2051, 2, 2, 2], &[0, 51, 102, 255, 1, 2, 3, 4]);
    let data = read(&folder_with(IMAGES, &whole)).unwrap();
    assert_eq!(data.train.images().shape(), [2, 4]);
    assert_eq!(data.train.images()[[0, 1]], 51.0 * (1.0 / 255.0));
    assert_eq!(data.train.labels().as_slice(), Some(&[3, 9][..]));
    for length in 0..whole.len() {
        let cut = read(&folder_with(IMAGES, &whole[..length]));
        assert!(matches!(cut, Err(Error::DataLoss(_))), "{length}");
    }
    let most = u32::MAX;
    for header in [
        [2051, most, most, most],
        [2051, most, most, 1],
        [2051, most, 28, 28],
        [2051, 2, 1 << 16, 1 << 16],
        [2051, 0, most, most],
        [2051, 0, 2, 2],
        [2051, 2, 0, 2],
        [2049, 2, 2, 2],
        [2051, 2, 2, 1],
    ] {
        let lies = read(&folder_with(IMAGES, &idx(&header, &whole[16..])));
        assert!(
            matches!(lies, Err(Error::DataLoss(_))),
            "{header:?}: {lies:?}"
        );
    }
    // One picture less than labels.
    let fewer = read(&folder_with(IMAGES, &idx(&[2051, 1, 2, 2], &[0; 4])));
    assert!(matches!(fewer, Err(Error::InvalidArgument(_))));
}

#[test]
fn damaged_packed_files_are_errors() {
    let folder = mnist_folder();
    let packed = std::fs::read(folder.join("train-images-idx3-ubyte.gz")).unwrap();
    let labels = std::fs::read(folder.join("train-labels-idx1-ubyte.gz")).unwrap();
    let read = |images: &[u8]| {
        let folder = folder_with("train-images-idx3-ubyte.gz", images);
        std::fs::remove_file(folder.file("train-labels-idx1-ubyte")).unwrap();
        folder.write("train-labels-idx1-ubyte.gz", &labels);
        read(&folder)
    };
    assert_eq!(read(&packed).unwrap().train.num_examples(), 23);
    for length in 0..packed.len() {
        assert!(read(&packed[..length]).is_err(), "{length}");
    }
    // Times, the system and the like stand in bytes 3 to 9; byte 10 has bits that mean nothing.
    for at in (0..3).chain(11..packed.len()) {
        let mut altered = packed.clone();
        altered[at] ^= 0x10;
        assert!(read(&altered).is_err(), "{at}");
    }
}

#[test]
fn labels_that_are_no_digits_are_errors() {
    let folder = folder_with("train-images-idx3-ubyte", &idx(&[2051, 2, 2, 2], &[0; 8]));
    folder.write("train-labels-idx1-ubyte", &idx(&[2049, 2], &[3, 10]));
    let refused = read(&folder).unwrap_err();
    assert_eq!(refused.message(), "label 1 is 10, and there are 10 classes");
    let options = ReadDataSets::new().one_hot().validation_size(0);
    assert!(mnist::read_data_sets_with(folder.path(), options).is_err());
}

#[test]
fn some_files_are_not_enough() {
    let folder = TestFolder::new();
    folder.write("t10k-labels-idx1-ubyte", &idx(&[2049, 1], &[0]));
    assert!(matches!(read(&folder), Err(Error::NotFound(_))));
}

#[test]
fn digits_are_drawn() {
    let (pictures, labels) = mnist::digits(200, 3).unwrap();
    for digit in 0..10 {
        assert_eq!(labels.iter().filter(|label| **label == digit).count(), 20);
    }
    assert!(!labels.as_slice().unwrap().is_sorted());
    for picture in pictures.outer_iter() {
        let ink = picture.iter().filter(|byte| **byte > 128).count();
        assert!((20..400).contains(&ink), "{ink} pixels of ink");
    }
    assert_eq!(mnist::digits(200, 3).unwrap(), (pictures.clone(), labels));
    assert_ne!(mnist::digits(200, 4).unwrap().0, pictures);
    assert!(mnist::digits(0, 3).is_ok());
    assert!(matches!(
        mnist::digits(usize::MAX, 3),
        Err(Error::ResourceExhausted(_))
    ));
}

/// A file of records, each a class and a picture of which every channel has one value.
fn cifar(records: &[(u8, [u8; 3])]) -> Vec<u8> {
    let record = |(label, colour): &(u8, [u8; 3])| {
        let planes = colour.iter().flat_map(|value| [*value; 1024]);
        std::iter::once(*label).chain(planes).collect::<Vec<u8>>()
    };
    records.iter().flat_map(record).collect()
}

#[test]
fn cifar_10_is_read() {
    let folder = TestFolder::new();
    for batch in 1..=5u8 {
        let records = cifar(&[(batch, [batch, 20, 30]), (9, [7, 8, 255])]);
        folder.write(&format!("data_batch_{batch}.bin"), &records);
    }
    let refused = cifar10::read_data_sets(folder.path()).unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)));
    folder.write("test_batch.bin", &cifar(&[(3, [1, 2, 3])]));
    let options = ReadDataSets::new().dtype(tf::uint8).validation_size(3);
    let data = cifar10::read_data_sets_with(folder.path(), options).unwrap();
    assert_eq!(data.validation.labels().as_slice(), Some(&[1, 9, 2][..]));
    assert_eq!(data.train.images().shape(), [7, 32, 32, 3]);
    let last = data.train.images().index_axis(Axis(0), 6);
    for pixel in last.lanes(Axis(2)) {
        assert_eq!(pixel.to_vec(), [7, 8, 255]);
    }
    let data = cifar10::read_data_sets(folder.path()).unwrap();
    assert_eq!(data.test.images()[[0, 31, 31, 2]], 3.0 * (1.0 / 255.0));
    let mut cut = cifar(&[(3, [1, 2, 3])]);
    cut.pop();
    folder.write("test_batch.bin", &cut);
    let refused = cifar10::read_data_sets(folder.path());
    assert!(matches!(refused, Err(Error::DataLoss(_))));
}
