//! Arrays as messages.

#[cfg(feature = "all_types")]
use half::{bf16, f16};
#[cfg(feature = "graph_def")]
use ndarray::{ArrayD, IxDyn};
#[cfg(feature = "all_types")]
use num_complex::{Complex32, Complex64};

use crate::files::elements::Stored;
#[cfg(feature = "graph_def")]
use crate::files::messages::tensor::type_name;
use crate::files::messages::tensor::{TensorProto, TensorShapeProto, type_number};
#[cfg(feature = "graph_def")]
use crate::types::{Bytes, DType, Element, Error, Result, count_elements, memory, with_dtype};
use crate::types::{Shape, Value, with_plain_value};

/// An element type with its field of a message.
trait Listed: Stored {
    /// Whether several elements are told as their bytes.
    const AS_BYTES: bool = true;

    /// Lists an element.
    fn list(self, tensor: &mut TensorProto);

    /// The elements that are listed one by one.
    #[cfg(feature = "graph_def")]
    fn listed(tensor: &TensorProto) -> Vec<Self>;
}

/// An element type whose numbers are listed one by one in a field of type `$listed`.
macro_rules! listed {
    ($(
        $type:ty: $field:ident as $listed:ty, |$x:ident| $into:expr, |$y:ident| $from:expr
        $(, as_bytes: $as_bytes:literal)?;
    )*) => {$(
        impl Listed for $type {
            $(const AS_BYTES: bool = $as_bytes;)?

            fn list(self, tensor: &mut TensorProto) {
                let into = |$x: $type| -> $listed { $into };
                tensor.$field.push(into(self));
            }

            #[cfg(feature = "graph_def")]
            fn listed(tensor: &TensorProto) -> Vec<Self> {
                tensor.$field.iter().map(|&$y| $from).collect()
            }
        }
    )*};
}

listed! {
    f32: float_val as f32, |x| x, |x| x;
    f64: double_val as f64, |x| x, |x| x;
    i32: int_val as i32, |x| x, |x| x;
    i64: int64_val as i64, |x| x, |x| x;
    u8: int_val as i32, |x| x.into(), |x| x as u8, as_bytes: false;
    bool: bool_val as bool, |x| x, |x| x, as_bytes: false;
}

#[cfg(feature = "all_types")]
listed! {
    f16: half_val as i32, |x| x.to_bits().into(), |x| f16::from_bits(x as u16);
    bf16: half_val as i32, |x| x.to_bits().into(), |x| bf16::from_bits(x as u16);
    i8: int_val as i32, |x| x.into(), |x| x as i8;
    i16: int_val as i32, |x| x.into(), |x| x as i16;
    u16: int_val as i32, |x| x.into(), |x| x as u16;
    u32: uint32_val as u32, |x| x, |x| x;
    u64: uint64_val as u64, |x| x, |x| x;
}

#[cfg(feature = "all_types")]
macro_rules! listed_complex {
    ($($type:ident: $field:ident;)*) => {$(
        impl Listed for $type {
            fn list(self, tensor: &mut TensorProto) {
                tensor.$field.extend([self.re, self.im]);
            }

            #[cfg(feature = "graph_def")]
            fn listed(tensor: &TensorProto) -> Vec<Self> {
                let (pairs, _) = tensor.$field.as_chunks::<2>();
                pairs.iter().map(|&[re, im]| $type::new(re, im)).collect()
            }
        }
    )*};
}

#[cfg(feature = "all_types")]
listed_complex! {
    Complex32: scomplex_val;
    Complex64: dcomplex_val;
}

/// The array: numbers as their bytes in memory; a single number, truth values and `u8` in the field
/// for their type. `None` if it takes more than `most_bytes` bytes, or holds handles.
pub(super) fn tensor_proto(value: &Value<'_>, most_bytes: usize) -> Option<TensorProto> {
    if bytes_in_file(value) > most_bytes {
        return None;
    }
    let shape = Shape::from(value.shape());
    let is_one = shape.size() == Some(1);
    let mut tensor = TensorProto {
        dtype: type_number(value.dtype().name()),
        tensor_shape: Some(TensorShapeProto::from(&shape)),
        ..TensorProto::default()
    };
    with_plain_value!(value, array => tell(array.view().iter().copied(), is_one, &mut tensor), {
        let Value::String(texts) = value else {
            return None;
        };
        tensor.string_val.extend(texts.view().iter().map(|text| text.to_vec()));
    });
    Some(tensor)
}

