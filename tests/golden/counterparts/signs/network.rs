//! The notebook's three-layer network, with a session to train it in.

use ndarray::Axis;
use tf1::train::{AdamOptimizer, Optimizer};
use tf1::{Graph, Operation, Session, Tensor, Variable, nn, shape};

use super::super::notebook::{forward_propagation, initialize_parameters};
use super::photographs::Half;

pub struct Network {
    x: Tensor,
    y: Tensor,
    cost: Tensor,
    train: Operation,
    accuracy: Tensor,
    parameters: [(&'static str, Variable); 6],
    session: Session,
}

impl Network {
    /// The network with the parameters that it starts with; its seeds are the notebook's.
    pub fn new(learning_rate: f32) -> tf1::Result<Self> {
        let graph = Graph::new();
        let x = graph.placeholder("X", shape![12288, ?]);
        let y = graph.placeholder("Y", shape![6, ?]);
        let p = initialize_parameters(&graph);
        let z3 = forward_propagation(&x, &p).z3;
        let (logits, labels) = (tf1::transpose(&z3), tf1::transpose::<f32>(&y));
        let cost = tf1::reduce_mean(
            nn::softmax_cross_entropy_with_logits(nn::Labels(&labels), nn::Logits(&logits)),
            ..,
        );
        let train = AdamOptimizer::new(learning_rate).minimize(&cost);
        let correct = tf1::equal(tf1::argmax(&z3, 0), tf1::argmax(&y, 0));
        let accuracy = tf1::reduce_mean(tf1::cast(&correct, tf1::float32), ..);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        Ok(Network {
            x,
            y,
            cost,
            train,
            accuracy,
            parameters: [
                ("W1", p.w1),
                ("b1", p.b1),
                ("W2", p.w2),
                ("b2", p.b2),
                ("W3", p.w3),
                ("b3", p.b3),
            ],
            session,
        })
    }

    /// Learns from a minibatch of the pictures, and tells what it cost before.
    pub fn learn(&self, half: &Half, minibatch: &[usize]) -> tf1::Result<f32> {
        let x = half.x.select(Axis(0), minibatch);
        let y = half.y.select(Axis(0), minibatch);
        let feeds = [self.x.feed(x.t()), self.y.feed(y.t())];
        let ((), cost) = self.session.run((&self.train, self.cost.scalar()), feeds)?;
        Ok(cost)
    }

    /// The share of the pictures that the network classifies rightly.
    pub fn accuracy(&self, half: &Half) -> tf1::Result<f32> {
        let feeds = [self.x.feed(half.x.t()), self.y.feed(half.y.t())];
        self.session.run(self.accuracy.scalar(), feeds)
    }

    /// The parameters' values, by name.
    pub fn parameters(&self) -> tf1::Result<Vec<(&'static str, ndarray::ArrayD<f32>)>> {
        let values = self
            .session
            .run(self.parameters.each_ref().map(|(_, p)| p), [])?;
        let names = self.parameters.iter().map(|(name, _)| *name);
        Ok(names.zip(values).collect())
    }
}
