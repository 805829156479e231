//! What picks parts of tensors, in the forms that TensorFlow's options give it: node by node and
//! value by value as TensorFlow 1.15 has it.
//!
//! `nodes.txt` and `values.json` were written by TensorFlow (`make.py` builds the same programs).

#[path = "../common/nodes.rs"]
mod lists;

use std::cell::RefCell;

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1 as tf;
use tf1::nn::{EmbeddingLookup, embedding_lookup, embedding_lookup_with};
use tf1::{AnyArray, AnyTensor, Feed, Gather, GatherNd, Graph, Session, Shape, Tensor, shape};

/// A graph, and what its placeholders are fed.
#[derive(Default)]
struct Program {
    graph: Graph,
    numbers: RefCell<Vec<(Tensor, ArrayD<f32>)>>,
    short: RefCell<Vec<(Tensor<i32>, ArrayD<i32>)>>,
    long: RefCell<Vec<(Tensor<i64>, ArrayD<i64>)>>,
    truths: RefCell<Vec<(Tensor<bool>, ArrayD<bool>)>>,
}

impl Program {
    /// A tensor of some numbers, of which the graph knows this shape.
    #[track_caller]
    fn given(&self, name: &str, lengths: &[usize], shape: impl Into<Shape>) -> Tensor {
        let value = |i| ((i * 37 % 101) as f32 - 50.0) / 16.0;
        let tensor = self.graph.placeholder(name, shape.into());
        let fed = (tensor.clone(), filled(lengths, value));
        self.numbers.borrow_mut().push(fed);
        tensor
    }

    /// Some indices below a number.
    #[track_caller]
    fn indices(&self, lengths: &[usize], below: usize, shape: impl Into<Shape>) -> Tensor<i32> {
        let tensor = self.graph.placeholder("i", shape.into());
        let fed = (tensor.clone(), filled(lengths, |i| (i * 7 % below) as i32));
        self.short.borrow_mut().push(fed);
        tensor
    }

    /// As [`indices`](Program::indices), of `i64`.
    #[track_caller]
    fn long_indices(
        &self,
        lengths: &[usize],
        below: usize,
        shape: impl Into<Shape>,
    ) -> Tensor<i64> {
        let tensor = self.graph.placeholder("i", shape.into());
        let fed = (tensor.clone(), filled(lengths, |i| (i * 7 % below) as i64));
        self.long.borrow_mut().push(fed);
        tensor
    }

    #[track_caller]
    fn truths(&self, lengths: &[usize], shape: impl Into<Shape>) -> Tensor<bool> {
        let tensor = self.graph.placeholder("c", shape.into());
        let fed = (tensor.clone(), filled(lengths, |i| i % 3 == 0));
        self.truths.borrow_mut().push(fed);
        tensor
    }

    fn run(&self, results: &[AnyTensor]) -> tf::Result<Vec<AnyArray>> {
        let (numbers, short, long) = (
            self.numbers.borrow(),
            self.short.borrow(),
            self.long.borrow(),
        );
        let numbers = numbers.iter().map(|(tensor, value)| tensor.feed(value));
        let short = short.iter().map(|(tensor, value)| tensor.feed(value));
        let long = long.iter().map(|(tensor, value)| tensor.feed(value));
        let truths = self.truths.borrow();
        let truths = truths.iter().map(|(tensor, value)| tensor.feed(value));
        let feeds: Vec<Feed<'_>> = numbers.chain(short).chain(long).chain(truths).collect();
        Session::new(&self.graph)?.run(results.to_vec(), feeds)
    }
}

fn filled<T>(lengths: &[usize], value: impl Fn(usize) -> T) -> ArrayD<T> {
    let count: usize = lengths.iter().product();
    let values = (0..count).map(value).collect();
    ArrayD::from_shape_vec(IxDyn(lengths), values).unwrap()
}

