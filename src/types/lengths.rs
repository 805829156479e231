//! [`for_lengths!`]: what is implemented for arrays of every length.

/// Calls the macro `$implement` with each length from 1 to 16.
///
/// For the length 0 there is to be one implementation, for one type of elements: then the compiler
/// knows of which type the elements of `[]` are. An implementation for all lengths and types of
/// elements at once would leave that open, and `[]` would not compile.
macro_rules! for_lengths {
    ($implement:ident) => {
        $implement!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    };
}

pub(crate) use for_lengths;
