//! Exploring the library: a loss (ŷ - y)² is a variable, initialized and then read.

use tf1 as tf;

/// The loss of predicting 36 where 39 was right.
pub fn loss() -> tf::Result<i32> {
    let graph = tf::Graph::new();
    let y_hat = graph.constant(36).named("y_hat"); // a constant prediction
    let y = graph.constant(39).named("y"); // the right answer
    let loss = graph.variable((&y - &y_hat).pow(2)).named("loss");
    let init = graph.global_variables_initializer(); // sets loss when it is run

    let session = tf::Session::new(&graph)?;
    session.run(&init, [])?;
    session.run(loss.value().scalar(), [])
}

pub fn run() -> tf::Result<()> {
    println!("{}", loss()?);
    Ok(())
}
