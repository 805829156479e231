//! [`NameFilter`]: which names are wanted of many.

/// Which names are wanted, where TensorFlow's functions take the argument `scope=`: those that begin with a text, or those of which a closure says
/// so.
///
/// TensorFlow takes a regular expression that a name must begin with. What is passed there is nearly always the name of a scope, and that is what
/// it is here: the text itself, of which no letter is special. To move another expression, let a closure decide, by a crate such as `regex` if need
/// be: `scope='gen.*/w'` is `|name: &str| expression.is_match(name)` with `expression = Regex::new("^(?:gen.*/w)")`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which names are wanted",
    label = "neither a text nor a closure that takes a name",
    note = "write the beginning of the names, such as `\"layer1/\"`, or `|name: &str| name.contains(\"kernel\")`"
)]
pub trait NameFilter {
    /// Whether this name is wanted.
    fn wants(&self, name: &str) -> bool;
}

impl NameFilter for &str {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self)
    }
}

impl NameFilter for String {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self.as_str())
    }
}

impl NameFilter for &String {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self.as_str())
    }
}

impl<F: Fn(&str) -> bool> NameFilter for F {
    fn wants(&self, name: &str) -> bool {
        self(name)
    }
}
