//! Ops that draw random numbers, each with a stream of its own in every session.
//!
//! An op's stream is fixed by its attributes `seed` and `seed2`, which [`Seeds`] of the graph and
//! of the op give, and goes on from run to run; see [`tf1::random`](crate::random) for the
//! generator.

mod crop;
mod draw;
pub(crate) mod dropout;
mod multinomial;
mod normal;
pub(in crate::ops) mod seeded;
mod shuffle;
mod uniform;

pub(crate) use dropout::Keep;

use super::family::family;
use crate::graph::Graph;
use crate::streams::{Seeds, get_seed};

family! {
    ops: draw, multinomial, shuffle, uniform;
    names: crop, normal;
}

/// The seeds of a random op that is made now.
fn seeds(graph: &Graph, op_seed: Option<i64>) -> Seeds {
    get_seed(graph.seed(), op_seed, graph.len() as i64)
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn, arr1, arr2};

    use super::dropout::{Dropout, dropout, dropout_with};
    use super::*;
    use crate::{Session, Shape, Tensor, gradients, shape};

    /// A run's error message, of a graph that holds no mistake as built.
    fn error_of<T: crate::Element>(
        graph: &Graph,
        fetch: &Tensor<T>,
        shape: (&Tensor<i32>, &[i32]),
    ) -> String {
        let session = Session::new(graph).unwrap();
        let error = session
            .run(fetch, [shape.0.feed(arr1(shape.1))])
            .unwrap_err();
        error.message().to_string()
    }

    #[test]
    fn lengths_are_checked_when_run() {
        let graph = Graph::new();
        let lengths = graph.placeholder::<i32>("lengths", shape![?]);
        let x = graph.random_uniform::<f32>(&lengths);
        assert_eq!(x.shape(), Shape::unknown());
        assert_eq!(
            error_of(&graph, &x, (&lengths, &[2, -2])),
            "Dimension -2 must be >= 0"
        );
        let huge = error_of(&graph, &x, (&lengths, &[i32::MAX; 5]));
        assert!(huge.contains("too large"), "{huge}");
        let empty = error_of(&graph, &x, (&lengths, &[0, i32::MAX, i32::MAX, i32::MAX]));
        assert!(empty.contains("too large"), "{empty}");
    }

    #[test]
    fn lengths_are_checked_when_built() {
        let message = |build: fn(&Graph)| {
            let graph = Graph::new();
            build(&graph);
            graph
                .check()
                .map_err(|error| error.message().to_string())
                .err()
        };
        let below = message(|graph| drop(graph.random_normal::<f64>(&graph.constant([-2]))));
        assert_eq!(
            below.as_deref(),
            Some("Invalid value in tensor used for shape: -2")
        );
        let unknown = message(|graph| drop(graph.random_normal::<f64>(shape![?, 3])));
        assert_eq!(
            unknown.as_deref(),
            Some("Cannot convert a partially known TensorShape to a Tensor: (?, 3)")
        );
        assert_eq!(
            message(|graph| drop(graph.random_normal::<f64>(&graph.constant([-1])))),
            None
        );
        let rank = message(|graph| drop(graph.random_normal::<f64>(&graph.constant(2))));
        assert!(rank.is_some_and(|rank| rank.starts_with("Shape must be rank 1 but is rank 0")));
    }

    #[test]
    fn bounds_of_integers_are_checked() {
        let graph = Graph::new();
        let lengths = graph.placeholder::<i32>("lengths", shape![?]);
        let empty =
            graph.random_uniform_with::<i64>(&lengths, RandomUniform::new().minval(3).maxval(3));
        assert_eq!(
            error_of(&graph, &empty, (&lengths, &[2])),
            "Need minval < maxval, got 3 >= 3"
        );
        let session = Session::new(&graph).unwrap();
        assert_eq!(
            session
                .run(&empty, [lengths.feed(arr1(&[0]))])
                .unwrap()
                .shape(),
            [0]
        );

        let low = graph.placeholder::<i32>("low", ..);
        let vector =
            graph.random_uniform_with::<i32>([2], RandomUniform::new().minval(&low).maxval(3));
        assert_eq!(
            error_of(&graph, &vector, (&low, &[1])),
            "Shape must be rank 0 but is rank 1, with input shapes: [1], [1], []."
        );

        let _bytes = graph.random_uniform_with::<u8>([2], RandomUniform::new().maxval(9));
        assert_eq!(graph.check().unwrap_err().message(), "Invalid dtype uint8");
    }

    #[test]
    fn without_seeds_no_two_sessions_agree() {
        let graph = Graph::new();
        let x = graph.random_uniform::<f64>([4]);
        assert_eq!(
            x.op().graph().operations().iter().find_map(|op| op.seeds()),
            Some(Seeds::NONDETERMINISTIC)
        );
        let draw = || Session::new(&graph).unwrap().run(&x, []).unwrap();
        assert_ne!(draw(), draw());
    }

    #[test]
    fn shuffling_moves_whole_rows_of_any_strides() {
        let graph = Graph::new();
        let x = graph.placeholder::<bool>("x", ..);
        let shuffled = random_shuffle_with(&x, RandomShuffle::new().seed(1));
        let order = random_shuffle_with(graph.constant([0, 1, 2, 3]), RandomShuffle::new().seed(1));
        let columns = arr2(&[[true, true, false, false], [true, false, true, false]]);
        let session = Session::new(&graph).unwrap();
        let (rows, order) = session
            .run((&shuffled, &order), [x.feed(columns.t())])
            .unwrap();
        for (i, &from) in order.iter().enumerate() {
            assert_eq!(
                rows.index_axis(ndarray::Axis(0), i),
                columns.column(from as usize).into_dyn()
            );
        }
        for shape in [&[][..], &[1, 3], &[3, 0], &[0]] {
            let value = ArrayD::from_elem(IxDyn(shape), true);
            assert_eq!(session.run(&shuffled, [x.feed(&value)]).unwrap(), value);
        }
    }

    #[test]
    fn multinomial_checks_what_it_is_given() {
        let graph = Graph::new();
        let logits = graph.placeholder::<f32>("logits", ..);
        let count = graph.placeholder::<i32>("count", ..);
        let samples = multinomial(&logits, &count);
        assert_eq!(samples.shape(), Shape::of_rank(2));
        let session = Session::new(&graph).unwrap();
        let run = |shape: &[usize], count_value: i32| {
            let value = ArrayD::<f32>::zeros(IxDyn(shape));
            let result = session.run(&samples, [logits.feed(&value), count.feed(count_value)]);
            result
                .map(|samples| samples.shape().to_vec())
                .map_err(|error| error.message().to_string())
        };
        assert_eq!(run(&[2, 3], 4), Ok(vec![2, 4]));
        assert_eq!(run(&[2, 3], 0), Ok(vec![2, 0]));
        assert_eq!(run(&[0, 3], 4), Ok(vec![0, 4]));
        assert_eq!(
            run(&[2, 3], -1),
            Err("num_samples should be nonnegative, got -1".into())
        );
        assert_eq!(
            run(&[2, 0], 1),
            Err("num_classes should be positive, got 0".into())
        );
        let zero = arr1(&[0.0f32]);
        let many = zero.broadcast([1 << 20, 1]).unwrap();
        let error = session
            .run(&samples, [logits.feed(many), count.feed(i32::MAX)])
            .unwrap_err();
        assert!(error.message().contains("too large"), "{error}");
    }

    #[test]
    fn dropout_passes_the_gradient_through_what_it_keeps() {
        let graph = Graph::new();
        let x = graph.placeholder::<f64>("x", [100]);
        let y = dropout_with(&x, Keep::rate(0.25), Dropout::new().seed(1));
        let dx = gradients(&y, &x);
        let session = Session::new(&graph).unwrap();
        let value = arr1(&[3.0; 100]);
        let (y, dx) = session.run((&y, &dx), [x.feed(&value)]).unwrap();
        assert!(y.iter().any(|&y| y == 0.0) && y.iter().any(|&y| y == 4.0));
        assert!(
            y.iter()
                .zip(&dx)
                .all(|(&y, &dx)| (y, dx) == (0.0, 0.0) || (y, dx) == (4.0, 4.0 / 3.0))
        );
    }

    #[test]
    fn dropout_of_nothing_is_the_tensor_itself() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2]);
        assert_eq!(dropout(&x, 1.0).name(), "x:0");
        assert_eq!(dropout(&x, Keep::rate(graph.constant(0.0))).name(), "x:0");
        let _ = dropout(&x, 0.0);
        let message = "rate must be a scalar tensor or a float in the range [0, 1), got 1";
        assert_eq!(graph.check().unwrap_err().message(), message);
    }

    #[test]
    fn a_crop_must_fit() {
        let graph = Graph::new();
        let image = graph.placeholder::<f32>("image", ..);
        let size = graph.placeholder::<i32>("size", ..);
        let patch = random_crop_with(&image, &size, RandomCrop::new().seed(1));
        let session = Session::new(&graph).unwrap();
        let value = ArrayD::from_shape_fn(IxDyn(&[5, 6]), |i| (10 * i[0] + i[1]) as f32);
        let crop = |size_value: [i32; 2]| {
            session.run(&patch, [image.feed(&value), size.feed(arr1(&size_value))])
        };
        assert_eq!(crop([5, 6]).unwrap(), value);
        assert_eq!(crop([0, 2]).unwrap().shape(), [0, 2]);
        let part = crop([2, 3]).unwrap();
        assert_eq!(part[[1, 2]] - part[[0, 0]], 12.0);
        let message = "assertion failed: [Need value.shape >= size, got ] [5 6] [7 3]";
        assert_eq!(crop([7, 3]).unwrap_err().message(), message);
        assert!(crop([i32::MIN, 3]).is_err());
    }

    #[test]
    fn every_node_knows_the_line_that_made_it() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 2]);
        let _ = graph.random_uniform::<f32>([2]);
        let _ = graph.random_uniform_with::<i32>([2], RandomUniform::new());
        let _ = graph.random_uniform_with::<i32>([2], RandomUniform::new().maxval(2));
        let _ = graph.random_normal::<f32>([2]);
        let _ = graph.random_normal_with::<f32>(shape![?], RandomNormal::new());
        let _ = graph.truncated_normal::<f32>([2]);
        let _ = graph.truncated_normal_with::<f32>([2], TruncatedNormal::new());
        let _ = random_shuffle(&x);
        let _ = random_shuffle_with(&x, RandomShuffle::new());
        let _ = multinomial(&x, 2);
        let _ = multinomial_with(&x, 2, Multinomial::new());
        let _ = categorical(&x, 2);
        let _ = categorical_with(&x, 2, Multinomial::new());
        let _ = dropout(&x, 0.5);
        let _ = dropout(&x, 2.0);
        let keep = graph.placeholder::<f32>("keep", []);
        let _ = dropout_with(&x, &keep, Dropout::new().noise_shape([1, 2]));
        let _ = random_crop(&x, [1, 1]);
        let _ = random_crop_with(&x, [1], RandomCrop::new());
        let mut lines: Vec<u32> = Vec::new();
        for operation in graph.operations() {
            assert_eq!(operation.location().file(), file!(), "{operation}");
            lines.push(operation.location().line());
        }
        assert!(lines.is_sorted());
    }
}
