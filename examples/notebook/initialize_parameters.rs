//! 2.2 Initializing the parameters: Xavier for the weights, zeros for the biases.

use tf1 as tf;
use tf1::initializers::{xavier, zeros};
use tf1::{Graph, Variable};

/// The weights and biases of the three layers.
pub struct Parameters {
    pub w1: Variable,
    pub b1: Variable,
    pub w2: Variable,
    pub b2: Variable,
    pub w3: Variable,
    pub b3: Variable,
}

/// W1 [25, 12288], b1 [25, 1], W2 [12, 25], b2 [12, 1], W3 [6, 12], b3 [6, 1].
pub fn initialize_parameters(graph: &Graph) -> Parameters {
    Parameters {
        w1: graph.get_variable("W1", [25, 12288], xavier().seed(1)),
        b1: graph.get_variable("b1", [25, 1], zeros()),
        w2: graph.get_variable("W2", [12, 25], xavier().seed(1)),
        b2: graph.get_variable("b2", [12, 1], zeros()),
        w3: graph.get_variable("W3", [6, 12], xavier().seed(1)),
        b3: graph.get_variable("b3", [6, 1], zeros()),
    }
}

pub fn run() -> tf::Result<()> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let parameters = initialize_parameters(&graph);
    println!("W1 = {}", parameters.w1);
    println!("b1 = {}", parameters.b1);
    println!("W2 = {}", parameters.w2);
    println!("b2 = {}", parameters.b2);
    Ok(())
}
