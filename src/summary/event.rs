//! [`Event`]: what a record of an event file holds.

use crate::files::messages::event as messages;

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
            What::Other => None,
        };
        messages::Event {
            wall_time: event.wall_time,
            step: event.step,
            what,
        }
    }
}
