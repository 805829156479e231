//! 2.1 Create placeholders: for pictures and labels, of any number of examples.

use tf1 as tf;
use tf1::{Graph, Tensor, shape};

/// Placeholders X [n_x, ?] for the flattened pictures and Y [n_y, ?] for the one-hot labels.
pub fn create_placeholders(graph: &Graph, n_x: usize, n_y: usize) -> (Tensor, Tensor) {
    let x = graph.placeholder("X", shape![n_x, ?]);
    let y = graph.placeholder("Y", shape![n_y, ?]);
    (x, y)
}

pub fn run() -> tf::Result<()> {
    let (x, y) = create_placeholders(&Graph::new(), 12288, 6);
    println!("X = {x}\nY = {y}");
    Ok(())
}
