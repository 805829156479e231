//! `tfgraph run`: one run of a graph, with values from files.

use std::fs::{self, File};
use std::path::Path;

use ndarray::ArrayD;
use ndarray_npy::{NpzWriter, ReadNpyExt};
use tf1::graph_def::GraphDef;
use tf1::{
    AnyArray, AnyTensor, Complex32, Complex64, DType, Error, Graph, Result, Session, bf16, f16,
    import_graph_def,
};

use super::arrays::first_of;

/// As [`first_of!`] for the element types that the format of NumPy's files has.
macro_rules! first_of_npy {
    ($T:ident => $body:expr) => {
        first_of!(
            [f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, bool, Complex32, Complex64],
            $T => $body
        )
    };
}

/// Runs the graph in `file`, prints what it fetches or writes it to `output`.
pub fn run(file: &Path, feed: &[String], fetch: &[String], output: Option<&Path>) -> Result<()> {
    let graph = Graph::new();
    import_graph_def(&graph, &GraphDef::read(file)?, "")?;
    let session = Session::new(&graph)?;
    let fed = feed.iter().map(|text| {
        let (name, path) = text.split_once('=').ok_or_else(|| {
            Error::invalid_argument(format!("--feed {text} is not of the form NAME=VALUE.npy"))
        })?;
        let tensor = graph.get_tensor_by_name(with_output(name))?;
        let value = read(Path::new(path), tensor.dtype())?;
        Ok((tensor, value))
    });
    let fed: Vec<(AnyTensor, AnyArray)> = fed.collect::<Result<_>>()?;
    let feeds = fed.iter().map(|(tensor, value)| tensor.feed(value));
    let feeds = feeds.collect::<Result<Vec<_>>>()?;
    let fetches = fetch
        .iter()
        .map(|name| graph.get_tensor_by_name(with_output(name)));
    let fetches: Vec<AnyTensor> = fetches.collect::<Result<_>>()?;
    let found: Vec<AnyArray> = session.run(&fetches, feeds)?;
    match output {
        Some(path) => write(path, fetch, &found),
        None => {
            for (name, array) in fetch.iter().zip(&found) {
                println!("{name}:\n{array}");
            }
            Ok(())
        }
    }
}

/// The name of a tensor: output 0 if it is that of an operation.
fn with_output(name: &str) -> String {
    match name.contains(':') {
        true => name.to_string(),
        false => format!("{name}:0"),
    }
}

fn read(path: &Path, dtype: DType) -> Result<AnyArray> {
    let file = File::open(path).map_err(|error| Error::io("reading", path, &error))?;
    let wrong = |error: ndarray_npy::ReadNpyError| {
        let path = path.display();
        Error::invalid_argument(format!("{path} is not an array of {dtype}: {error}"))
    };
    let read = first_of_npy!(T => (dtype == <T as tf1::Element>::DTYPE).then(|| {
        ArrayD::<T>::read_npy(&file).map(AnyArray::from).map_err(wrong)
    }));
    read.unwrap_or_else(|| {
        let message = format!("arrays of {dtype} cannot be read from .npy files");
        Err(Error::unimplemented(message))
    })
}

fn write(path: &Path, names: &[String], arrays: &[AnyArray]) -> Result<()> {
    // Nobody sees half a file, and the old one stays until the new one is whole.
    let part = path.with_extension("part");
    let file = File::create(&part).map_err(|error| Error::io("writing", &part, &error))?;
    let failed = |error: ndarray_npy::WriteNpzError| {
        Error::unknown(format!("writing {}: {error}", path.display()))
    };
    let mut file = NpzWriter::new(file);
    for (name, array) in names.iter().zip(arrays) {
        let added = first_of_npy!(T => array.view::<T>().map(|view| file.add_array(name, &view)));
        // The format has no halves: the same numbers as `f32`.
        let added = added.or_else(|| {
            first_of!([f16, bf16], T => {
                array.view::<T>().map(|view| file.add_array(name, &view.mapv(f32::from)))
            })
        });
        let unknown = || {
            let dtype = array.dtype();
            Error::unimplemented(format!("arrays of {dtype} cannot be written to .npz files"))
        };
        added.ok_or_else(unknown)?.map_err(failed)?;
    }
    file.finish().map_err(failed)?;
    fs::rename(&part, path).map_err(|error| Error::io("writing", path, &error))
}
