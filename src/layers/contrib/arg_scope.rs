//! [`arg_scope`]: other defaults for layers.

use std::any::Any;
use std::cell::RefCell;

thread_local! {
    /// The options that the scopes open on this thread give, the innermost last.
    static DEFAULTS: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Options that [`arg_scope`] can make the defaults of their layer: those of the layers here, and
/// tuples of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the defaults of layers",
    note = "write options of layers of `tf1::contrib::layers`, such as `FullyConnected::new()`, or a tuple of them"
)]
pub trait ArgScope {
    /// Adds them to the defaults.
    #[doc(hidden)]
    fn add(self, add: &mut dyn FnMut(Box<dyn Any>));
}

/// Runs `build` with other defaults for layers, as `tf.contrib.framework.arg_scope` (and
/// `slim.arg_scope`) gives them.
///
/// `options` are those of a layer, or a tuple of those of several. In `build`, and in what it calls
/// on this thread, `new()` of the type of these options begins with them, and the layer's function
/// without options takes them.
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::{framework::arg_scope, layers::{self, FullyConnected}};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
/// let defaults = FullyConnected::<f32>::new().activation_fn(tf::nn::tanh);
/// let y = arg_scope(defaults, || {
///     let hidden = layers::fully_connected(&x, 4);
///     layers::fully_connected_with(hidden, 2, FullyConnected::new().scope("out"))
/// });
/// assert_eq!(y.name(), "out/Tanh:0");
/// ```
///
/// Scopes stand within each other; the options of an inner one are made with `new()`, so that they
/// begin with those of the outer one.
pub fn arg_scope<R>(options: impl ArgScope, build: impl FnOnce() -> R) -> R {
    let _end = End(DEFAULTS.with_borrow(Vec::len));
    options.add(&mut |options| DEFAULTS.with_borrow_mut(|defaults| defaults.push(options)));
    build()
}

/// Takes back what was added since there were so many.
struct End(usize);

impl Drop for End {
    fn drop(&mut self) {
        // Options may hold closures of users', which are dropped when the list is free again.
        let _gone = DEFAULTS.with_borrow_mut(|defaults| defaults.split_off(self.0));
    }
}

/// The options of this type that the innermost scope gives.
pub(super) fn default_of<O: Clone + 'static>() -> Option<O> {
    DEFAULTS.with_borrow(|defaults| {
        let found = defaults.iter().rev().find_map(|it| it.downcast_ref::<O>());
        found.cloned()
    })
}

/// Implements [`ArgScope`] for the options of layers.
macro_rules! arg_scope_options {
    ($($options:ty $(, $T:ident)?;)*) => {$(
        impl $(<$T: $crate::types::Float>)? $crate::layers::contrib::ArgScope for $options {
            fn add(self, add: &mut dyn FnMut(Box<dyn std::any::Any>)) {
                add(Box::new(self));
            }
        }
    )*};
}
pub(super) use arg_scope_options;

macro_rules! tuples {
    ($(($($name:ident),+);)*) => {$(
        impl<$($name: ArgScope),+> ArgScope for ($($name,)+) {
            fn add(self, add: &mut dyn FnMut(Box<dyn Any>)) {
                #[expect(non_snake_case, reason = "each is called as its type")]
                let ($($name,)+) = self;
                $($name.add(add);)+
            }
        }
    )*};
}

tuples! {
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
}
