//! The two halves that `with_tensorflow.py` runs in a Python that has TensorFlow 1.15: this reads
//! what TensorFlow wrote, and writes what TensorFlow reads.

use std::path::PathBuf;

use tf1 as tf;
use tf1::train::{AdamOptimizer, Minimize, Optimizer, Saver, latest_checkpoint};
use tf1::{Graph, Session};

/// Restores the last checkpoint in `$TF1_CHECKPOINTS_READ` and saves the same values in
/// `$TF1_CHECKPOINTS_WRITE`.
#[test]
fn passes_a_checkpoint_on() -> tf::Result<()> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(read), Some(write)) = (
        folder("TF1_CHECKPOINTS_READ"),
        folder("TF1_CHECKPOINTS_WRITE"),
    ) else {
        println!("not tested: with_tensorflow.py runs this");
        return Ok(());
    };
    let graph = Graph::new();
    let w = graph.get_variable::<f32>("layer/W", [20, 30], tf::initializers::zeros());
    let b = graph.get_variable::<f32>("layer/b", [20, 1], tf::initializers::zeros());
    let _ = graph.variable([false, false]).named("flags");
    let _ = graph.variable([0i32, 0, 0]).named("counts");
    let _ = graph.variable([0.0f64, 0.0]).named("doubles");
    let _ = graph.variable([0u8]).named("bytes");
    let _ = graph.variable([""; 4]).named("texts");
    let untrained = || tf::VariableOptions::new().trainable(false);
    let zeros = tf::initializers::zeros;
    let floats = [(1 << 22) + 3];
    let _ = graph.get_variable_with::<f32>("large/floats", floats, zeros(), untrained());
    let flags = [(1 << 18) + 3];
    let _ = graph.get_variable_with::<bool>("large/flags", flags, zeros(), untrained());
    let loss = tf::reduce_sum(tf::square(&w), ..) + tf::reduce_sum(tf::square(&b), ..);
    let step = tf::train::get_or_create_global_step(&graph);
    let _ = AdamOptimizer::new(0.1).minimize_with(&loss, Minimize::new().global_step(&step));
    let saver = Saver::new(&graph);
    let session = Session::new(&graph)?;
    saver.restore(&session, latest_checkpoint(&read)?)?;
    let step = session.run(step.value().scalar(), [])?;
    saver.save(&session, write.join("model.ckpt"), step)?;
    println!("passed on step {step}");
    Ok(())
}
