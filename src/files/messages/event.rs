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
    #[prost(oneof = "What", tags = "3, 4, 5, 9")]
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
    #[prost(bytes, tag = "9")]
    MetaGraphDef(Vec<u8>),
}