/// Compares what `build` makes with what TensorFlow made for the program `name`: the nodes, and the
/// values of what it returns.
#[track_caller]
fn compare(name: &str, build: impl FnOnce(&Program) -> Vec<AnyTensor>) {
    let program = Program::default();
    let results = build(&program);
    program.graph.check().expect("the program holds no mistake");
    let operations = program.graph.operations();
    let foreign = operations.iter().find(|op| op.location().file() != file!());
    assert!(
        foreign.is_none(),
        "a line that is not the user's: {foreign:?}"
    );
    let made: Vec<String> = operations.iter().map(lists::line).collect();
    let expected: Vec<&str> = lists::program(include_str!("nodes.txt"), name).collect();
    lists::compare_lines(&made, &expected);
    compare_values(name, &program, results);
}

/// Compares the values alone.
#[track_caller]
fn compare_values(name: &str, program: &Program, results: Vec<AnyTensor>) {
    let all: Json = serde_json::from_str(include_str!("values.json")).expect("it is JSON");
    let golden = all[name].as_array().expect("the program is there");
    assert_eq!(results.len(), golden.len());
    let found = program.run(&results).unwrap();
    for ((result, found), golden) in results.iter().zip(found).zip(golden) {
        let found: ArrayD<f32> = found.into_array().unwrap();
        let shape: Vec<usize> = serde_json::from_value(golden["shape"].clone()).unwrap();
        let data: Vec<f32> = serde_json::from_value(golden["data"].clone()).unwrap();
        let golden = ArrayD::from_shape_vec(shape, data).unwrap();
        assert_eq!(found.shape(), golden.shape(), "{result}");
        let distance = (&found - &golden).mapv(f32::abs);
        assert!(
            distance.iter().all(|d| *d < 1e-5),
            "{result}: {found}, not {golden}"
        );
    }
}

/// `y` and the gradients of y² with respect to `xs`.
#[track_caller]
fn with_gradient(y: Tensor, xs: &[&Tensor]) -> Vec<AnyTensor> {
    let gradients = tf::gradients(&y * &y, xs.to_vec());
    [y].into_iter().chain(gradients).map(|x| x.any()).collect()
}

#[test]
fn gather_in_batches() {
    compare("gather_in_batches", |program| {
        let p = program.given("p", &[2, 5, 3], [2, 5, 3]);
        let i = program.indices(&[2, 4], 5, [2, 4]);
        let y = tf::gather_with(&p, i, Gather::new().batch_dims(1));
        assert_eq!(y.shape().to_string(), "(2, 4, 3)");
        with_gradient(y, &[&p])
    });
}

#[test]
fn gather_in_batches_of_two_axes() {
    compare("gather_in_batches_of_two_axes", |program| {
        let p = program.given("p", &[2, 3, 5], shape![?, ?, 5]);
        let i = program.long_indices(&[2, 3, 2], 5, shape![?, 3, ?]);
        let y = tf::gather_with(&p, i, Gather::new().batch_dims(-1));
        assert_eq!(y.shape().to_string(), "(?, 3, ?)");
        with_gradient(y, &[&p])
    });
}

#[test]
fn gather_in_batches_along_an_axis() {
    compare("gather_in_batches_along_an_axis", |program| {
        let p = program.given("p", &[2, 3, 5, 2], [2, 3, 5, 2]);
        let i = program.indices(&[2, 4], 5, [2, 4]);
        let third = tf::gather_with(&p, i, Gather::new().batch_dims(1).axis(2));
        let i = program.indices(&[2, 4, 2], 2, [2, 4, 2]);
        let last = tf::gather_with(&p, i, Gather::new().batch_dims(1).axis(-1));
        vec![third.any(), last.any()]
    });
}

#[test]
fn gather_nd_in_batches() {
    compare("gather_nd_in_batches", |program| {
        let p = program.given("p", &[2, 3, 4], [2, 3, 4]);
        let i = program.indices(&[2, 5, 1], 3, [2, 5, 1]);
        let y = tf::gather_nd_with(&p, i, GatherNd::new().batch_dims(1));
        assert_eq!(y.shape().to_string(), "(2, 5, 4)");
        with_gradient(y, &[&p])
    });
}

#[test]
fn gather_nd_in_batches_of_two_axes() {
    compare("gather_nd_in_batches_of_two_axes", |program| {
        let p = program.given("p", &[2, 3, 4, 2], shape![?, 3, ?, 2]);
        let i = program.long_indices(&[2, 3, 2, 2], 2, shape![?, 3, ?, 2]);
        let y = tf::gather_nd_with(&p, i, GatherNd::new().batch_dims(2));
        with_gradient(y, &[&p])
    });
}

