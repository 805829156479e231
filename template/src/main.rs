use ndarray::{arr1, arr2};
use tf1 as tf;
use tf1::train::Optimizer;

fn main() -> tf::Result<()> {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
    let y = graph.placeholder::<f32>("y", tf::shape![?]);
    let w = graph.get_variable("w", [2, 1], tf::initializers::zeros());
    let b = graph.variable(0.0);
    let prediction = tf::reshape(tf::matmul(&x, &w) + &b, [-1]);
    let loss = tf::reduce_mean(tf::square(&prediction - &y), ..);
    let train = tf::train::GradientDescentOptimizer::new(0.1).minimize(&loss);
    let init = graph.global_variables_initializer();

    let session = tf::Session::new(&graph)?; // a mistake made above comes out here, with its line
    session.run(&init, [])?;
    let points = arr2(&[[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]);
    let values = arr1(&[2.0, 4.0, 5.0, 8.0]); // 3·x₁ + x₂ + 1
    for _ in 0..500 {
        session.run(&train, [x.feed(&points), y.feed(&values)])?;
    }
    let loss = session.run(loss.scalar(), [x.feed(&points), y.feed(&values)])?; // a number: without `.scalar()`, an array
    println!("loss: {loss}");
    let answer = session.run(&prediction, [x.feed([[10.0, 10.0]])])?;
    assert!((answer[[0]] - 41.0).abs() < 0.01);
    Ok(())
}
