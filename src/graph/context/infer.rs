//! [`InferContext`]: what a shape rule is given.

use crate::graph::TensorInfo;
use crate::types::{DType, Error, Result, Shape};

/// What a shape rule knows: the inputs' types and shapes, and their values where these are known
/// already.
#[derive(Debug)]
pub struct InferContext<'a> {
    inputs: &'a [TensorInfo],
}

impl<'a> InferContext<'a> {
    /// A context with these inputs.
    pub fn new(inputs: &'a [TensorInfo]) -> Self {
        InferContext { inputs }
    }

    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are no inputs.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// All inputs.
    pub fn inputs(&self) -> &'a [TensorInfo] {
        self.inputs
    }

    /// What is known of the shape of input `i`.
    pub fn shape(&self, i: usize) -> &'a Shape {
        &self.inputs[i].shape
    }

    /// The element type of input `i`.
    pub fn dtype(&self, i: usize) -> DType {
        self.inputs[i].dtype
    }

    /// The elements of the integer input `i`, each if it is known.
    pub fn elements(&self, i: usize) -> Option<Vec<Option<i64>>> {
        self.inputs[i].elements()
    }

    /// The `count` elements of the integer input `i`, each if it is known. A value that is known
    /// although its length was not may turn out to have another length.
    ///
    /// # Errors
    /// `InvalidArgument` if there are fewer or more.
    pub(crate) fn elements_of(&self, i: usize, count: usize) -> Result<Vec<Option<i64>>> {
        let elements = self.elements(i).unwrap_or_else(|| vec![None; count]);
        match elements.len() == count {
            true => Ok(elements),
            false => Err(Error::invalid_argument(format!(
                "input {i} has {} elements where {count} are expected",
                elements.len()
            ))),
        }
    }

    /// The elements of the integer input `i` if all are known.
    pub fn known_elements(&self, i: usize) -> Option<Vec<i64>> {
        self.elements(i)?.into_iter().collect()
    }

    /// The value of the integer scalar `i` if it is known.
    pub fn scalar(&self, i: usize) -> Option<i64> {
        self.known_elements(i)?.first().copied()
    }

    /// The shape that the integer vector `i` spells, with unknown dimensions where its elements are
    /// unknown or -1.
    pub fn shape_from_elements(&self, i: usize) -> Shape {
        match self.elements(i) {
            Some(elements) => {
                let dims = elements
                    .into_iter()
                    .map(|e| e.and_then(|e| usize::try_from(e).ok()));
                Shape::from(dims.collect::<Vec<_>>())
            }
            None => self
                .axes_from_length(i)
                .map_or(Shape::unknown(), Shape::of_rank),
        }
    }

    /// How many axes there are if the vector `i` has one element for each; `None` if that is not
    /// known, or more than a shape can have.
    pub(crate) fn axes_from_length(&self, i: usize) -> Option<usize> {
        // As in TensorFlow. Nothing else bounds a length of which only the shape is known.
        const MOST_AXES: usize = 254;
        self.shape(i).dim(0).filter(|length| *length <= MOST_AXES)
    }

    /// What all the inputs' shapes look like in TensorFlow's messages: `[2,3], [4,5]`.
    pub fn shapes_text(&self) -> String {
        self.inputs
            .iter()
            .map(|input| input.shape.bracketed())
            .collect::<Vec<_>>()
            .join(", ")
    }
}