#[test]
fn tables_in_turn() {
    compare("tables_in_turn", |program| {
        let p = program.given("p", &[5, 3], [5, 3]);
        let q = program.given("q", &[4, 3], [4, 3]);
        let i = program.indices(&[2, 4], 9, [2, 4]);
        with_gradient(embedding_lookup([&p, &q], i), &[&p, &q])
    });
}

#[test]
fn tables_by_stretches() {
    compare("tables_by_stretches", |program| {
        let p = program.given("p", &[4, 3], [4, 3]);
        let q = program.given("q", &[3, 3], [3, 3]);
        let i = program.long_indices(&[6], 7, shape![?]);
        let options = EmbeddingLookup::new().partition_strategy("div");
        let y = embedding_lookup_with([&p, &q], i, options.max_norm(2.5));
        with_gradient(y, &[&p, &q])
    });
}

#[test]
fn tables_of_unknown_lengths() {
    compare("tables_of_unknown_lengths", |program| {
        let tables = vec![
            program.given("p", &[3, 2], shape![?, 2]),
            program.given("q", &[2, 2], shape![2, ?]),
            program.given("r", &[2, 2], [2, 2]),
        ];
        let i = program.indices(&[2, 5], 7, ..);
        let options = EmbeddingLookup::new().partition_strategy("div");
        vec![embedding_lookup_with(&tables, i, options.max_norm(1.5)).any()]
    });
}

#[test]
fn one_table_with_a_norm() {
    compare("one_table_with_a_norm", |program| {
        let p = program.given("p", &[5, 3], [5, 3]);
        let i = program.indices(&[2, 4], 5, [2, 4]);
        let y = embedding_lookup_with(&p, i, EmbeddingLookup::new().max_norm(1.0));
        with_gradient(y, &[&p])
    });
}

#[test]
fn a_single_row_with_a_norm() {
    compare("a_single_row_with_a_norm", |program| {
        let p = program.given("p", &[5, 3], [5, 3]);
        vec![embedding_lookup_with([&p], 2, EmbeddingLookup::new().max_norm(1.0)).any()]
    });
}

#[test]
fn picked_with_broadcasting() {
    compare("picked_with_broadcasting", |program| {
        let x = program.given("x", &[2, 1, 4], [2, 1, 4]);
        let y = program.given("y", &[], []);
        let c = program.truths(&[3, 1], [3, 1]);
        with_gradient(tf::where_v2(c, &x, &y), &[&x, &y])
    });
}

#[test]
fn picked_of_unknown_shapes() {
    compare("picked_of_unknown_shapes", |program| {
        let x = program.given("x", &[2, 1, 4], ..);
        let y = program.given("y", &[3, 1], shape![?, 1]);
        let c = program.truths(&[4], shape![?]);
        with_gradient(tf::where_v2(c, &x, &y), &[&x, &y])
    });
}

#[test]
fn blocks() {
    compare("blocks", |program| {
        let x = program.given("x", &[1, 4, 4, 4], [1, 4, 4, 4]);
        let mut results = with_gradient(tf::space_to_depth(&x, 2), &[&x]);
        results.extend(with_gradient(tf::depth_to_space(&x, 2), &[&x]));
        results
    });
}

/// TensorFlow computes this layout on GPUs only; it says that it is the other one, turned.
#[test]
fn blocks_of_channels_that_come_first() {
    let program = Program::default();
    let x = program.given("x", &[2, 8, 4, 6], [2, 8, 4, 6]);
    let last = |x: &Tensor| tf::transpose_with(x, [0, 2, 3, 1]);
    let results = [
        last(&tf::space_to_depth_with(&x, 2, "NCHW")),
        tf::space_to_depth(last(&x), 2),
        last(&tf::depth_to_space_with(&x, 2, "NCHW")),
        tf::depth_to_space(last(&x), 2),
    ];
    assert_eq!(results[0].shape(), results[1].shape());
    assert_eq!(results[2].shape(), results[3].shape());
    let found = program.run(&results.map(|x| x.any())).unwrap();
    let views: Vec<_> = found.iter().map(|x| x.view::<f32>().unwrap()).collect();
    assert_eq!(views[0], views[1]);
    assert_eq!(views[2], views[3]);
}

