//! Random tensors.

use tf1::{
    DType, Multinomial, NumberOrTensor, RandomCrop, RandomNormal, RandomShuffle, RandomUniform,
    TruncatedNormal,
};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{any, any_float, float, integer, real};
use crate::literal::Literal;
use crate::operand::Operand;
use crate::trouble::Outcome;

pub const BINDINGS: &[Binding] = &[
    bind(
        "tf.random_uniform",
        "shape, minval, maxval, dtype, seed",
        |c| {
            real!(c, c.dtype("dtype", DType::Float32)?, T => {
                let mut options = RandomUniform::<T>::new();
                options = with(options, parameter(c, "minval")?, RandomUniform::minval);
                options = with(options, parameter(c, "maxval")?, RandomUniform::maxval);
                options = with(options, c.optional_int("seed")?, RandomUniform::seed);
                c.returns(c.graph.random_uniform_with(c.integers("shape")?, options))
            })
        },
    ),
    bind(
        "tf.random_normal",
        "shape, mean, stddev, dtype, seed",
        |c| {
            any_float!(c, c.dtype("dtype", DType::Float32)?, T => {
                let mut options = RandomNormal::<T>::new();
                options = with(options, parameter(c, "mean")?, RandomNormal::mean);
                options = with(options, parameter(c, "stddev")?, RandomNormal::stddev);
                options = with(options, c.optional_int("seed")?, RandomNormal::seed);
                c.returns(c.graph.random_normal_with(c.integers("shape")?, options))
            })
        },
    ),
    bind(
        "tf.truncated_normal",
        "shape, mean, stddev, dtype, seed",
        |c| {
            any_float!(c, c.dtype("dtype", DType::Float32)?, T => {
                let mut options = TruncatedNormal::<T>::new();
                options = with(options, parameter(c, "mean")?, TruncatedNormal::mean);
                options = with(options, parameter(c, "stddev")?, TruncatedNormal::stddev);
                options = with(options, c.optional_int("seed")?, TruncatedNormal::seed);
                c.returns(c.graph.truncated_normal_with(c.integers("shape")?, options))
            })
        },
    ),
    bind("tf.random_shuffle", "value, seed", |c| {
        any!(c.dtype_of(&["value"])?, T => {
            let options = with(RandomShuffle::new(), c.optional_int("seed")?, RandomShuffle::seed);
            c.returns(tf1::random_shuffle_with::<T>(c.operand("value")?, options))
        })
    }),
    bind("tf.random_crop", "value, size, seed", |c| {
        any!(c.dtype_of(&["value"])?, T => {
            let options = with(RandomCrop::new(), c.optional_int("seed")?, RandomCrop::seed);
            c.returns(tf1::random_crop_with::<T>(c.operand("value")?, c.integers("size")?, options))
        })
    }),
    bind(
        "tf.random.categorical",
        "logits, num_samples, dtype, seed",
        |c| {
            float!(c, c.dtype_of(&["logits"])?, T => integer!(c, c.dtype("dtype", DType::Int64)?, R => {
                let options = Multinomial::new().output_type(tf1::ElementType::<R>::new());
                let options = with(options, c.optional_int("seed")?, Multinomial::seed);
                c.returns(tf1::categorical_with::<T, R>(c.operand("logits")?, c.integers("num_samples")?, options))
            }))
        },
    ),
    bind(
        "tf.multinomial",
        "logits, num_samples, seed, output_dtype",
        |c| {
            float!(c, c.dtype_of(&["logits"])?, T => integer!(c, c.dtype("output_dtype", DType::Int64)?, R => {
                let options = Multinomial::new().output_type(tf1::ElementType::<R>::new());
                let options = with(options, c.optional_int("seed")?, Multinomial::seed);
                c.returns(tf1::multinomial_with::<T, R>(c.operand("logits")?, c.integers("num_samples")?, options))
            }))
        },
    ),
];

/// A parameter of a distribution: a number or a tensor.
fn parameter<T: Literal>(c: &Call<'_>, name: &str) -> Outcome<Option<NumberOrTensor<T>>> {
    Ok(c.optional_operand::<T>(name)?.map(|operand| match operand {
        Operand::Tensor(tensor) => NumberOrTensor::from(tensor),
        Operand::Array(array) => NumberOrTensor::from(array[[]].clone()),
    }))
}
