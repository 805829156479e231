//! Damaged checkpoints: an error or the right values, never wrong ones.

use std::fs;

use ndarray::{Array2, arr1};
use tf1 as tf;
use tf1::train::{CheckpointReader, Saver};
use tf1::{AnyArray, Error, Graph, Session};

use super::TestFolder;

/// All tensors of a checkpoint by name.
fn read_all(prefix: &std::path::Path) -> tf::Result<Vec<(String, AnyArray)>> {
    let reader = CheckpointReader::new(prefix)?;
    let names: Vec<String> = reader.names().map(str::to_string).collect();
    names
        .into_iter()
        .map(|name| Ok((name.clone(), reader.get_tensor(&name)?)))
        .collect()
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let _ = graph
        .variable(Array2::<f32>::from_elem((3, 2), 0.5))
        .named("w");
    let _ = graph.variable([1i64, -1, 300]).named("scope/counts");
    let _ = graph.variable(true).named("flag");
    let _ = graph.variable(Array2::<f64>::zeros((0, 4))).named("empty");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let prefix = Saver::new(&graph).save(&session, folder.file("m"), None)?;
    let whole = read_all(&prefix)?;
    assert_eq!(
        whole[3].1,
        AnyArray::from(Array2::<f32>::from_elem((3, 2), 0.5))
    );
    assert_eq!(whole[2].1, AnyArray::from(arr1(&[1i64, -1, 300])));
    let mut refused = 0;
    for name in ["m.index", "m.data-00000-of-00001"] {
        let path = folder.file(name);
        let bytes = fs::read(&path).unwrap();
        let flips = (0..8 * bytes.len()).map(|bit| {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        });
        let cuts = (0..bytes.len()).map(|length| bytes[..length].to_vec());
        for damaged in flips.chain(cuts) {
            fs::write(&path, &damaged).unwrap();
            match read_all(&prefix) {
                // A number may be written in a byte more than it needs.
                Ok(read) => assert_eq!(read, whole, "{name}: {damaged:02x?}"),
                Err(Error::DataLoss(_)) => refused += 1,
                Err(other) => panic!("another error: {other}"),
            }
        }
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_all(&prefix)?, whole);
    }
    assert!(refused > 2000);
    Ok(())
}

/// Appended bytes are not part of a checkpoint.
#[test]
fn a_longer_index_is_refused() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let _ = graph.variable([1.0f32]).named("w");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let prefix = Saver::new(&graph).save(&session, folder.file("m"), None)?;
    let mut bytes = fs::read(folder.file("m.index")).unwrap();
    bytes.push(0);
    fs::write(folder.file("m.index"), bytes).unwrap();
    assert!(matches!(
        CheckpointReader::new(prefix),
        Err(Error::DataLoss(_))
    ));
    Ok(())
}
