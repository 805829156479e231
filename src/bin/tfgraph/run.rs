//! `tfgraph run`: one run of a graph, with values from files.

use std::fs::{self, File};
use std::path::Path;

use ndarray::ArrayD;
use ndarray_npy::{NpzWriter, ReadNpyExt, WritableElement};
use tf1::graph_def::GraphDef;
use tf1::{AnyArray, AnyTensor, DType, Error, Graph, Result, Session, import_graph_def};

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
    Ok(match dtype {
        DType::Float32 => ArrayD::<f32>::read_npy(file).map_err(wrong)?.into(),
        DType::Float64 => ArrayD::<f64>::read_npy(file).map_err(wrong)?.into(),
        DType::Int32 => ArrayD::<i32>::read_npy(file).map_err(wrong)?.into(),
        DType::Int64 => ArrayD::<i64>::read_npy(file).map_err(wrong)?.into(),
        DType::UInt8 => ArrayD::<u8>::read_npy(file).map_err(wrong)?.into(),
        DType::Bool => ArrayD::<bool>::read_npy(file).map_err(wrong)?.into(),
        _ => {
            let message = format!("arrays of {dtype} cannot be read from .npy files");
            return Err(Error::unimplemented(message));
        }
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
        let mut added = false;
        for add in [
            add::<f32>,
            add::<f64>,
            add::<i32>,
            add::<i64>,
            add::<u8>,
            add::<bool>,
        ] {
            added |= add(&mut file, name, array).map_err(failed)?;
        }
        if !added {
            let message = format!(
                "arrays of {} cannot be written to .npz files",
                array.dtype()
            );
            return Err(Error::unimplemented(message));
        }
    }
    file.finish().map_err(failed)?;
    fs::rename(&part, path).map_err(|error| Error::io("writing", path, &error))
}

/// Adds an array if its elements are of type `T`; tells whether they are.
fn add<T: tf1::Element + WritableElement>(
    file: &mut NpzWriter<File>,
    name: &str,
    array: &AnyArray,
) -> Result<bool, ndarray_npy::WriteNpzError> {
    match array.view::<T>() {
        Some(view) => file.add_array(name, &view).map(|()| true),
        None => Ok(false),
    }
}
