//! Groups of element-wise ops that read very many arrays.

use ndarray::{Array1, Array2};
use tf1 as tf;
use tf1::{Graph, Session, Tensor};

/// A product's result, read twice by a group that reads a hundred other arrays too, gives its place
/// to one of the group's results only.
#[test]
fn a_place_is_given_away_once() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 2]);
    let others: Vec<Tensor> = (0..100)
        .map(|_| graph.placeholder::<f32>("other", [2, 2]))
        .collect();
    let softened = tf::nn::softmax(&x);
    let first = others
        .iter()
        .fold(&softened * 2.0, |sum, other| sum + other);
    let second = others
        .iter()
        .rev()
        .fold(&first * &softened, |sum, other| sum - other);
    let third = &second * &softened;
    // Each is read by something that is not part of the group.
    let results = [&first, &second, &third].map(|y| tf::cumsum(y));
    let session = Session::new(&graph).expect("the graph has no mistake");
    let value = Array2::from_elem((2, 2), 1.0f32);
    let given: Vec<Array2<f32>> = (0..100)
        .map(|i| Array2::from_elem((2, 2), i as f32))
        .collect();
    let feeds = others.iter().zip(&given);
    let feeds = feeds.map(|(other, value)| other.feed(value));
    let feeds: Vec<tf::Feed<'_>> = feeds.chain([x.feed(&value)]).collect();
    let found = session.run(&results, &feeds).expect("the run succeeds");
    let first = 1.0 + 4950.0;
    let second = first * 0.5 - 4950.0;
    for (found, y) in found.iter().zip([first, second, second * 0.5]) {
        let expected = Array1::from_elem(2, y);
        for (row, factor) in found.outer_iter().zip([1.0, 2.0]) {
            assert_eq!(row, (&expected * factor).into_dyn());
        }
    }
}
