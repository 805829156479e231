use crate::call::Binding;

pub const BINDINGS: &[Binding] = &[];
