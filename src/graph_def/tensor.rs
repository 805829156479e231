//! Arrays as messages.

use crate::files::messages::tensor::{TensorProto, TensorShapeProto, type_number};
use crate::types::{Element, Shape, Strided, Value};

/// Larger arrays are left out: TensorBoard does not show more bytes of an attribute.
const LIMIT: usize = 1024;

/// The array: numbers as their bytes in memory; a single number, truth values and `u8` in the field for their type. `None` if it is
/// large.
pub(super) fn tensor_proto(value: &Value<'_>) -> Option<TensorProto> {
    let shape = Shape::from(value.shape());
    let bytes = shape
        .size()
        .and_then(|size| size.checked_mul(value.dtype().size()));
    if bytes.is_none_or(|bytes| bytes > LIMIT) {
        return None;
    }
    let is_one = shape.size() == Some(1);
    let mut tensor = TensorProto {
        dtype: type_number(value.dtype().name()),
        tensor_shape: Some(TensorShapeProto::from(&shape)),
        ..TensorProto::default()
    };
    match value {
        Value::Float32(array) if is_one => tensor.float_val = elements(array),
        Value::Float64(array) if is_one => tensor.double_val = elements(array),
        Value::Int32(array) if is_one => tensor.int_val = elements(array),
        Value::Int64(array) if is_one => tensor.int64_val = elements(array),
        Value::Float32(array) => tensor.tensor_content = content(array, |x| x.to_le_bytes()),
        Value::Float64(array) => tensor.tensor_content = content(array, |x| x.to_le_bytes()),
        Value::Int32(array) => tensor.tensor_content = content(array, |x| x.to_le_bytes()),
        Value::Int64(array) => tensor.tensor_content = content(array, |x| x.to_le_bytes()),
        Value::UInt8(array) => {
            tensor.int_val = elements(array).into_iter().map(i32::from).collect();
        }
        Value::Bool(array) => tensor.bool_val = elements(array),
    }
    Some(tensor)
}

fn elements<T: Element>(array: &Strided<'_, T>) -> Vec<T> {
    array.view().iter().copied().collect()
}

fn content<T: Element, const N: usize>(
    array: &Strided<'_, T>,
    bytes: impl Fn(T) -> [u8; N],
) -> Vec<u8> {
    array.view().iter().flat_map(|x| bytes(*x)).collect()
}
