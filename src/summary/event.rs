//! [`Event`]: what a record of an event file holds.

use std::time::Duration;

use crate::files::messages::event as messages;
use crate::session::{NodeExecStats, RunMetadata};

use super::Summary;

/// A record of an event file: `tf.Event`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was written, in seconds since 1970.
    pub wall_time: f64,
    /// The step of the training.
    pub step: i64,
    /// What it tells.
    pub what: What,
}

/// What an [`Event`] tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// The format of the file, at its beginning.
    FileVersion(String),
    /// A graph: a serialized `GraphDef`.
    GraphDef(Vec<u8>),
    /// A graph with what belongs to it, which TensorFlow writes: a serialized `MetaGraphDef`.
    MetaGraphDef(Vec<u8>),
    /// Values.
    Summary(Summary),
    /// What a run did, written by [`add_run_metadata`](super::FileWriter::add_run_metadata).
    TaggedRunMetadata {
        /// The name of the run.
        tag: String,
        /// A serialized `RunMetadata`.
        run_metadata: Vec<u8>,
    },
    /// What this crate does not know, such as log messages.
    Other,
}

impl From<messages::Event> for Event {
    fn from(event: messages::Event) -> Self {
        use messages::What as Kind;
        let what = match event.what {
            Some(Kind::FileVersion(version)) => What::FileVersion(version),
            Some(Kind::GraphDef(graph)) => What::GraphDef(graph),
            Some(Kind::MetaGraphDef(graph)) => What::MetaGraphDef(graph),
            Some(Kind::Summary(summary)) => What::Summary(summary.into()),
            Some(Kind::TaggedRunMetadata(run)) => What::TaggedRunMetadata {
                tag: run.tag,
                run_metadata: run.run_metadata,
            },
            None => What::Other,
        };
        Event {
            wall_time: event.wall_time,
            step: event.step,
            what,
        }
    }
}

impl From<Event> for messages::Event {
    fn from(event: Event) -> Self {
        use messages::What as Kind;
        let what = match event.what {
            What::FileVersion(version) => Some(Kind::FileVersion(version)),
            What::GraphDef(graph) => Some(Kind::GraphDef(graph)),
            What::MetaGraphDef(graph) => Some(Kind::MetaGraphDef(graph)),
            What::Summary(summary) => Some(Kind::Summary(summary.into())),
            What::TaggedRunMetadata { tag, run_metadata } => {
                Some(Kind::TaggedRunMetadata(messages::TaggedRunMetadata {
                    tag,
                    run_metadata,
                }))
            }
            What::Other => None,
        };
        messages::Event {
            wall_time: event.wall_time,
            step: event.step,
            what,
        }
    }
}

/// As TensorFlow tells the steps of a run on one device.
impl From<&RunMetadata> for messages::RunMetadata {
    fn from(run: &RunMetadata) -> Self {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let stats = |step: &NodeExecStats| messages::NodeExecStats {
            node_name: step.node_name.clone(),
            all_start_micros: micros(step.start),
            op_end_rel_micros: micros(step.duration),
            all_end_rel_micros: micros(step.duration),
            timeline_label: step.timeline_label.clone(),
        };
        let device = messages::DeviceStepStats {
            device: "/job:localhost/replica:0/task:0/device:CPU:0".to_string(),
            // Few: one for each step of a run.
            node_stats: run.step_stats().iter().map(stats).collect(),
        };
        let dev_stats = vec![device];
        messages::RunMetadata {
            step_stats: Some(messages::StepStats { dev_stats }),
        }
    }
}
