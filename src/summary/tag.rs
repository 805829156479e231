//! Tags: the names that summaries go by, and the nodes that hold them.

use ndarray::arr0;

use crate::graph::{AnyTensor, Graph, InferContext, Inputs, Op, OpScope};
use crate::types::{Bytes, Element, Error, Result};

use super::SummaryOp;
use super::options::Common;

/// A scope in which a summary op is built.
pub(super) struct SummaryScope<'s> {
    scope: &'s OpScope,
    tag: String,
}

impl SummaryScope<'_> {
    /// The node that holds the tag, called `name`.
    #[track_caller]
    pub(super) fn tag(&self, name: &str) -> AnyTensor {
        let tag = arr0(Bytes::from(&self.tag)).into_dyn();
        self.scope.graph().constant_named(name, tag).any()
    }

    /// The op's name.
    pub(super) fn name(&self) -> String {
        self.scope.name().to_string()
    }

    /// Adds the summary op.
    pub(super) fn op(&self, op: impl Op, inputs: &[AnyTensor]) -> SummaryOp {
        SummaryOp::new(self.scope.tensor(op, inputs))
    }

    /// A node for a mistake in place of the summary op.
    pub(super) fn failed(&self, op: &'static str, error: Error) -> SummaryOp {
        SummaryOp::new(self.scope.failed(op, error))
    }
}

/// Builds a summary op in the scope that its name and family open, and adds it to its collections.
#[track_caller]
pub(super) fn summary_scope(
    graph: &Graph,
    name: &str,
    options: &Common,
    build: impl FnOnce(&SummaryScope<'_>) -> SummaryOp,
) -> SummaryOp {
    let name = clean_tag(name);
    let family = options.family.as_deref().map(clean_tag);
    let scope_name = match &family {
        Some(family) => format!("{family}/{name}"),
        None => name,
    };
    let op = graph.op_scope(&scope_name, |scope| {
        let tag = match &family {
            Some(family) => format!("{family}/{}", scope.name()),
            None => scope.name().to_string(),
        };
        build(&SummaryScope { scope, tag })
    });
    for key in options.collections() {
        graph.add_to_collection(key, &op);
    }
    op
}

/// `name` with `_` for what node names cannot hold, and without slashes before it.
fn clean_tag(name: &str) -> String {
    let is_legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let legal: String = name
        .chars()
        .map(|c| if is_legal(c) { c } else { '_' })
        .collect();
    legal.trim_start_matches('/').to_string()
}

/// The tag that input `i` of a summary op is.
pub(super) fn read_tag(inputs: &Inputs<'_, '_>, i: usize) -> Result<String> {
    Ok(inputs.scalar::<Bytes>(i)?.to_string())
}

/// The tag that input `i` of a summary op is, if it is known before the run.
pub(super) fn known_tag(cx: &InferContext<'_>, i: usize) -> String {
    let tag = cx.inputs()[i].constant.as_deref().and_then(Bytes::unwrap);
    let tag = tag.and_then(|tag| tag.view().first().map(Bytes::to_string));
    tag.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::clean_tag;

    /// As `tensorflow.python.ops.summary_op_util.clean_tag` gives them.
    #[test]
    fn tags_are_cleaned() {
        assert_eq!(clean_tag("/my loss: 1"), "my_loss__1");
        assert_eq!(clean_tag("//a/b-c.d_e"), "a/b-c.d_e");
        assert_eq!(clean_tag("ä\\β²\n"), "ä_β²_");
    }
}
