//! `Substr`: parts of texts.

use std::ops::Range;

use ndarray::{ArrayD, Dimension, IxDyn};

use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of, too_large,
};
use crate::kernels::broadcast::common_shape;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unequal_dims};
use crate::ops::{Integers, IntoIntegers, OpDef};
use crate::types::{
    Bytes, DType, Error, Integer, Result, Shape, broadcast_shapes, memory, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "Substr(input: string, pos: T, len: T) -> (output: string); \
        unit: string = 'BYTE'; T in index",
    |node| node.attributes::<SubstrOp>()?
)];

/// Of each text the part of `len` bytes from byte `pos` on, as `tf.strings.substr` cuts it out.
///
/// A negative `pos` counts from the end. Where a text ends earlier, or `len` is negative, the part
/// reaches to the text's end. `pos` and `len` are numbers for all texts, or have a shape that
/// broadcasts with that of `input`.
///
/// ```
/// let graph = tf1::Graph::new();
/// let words = graph.constant(["hello", "tensor"]);
/// let session = tf1::Session::new(&graph)?;
/// let parts = session.run(tf1::strings::substr(&words, 1, 3), [])?;
/// assert_eq!(parts.into_iter().collect::<Vec<_>>(), ["ell", "ens"]);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes of `pos` and `len` differ, or do not broadcast; in a run if
/// `pos` is not in a text. The end is: what begins there is empty.
///
/// # Options
/// `unit`: see [`substr_with`].
#[track_caller]
pub fn substr(
    input: impl IntoTensor<Bytes>,
    pos: impl IntoIntegers,
    len: impl IntoIntegers,
) -> Tensor<Bytes> {
    substr_with(input, pos, len, SubstrUnit::Byte)
}

/// As [`substr`], counted in bytes or characters.
///
/// With characters, nothing is taken if `len` is negative and `pos` is not.
///
/// # Errors
/// As [`substr`].
#[track_caller]
pub fn substr_with(
    input: impl IntoTensor<Bytes>,
    pos: impl IntoIntegers,
    len: impl IntoIntegers,
    unit: SubstrUnit,
) -> Tensor<Bytes> {
    let part = [pos.into_integers(), len.into_integers()];
    let [pos, len] = part.each_ref().map(Integers::graph);
    let graph = graph_of(&[input.graph(), pos, len]);
    let unit = match unit {
        SubstrUnit::Byte => "BYTE",
        SubstrUnit::Utf8Char => "UTF8_CHAR",
    };
    graph.op_scope("Substr", |scope| {
        let input = input.into_tensor(&graph, "input");
        let [pos, len] = Integers::of_one_type(part, &graph, ["pos", "len"]);
        let op = SubstrOp { unit: unit.into() };
        scope.tensor(op, &[input.any(), pos, len])
    })
}

/// In what [`substr_with`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubstrUnit {
    /// Bytes (`"BYTE"`).
    #[default]
    Byte,
    /// Characters of UTF-8 (`"UTF8_CHAR"`).
    Utf8Char,
}

attributes! {
    /// Parts of texts.
    struct SubstrOp {
        unit: String,
    }
}

impl SubstrOp {
    /// # Errors
    /// `InvalidArgument` if there is no such unit.
    fn unit(&self) -> Result<SubstrUnit> {
        match self.unit.as_str() {
            "BYTE" => Ok(SubstrUnit::Byte),
            "UTF8_CHAR" => Ok(SubstrUnit::Utf8Char),
            other => Err(Error::invalid_argument(format!(
                "Value for attr 'unit' of \"{other}\" is not in the list of allowed values: \
                 \"BYTE\", \"UTF8_CHAR\""
            ))),
        }
    }
}

