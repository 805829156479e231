//! `Placeholder` and `PlaceholderWithDefault`: tensors that runs give values to.

use std::sync::Arc;

use crate::graph::{
    Attribute, AttributeList, Attributes, FromNode, Fusion, GradientContext, Graph, InferContext,
    IntoTensor, Kernel, NodeSpec, Op, Tensor, TensorInfo, attributes,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::types::{DType, Element, Error, IntoShape, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "Placeholder() -> (output: dtype); shape: shape = ?",
    |node| node.op::<Placeholder>()?),
    op!(opaque "PlaceholderV2() -> (output: dtype); shape: shape",
    |node| Older::renamed(node, node.op::<Placeholder>()?))
    .superseded_by("Placeholder"),
    op!(smooth "PlaceholderWithDefault(input: dtype) -> (output: dtype); shape: shape",
        |node| node.attributes::<PlaceholderWithDefault>()?),
];

impl Graph {
    /// A tensor that must be fed in every run that needs it, as `tf.placeholder` makes it.
    ///
    /// The empty name stands for TensorFlow's default, `Placeholder`; the shape may have unknown
    /// dimensions (`shape![12288, ?]`) or be wholly unknown (`..`).
    ///
    /// ```
    /// use tf1::shape;
    ///
    /// let graph = tf1::Graph::new();
    /// let x = graph.placeholder::<f32>("X", shape![12288, ?]);
    /// let anything = graph.placeholder::<i64>("", ..);
    /// assert_eq!(anything.to_string(), r#"Tensor("Placeholder:0", dtype=int64)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if the name is not valid or a length is negative; when run, if it is not
    /// fed, or with another shape.
    #[track_caller]
    pub fn placeholder<T: Element>(
        &self,
        name: impl AsRef<str>,
        shape: impl IntoShape,
    ) -> Tensor<T> {
        let name = match name.as_ref() {
            "" => "Placeholder",
            name => name,
        };
        self.op_scope(name, |scope| match shape.into_shape() {
            Ok(shape) => {
                let dtype = T::DTYPE;
                scope.tensor(Placeholder { dtype, shape }, &[])
            }
            Err(error) => scope.failed("Placeholder", error),
        })
    }

    /// A tensor that a run may feed, and that otherwise has the value of `input`, as
    /// `tf.placeholder_with_default` makes it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let keep = graph.placeholder_with_default(1.0f32, []);
    /// let session = tf1::Session::new(&graph)?;
    /// assert_eq!(session.run(keep.scalar(), [])?, 1.0);
    /// assert_eq!(session.run(keep.scalar(), [keep.feed(0.5)])?, 0.5);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `input` cannot have this shape.
    #[track_caller]
    pub fn placeholder_with_default<T: Element>(
        &self,
        input: impl IntoTensor<T>,
        shape: impl IntoShape,
    ) -> Tensor<T> {
        self.op_scope("PlaceholderWithDefault", |scope| {
            let input = input.into_tensor(self, "input");
            match shape.into_shape() {
                Ok(shape) => scope.tensor(PlaceholderWithDefault { shape }, &[input.any()]),
                Err(error) => scope.failed("PlaceholderWithDefault", error),
            }
        })
    }
}

#[derive(Debug)]
struct Placeholder {
    dtype: DType,
    shape: Shape,
}

impl FromNode for Placeholder {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        /// Until this version, an unknown shape was written as that of a scalar.
        const SCALAR_IS_UNKNOWN: i32 = 21;
        let shape: Shape = node.attribute("shape")?;
        let is_unknown = node.producer() <= SCALAR_IS_UNKNOWN && shape.rank() == Some(0);
        Ok(Placeholder {
            dtype: node.dtype("dtype")?,
            shape: if is_unknown { Shape::unknown() } else { shape },
        })
    }
}

impl Op for Placeholder {
    fn op_type(&self) -> &'static str {
        "Placeholder"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(self.dtype, &self.shape)])
    }

    fn compute(&self, _: &mut Kernel<'_, '_>) -> Result<()> {
        Err(Error::internal(
            "a placeholder that was not fed got past planning",
        ))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("shape", Attribute::Shape(self.shape.clone()))])
    }

    fn must_be_fed(&self) -> Option<String> {
        let dtype = self.dtype.cpp_name();
        Some(match self.shape.rank() {
            None => format!("dtype {dtype}"),
            Some(_) => format!("dtype {dtype} and shape {}", self.shape.bracketed()),
        })
    }
}

attributes! {
    struct PlaceholderWithDefault {
        shape: Shape,
    }
}

impl Op for PlaceholderWithDefault {
    fn op_type(&self) -> &'static str {
        "PlaceholderWithDefault"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if cx.shape(0).merge(&self.shape).is_none() {
            let (found, wanted) = (cx.shape(0).bracketed(), self.shape.bracketed());
            let message = format!("the default has shape {found}, which does not fit {wanted}");
            return Err(Error::invalid_argument(message));
        }
        Ok(vec![TensorInfo::new(cx.dtype(0), &self.shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        cx.pass_through(0, 0);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }

    fn may_be_fed(&self) -> bool {
        true
    }
}
