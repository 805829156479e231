//! What a session computes on, and what it says of that.

use std::fmt;
use std::io::{self, Write};

use super::Session;
use super::fetch::Target;
use crate::graph::{NodeId, Output};
use crate::types::Set;

/// The name of the one device, as TensorFlow calls it.
const CPU: &str = "/job:localhost/replica:0/task:0/device:CPU:0";

/// A device of a session; see [`Session::list_devices`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceAttributes {
    /// The name, `/job:localhost/replica:0/task:0/device:CPU:0`.
    pub name: String,
    /// The kind of device, `CPU`.
    pub device_type: String,
    /// How many bytes of memory the session may use there.
    pub memory_limit_bytes: usize,
}

impl fmt::Display for DeviceAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind, bytes) = (&self.name, &self.device_type, self.memory_limit_bytes);
        write!(f, "_DeviceAttributes({name}, {kind}, {bytes})")
    }
}

impl Session {
    /// The devices that the session computes on, as `Session.list_devices` lists them: one, the
    /// processor.
    ///
    /// Its memory is what [`memory_limit`](crate::SessionOptions::memory_limit) allows, where
    /// TensorFlow always reports 256 MiB.
    ///
    /// ```
    /// let session = tf1::Session::new(&tf1::Graph::new())?;
    /// let devices = session.list_devices();
    /// assert_eq!(devices.len(), 1);
    /// assert_eq!(devices[0].name, "/job:localhost/replica:0/task:0/device:CPU:0");
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn list_devices(&self) -> Vec<DeviceAttributes> {
        vec![DeviceAttributes {
            name: CPU.to_string(),
            device_type: "CPU".to_string(),
            memory_limit_bytes: self.0.options.memory(),
        }]
    }

    /// Says on standard error where the nodes of a run are placed, for those not reported before.
    pub(super) fn log_placement(&self, targets: &[Target], fed: impl Iterator<Item = Output>) {
        let nodes = self.nodes_of(targets, &fed.collect());
        let mut placed = self.lock_placed();
        let new = nodes.into_iter().filter(|node| placed.insert(*node));
        let lines = new.map(|node| {
            let node = self.0.graph.node_ref(node);
            format!("{}: ({}): {CPU}\n", node.name, node.op)
        });
        // One write, so that the lines of two runs do not mix. Where nobody listens, nothing is
        // said.
        let _ = io::stderr().write_all(lines.collect::<String>().as_bytes());
    }

    /// The nodes that a run needs, in the order in which they were made; those that are fed too,
    /// but not what lies behind them.
    fn nodes_of(&self, targets: &[Target], fed: &Set<Output>) -> Vec<NodeId> {
        self.0.graph.with_nodes(|all| {
            let mut open: Vec<NodeId> = targets.iter().map(|target| target.node()).collect();
            let mut seen: Set<NodeId> = open.iter().copied().collect();
            while let Some(id) = open.pop() {
                let node = &all[id.index()];
                let outputs = 0..node.outputs.len();
                let mut outputs = outputs.map(|index| Output { node: id, index });
                if outputs.any(|output| fed.contains(&output)) {
                    continue;
                }
                let inputs = node.inputs.iter().map(|input| input.node);
                let before = inputs.chain(node.control_inputs.iter().copied());
                open.extend(before.filter(|node| seen.insert(*node)));
            }
            let mut nodes: Vec<NodeId> = seen.into_iter().collect();
            nodes.sort_unstable();
            nodes
        })
    }
}
