//! `event.proto`.

use prost::{Message, Oneof};

use super::summary::Summary;

/// What a record of an event file holds.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Event {
    /// In seconds since 1970.
    #[prost(double, tag = "1")]
    pub(crate) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(crate) step: i64,
    #[prost(oneof = "What", tags = "3, 4, 5, 8, 9")]
    pub(crate) what: Option<What>,
}

/// The kinds of events.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(bytes, tag = "4")]
    GraphDef(Vec<u8>),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "8")]
    TaggedRunMetadata(TaggedRunMetadata),
    #[prost(bytes, tag = "9")]
    MetaGraphDef(Vec<u8>),
}

/// What a run did, under a name.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TaggedRunMetadata {
    #[prost(string, tag = "1")]
    pub(crate) tag: String,
    /// A serialized [`RunMetadata`].
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) run_metadata: Vec<u8>,
}

/// What a run did: `config.proto`, `step_stats.proto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RunMetadata {
    #[prost(message, optional, tag = "1")]
    pub(crate) step_stats: Option<StepStats>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StepStats {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dev_stats: Vec<DeviceStepStats>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct DeviceStepStats {
    #[prost(string, tag = "1")]
    pub(crate) device: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) node_stats: Vec<NodeExecStats>,
}

/// When a node ran, in microseconds.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeExecStats {
    #[prost(string, tag = "1")]
    pub(crate) node_name: String,
    #[prost(int64, tag = "2")]
    pub(crate) all_start_micros: i64,
    #[prost(int64, tag = "4")]
    pub(crate) op_end_rel_micros: i64,
    #[prost(int64, tag = "5")]
    pub(crate) all_end_rel_micros: i64,
    #[prost(string, tag = "8")]
    pub(crate) timeline_label: String,
}
