//! [`Error`]: what went wrong, at which node, built where, and what to do about it.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::Path;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, classed as TensorFlow's `tf.errors` classes it.
///
/// Whichever class, [`report`](Error::report) tells the node, its op, the source line that built
/// it, what was wrong and what to do.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is wrong whatever the state of the session: shapes that do not fit, an axis out
    /// of range.
    #[error("invalid argument: {0}")]
    #[doc(alias = "InvalidArgumentError")]
    InvalidArgument(Box<Report>),
    /// The session or graph is not in the state that the call needs: an uninitialized variable, a
    /// closed session.
    #[error("failed precondition: {0}")]
    #[doc(alias = "FailedPreconditionError")]
    FailedPrecondition(Box<Report>),
    /// Something asked for by name, or a file, does not exist.
    #[error("not found: {0}")]
    #[doc(alias = "NotFoundError")]
    NotFound(Box<Report>),
    /// Something that must be new exists already, such as a variable's name.
    #[error("already exists: {0}")]
    #[doc(alias = "AlreadyExistsError")]
    AlreadyExists(Box<Report>),
    /// A sequence was read past its end.
    #[error("out of range: {0}")]
    #[doc(alias = "OutOfRangeError")]
    OutOfRange(Box<Report>),
    /// The operation is known but not for these types or arguments, or has no gradient.
    #[error("unimplemented: {0}")]
    #[doc(alias = "UnimplementedError")]
    Unimplemented(Box<Report>),
    /// A memory or size limit would be passed.
    #[error("resource exhausted: {0}")]
    #[doc(alias = "ResourceExhaustedError")]
    ResourceExhausted(Box<Report>),
    /// The system does not let the program read or write a file.
    #[error("permission denied: {0}")]
    #[doc(alias = "PermissionDeniedError")]
    PermissionDenied(Box<Report>),
    /// A file is damaged: cut off, or altered since it was written.
    #[error("data loss: {0}")]
    #[doc(alias = "DataLossError")]
    DataLoss(Box<Report>),
    /// The system reported a failure that has no class of its own.
    #[error("{0}")]
    #[doc(alias = "UnknownError")]
    Unknown(Box<Report>),
    /// A broken promise inside this crate; please report it.
    #[error("internal error (a defect of tf1, please report it): {0}")]
    #[doc(alias = "InternalError")]
    Internal(Box<Report>),
}

/// What the system said of a file or a stream, so that `?` hands it on. [`Error::io`] tells the
/// file too.
impl From<io::Error> for Error {
    #[track_caller]
    fn from(error: io::Error) -> Self {
        Error::of_kind(error.kind(), error.to_string()).at_location(Location::caller())
    }
}

/// An array of `ndarray` that does not have the shape that was asked for, so that `?` hands it on.
impl From<ndarray::ShapeError> for Error {
    #[track_caller]
    fn from(error: ndarray::ShapeError) -> Self {
        Error::invalid_argument(error.to_string()).at_location(Location::caller())
    }
}

/// The node that an error speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRef {
    /// The node's name, such as `layer1/MatMul`.
    pub name: String,
    /// Its op type, such as `MatMul`; of a mistake that was found before there was an op, the
    /// function that found it.
    pub op: String,
    /// The line of the user's code that built it.
    pub location: &'static Location<'static>,
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NodeRef { name, op, location } = self;
        write!(f, "node '{name}' (op {op}), built at {location}")
    }
}

/// What an [`Error`] tells.
#[derive(Debug, Clone)]
pub struct Report {
    message: String,
    node: Option<NodeRef>,
    location: Option<&'static Location<'static>>,
    related: Vec<NodeRef>,
    help: Option<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (&self.node, self.location) {
            (None, None) => {}
            (None, Some(location)) => write!(f, "\n  at {location}")?,
            (Some(node), call) => {
                write!(f, "\n  at {node}")?;
                if let Some(call) = call.filter(|call| *call != node.location) {
                    write!(f, "\n  in the call at {call}")?;
                }
            }
        }
        for node in &self.related {
            write!(f, "\n  note: {node}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// As `Display`: what a `main` that returns the error prints, and what `unwrap` says.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $variant:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(message: impl Into<String>) -> Self {
            Error::$variant(Report::new(message))
        })*
    };
}

