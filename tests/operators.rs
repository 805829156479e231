//! Operators: for every element type, with tensors, variables and numbers on either side, by value
//! and by reference.
//!
//! The expected numbers are NumPy's for the same expressions of arrays [7, 2] (`x / 2` of integers
//! is true division, as in Python).

use ndarray::{ArrayD, arr1};
use tf1 as tf;
use tf1::{Element, Graph, Session, Tensor, Variable};

fn computed<T: Element, const N: usize>(graph: &Graph, tensors: [Tensor<T>; N]) -> [ArrayD<T>; N] {
    let session = Session::new(graph).expect("the expressions are well made");
    let init = graph.global_variables_initializer();
    session.run(&init, []).expect("there is a value for each");
    session.run(tensors, []).expect("nothing can fail")
}

macro_rules! numbers {
    ($($name:ident: $t:ty => $quotient:ty;)*) => {$(
        #[test]
        fn $name() {
            let graph = Graph::new();
            let x: Tensor<$t> = graph.constant([7 as $t, 2 as $t]);
            let v: Variable<$t> = graph.variable([7 as $t, 2 as $t]);
            let (nine, array) = (9 as $t, arr1(&[1 as $t, 2 as $t]));
            let found = computed(&graph, [
                &x + nine, nine + &x, nine + x.clone(), x.clone() + &x,
                &v + nine, nine + &v, nine + v.clone(), v.clone() + &x,
                &x - 1 as $t, nine - &x, nine - x.clone(), x.clone() - 1 as $t,
                &v - 1 as $t, nine - &v, nine - v.clone(), &x - &v,
                &x * 3 as $t, 3 as $t * &x, 3 as $t * x.clone(), x.clone() * &v,
                &v * 3 as $t, 3 as $t * &v, 3 as $t * v.clone(), v.clone() * &v,
                &x + &array, &v * array.clone(), &x + [1 as $t, 2 as $t], &x - v.clone(),
            ]);
            let expected: [[u8; 2]; 28] = [
                [16, 11], [16, 11], [16, 11], [14, 4], [16, 11], [16, 11], [16, 11], [14, 4],
                [6, 1], [2, 7], [2, 7], [6, 1], [6, 1], [2, 7], [2, 7], [0, 0],
                [21, 6], [21, 6], [21, 6], [49, 4], [21, 6], [21, 6], [21, 6], [49, 4],
                [8, 4], [7, 4], [8, 4], [0, 0],
            ];
            for (place, (found, [a, b])) in found.into_iter().zip(expected).enumerate() {
                assert_eq!(found, arr1(&[a as $t, b as $t]).into_dyn(), "expression {place}");
            }

            let (two, fourteen) = (2 as $t, 14 as $t);
            let quotients: [Tensor<$quotient>; 6] = [
                &x / two, x.clone() / &x, fourteen / &x,
                &v / two, v.clone() / &v, fourteen / v.clone(),
            ];
            let expected: [[$quotient; 2]; 3] = [[3.5, 1.0], [1.0, 1.0], [2.0, 7.0]];
            let expected = expected.into_iter().cycle();
            for (found, expected) in computed(&graph, quotients).into_iter().zip(expected) {
                assert_eq!(found, arr1(&expected).into_dyn());
            }
        }
    )*};
}

numbers! {
    f32_and_numbers: f32 => f32;
    f64_and_numbers: f64 => f64;
    i32_and_numbers: i32 => f64;
    i64_and_numbers: i64 => f64;
    u8_and_numbers: u8 => f32;
}

/// The remainder, which TensorFlow has for signed numbers only.
macro_rules! remainders {
    ($($name:ident: $t:ty;)*) => {$(
        #[test]
        fn $name() {
            let graph = Graph::new();
            let x: Tensor<$t> = graph.constant([7 as $t, 2 as $t]);
            let v: Variable<$t> = graph.variable([7 as $t, 2 as $t]);
            let nine = 9 as $t;
            let found = computed(&graph, [
                &x % 4 as $t, nine % &x, nine % x.clone(), x.clone() % 4 as $t,
                &v % 4 as $t, nine % &v, nine % v.clone(), v.clone() % 4 as $t,
            ]);
            let expected: [[u8; 2]; 4] = [[3, 2], [2, 1], [2, 1], [3, 2]];
            for (found, [a, b]) in found.into_iter().zip(expected.into_iter().cycle()) {
                assert_eq!(found, arr1(&[a as $t, b as $t]).into_dyn());
            }
        }
    )*};
}

remainders! {
    remainders_of_f32: f32;
    remainders_of_f64: f64;
    remainders_of_i32: i32;
    remainders_of_i64: i64;
}

#[test]
fn unsigned_numbers_have_no_remainder() {
    let graph = Graph::new();
    let x: Tensor<u8> = graph.constant([7, 2]);
    let _ = &x % 4;
    let error = graph.check().unwrap_err();
    let words = "Value passed to parameter 'x' has DataType uint8 not in list of allowed values";
    assert!(error.message().starts_with(words), "{error}");
}

/// Python's `//` and `%` round towards minus infinity, Rust's towards zero.
#[test]
fn integers_divide_as_in_python() {
    let graph = Graph::new();
    let x = graph.constant([7i32, -7]);
    let found = computed(&graph, [&x % 3, x.floordiv(3), -8 % &x, -&x, -x.clone()]);
    let expected = [[1, 2], [2, -3], [6, -1], [-7, 7], [-7, 7]];
    assert_eq!(found, expected.map(|pair| arr1(&pair).into_dyn()));
}

#[test]
fn truth_values() {
    let graph = Graph::new();
    let x: Tensor<bool> = graph.constant([true, false]);
    let v: Variable<bool> = graph.variable([true, false]);
    let found = computed(
        &graph,
        [
            &x & true,
            true & &x,
            x.clone() | false,
            false | &v,
            &x ^ true,
            true ^ v.clone(),
            !&x,
            !x.clone(),
            !&v,
            v.clone() & &x,
        ],
    );
    let (same, turned) = ([true, false], [false, true]);
    let expected = [
        same, same, same, same, turned, turned, turned, turned, turned, same,
    ];
    assert_eq!(found, expected.map(|pair| arr1(&pair).into_dyn()));
}

/// What stands where a tensor is wanted: a number, arrays of several dimensions, a vector, a
/// variable by value.
#[test]
fn operands_of_any_form() {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, 2.0]]);
    let v = graph.variable([[3.0f32], [4.0]]);
    let found = computed(
        &graph,
        [
            tf::matmul(&x, v.clone()),
            tf::matmul(&x, [[3.0], [4.0]]),
            tf::matmul(&x, ndarray::arr2(&[[3.0], [4.0]]).view()),
            tf::matmul(ndarray::arr2(&[[1.0], [2.0]]).t(), &v),
            tf::reduce_sum(&x * vec![3.0, 4.0], ..).index((tf::NewAxis, tf::NewAxis)),
        ],
    );
    for found in found {
        assert_eq!(found, ndarray::arr2(&[[11.0]]).into_dyn());
    }
}
