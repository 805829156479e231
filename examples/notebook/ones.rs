//! 1.5 Initialize with zeros and ones.

use ndarray::ArrayD;
use tf1 as tf;

/// An array of ones.
pub fn ones(shape: &[usize]) -> tf::Result<ArrayD<f32>> {
    let graph = tf::Graph::new();
    let ones = graph.ones::<f32>(shape);
    tf::Session::new(&graph)?.run(&ones, [])
}

pub fn run() -> tf::Result<()> {
    println!("ones = {}", ones(&[3])?);
    Ok(())
}
