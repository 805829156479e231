//! [`for_tuples!`]: what is implemented for tuples of every length.

/// Calls the macro `$implement` with `A 0`, with `A 0, B 1`, and so on up to six: a type parameter
/// and a place for each element.
macro_rules! for_tuples {
    ($implement:ident) => {
        $implement!(A 0);
        $implement!(A 0, B 1);
        $implement!(A 0, B 1, C 2);
        $implement!(A 0, B 1, C 2, D 3);
        $implement!(A 0, B 1, C 2, D 3, E 4);
        $implement!(A 0, B 1, C 2, D 3, E 4, F 5);
    };
}

pub(crate) use for_tuples;
