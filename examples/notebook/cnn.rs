//! The course's next notebook, a convolutional network: CONV2D → RELU → MAXPOOL → CONV2D → RELU →
//! MAXPOOL → FLATTEN → FULLYCONNECTED. A row is an example here, where it was a column before.

use tf1 as tf;
use tf1::contrib;
use tf1::contrib::layers::{FullyConnected, xavier_initializer};
use tf1::nn::Padding::Same;
use tf1::{Graph, Tensor, Variable, shape};

/// Placeholders X [?, side, side, 3] for the pictures and Y [?, n_y] for the one-hot labels.
pub fn create_placeholders(graph: &Graph, side: usize, n_y: usize) -> (Tensor, Tensor) {
    let x = graph.placeholder("X", shape![?, side, side, 3]);
    let y = graph.placeholder("Y", shape![?, n_y]);
    (x, y)
}

/// The filters of both convolutions: W1 [4, 4, 3, 8] and W2 [2, 2, 8, 16].
pub fn initialize_parameters(graph: &Graph) -> [Variable; 2] {
    [
        graph.get_variable("W1", [4, 4, 3, 8], xavier_initializer().seed(0)),
        graph.get_variable("W2", [2, 2, 8, 16], xavier_initializer().seed(0)),
    ]
}

/// The output of the fully connected layer, Z3 [?, n_y].
pub fn forward_propagation(x: &Tensor, [w1, w2]: &[Variable; 2], n_y: usize) -> Tensor {
    let z1 = tf::nn::conv2d(x, w1, [1, 1, 1, 1], Same);
    let a1 = tf::nn::relu(z1);
    let p1 = tf::nn::max_pool(a1, [1, 8, 8, 1], [1, 8, 8, 1], Same);
    let z2 = tf::nn::conv2d(p1, w2, [1, 1, 1, 1], Same);
    let a2 = tf::nn::relu(z2);
    let p2 = tf::nn::max_pool(a2, [1, 4, 4, 1], [1, 4, 4, 1], Same);
    let p2 = contrib::layers::flatten(p2);
    contrib::layers::fully_connected_with(p2, n_y, FullyConnected::new().no_activation())
}

/// The mean cross entropy of the labels Y and the softmax of Z3.
pub fn compute_cost(z3: &Tensor, y: &Tensor) -> Tensor {
    tf::reduce_mean(
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(y), tf::nn::Logits(z3)),
        ..,
    )
}

/// What the notebook prints of the parameters.
pub fn run() -> tf::Result<()> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let (x, y) = create_placeholders(&graph, 64, 6);
    println!("X = {x}\nY = {y}");
    let parameters = initialize_parameters(&graph);
    let z3 = forward_propagation(&x, &parameters, 6);
    println!("Z3 = {z3}\ncost = {}", compute_cost(&z3, &y));
    let session = tf::Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for (name, parameter) in ["W1", "W2"].iter().zip(&parameters) {
        let values = session.run(parameter, [])?;
        println!("{name} = {}", values.slice(ndarray::s![1, 1, 1, ..]));
    }
    Ok(())
}
