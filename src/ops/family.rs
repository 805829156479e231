//! What the files of a family have, as the family's own.

/// Makes what files hold the family's: public where it is public there, and within the crate where
/// it is the crate's.
///
/// ```ignore
/// family! {
///     ops: abs, cast;   // their names, and their rows of the op table (`OPS`)
///     names: clip;      // their names: they make ops of other files, or none
///     rows: conj;       // their rows: TensorFlow has the functions in another module than the
///                       // rest of the family
/// }
/// ```
///
/// `lib.rs` makes the names of a whole family public at once. (The `mod` lines stand before it, as
/// rustfmt finds files by them.)
macro_rules! family {
    (
        ops: $($(#[$of_op:meta])? $op:ident),+ $(,)?;
        $(names: $($name:ident),+ $(,)?;)?
        $(rows: $($(#[$of_row:meta])? $row:ident),+ $(,)?;)?
    ) => {
        $(
            // A file may have ops that only gradients make.
            #[allow(unused_imports)]
            $(#[$of_op])?
            pub use self::$op::*;
        )+
        $($(
            #[allow(unused_imports)]
            pub use self::$name::*;
        )+)?

        pub(in crate::ops) const OPS: &[&[$crate::ops::OpDef]] = &[
            $($(#[$of_op])? self::$op::OPS,)+
            $($($(#[$of_row])? self::$row::OPS,)+)?
        ];
    };
}

pub(in crate::ops) use family;
