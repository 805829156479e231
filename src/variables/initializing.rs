//! Giving variables their initial values, and what to say of those that have none.

use super::AnyVariable;
use crate::graph::{Graph, GraphKeys, Node, NodeId, Operation};
use crate::ops::control::group_in;
use crate::types::NodeRef;

/// The operations that were made to initialize variables, in that order.
#[derive(Default)]
struct Initializers(Vec<(NodeId, Meant)>);

/// Which variables an initializer is meant for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Global,
    Local,
    /// Those in a list.
    Listed,
}

impl Graph {
    /// An operation that gives every variable made so far its initial value, as
    /// `tf.global_variables_initializer` makes it.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
    /// let init = graph.global_variables_initializer(); // after all variables are made
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// assert_eq!(session.run(w.array1(), [])?, arr1(&[1.0, 1.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    #[doc(alias = "initialize_all_variables")]
    pub fn global_variables_initializer(&self) -> Operation {
        self.initializer_made(Meant::Global, self.global_variables())
    }

    /// An operation that gives every local variable made so far its initial value, as
    /// `tf.local_variables_initializer` makes it.
    #[track_caller]
    #[doc(alias = "initialize_local_variables")]
    pub fn local_variables_initializer(&self) -> Operation {
        self.initializer_made(Meant::Local, self.local_variables())
    }

    /// An operation that gives each of `variables` its initial value, as `tf.variables_initializer`
    /// makes it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let variables: Vec<tf1::Variable> = (0..3).map(|i| graph.variable(i as f32)).collect();
    /// let init = graph.variables_initializer(&variables[..2]);
    /// assert_eq!(init.control_inputs().len(), 2);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if a variable belongs to another graph.
    #[track_caller]
    #[doc(alias = "initialize_variables")]
    pub fn variables_initializer<V: Into<AnyVariable>>(
        &self,
        variables: impl IntoIterator<Item = V>,
    ) -> Operation {
        self.initializer_made(Meant::Listed, variables)
    }

    #[track_caller]
    fn initializer_made<V: Into<AnyVariable>>(
        &self,
        meant: Meant,
        variables: impl IntoIterator<Item = V>,
    ) -> Operation {
        let initializers: Vec<Operation> = variables
            .into_iter()
            .map(|variable| variable.into().initializer)
            .collect();
        let init = if initializers.is_empty() {
            self.no_op().named("init")
        } else {
            group_in(self, &initializers).named("init")
        };
        self.with_extension(|made: &mut Initializers| made.0.push((init.node(), meant)));
        init
    }

    /// What to do about a variable that has no value, and the initializer that does not help
    /// although one may think so.
    pub(crate) fn how_to_initialize(&self, variable: NodeId) -> (String, Option<NodeRef>) {
        let operation = self.operation_at(variable);
        let is_in = |key| self.is_collected(key, &operation);
        let (meant, function) = if is_in(GraphKeys::GLOBAL_VARIABLES) {
            (Meant::Global, "global_variables_initializer()")
        } else if is_in(GraphKeys::LOCAL_VARIABLES) {
            (Meant::Local, "local_variables_initializer()")
        } else {
            (
                Meant::Listed,
                "the variable's own initializer(), or variables_initializer(..) of it,",
            )
        };
        let made = self.with_extension(|made: &mut Initializers| made.0.clone());
        let own = self.initializer_of(variable);
        let covers = |init: NodeId| {
            let runs = |node: &Node| own.is_some_and(|own| node.control_inputs.contains(&own));
            self.with_node(init, runs)
        };
        let is_covered = made.iter().any(|(init, _)| covers(*init));
        let may_be_meant = |kind: Meant| kind == meant || kind == Meant::Listed;
        let older = made.iter().rev();
        let older = older
            .filter(|(init, kind)| *init < variable && may_be_meant(*kind))
            .map(|(init, _)| self.node_ref(*init))
            .next();
        match older {
            Some(init) if !is_covered => {
                let help = format!(
                    "'{}' was made before this variable and does not initialize it: make the initializer after the last variable",
                    init.name
                );
                (help, Some(init))
            }
            _ => (format!("run {function} in this session first"), None),
        }
    }
}
