//! A tensor is a node of the graph, not a number: it prints as its name until a session computes
//! it.

use tf1 as tf;

/// The printed form of a·b, and its value.
pub fn multiply() -> tf::Result<(String, i32)> {
    let graph = tf::Graph::new();
    let a = graph.constant(2);
    let b = graph.constant(10);
    let c = tf::multiply(&a, &b);
    let session = tf::Session::new(&graph)?;
    Ok((c.to_string(), session.run(c.scalar(), [])?))
}

pub fn run() -> tf::Result<()> {
    let (printed, value) = multiply()?;
    println!("{printed}\n{value}");
    Ok(())
}