impl Op for SubstrOp {
    fn op_type(&self) -> &'static str {
        "Substr"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.unit()?;
        let (input, pos, len) = (cx.shape(0), cx.shape(1), cx.shape(2));
        if let Some(rank) = len.rank() {
            expect_rank(cx, pos, rank)?;
        }
        let Some(place) = pos.merge(len) else {
            return Err(shapes_differ(pos, len));
        };
        let shape = broadcast_shapes(input, &place).map_err(|(a, b)| unequal_dims(cx, a, b))?;
        Ok(vec![TensorInfo::new(DType::String, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let parts = with_class!(index, cx.inputs.value(1).dtype(),
            I => parts::<I>(cx, self.unit()?)?,
            return Err(Error::internal("positions that are not integers"))
        );
        cx.outputs.set(0, parts);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

/// The part of each text.
fn parts<I: Integer>(cx: &Kernel<'_, '_>, unit: SubstrUnit) -> Result<ArrayD<Bytes>> {
    let texts = cx.inputs.get::<Bytes>(0);
    let (pos, len) = (cx.inputs.get::<I>(1), cx.inputs.get::<I>(2));
    if pos.shape() != len.shape() {
        return Err(shapes_differ(&pos.shape().into(), &len.shape().into()));
    }
    // Where shapes do not broadcast, TensorFlow counts texts, whatever their shape is.
    let is_counted = pos.ndim() == 0 || pos.shape() == texts.shape();
    let shape = common_shape(texts.shape(), pos.shape())?;
    let shape = IxDyn(&shape);
    let views = (
        texts.broadcast(shape.clone()),
        pos.broadcast(shape.clone()),
        len.broadcast(shape.clone()),
    );
    let (Some(texts), Some(pos), Some(len)) = views else {
        return Err(too_large(
            shape.as_array_view().as_slice().unwrap_or_default(),
        ));
    };
    let mut parts = memory::reserved(texts.len())?;
    let mut copied = 0;
    for (i, ((text, pos), len)) in texts.iter().zip(&pos).zip(&len).enumerate() {
        let (pos, len) = (pos.to_i64(), len.to_i64());
        let range = match unit {
            SubstrUnit::Byte => bytes_of(text, pos, len),
            SubstrUnit::Utf8Char => characters_of(text, pos, len),
        };
        let range = range.ok_or_else(|| {
            let quoted = match unit {
                SubstrUnit::Byte => format!(" b'{}'", String::from_utf8_lossy(text)),
                SubstrUnit::Utf8Char => String::new(),
            };
            let index = match is_counted {
                true => i.to_string(),
                false => index_of(i, texts.shape()),
            };
            let message = format!("pos {pos} out of range for string{quoted} at index {index}");
            Error::invalid_argument(message)
        })?;
        if range.len() == text.len() {
            parts.push(text.clone());
            continue;
        }
        copied += range.len();
        memory::expect_room(copied)?;
        parts.push(Bytes::from(&text[range]));
    }
    ArrayD::from_shape_vec(shape, parts)
        .map_err(|_| Error::internal("as many parts as there are texts"))
}

fn shapes_differ(pos: &Shape, len: &Shape) -> Error {
    let (pos, len) = (pos.bracketed(), len.bracketed());
    Error::invalid_argument(format!("pos and len shapes must match: {pos} vs. {len}"))
}

/// The place of an element, as TensorFlow's messages write it: `3`, or `(1, 0)`.
fn index_of(mut i: usize, shape: &[usize]) -> String {
    let mut index: Vec<String> = Vec::with_capacity(shape.len());
    for length in shape.iter().rev() {
        index.push((i % length).to_string());
        i /= length;
    }
    index.reverse();
    match index.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", index.join(", ")),
    }
}

/// The bytes from `pos` on, if that is in the text or its end.
fn bytes_of(text: &[u8], pos: i64, len: i64) -> Option<Range<usize>> {
    let start = match usize::try_from(pos) {
        Ok(pos) => pos,
        Err(_) => text
            .len()
            .checked_sub(usize::try_from(pos.checked_neg()?).ok()?)?,
    };
    let rest = text.len().checked_sub(start)?;
    let len = usize::try_from(len).map_or(rest, |len| len.min(rest));
    Some(start..start + len)
}

/// The characters from `pos` on, if that is in the text or its end.
fn characters_of(text: &[u8], pos: i64, len: i64) -> Option<Range<usize>> {
    if pos >= 0 {
        let (start, skipped) = forward(text, 0, pos);
        return (skipped == pos).then(|| start..forward(text, start, len).0);
    }
    let from_end = pos.checked_neg()?;
    let after = from_end.saturating_sub(len).max(0);
    let (end, skipped) = back(text, text.len(), after);
    if skipped != after {
        return None;
    }
    let before = from_end - after;
    let (start, skipped) = back(text, end, before);
    (skipped == before).then_some(start..end)
}

/// The place `count` characters after `place`, or the end, and how many there were.
fn forward(text: &[u8], mut place: usize, count: i64) -> (usize, i64) {
    let mut passed = 0;
    while passed < count && place < text.len() {
        place += 1;
        while place < text.len() && continues(text[place]) {
            place += 1;
        }
        passed += 1;
    }
    (place, passed)
}

/// The place `count` characters before `place`, or the beginning, and how many there were.
fn back(text: &[u8], mut place: usize, count: i64) -> (usize, i64) {
    let mut passed = 0;
    while passed < count && place > 0 {
        place -= 1;
        while place > 0 && continues(text[place]) {
            place -= 1;
        }
        passed += 1;
    }
    (place, passed)
}

/// Whether a byte continues a character of UTF-8.
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
