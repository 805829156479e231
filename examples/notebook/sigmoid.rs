//! 1.2 Computing the sigmoid of a number that is fed.

use ndarray::ArrayD;
use tf1 as tf;

/// The sigmoid of each element of `z`.
pub fn sigmoid(z: &ArrayD<f32>) -> tf::Result<ArrayD<f32>> {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<f32>("x", ..);
    let sigmoid = tf::sigmoid(&x);
    tf::Session::new(&graph)?.run(&sigmoid, [x.feed(z)])
}

pub fn run() -> tf::Result<()> {
    for z in [0.0, 12.0] {
        println!("sigmoid({z}) = {}", sigmoid(&ndarray::arr0(z).into_dyn())?);
    }
    Ok(())
}
