//! Rules for the initial values of variables, for
//! [`Graph::get_variable`](crate::Graph::get_variable).
//!
//! Each function is one of `tf.initializers` (`tf.zeros_initializer`,
//! `tf.glorot_uniform_initializer`, ...) or of `tf.contrib.layers`, and makes the same nodes under
//! the same names, so that seeds give TensorFlow's values. What TensorFlow takes as optional
//! arguments are methods:
//!
//! ```
//! use tf1::{Graph, initializers};
//!
//! let graph = Graph::new();
//! let w1 = graph.get_variable::<f32>("W1", [25, 12288], initializers::xavier().seed(1));
//! let w2 = graph.get_variable::<f32>("W2", [12, 25], initializers::random_normal().stddev(0.01));
//! let b2 = graph.get_variable::<f32>("b2", [12, 1], initializers::default());
//! # assert_eq!(w1.op().inputs().len(), 0);
//! ```
//!
//! Numbers given to an initializer are `f64` and become the variable's element type when it is
//! made. An array or a tensor is an initializer too: that very value. To write another, implement
//! [`Initializer`](crate::Initializer).
//!
//! | function | values | σ, or bounds ± |
//! | --- | --- | --- |
//! | [`glorot_uniform`], [`xavier`] | uniform | √(6 / (fan_in + fan_out)) |
//! | [`glorot_normal`] | truncated normal | √(2 / (fan_in + fan_out)) |
//! | [`he_uniform`] | uniform | √(6 / fan_in) |
//! | [`he_normal`] | truncated normal | √(2 / fan_in) |
//! | [`lecun_uniform`] | uniform | √(3 / fan_in) |
//! | [`lecun_normal`] | truncated normal | √(1 / fan_in) |
//!
//! Of a variable of shape [.., n, m] fan_in is `n` and fan_out is `m`, both times the product of
//! the lengths before them: the inputs and outputs of a matrix product, or of a convolution.

mod contrib;
mod fixed;
mod matrix;
mod random;
mod scaling;
mod value;

pub use contrib::{ContribVarianceScalingInitializer, contrib_variance_scaling, xavier};
pub use fixed::{
    ConstantInitializer, DefaultInitializer, OnesInitializer, ZerosInitializer, constant, default,
    ones, zeros,
};
pub use matrix::{IdentityInitializer, OrthogonalInitializer, identity, orthogonal};
pub use random::{
    RandomNormalInitializer, RandomUniformInitializer, TruncatedNormalInitializer,
    UniformUnitScalingInitializer, random_normal, random_uniform, truncated_normal,
    uniform_unit_scaling,
};
pub use scaling::{
    VarianceScalingInitializer, glorot_normal, glorot_uniform, he_normal, he_uniform, lecun_normal,
    lecun_uniform, variance_scaling,
};

use crate::graph::{Graph, Tensor};
use crate::ops::random::{RandomNormal as NormalOptions, RandomUniform as UniformOptions};
use crate::types::{Float, Numeric};

/// Uniform values in [minval, maxval).
fn uniform<T: Numeric>(
    graph: &Graph,
    shape: &[usize],
    [minval, maxval]: [f64; 2],
    seed: Option<i64>,
) -> Tensor<T> {
    let options = UniformOptions::new()
        .minval(T::from_f64(minval))
        .maxval(T::from_f64(maxval));
    graph.random_uniform_with(shape, with_seed(options, UniformOptions::seed, seed))
}

/// The options of normal values.
fn normal<T: Float>(mean: f64, stddev: f64, seed: Option<i64>) -> NormalOptions<T> {
    let options = NormalOptions::new()
        .mean(T::from_f64(mean))
        .stddev(T::from_f64(stddev));
    with_seed(options, NormalOptions::seed, seed)
}

