//! Tensors that are read and written in many pieces, by several threads: every byte arrives, and
//! each is looked at.

use std::fs;

use ndarray::{Array1, Array2, Array3};
use tf1 as tf;
use tf1::train::{CheckpointReader, Saver};
use tf1::{AnyArray, Error, Graph, Session};

use super::TestFolder;

/// How much of a tensor a thread reads at once.
const PART: usize = 8 << 20;

/// Values whose lengths are at and beside the ends of pieces and parts, in the order of the
/// variables.
fn values() -> [AnyArray; 5] {
    [
        Array1::from_shape_fn(1 << 18, |i| ((i * 31) >> 3) as u8).into(),
        Array1::from_shape_fn(PART + 5, |i| i % 7 < 3).into(),
        Array1::from_shape_fn(PART / 2 + 1, |i| (i as f32).sqrt()).into(),
        Array2::from_shape_fn((3, 32_769), |(i, j)| (i * 1_000_003 + j) as i64 - 50).into(),
        Array3::<f64>::zeros((7, 0, 1 << 20)).into(),
    ]
}

/// A session with these values, in variables whose names are sorted.
fn session() -> tf::Result<(Graph, Session)> {
    let graph = Graph::new();
    let zeros = tf::initializers::zeros;
    let _ = graph.get_variable::<u8>("a", [1 << 18], zeros());
    let _ = graph.get_variable::<bool>("b", [PART + 5], zeros());
    let _ = graph.get_variable::<f32>("c", [PART / 2 + 1], zeros());
    let _ = graph.get_variable::<i64>("d", [3, 32_769], zeros());
    let _ = graph.get_variable::<f64>("e", [7, 0, 1 << 20], zeros());
    let session = Session::new(&graph)?;
    session.load(graph.global_variables().into_iter().zip(values()))?;
    Ok((graph, session))
}

/// The bytes of a value as a file holds them, one element after the other.
fn bytes(value: &AnyArray) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(all) = value.view::<u8>() {
        bytes.extend(all);
    }
    if let Some(all) = value.view::<bool>() {
        bytes.extend(all.iter().map(|&flag| u8::from(flag)));
    }
    if let Some(all) = value.view::<f32>() {
        bytes.extend(all.iter().flat_map(|x| x.to_le_bytes()));
    }
    if let Some(all) = value.view::<i64>() {
        bytes.extend(all.iter().flat_map(|x| x.to_le_bytes()));
    }
    bytes
}

#[test]
fn large_variables_are_written_and_read_whole() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = session()?;
    let prefix = Saver::new(&graph).save(&session, folder.file("m"), None)?;
    let expected: Vec<u8> = values().iter().flat_map(bytes).collect();
    let written = fs::read(folder.file("m.data-00000-of-00001")).unwrap();
    assert!(written == expected, "other bytes were written");

    let fresh = Session::new(&graph)?;
    Saver::new(&graph).restore(&fresh, &prefix)?;
    let found = fresh.snapshot(graph.global_variables())?;
    assert!(found == values(), "other values were restored");
    Ok(())
}

/// Wherever a byte is changed, at the ends of pieces and parts as within them.
#[test]
fn a_changed_byte_of_a_large_variable_is_noticed() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = session()?;
    let saver = Saver::new(&graph);
    let prefix = saver.save(&session, folder.file("m"), None)?;
    let path = folder.file("m.data-00000-of-00001");
    let whole = fs::read(&path).unwrap();
    let reader = CheckpointReader::new(&prefix)?;
    let mut start = 0;
    for (name, value) in ["a", "b", "c", "d"].into_iter().zip(values()) {
        let length = bytes(&value).len();
        let ends = [0, 1 << 18, PART, 2 * PART, length].into_iter();
        let places = ends.flat_map(|end| [end.saturating_sub(1), end, end + 77]);
        for place in places.filter(|&place| place < length) {
            let mut damaged = whole.clone();
            damaged[start + place] ^= 0x10;
            fs::write(&path, damaged).unwrap();
            let refused = reader.get_tensor(name);
            let named = matches!(&refused, Err(Error::DataLoss(_)))
                && refused.is_err_and(|error| error.message().contains(&format!("'{name}'")));
            assert!(named, "byte {place} of {name}");
        }
        start += length;
        fs::write(&path, &whole).unwrap();
        assert!(reader.get_tensor(name)? == value);
    }
    fs::write(&path, &whole[..start - 1]).unwrap();
    assert!(matches!(
        saver.restore(&session, &prefix),
        Err(Error::DataLoss(_))
    ));
    let found = session.snapshot(graph.global_variables())?;
    assert!(found == values(), "a restore that failed changed something");
    Ok(())
}