#[test]
fn waiting() {
    compare("waiting", |program| {
        let (x, y) = (program.given("x", &[2], [2]), program.given("y", &[2], [2]));
        let first = program.graph.constant(1.0f32);
        let both = tf::tuple_with([&x, &y], [&first]);
        both.into_iter().flatten().collect()
    });
}

/// The message of the mistake that `build` makes.
fn mistake(build: impl FnOnce(&Program)) -> String {
    let program = Program::default();
    build(&program);
    program.graph.check().unwrap_err().message().to_string()
}

/// As TensorFlow words them, where it has words and does not end the process.
#[test]
fn what_cannot_be_picked() {
    let gather = |options: Gather, indices: &'static [usize]| {
        mistake(|program| {
            let p = program.given("p", &[2, 3, 4], [2, 3, 4]);
            let i = program.graph.zeros::<i32>(indices);
            tf::gather_with(&p, i, options);
        })
    };
    let words = gather(Gather::new().batch_dims(3).axis(2), &[2, 3]);
    assert!(words.contains("in the range [-2, 2), but got 3"), "{words}");
    let words = gather(Gather::new().batch_dims(-3).axis(2), &[2, 3]);
    assert!(words.contains("but got -3"), "{words}");
    let words = gather(Gather::new().batch_dims(1).axis(0), &[2, 3]);
    assert!(words.starts_with("batch_dims (1) must be less"), "{words}");
    let words = gather(Gather::new().batch_dims(1), &[4, 3]);
    assert!(words.contains("but are 2 and 4"), "{words}");
    let gather_nd = |batch_dims: i32, indices: &'static [usize]| {
        mistake(|program| {
            let p = program.given("p", &[2, 3, 4], [2, 3, 4]);
            let i = program.graph.zeros::<i32>(indices);
            tf::gather_nd_with(&p, i, GatherNd::new().batch_dims(batch_dims));
        })
    };
    let words = gather_nd(2, &[2, 1]);
    assert_eq!(words, "batch_dims = 2 must be less than rank(indices) = 2");
    let words = gather_nd(-1, &[2, 1]);
    assert_eq!(words, "tf.gather_nd does not allow negative batch_dims.");
    let words = mistake(|program| {
        let p = program.given("p", &[2, 3], [2, 3]);
        embedding_lookup_with([&p, &p], [0], "xx");
    });
    assert_eq!(words, "Unrecognized partition strategy: xx");
    let words = mistake(|program| {
        let ids = program.graph.constant([0]);
        embedding_lookup::<f32, i32>(Vec::<Tensor>::new(), ids);
    });
    assert_eq!(words, "Need at least one param");
    let words = mistake(|program| {
        let table = program.graph.zeros::<i32>([2, 3]);
        embedding_lookup_with(&table, [0], EmbeddingLookup::new().max_norm(1.0));
    });
    assert!(words.contains("have no norm"), "{words}");
}

#[test]
fn blocks_of_other_layouts() {
    let format = |data_format: &'static str| {
        mistake(|program| {
            let x = program.given("x", &[1, 4, 4, 4], [1, 4, 4, 4]);
            tf::depth_to_space_with(&x, 2, data_format);
        })
    };
    let words = format("NCHW_VECT_C");
    assert!(
        words.ends_with("data_format supported on CPU. Got NCHW_VECT_C"),
        "{words}"
    );
    // As TensorFlow says it.
    let words = "Attr 'data_format' of 'DepthToSpace' Op passed string 'xx' not in: \"NHWC\", \"NCHW\", \"NCHW_VECT_C\".";
    assert_eq!(format("xx"), words);
}

#[test]
fn batches_that_differ_are_told_by_the_run() {
    let program = Program::default();
    let p = program.given("p", &[2, 3, 4], ..);
    let i = program.indices(&[4, 3], 2, ..);
    let y = tf::gather_with(&p, i, Gather::new().batch_dims(1));
    let error = program.run(&[y.any()]).unwrap_err();
    // What shapes the run finds out to differ is told as while the graph is built.
    assert!(error.message().contains("2 and 4"), "{error}");
}
