//! [`NameFilter`]: which names are wanted of many.

use super::Graph;
use crate::types::{Error, Result};

/// Letters of regular expressions that no name of a node has.
const EXPRESSIVE: [char; 13] = [
    '*', '+', '?', '[', ']', '(', ')', '|', '^', '$', '\\', '{', '}',
];

/// Which names are wanted, where TensorFlow's functions take the argument `scope=`: those that
/// begin with a text, or those that a closure accepts.
///
/// TensorFlow takes a regular expression that a name must begin with. What is passed there is
/// nearly always the name of a scope, so here it is plain text, in which no letter is special. To
/// port any other expression, let a closure decide, with a crate such as `regex` if need be:
/// `scope='gen.*/w'` is `|name: &str| expression.is_match(name)` with `expression =
/// Regex::new("^(?:gen.*/w)")`. As no name holds a letter such as `*` or `|`, a text that does is a
/// mistake of the graph that is asked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which names are wanted",
    label = "neither a text nor a closure that takes a name",
    note = "write the beginning of the names, such as `\"layer1/\"`, or `|name: &str| name.contains(\"kernel\")`"
)]
pub trait NameFilter {
    /// Whether this name is wanted.
    fn wants(&self, name: &str) -> bool;

    /// The text that wanted names begin with, if that is what is said.
    fn text(&self) -> Option<&str> {
        None
    }
}

impl NameFilter for &str {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self)
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl NameFilter for String {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self.as_str())
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl NameFilter for &String {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(self.as_str())
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<F: Fn(&str) -> bool> NameFilter for F {
    fn wants(&self, name: &str) -> bool {
        self(name)
    }
}

impl Graph {
    /// Keeps those whose names are wanted; a mistake in `scope` is recorded.
    #[track_caller]
    pub(crate) fn retain_named<I>(
        &self,
        items: &mut Vec<I>,
        scope: &impl NameFilter,
        name: impl Fn(&I) -> String,
    ) {
        if let Err(error) = expect_plain(scope) {
            self.record_error_of_call(error);
        }
        items.retain(|item| scope.wants(&name(item)));
    }
}

/// Fails if `scope` looks like a regular expression.
///
/// # Errors
/// `InvalidArgument`.
pub(crate) fn expect_plain(scope: &impl NameFilter) -> Result<()> {
    match scope.text() {
        Some(text) if text.contains(EXPRESSIVE) => {
            let message = format!(
                "no name begins with {text:?}: a scope is taken as plain text, not as a regular expression"
            );
            let help = "let a closure say which names are wanted: \
                |name: &str| name.starts_with(\"a/\") || name.starts_with(\"b/\")";
            Err(Error::invalid_argument(message).with_help(help))
        }
        _ => Ok(()),
    }
}
