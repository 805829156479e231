//! 1.1 Linear function: Y = WX + b for random matrices.

use ndarray::ArrayD;
use tf1 as tf;
use tf1::random::NumpyRandom;

/// WX + b with the X, W and b that `np.random.seed(1)` gives: X [3, 1], W [4, 3], b [4, 1].
pub fn linear_function() -> tf::Result<ArrayD<f64>> {
    let mut random = NumpyRandom::new(1);
    let graph = tf::Graph::new();
    let x = graph.constant(random.randn((3, 1))?).named("X");
    let w = graph.constant(random.randn((4, 3))?).named("W");
    let b = graph.constant(random.randn((4, 1))?).named("b");
    let y = tf::add(tf::matmul(&w, &x), &b);
    tf::Session::new(&graph)?.run(&y, [])
}

pub fn run() -> tf::Result<()> {
    println!("result = {}", linear_function()?);
    Ok(())
}