fn with_seed<O>(options: O, set: impl FnOnce(O, i64) -> O, seed: Option<i64>) -> O {
    match seed {
        Some(seed) => set(options, seed),
        None => options,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn, arr1, arr2};

    use super::*;
    use crate::types::Element;
    use crate::variables::Initializer;
    use crate::{Graph, Result, Session};

    fn initial_value<T: Element>(
        shape: &[usize],
        initializer: impl Initializer<T>,
    ) -> Result<ArrayD<T>> {
        let graph = Graph::new();
        let variable = graph.get_variable("v", shape, initializer);
        let session = Session::new(&graph)?;
        session.run(graph.global_variables_initializer(), [])?;
        session.run(&variable, [])
    }

    struct Shared<'a>(&'a dyn Initializer<f32>);

    impl Initializer<f32> for Shared<'_> {
        fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<f32> {
            self.0.build(graph, shape)
        }
    }

    fn error_of(shape: &[usize], initializer: impl Initializer<f32>) -> String {
        initial_value(shape, initializer)
            .unwrap_err()
            .message()
            .to_string()
    }

    /// The examples that TensorFlow's page on `constant_initializer` gives.
    #[test]
    fn a_constant_array_is_reshaped_and_its_last_element_repeated() {
        let value: Vec<f32> = (0..8).map(|i| i as f32).collect();
        let fitting = arr2(&[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]);
        assert_eq!(
            initial_value(&[2, 4], constant(value.clone())).unwrap(),
            fitting.into_dyn()
        );
        let larger = arr2(&[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [7.0; 4]]);
        assert_eq!(
            initial_value(&[3, 4], constant(value.clone())).unwrap(),
            larger.into_dyn()
        );
        let message = "Too many elements provided. Needed at most 6, but received 8";
        assert_eq!(error_of(&[2, 3], constant(value)), message);
        assert_eq!(
            initial_value(&[0], constant(Vec::<f32>::new()))
                .unwrap()
                .shape(),
            [0]
        );
        assert!(error_of(&[1], constant(Vec::<f32>::new())).contains("without elements"));
        assert!(error_of(&[usize::MAX, 2], constant(1.0)).contains("too large"));
    }

    #[test]
    fn the_default_suits_every_type() {
        assert_eq!(
            initial_value::<i64>(&[2], default()).unwrap(),
            arr1(&[0, 0]).into_dyn()
        );
        assert_eq!(
            initial_value::<bool>(&[2], default()).unwrap(),
            arr1(&[false, false]).into_dyn()
        );
        let uniform = initial_value::<f64>(&[2, 4], default()).unwrap();
        assert!(uniform.iter().all(|x| x.abs() < 1.0 && *x != 0.0));
    }

    #[test]
    fn arrays_and_tensors_are_initial_values() {
        let array = arr2(&[[1.0f32, 2.0], [3.0, 4.0]]);
        assert_eq!(
            initial_value(&[2, 2], array.t().into_dyn().to_owned()).unwrap(),
            array.t().into_dyn()
        );
        assert_eq!(
            initial_value(&[2, 2], &array).unwrap(),
            array.clone().into_dyn()
        );
        let other = "the initial value has shape (2, 2), but the variable has shape (4,)";
        assert_eq!(error_of(&[4], &array), other);

        let graph = Graph::new();
        let twice = graph.constant(&array) * 2.0;
        let variable = graph.get_variable("v", [2, 2], &twice);
        let _ = graph.get_variable("w", [4], &twice);
        assert_eq!(variable.any().initial_value().name(), "mul:0");
        assert_eq!(graph.check().unwrap_err().message(), other);
    }

    #[test]
    fn what_cannot_be_scaled_is_an_error() {
        assert_eq!(
            error_of(&[2, 2], variance_scaling().scale(0.0)),
            "`scale` must be positive float."
        );
        assert!(error_of(&[0, 2], contrib_variance_scaling()).contains("cannot scale"));
        assert!(error_of(&[2, 2], xavier().factor(-1.0)).contains("cannot scale"));
        assert_eq!(
            initial_value::<f32>(&[0, 2], he_normal()).unwrap().shape(),
            [0, 2]
        );
    }

    #[test]
    fn orthogonal_matrices_have_orthogonal_rows_or_columns() {
        let tall = initial_value::<f64>(&[3, 20, 50], orthogonal().gain(2.0).seed(1)).unwrap();
        let wide = initial_value::<f64>(&[5, 60], orthogonal().seed(1)).unwrap();
        let tall = tall.into_shape_with_order((60, 50)).unwrap();
        let wide = wide.into_shape_with_order((5, 60)).unwrap();
        for (product, diagonal) in [(tall.t().dot(&tall), 4.0), (wide.dot(&wide.t()), 1.0)] {
            let off = &product - ndarray::Array2::<f64>::eye(product.nrows()) * diagonal;
            assert!(off.iter().all(|x| x.abs() < 1e-14), "{off}");
        }
        assert!(
            initial_value::<f32>(&[3, 0], orthogonal())
                .unwrap()
                .is_empty()
        );
        let message = "The tensor to initialize must be at least two-dimensional";
        assert_eq!(
            [error_of(&[3], orthogonal()), error_of(&[], orthogonal())],
            [message; 2]
        );
    }

    #[test]
    fn identities_are_matrices() {
        let wide = initial_value::<f32>(&[2, 3], identity().gain(2.0)).unwrap();
        assert_eq!(wide, arr2(&[[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]).into_dyn());
        let square = initial_value::<f64>(&[2, 2], identity()).unwrap();
        assert_eq!(square, arr2(&[[1.0, 0.0], [0.0, 1.0]]).into_dyn());
        let message = "Identity matrix initializer can only be used for 2D matrices.";
        assert_eq!(error_of(&[2, 2, 2], identity()), message);
    }

    /// `tf.get_variable` of TensorFlow 1.15.
    #[test]
    fn matrices_are_made_of_tensorflow_s_nodes() {
        let nodes = |shape: [usize; 2], initializer: &dyn Initializer<f32>| {
            let graph = Graph::new();
            let _ = graph.get_variable("W", shape, Shared(initializer));
            let nodes = graph.operations().into_iter().filter_map(|op| {
                Some(format!(
                    "{} {}",
                    op.name().strip_prefix("W/Initializer/")?,
                    op.op_type()
                ))
            });
            nodes.collect::<Vec<_>>()
        };
        let orthogonal = nodes([3, 4], &orthogonal());
        let qr = orthogonal.iter().position(|node| node == "Qr Qr").unwrap();
        assert_eq!(qr, 6);
        let expected = [
            "Qr Qr",
            "DiagPart DiagPart",
            "Sign Sign",
            "mul Mul",
            "matrix_transpose/transpose/perm Const",
            "matrix_transpose/transpose Transpose",
            "Reshape/shape Const",
            "Reshape Reshape",
            "mul_1/x Const",
            "mul_1 Mul",
        ];
        assert_eq!(orthogonal[qr..], expected);
        let square = [
            "eye/ones Const",
            "eye/diag MatrixDiag",
            "mul/x Const",
            "mul Mul",
        ];
        assert_eq!(nodes([3, 3], &identity()), square);
        let [ones, _, factor, product] = square;
        let wide = [
            ones,
            "eye/zeros Const",
            "eye/set_diag MatrixSetDiag",
            factor,
            product,
        ];
        assert_eq!(nodes([2, 3], &identity()), wide);
    }

    #[test]
    fn mistakes_are_told_at_the_variable_s_line() {
        let graph = Graph::new();
        let _ = graph.get_variable::<i32>("v", [2], random_uniform());
        let error = graph.check().unwrap_err();
        assert_eq!(
            error.message(),
            "Must specify maxval for integer dtype tf.int32"
        );
        assert_eq!(
            error.location().map(|location| location.file()),
            Some(file!())
        );
        assert!(
            graph
                .operations()
                .iter()
                .all(|operation| operation.location().file() == file!())
        );
    }

    #[test]
    fn integers_can_be_random_too() {
        let dice =
            initial_value::<i32>(&[100], random_uniform().minval(1.0).maxval(7.0).seed(1)).unwrap();
        assert_eq!((dice.iter().min(), dice.iter().max()), (Some(&1), Some(&6)));
        assert_eq!(
            initial_value::<u8>(&[2], ones()).unwrap(),
            ArrayD::from_elem(IxDyn(&[2]), 1)
        );
    }
}
