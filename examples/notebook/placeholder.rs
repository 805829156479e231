//! A placeholder is a value that is fed when the graph is run.

use tf1 as tf;

/// 2x for an x that is fed.
pub fn double(fed: i64) -> tf::Result<i64> {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<i64>("x", ..);
    let session = tf::Session::new(&graph)?;
    session.run((2 * &x).scalar(), [x.feed(fed)])
}

pub fn run() -> tf::Result<()> {
    println!("{}", double(3)?);
    Ok(())
}