/// About how many bytes an array takes in a file.
pub(super) fn bytes_in_file(value: &Value<'_>) -> usize {
    match value {
        Value::String(texts) => texts.view().iter().map(|text| text.len() + 2).sum(),
        value => value.bytes(),
    }
}

fn tell<T: Listed>(elements: impl Iterator<Item = T>, is_one: bool, tensor: &mut TensorProto) {
    match T::AS_BYTES && !is_one {
        true => elements.for_each(|x| {
            let content = &mut tensor.tensor_content;
            content.extend_from_slice(bytemuck::bytes_of(&x.little_endian()));
        }),
        false => elements.for_each(|x| x.list(tensor)),
    }
}

/// The element type of this number.
///
/// # Errors
/// `Unimplemented` of one that tensors cannot have here.
#[cfg(feature = "graph_def")]
pub(super) fn element_type(number: i32) -> Result<DType> {
    let name = type_name(number);
    DType::named(name).ok_or_else(|| {
        let error = Error::unimplemented(format!(
            "elements of type {name} (number {number} in TensorFlow's files) are not supported"
        ));
        match DType::help_for(name) {
            Some(help) => error.with_help(help),
            None => error,
        }
    })
}

/// The array of a message. `room` is how many bytes arrays may take beyond what the file holds of
/// them: one number can stand for many.
///
/// # Errors
/// `InvalidArgument` if the elements do not fit the shape, `ResourceExhausted` if there is no room
/// for them, `Unimplemented` of types that tensors cannot have here.
#[cfg(feature = "graph_def")]
pub(super) fn value_of(tensor: &TensorProto, room: &mut usize) -> Result<Value<'static>> {
    let shape = tensor.tensor_shape.as_ref();
    let shape = shape.map_or(Ok(Shape::scalar()), TensorShapeProto::to_shape)?;
    let lengths = shape.to_known().ok_or_else(|| {
        Error::invalid_argument(format!(
            "an array has the shape {shape}, which is not known"
        ))
    })?;
    let dtype = element_type(tensor.dtype)?;
    with_dtype!(dtype, T => {
        let content = &tensor.tensor_content;
        let given = match content.is_empty() {
            true => T::listed(tensor),
            false => from_content(content, &lengths)?,
        };
        Ok(T::wrap(filled(given, &lengths, content.is_empty(), room)?.into()))
    }, match dtype {
        DType::String => {
            // Few: as many as the file holds.
            let given = tensor.string_val.iter().map(|text| Bytes::from(text.as_slice())).collect();
            Ok(Bytes::wrap(filled(given, &lengths, true, room)?.into()))
        }
        _ => Err(Error::unimplemented(format!("an array of {dtype} cannot be in a file"))),
    })
}

#[cfg(feature = "graph_def")]
fn wrong(given: usize, lengths: &[usize]) -> Error {
    let shape = Shape::known(lengths);
    let message = format!("an array of shape {shape} has {given} elements in the file");
    Error::invalid_argument(message)
}

/// The elements of these bytes.
#[cfg(feature = "graph_def")]
fn from_content<T: Listed>(content: &[u8], lengths: &[usize]) -> Result<Vec<T>> {
    let bytes = content.chunks_exact(size_of::<T>());
    if !bytes.remainder().is_empty() {
        return Err(wrong(bytes.len(), lengths));
    }
    // Few: as many as the file holds.
    Ok(bytes.map(T::of_bytes).collect())
}

/// The array of the elements that a file gives, of which it may leave out the last ones if they are
/// listed.
#[cfg(feature = "graph_def")]
fn filled<T: Element>(
    mut elements: Vec<T>,
    lengths: &[usize],
    are_listed: bool,
    room: &mut usize,
) -> Result<ArrayD<T>> {
    let count = count_elements(lengths).filter(|count| isize::try_from(*count).is_ok());
    let count = count.ok_or_else(|| wrong(elements.len(), lengths))?;
    let is_short = elements.len() < count && are_listed;
    if elements.len() != count && !is_short {
        return Err(wrong(elements.len(), lengths));
    }
    // TensorFlow leaves out what repeats the last element.
    let more = (count - elements.len()).saturating_mul(size_of::<T>());
    *room = room.checked_sub(more).ok_or_else(|| {
        let shape = Shape::known(lengths);
        Error::resource_exhausted(format!(
            "an array of shape {shape} is far larger than what the file holds of it"
        ))
    })?;
    let reserved = elements.try_reserve_exact(count - elements.len());
    reserved.map_err(|_| memory::refused(more))?;
    elements.resize(count, elements.last().cloned().unwrap_or_default());
    ArrayD::from_shape_vec(IxDyn(lengths), elements).map_err(|_| wrong(count, lengths))
}
