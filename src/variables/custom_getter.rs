//! [`VariableGetter`] and [`VariableRequest`]: what variable scopes may have a say in when a
//! variable is got.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::{AnyVariable, Initializer, Reuse, VariableOptions};
use crate::graph::{AnyTensor, Graph};
use crate::types::{DType, Element, Error, Result, Shape};

/// How many calls of [`Graph::get_variable`] that ask custom getters may be under way within each
/// other on a thread.
const MOST_WITHIN: usize = 64;

/// How many custom getters these calls may have to ask in all, each within the one before: the
/// stack bears so many.
const MOST_GETTERS: usize = 256;

/// What [`Graph::get_variable`] is asked for, as a custom getter is given it and passes it on; see
/// [`VariableScope::custom_getter`](super::VariableScope::custom_getter).
#[derive(Clone)]
#[non_exhaustive]
pub struct VariableRequest<'r> {
    /// The full name of the variable, without the index of an output: `layer/w`.
    pub name: String,
    /// The variable's shape.
    pub shape: Shape,
    /// How to make the variable, if it is made; the scope's regularizer and constraint are there if
    /// no others were given.
    pub options: VariableOptions,
    /// Whether the variable may, must or must not exist.
    pub reuse: Reuse,
    dtype: DType,
    pub(super) initial_value: InitialValueOf<'r>,
}

/// The initial value of a variable of a shape; `None` if the shape has to be known for that and is
/// not.
type InitialValueOf<'r> = Rc<dyn Fn(&Graph, &Shape) -> Option<AnyTensor> + 'r>;

impl<'r> VariableRequest<'r> {
    pub(super) fn new<T: Element>(
        name: String,
        shape: Shape,
        initializer: impl Initializer<T> + 'r,
        options: VariableOptions,
        reuse: Reuse,
    ) -> Self {
        VariableRequest {
            name,
            shape,
            options,
            reuse,
            dtype: T::DTYPE,
            initial_value: initial_value_of(initializer),
        }
    }

    /// The type of the variable's elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The same with another initializer, and of its type.
    pub fn initializer<T: Element>(mut self, initializer: impl Initializer<T> + 'r) -> Self {
        self.dtype = T::DTYPE;
        self.initial_value = initial_value_of(initializer);
        self
    }
}

fn initial_value_of<'r, T: Element>(initializer: impl Initializer<T> + 'r) -> InitialValueOf<'r> {
    Rc::new(move |graph, shape| {
        let value = match shape.to_known() {
            Some(shape) => initializer.build(graph, &shape),
            None => initializer.value(graph)?,
        };
        Some(value.any())
    })
}

impl fmt::Debug for VariableRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariableRequest")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("dtype", &self.dtype)
            .field("options", &self.options)
            .field("reuse", &self.reuse)
            .finish_non_exhaustive()
    }
}

/// What a custom getter wraps; see
/// [`VariableScope::custom_getter`](super::VariableScope::custom_getter).
#[derive(Clone, Copy, Debug)]
pub struct VariableGetter<'g> {
    pub(super) graph: &'g Graph,
    /// The custom getters of the scopes around, outermost first.
    pub(super) around: &'g [CustomGetter],
    /// The user's line that asks for the variable.
    pub(super) location: &'static Location<'static>,
}

impl VariableGetter<'_> {
    /// The variable or other tensor that is asked for: what the custom getter of the scope around
    /// says or, if there is none, the variable of that full name.
    ///
    /// # Errors
    /// As [`Graph::get_variable`]; the handle stands for the mistake.
    pub fn get(&self, request: VariableRequest<'_>) -> AnyVariable {
        let Some((own, around)) = self.around.split_last() else {
            return self.graph.stored_variable(&request, self.location);
        };
        let (name, dtype) = (request.name.clone(), request.dtype);
        let getter = VariableGetter { around, ..*self };
        let tensor = self.graph.name_scope("", || (own.0)(&getter, request));
        let found = self.graph.variable_or_tensor(tensor);
        found.unwrap_or_else(|error| self.failed(&name, dtype, error))
    }

    /// As [`get`](VariableGetter::get), for a call of [`Graph::get_variable`], which a getter may
    /// have made itself.
    pub(super) fn get_first(&self, request: VariableRequest<'_>) -> AnyVariable {
        if self.around.is_empty() {
            return self.get(request);
        }
        match Within::enter(&request.name, self.around.len()) {
            Ok(_within) => self.get(request),
            Err(error) => self.failed(&request.name, request.dtype, error),
        }
    }

    fn failed(&self, name: &str, dtype: DType, error: Error) -> AnyVariable {
        self.graph
            .failed_variable(name, dtype, self.location, error)
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        self.graph
    }
}

/// The custom getter of a scope.
#[derive(Clone)]
pub(super) struct CustomGetter(Arc<Function>);

type Function = dyn Fn(&VariableGetter<'_>, VariableRequest<'_>) -> AnyTensor + Send + Sync;

impl CustomGetter {
    pub(super) fn new<R: Into<AnyTensor>>(
        getter: impl Fn(&VariableGetter<'_>, VariableRequest<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        CustomGetter(Arc::new(move |own, request| getter(own, request).into()))
    }
}

impl fmt::Debug for CustomGetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomGetter").finish_non_exhaustive()
    }
}

thread_local! {
    static UNDER_WAY: Cell<UnderWay> = const {
        Cell::new(UnderWay { calls: 0, getters: 0, refuses: false })
    };
}

/// The calls of [`Graph::get_variable`] on a thread that ask custom getters.
#[derive(Clone, Copy)]
struct UnderWay {
    calls: usize,
    getters: usize,
    /// Whether there were too many. All further ones are refused then until the first has returned:
    /// were only the deepest refused, a getter that makes two calls would still make 2 to the power
    /// of [`MOST_WITHIN`].
    refuses: bool,
}

/// A call that is under way, which asks so many getters.
struct Within {
    getters: usize,
}

impl Within {
    /// Notes a call, unless there are so many that it looks as if there were no end to them.
    ///
    /// # Errors
    /// `FailedPrecondition`.
    fn enter(name: &str, getters: usize) -> Result<Within> {
        let mut all = UNDER_WAY.get();
        if getters > MOST_GETTERS {
            let message = format!(
                "the variable scopes around '{name}' have {getters} custom getters, more than {MOST_GETTERS}"
            );
            let help = "give fewer scopes a custom getter, or let one do what several do";
            return Err(Error::failed_precondition(message).with_help(help));
        }
        all.refuses |= all.calls >= MOST_WITHIN || all.getters + getters > MOST_GETTERS;
        if !all.refuses {
            (all.calls, all.getters) = (all.calls + 1, all.getters + getters);
        }
        UNDER_WAY.set(all);
        if all.refuses {
            let message = format!("custom getters call each other without end to get '{name}'");
            let help = "within a custom getter, get variables by the getter that it is given and not by the graph";
            return Err(Error::failed_precondition(message).with_help(help));
        }
        Ok(Within { getters })
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        let all = UNDER_WAY.get();
        let calls = all.calls - 1;
        UNDER_WAY.set(UnderWay {
            calls,
            getters: all.getters - self.getters,
            refuses: all.refuses && calls > 0,
        });
    }
}