impl Error {
    constructors! {
        /// An [`Error::InvalidArgument`] with this message.
        invalid_argument => InvalidArgument;
        /// An [`Error::FailedPrecondition`] with this message.
        failed_precondition => FailedPrecondition;
        /// An [`Error::NotFound`] with this message.
        not_found => NotFound;
        /// An [`Error::AlreadyExists`] with this message.
        already_exists => AlreadyExists;
        /// An [`Error::OutOfRange`] with this message.
        out_of_range => OutOfRange;
        /// An [`Error::Unimplemented`] with this message.
        unimplemented => Unimplemented;
        /// An [`Error::ResourceExhausted`] with this message.
        resource_exhausted => ResourceExhausted;
        /// An [`Error::PermissionDenied`] with this message.
        permission_denied => PermissionDenied;
        /// An [`Error::DataLoss`] with this message.
        data_loss => DataLoss;
        /// An [`Error::Unknown`] with this message.
        unknown => Unknown;
        /// An [`Error::Internal`] with this message.
        internal => Internal;
    }

    /// An [`Error::InvalidArgument`] of an op whose own functions contradict each other, or that
    /// asks for what it does not have: a defect of whoever wrote the op, which may be a user.
    pub(crate) fn of_op(message: impl Into<String>) -> Self {
        Error::invalid_argument(message).with_help(
            "fix the op: its kernel must make what its shape rule says, and take its inputs for what they are",
        )
    }

    /// What the system said when `doing` ("reading", "writing") something with the file at `path`.
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("{doing} {}: {error}", path.display());
        Error::of_kind(error.kind(), message)
    }

    /// The class that suits what the system said.
    fn of_kind(kind: io::ErrorKind, message: String) -> Self {
        match kind {
            io::ErrorKind::NotFound => Error::not_found(message),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Error::permission_denied(message)
            }
            io::ErrorKind::AlreadyExists => Error::already_exists(message),
            io::ErrorKind::StorageFull | io::ErrorKind::OutOfMemory => {
                Error::resource_exhausted(message)
            }
            io::ErrorKind::UnexpectedEof => Error::data_loss(message),
            io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
                Error::failed_precondition(message)
            }
            _ => Error::unknown(message),
        }
    }

    /// What happened, in words.
    pub fn message(&self) -> &str {
        &self.report().message
    }

    /// The node at fault, if the error belongs to one.
    pub fn node(&self) -> Option<&NodeRef> {
        self.report().node.as_ref()
    }

    /// The line of the user's code at fault, if known.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        let report = self.report();
        report
            .node
            .as_ref()
            .map(|node| node.location)
            .or(report.location)
    }

    /// The other nodes that the mistake concerns, such as the operand that belongs to another
    /// graph.
    pub fn related(&self) -> &[NodeRef] {
        &self.report().related
    }

    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<&str> {
        self.report().help.as_deref()
    }

    /// All that is known.
    pub fn report(&self) -> &Report {
        match self {
            Error::InvalidArgument(report)
            | Error::FailedPrecondition(report)
            | Error::NotFound(report)
            | Error::AlreadyExists(report)
            | Error::OutOfRange(report)
            | Error::Unimplemented(report)
            | Error::ResourceExhausted(report)
            | Error::PermissionDenied(report)
            | Error::DataLoss(report)
            | Error::Unknown(report)
            | Error::Internal(report) => report,
        }
    }

    /// The same error with `prefix` before its message.
    #[cfg(feature = "graph_def")]
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        self.report_mut().message.insert_str(0, prefix);
        self
    }

    /// The same error with advice on what to do.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.report_mut().help = Some(help.into());
        self
    }

    /// The same error told of the node it belongs to, unless it knows one already.
    pub fn at_node(mut self, node: impl FnOnce() -> NodeRef) -> Self {
        let report = self.report_mut();
        if report.node.is_none() {
            report.node = Some(node());
        }
        self
    }

    /// The same error told of the line it belongs to, unless it knows one already.
    pub fn at_location(mut self, location: &'static Location<'static>) -> Self {
        self.report_mut().location.get_or_insert(location);
        self
    }

    /// The same error told of another node that it concerns.
    pub fn with_related(mut self, node: NodeRef) -> Self {
        self.report_mut().related.push(node);
        self
    }

    fn report_mut(&mut self) -> &mut Report {
        match self {
            Error::InvalidArgument(report)
            | Error::FailedPrecondition(report)
            | Error::NotFound(report)
            | Error::AlreadyExists(report)
            | Error::OutOfRange(report)
            | Error::Unimplemented(report)
            | Error::ResourceExhausted(report)
            | Error::PermissionDenied(report)
            | Error::DataLoss(report)
            | Error::Unknown(report)
            | Error::Internal(report) => report,
        }
    }
}

impl Report {
    fn new(message: impl Into<String>) -> Box<Self> {
        Box::new(Report {
            message: message.into(),
            node: None,
            location: None,
            related: Vec::new(),
            help: None,
        })
    }
}
