//! `MirrorPad`: a tensor with its own elements, mirrored, around it.

use std::ops::Range;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, Slice};

use super::super::classes::{expect_index, expect_number};
use super::super::pad::{centre, infer, padded_lengths, paddings};
use crate::graph::{
    Attribute, AttributeList, AttributeValue, Attributes, GradientContext, InferContext, Kernel,
    Op, TensorInfo, attributes,
};
use crate::kernels::strided::{self, Piece, assemble, cut_along_axes};
use crate::kernels::unset::unset;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::build_any;
use crate::types::parts::change_by;
use crate::types::{Error, Number, Plain, Result, with_bits, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MirrorPad(input: T, paddings: Tpaddings) -> (output: T); \
     Tpaddings: type = int32; mode: string; \
        Tpaddings in index",
    |node| {
        expect_index(node, &["Tpaddings"])?;
        node.attributes::<MirrorPad>()?
    }),
    op!(smooth "MirrorPadGrad(input: T, paddings: Tpaddings) -> (output: T); \
     Tpaddings: type = int32; mode: string; \
        Tpaddings in index",
    |node| {
        expect_number(node, "T")?;
        expect_index(node, &["Tpaddings"])?;
        node.attributes::<MirrorPadGrad>()?
    }),
];

/// How a tensor is continued beyond its edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops::array) enum Mirror {
    /// The edge itself is not repeated: 1 2 3 goes on with 2 1.
    Reflect,
    /// The edge is repeated: 1 2 3 goes on with 3 2 1.
    Symmetric,
}

impl AttributeValue for Mirror {
    fn to_attribute(&self) -> Attribute {
        let mode = match self {
            Mirror::Reflect => "REFLECT",
            Mirror::Symmetric => "SYMMETRIC",
        };
        Attribute::Text(mode.to_string())
    }

    fn from_attribute(attribute: &Attribute) -> Option<Self> {
        match attribute {
            Attribute::Text(mode) if mode == "REFLECT" => Some(Mirror::Reflect),
            Attribute::Text(mode) if mode == "SYMMETRIC" => Some(Mirror::Symmetric),
            _ => None,
        }
    }
}

attributes! {
    pub(in crate::ops::array) struct MirrorPad {
        pub(in crate::ops::array) mode: Mirror,
    }
}

impl Op for MirrorPad {
    fn op_type(&self) -> &'static str {
        "MirrorPad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, |length, both| Some(length.saturating_add(both)))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let paddings = paddings(cx)?;
        for (&length, &(before, after)) in cx.inputs.shape(0).iter().zip(&paddings) {
            self.mode.check(length, before, after)?;
        }
        let lengths = padded_lengths(cx.inputs.shape(0), &paddings)?;
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &lengths)?;
            if out.is_empty() {
                return Ok(());
            }
            let pieces = self.mode.pieces(x, &paddings)?;
            assemble(cx.pool, out.view_mut(), &pieces);
        }, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (dy, paddings) = (cx.any_grad(0), cx.any_input(1).clone());
        let op = MirrorPadGrad { mode: self.mode };
        let dx = build_any("MirrorPadGrad", op, &[dy, paddings]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

impl Mirror {
    /// Fails if an axis of this length cannot be mirrored that far.
    fn check(self, length: usize, before: usize, after: usize) -> Result<()> {
        let (limit, words, than) = match self {
            Mirror::Reflect => (length, "less than", "not less than"),
            Mirror::Symmetric => (length.saturating_add(1), "no greater than", "greater than"),
        };
        if (before == 0 || before < limit) && (after == 0 || after < limit) {
            return Ok(());
        }
        Err(Error::invalid_argument(format!(
            "paddings must be {words} the dimension size: {before}, {after} {than} {length}"
        )))
    }

    /// `x` and what is mirrored around it, each piece in its place.
    fn pieces<'a, T: Plain>(
        self,
        x: ArrayViewD<'a, T>,
        paddings: &[(usize, usize)],
    ) -> Result<Vec<Piece<'a, T>>> {
        let edge = usize::from(self == Mirror::Reflect);
        cut_along_axes(x, |axis, view| {
            let (before, after) = paddings[axis];
            let length = view.len_of(Axis(axis));
            let mirrored = |range: Range<usize>| {
                let mut part = view.clone();
                part.slice_axis_inplace(Axis(axis), Slice::from(range));
                part.invert_axis(Axis(axis));
                part
            };
            let empty = 0..0;
            let front = if before > 0 {
                edge..before + edge
            } else {
                empty.clone()
            };
            let back = if after > 0 {
                length - after - edge..length - edge
            } else {
                empty
            };
            [
                (0, mirrored(front)),
                (before + length, mirrored(back)),
                (before, view),
            ]
        })
    }

    /// The places of the padding along an axis of this padded length, each with the place whose
    /// element it repeats.
    fn pairs(
        self,
        length: usize,
        (before, after): (usize, usize),
    ) -> impl Iterator<Item = (usize, usize)> {
        let edge = usize::from(self == Mirror::Symmetric);
        let end = length - after;
        let front = (0..before).map(move |i| (i, 2 * before - i - edge));
        front.chain((0..after).map(move |i| (end + i, end + edge - 2 - i)))
    }
}

attributes! {
    /// From the gradient with respect to a mirrored tensor: that with respect to the tensor, each
    /// element the sum over its copies.
    struct MirrorPadGrad {
        mode: Mirror,
    }
}

impl Op for MirrorPadGrad {
    fn op_type(&self) -> &'static str {
        "MirrorPadGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, usize::checked_sub)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let paddings = paddings(cx)?;
        for (&length, &(before, after)) in cx.inputs.shape(0).iter().zip(&paddings) {
            let inner = length
                .checked_sub(before)
                .and_then(|rest| rest.checked_sub(after));
            let inner =
                inner.ok_or_else(|| Error::invalid_argument("the paddings exceed the tensor"))?;
            self.mode.check(inner, before, after)?;
        }
        with_class!(number, cx.inputs.value(0).dtype(), T => {
            let dy = cx.inputs.get::<T>(0);
            let mut sums = unset::<T>(dy.shape())?;
            strided::copy(cx.pool, dy, sums.view_mut());
            let folded = if sums.is_empty() { &[][..] } else { &paddings };
            for (axis, &sides) in folded.iter().enumerate() {
                for (place, source) in self.mode.pairs(sums.shape()[axis], sides) {
                    let (copy, sum) = two_parts(&mut sums, Axis(axis), place, source);
                    change_by(sum, &copy, |sum, &x| *sum = sum.plus(x));
                }
            }
            let centre = centre(sums.view_mut(), &paddings);
            let mut dx = cx.outputs.alloc_unset::<T>(0, centre.shape())?;
            strided::copy(cx.pool, centre.view(), dx.view_mut());
            Ok(())
        }, Err(Error::internal("the gradient of a bool tensor was asked for")))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (dy, paddings) = (cx.any_grad(0), cx.any_input(1).clone());
        let op = MirrorPad { mode: self.mode };
        let dx = build_any("MirrorPad", op, &[dy, paddings]);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

/// The parts at two places of an axis.
fn two_parts<T>(
    array: &mut ArrayD<T>,
    axis: Axis,
    first: usize,
    second: usize,
) -> (ArrayViewMutD<'_, T>, ArrayViewMutD<'_, T>) {
    let (low, high) = (first.min(second), first.max(second));
    let (before, after) = array.view_mut().split_at(axis, high);
    let (low, high) = (
        before.index_axis_move(axis, low),
        after.index_axis_move(axis, 0),
    );
    if first < second {
        (low, high)
    } else {
        (high, low)
    }
}
