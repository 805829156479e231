//! [`Reuse`]: whether variables are shared.

/// Whether [`Graph::get_variable`](crate::Graph::get_variable) may, must or must not find a
/// variable that exists already.
///
/// Where it is asked for, `true` and `false` can stand for it, as in TensorFlow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// As the scope around has it; at the root, every variable must be new (`reuse=None` and
    /// `reuse=False`).
    #[default]
    Inherit,
    /// Every variable must exist (`reuse=True`).
    Always,
    /// Variables are made where they do not exist (`reuse=tf.AUTO_REUSE`).
    #[doc(alias = "make_template")]
    Auto,
}

/// `tf.AUTO_REUSE`: [`Reuse::Auto`].
pub const AUTO_REUSE: Reuse = Reuse::Auto;

/// `reuse=True` and `reuse=False`, which in TensorFlow does not take back what the scope around
/// says.
impl From<bool> for Reuse {
    fn from(reuse: bool) -> Self {
        match reuse {
            true => Reuse::Always,
            false => Reuse::Inherit,
        }
    }
}
