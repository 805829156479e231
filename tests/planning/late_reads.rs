//! Reads of variables among updates that wait for each other.

use rand::{Rng, SeedableRng, rngs::StdRng};
use tf1 as tf;
use tf1::{Graph, Operation, Session, Tensor, Variable};

/// Updates and reads of many variables, each after the one before, are what a program does that has
/// variables of its own.
#[test]
fn updates_in_a_chain_are_a_program() {
    for seed in 0..20 {
        let mut random = StdRng::seed_from_u64(seed);
        let graph = Graph::new();
        let count = random.random_range(1..200);
        let variables: Vec<Variable<f32>> = (0..count).map(|i| graph.variable(i as f32)).collect();
        let mut model: Vec<f32> = (0..count).map(|i| i as f32).collect();
        let mut last: Operation = graph.no_op();
        let (mut reads, mut expected): (Vec<Tensor>, Vec<f32>) = (Vec::new(), Vec::new());
        for step in 0..400 {
            let [place, other] = [0, 1].map(|_| random.random_range(0..count));
            let (v, from) = (&variables[place], &variables[other]);
            last = graph.control_dependencies([&last], || match random.random_range(0..3) {
                0 => {
                    model[place] += step as f32;
                    v.assign_add(step as f32).op()
                }
                1 => {
                    model[place] = model[other];
                    v.assign(from.read_value()).op()
                }
                _ => {
                    let read = v.read_value();
                    expected.push(model[place]);
                    reads.push(read.clone());
                    read.op()
                }
            });
        }
        let session = Session::new(&graph).expect("the graph has no mistake");
        let init = graph.global_variables_initializer();
        session.run(&init, []).expect("initialized");
        let read: Vec<tf::Scalar<f32>> = reads.iter().map(Tensor::scalar).collect();
        let (found, ()) = session.run((&read, &last), []).expect("the run succeeds");
        assert_eq!(found, expected, "seed {seed}");
        let after = session.run(&variables, []).expect("the run succeeds");
        let after: Vec<f32> = after.iter().map(|value| value[[]]).collect();
        assert_eq!(after, model, "seed {seed}");
    }
}
