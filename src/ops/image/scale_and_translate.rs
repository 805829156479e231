//! `ScaleAndTranslate`: images resized and moved through a filter.

use super::resize::{images_of, resized};
use super::support::{expect_dim, size_from};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, Kernel, Op, Tensor, TensorInfo,
    attributes,
};
use crate::kernels::resize::{Filter, Images, Taps, resample};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, expect_registered};
use crate::types::{DType, Error, Numeric, Result, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ScaleAndTranslate(images: T, size: int32, scale: float32, translation: float32) \
         -> (resized_images: float32); \
         kernel_type: string = 'lanczos3'; antialias: bool = true; \
         T in {int8, uint8, int16, uint16, int32, int64, bfloat16, float16, float32, float64}",
        |node| ScaleAndTranslate(node.attributes()?)),
    op!(opaque "ScaleAndTranslateGrad(grads: T, original_image: T, scale: float32, \
         translation: float32) -> (output: T); \
         kernel_type: string = 'lanczos3'; antialias: bool = true; \
         T in {float32}",
        |node| ScaleAndTranslateGrad(node.attributes()?)),
];

attributes! {
    pub(super) struct Filtering {
        pub(super) kernel_type: String,
        /// Whether the filter is widened where the image becomes smaller.
        pub(super) antialias: bool,
    }
}

impl Filtering {
    fn filter(&self) -> Result<Filter> {
        Filter::named(&self.kernel_type).ok_or_else(|| {
            let message = format!("Unrecognized kernel type: {}", self.kernel_type);
            Error::invalid_argument(message)
        })
    }

    /// Those of the rows and of the columns, with scale and translation from these inputs.
    fn taps(
        &self,
        cx: &Kernel<'_, '_>,
        [scale, translation]: [usize; 2],
        from: Images,
        to: Images,
    ) -> Result<[Taps; 2]> {
        let filter = self.filter()?;
        let (scale, translation) = (pair(cx, scale)?, pair(cx, translation)?);
        let taps = |axis: usize, lengths| {
            Taps::filter(
                filter,
                (scale[axis], translation[axis]),
                self.antialias,
                lengths,
            )
        };
        Ok([
            taps(0, (from.height, to.height))?,
            taps(1, (from.width, to.width))?,
        ])
    }
}

/// The two numbers of a vector.
fn pair(cx: &Kernel<'_, '_>, input: usize) -> Result<[f32; 2]> {
    let numbers = cx.inputs.get::<f32>(input);
    match *numbers.shape() {
        [2] => Ok([numbers[[0]], numbers[[1]]]),
        [len] => Err(Error::invalid_argument(format!(
            "t must have two elements[{len}]"
        ))),
        _ => Err(Error::invalid_argument("t must be 1-dimensional")),
    }
}

/// `images` resized to `size`, pixel (i, j) from ((i + ½ - t) / s - ½) of each axis.
#[track_caller]
pub(super) fn scale_and_translate<T: Numeric>(
    images: &Tensor<T>,
    size: &Tensor<i32>,
    [scale, translation]: [&Tensor<f32>; 2],
    filtering: Filtering,
) -> Tensor<f32> {
    images.graph().op_scope("ScaleAndTranslate", |scope| {
        let inputs = [images.any(), size.any(), scale.any(), translation.any()];
        scope.tensor(ScaleAndTranslate(filtering), &inputs)
    })
}

#[derive(Debug)]
struct ScaleAndTranslate(Filtering);

impl ScaleAndTranslate {
    fn filter<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let from = images_of(cx.inputs.shape(0), "input")?;
        let to = resized(from, &cx.inputs.integers(1)?)?;
        let [rows, columns] = self.0.taps(cx, [2, 3], from, to)?;
        let images = cx.inputs.get::<T>(0);
        let images = in_order(cx.pool, &images)?;
        let shape = [to.batch, to.height, to.width, to.channels];
        let mut out = cx.outputs.alloc_unset::<f32>(0, &shape)?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        resample(cx.pool, (&images, from), [&rows, &columns], 1.0, out)
    }
}

impl Op for ScaleAndTranslate {
    fn op_type(&self) -> &'static str {
        "ScaleAndTranslate"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.filter()?;
        expect_registered(self.op_type(), "T", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 4)?;
        let [height, width] = size_from(cx, 1)?;
        for i in [2, 3] {
            expect_rank(cx, cx.shape(i), 1)?;
            expect_dim(cx, cx.shape(i), 0, 2)?;
        }
        let dims = vec![cx.shape(0).dim(0), height, width, cx.shape(0).dim(3)];
        Ok(vec![TensorInfo::new(DType::Float32, dims)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(numeric, cx.inputs.value(0).dtype(), T => self.filter::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        // As in TensorFlow, where the gradient has no kernel for other types.
        if cx.any_input(0).dtype() == DType::Float32 {
            let inputs = [
                cx.any_grad(0),
                cx.any_input(0).clone(),
                cx.any_input(2).clone(),
                cx.any_input(3).clone(),
            ];
            let dx = cx.graph().op_scope("ScaleAndTranslateGrad", |scope| {
                scope.tensor::<f32>(ScaleAndTranslateGrad(self.0.clone()), &inputs)
            });
            cx.set(0, dx);
        }
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// The gradient of [`ScaleAndTranslate`] with respect to the images.
#[derive(Debug)]
struct ScaleAndTranslateGrad(Filtering);

impl Op for ScaleAndTranslateGrad {
    fn op_type(&self) -> &'static str {
        "ScaleAndTranslateGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.0.filter()?;
        Ok(vec![TensorInfo::new(cx.dtype(1), cx.shape(1))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let from = images_of(cx.inputs.shape(1), "original_image")?;
        let grads = images_of(cx.inputs.shape(0), "input")?;
        if (from.batch, from.channels) != (grads.batch, grads.channels) {
            return Err(Error::invalid_argument(
                "gradients and original_image must have the same batch and channels",
            ));
        }
        let [rows, columns] = self.0.taps(cx, [2, 3], from, grads)?;
        let (rows, columns) = (
            rows.transposed(from.height)?,
            columns.transposed(from.width)?,
        );
        let dy = cx.inputs.get::<f32>(0);
        let dy = in_order(cx.pool, &dy)?;
        let mut out = cx.outputs.alloc_unset::<f32>(0, cx.inputs.shape(1))?;
        let out = memory::row_major(&mut out);
        if out.is_empty() {
            return Ok(());
        }
        resample(cx.pool, (&dy, grads), [&rows, &columns], 1.0, out)
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}
