//! Checkpoints of other forms than this crate's own, which TensorFlow 1.15 wrote (`make.py`).

use std::path::PathBuf;

use ndarray::{arr0, arr1, arr2};
use tf1 as tf;
use tf1::train::CheckpointReader;
use tf1::{AnyArray, Error};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/checkpoint/data")
        .join(name)
}

#[test]
fn the_data_may_lie_in_several_files() -> tf::Result<()> {
    let reader = CheckpointReader::new(data("sharded"))?;
    assert!(reader.names().eq(["first/W", "second/W", "step"]));
    let first = AnyArray::from(arr1(&[1.0f32, -2.0, 3.0]));
    assert_eq!(reader.get_tensor("first/W")?, first);
    let second = AnyArray::from(arr2(&[[0.5f64], [1.5]]));
    assert_eq!(reader.get_tensor("second/W")?, second);
    assert_eq!(reader.get_tensor("step")?, AnyArray::from(arr0(7i64)));
    Ok(())
}

#[test]
fn a_variable_in_parts_is_listed_and_refused() -> tf::Result<()> {
    let reader = CheckpointReader::new(data("partitioned"))?;
    assert!(reader.names().eq(["parts", "whole"]));
    assert_eq!(reader.shape("parts"), Some(&[4][..]));
    assert_eq!(reader.dtype_name("parts"), Some("float32"));
    let error = reader.get_tensor("parts").unwrap_err();
    assert!(
        matches!(&error, Error::Unimplemented(_)) && error.message().contains("partitioned"),
        "{error}"
    );
    let whole = AnyArray::from(arr1(&[5.0f32, 6.0]));
    assert_eq!(reader.get_tensor("whole")?, whole);
    Ok(())
}
