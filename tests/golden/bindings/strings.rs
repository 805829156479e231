//! `tf.strings`.

use tf1::Bytes;
use tf1::strings::{self, SubstrUnit};

use crate::call::{Binding, bind};

pub const BINDINGS: &[Binding] = &[bind("tf.strings.substr", "input, pos, len, unit", |c| {
    let unit = match c.text("unit", "BYTE")?.as_str() {
        "BYTE" => SubstrUnit::Byte,
        "UTF8_CHAR" => SubstrUnit::Utf8Char,
        other => return Err(c.lacks(other)),
    };
    let (pos, len) = (c.integers("pos")?, c.integers("len")?);
    let input = c.operand::<Bytes>("input")?;
    c.returns(strings::substr_with(input, pos, len, unit))
})];
