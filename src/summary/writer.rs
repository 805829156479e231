//! [`FileWriter`]: writes event files.

mod file;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use prost::Message;

use crate::files::messages::event as messages;
use crate::graph::Graph;
use crate::graph_def::shown;
use crate::session::RunMetadata;
use crate::types::{Error, Result, WholeNumber};

use super::{Event, Summary, What};

use file::EventFile;

/// Writes events to a file in a directory that TensorBoard watches, as `tf.summary.FileWriter`
/// does.
///
/// The file is called `events.out.tfevents.<seconds since 1970>.<host>`; nothing that is there
/// already is overwritten. Events are kept in memory for a while, at most two minutes while others
/// come, and written whole: a program that is stopped leaves a file that can be read up to its last
/// [`flush`](FileWriter::flush). Dropping the writer flushes it too, but only
/// [`close`](FileWriter::close) can tell that this failed. Many threads may use one writer.
///
/// See [the module](super) for an example. `add_meta_graph` is not built: `add_graph` writes the
/// graph alone; TensorFlow writes it once more, with collections and what can restore it (a
/// `MetaGraphDef`), which TensorBoard does not need.
#[derive(Debug)]
pub struct FileWriter {
    logdir: PathBuf,
    options: FileWriterOptions,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` after `close`: a writer that is kept for its path holds no file open.
    file: Option<EventFile>,
    /// The file's path, or that of the last one.
    path: PathBuf,
    /// The tags under which runs were written.
    run_tags: HashSet<String>,
}

impl State {
    /// With a new event file in `logdir`.
    fn open(logdir: &Path, options: &FileWriterOptions) -> Result<Self> {
        let file = open(logdir, options)?;
        let path = file.path().to_path_buf();
        Ok(State {
            file: Some(file),
            path,
            run_tags: HashSet::new(),
        })
    }
}

/// The options of [`FileWriter::with_options`].
#[derive(Clone, Debug, PartialEq)]
pub struct FileWriterOptions {
    filename_suffix: String,
    flush_secs: u64,
    max_queue: usize,
    graph: Option<Graph>,
}

impl Default for FileWriterOptions {
    fn default() -> Self {
        FileWriterOptions {
            filename_suffix: String::new(),
            flush_secs: 120,
            max_queue: usize::MAX,
            graph: None,
        }
    }
}

/// With this graph at the beginning of the file, as [`FileWriterOptions::graph`].
impl From<&Graph> for FileWriterOptions {
    fn from(graph: &Graph) -> Self {
        FileWriterOptions::new().graph(graph)
    }
}

impl FileWriterOptions {
    /// TensorFlow's defaults.
    pub fn new() -> Self {
        FileWriterOptions::default()
    }

    /// What the file's name ends with: nothing by default.
    pub fn filename_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.filename_suffix = suffix.into();
        self
    }

    /// For how many seconds events may be kept in memory while others come: 120 by default; 0 or a
    /// negative number for none.
    pub fn flush_secs(mut self, seconds: impl WholeNumber) -> Self {
        self.flush_secs = u64::try_from(seconds.to_i64()).unwrap_or(0);
        self
    }

    /// How many events may be kept in memory before the next one causes all of them to be written.
    /// TensorFlow's default is 10, and another thread there writes them all the while.
    /// Here only time limits them unless a number is given; 0 writes each at once, and a
    /// negative number means no limit.
    pub fn max_queue(mut self, events: impl WholeNumber) -> Self {
        self.max_queue = events.to_position();
        self
    }

    /// A graph that is written at the beginning of the file, as
    /// [`add_graph`](FileWriter::add_graph) writes it: that of a session, in TensorFlow's
    /// `session=`, is [`Session::graph`](crate::Session::graph).
    pub fn graph(mut self, graph: &Graph) -> Self {
        self.graph = Some(graph.clone());
        self
    }
}

impl FileWriter {
    /// A writer of a new event file in `logdir`, which is made if need be.
    ///
    /// # Errors
    /// If the system does not let the file be made; `InvalidArgument`, before anything is made, if
    /// the options' suffix cannot be the end of a file's name.
    pub fn new(logdir: impl AsRef<Path>) -> Result<Self> {
        FileWriter::with_options(logdir, FileWriterOptions::new())
    }

    /// As [`new`](FileWriter::new), as `options` say: `FileWriter::with_options(logdir,
    /// session.graph())` writes the graph, too, as `tf.summary.FileWriter(logdir, sess.graph)`
    /// does.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("tf1-writer-graph-{}", std::process::id()));
    /// let graph = tf1::Graph::new();
    /// let session = tf1::Session::new(&graph)?;
    /// let writer = tf1::summary::FileWriter::with_options(&folder, session.graph())?;
    /// # writer.close()?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](FileWriter::new).
    pub fn with_options(
        logdir: impl AsRef<Path>,
        options: impl Into<FileWriterOptions>,
    ) -> Result<Self> {
        let (logdir, options) = (logdir.as_ref().to_path_buf(), options.into());
        let state = Mutex::new(State::open(&logdir, &options)?);
        let graph = options.graph.clone();
        let writer = FileWriter {
            logdir,
            options,
            state,
        };
        if let Some(graph) = graph {
            writer.add_graph(&graph)?;
        }
        Ok(writer)
    }

    /// Writes the values that a run has given, or the program has made itself.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let loss = graph.constant(0.5_f32);
    /// let summary = tf::summary::scalar("loss", &loss);
    /// let folder = std::env::temp_dir().join(format!("tf1-add-summary-{}", std::process::id()));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// let writer = tf::summary::FileWriter::new(&folder)?;
    /// writer.add_summary(&session.run(&summary, [])?, 1)?;
    /// writer.close()?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`add_event`](FileWriter::add_event).
    pub fn add_summary(&self, summary: &Summary, global_step: impl WholeNumber) -> Result<()> {
        self.add_now(global_step.to_i64(), What::Summary(summary.clone()))
    }

    /// Writes `graph` as it is now: names, ops, edges and shapes.
    ///
    /// # Errors
    /// As [`add_event`](FileWriter::add_event).
    pub fn add_graph(&self, graph: &Graph) -> Result<()> {
        self.add_now(0, What::GraphDef(shown(graph).encode_to_vec()))
    }

    /// Writes what a run did and how long it took, under a name that no other run has, as
    /// `add_run_metadata` does: TensorBoard shows it beside the graph.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let y = tf::square(graph.constant([1.0f32, 2.0]));
    /// let folder = std::env::temp_dir().join(format!("tf1-run-metadata-{}", std::process::id()));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// let writer = tf::summary::FileWriter::new(&folder)?;
    /// let (_, metadata) = session.run_traced(&y, [])?;
    /// writer.add_run_metadata(&metadata, "step 1", 1)?;
    /// assert!(writer.add_run_metadata(&metadata, "step 1", 2).is_err()); // the name is taken
    /// writer.close()?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `AlreadyExists` if another run was written under this name; and as
    /// [`add_event`](FileWriter::add_event).
    pub fn add_run_metadata(
        &self,
        run_metadata: &RunMetadata,
        tag: &str,
        global_step: impl WholeNumber,
    ) -> Result<()> {
        let mut state = self.state();
        if !state.run_tags.insert(tag.to_string()) {
            let message = format!("the tag {tag:?} was already used for the metadata of a run");
            return Err(Error::already_exists(message).with_help("give each run a tag of its own"));
        }
        drop(state);
        let run_metadata = messages::RunMetadata::from(run_metadata).encode_to_vec();
        let tag = tag.to_string();
        self.add_now(
            global_step.to_i64(),
            What::TaggedRunMetadata { tag, run_metadata },
        )
    }

    fn add_now(&self, step: i64, what: What) -> Result<()> {
        self.add_event(Event {
            wall_time: now(),
            step,
            what,
        })
    }

    /// Writes an event with a time of its own.
    ///
    /// # Errors
    /// If the system does not let the file be written: what was given is kept, and a later flush
    /// tries again. `FailedPrecondition` if the writer is closed.
    pub fn add_event(&self, event: Event) -> Result<()> {
        let bytes = messages::Event::from(event).encode_to_vec();
        let mut state = self.state();
        let Some(file) = &mut state.file else {
            let directory = self.logdir.display();
            let message = format!("the FileWriter for {directory} is closed");
            return Err(Error::failed_precondition(message)
                .with_help("reopen() begins another file in the same directory"));
        };
        let patience = Duration::from_secs(self.options.flush_secs);
        file.add(&bytes, patience, self.options.max_queue)
    }

    /// Writes all events to the file.
    ///
    /// # Errors
    /// As [`add_event`](FileWriter::add_event), but a closed writer has nothing to write.
    pub fn flush(&self) -> Result<()> {
        let mut state = self.state();
        state.file.as_mut().map_or(Ok(()), EventFile::flush)
    }

    /// Writes all events to the file and closes it. Closing twice does no harm.
    ///
    /// # Errors
    /// As [`flush`](FileWriter::flush); the writer is open then as before.
    pub fn close(&self) -> Result<()> {
        let mut state = self.state();
        state.file.as_mut().map_or(Ok(()), EventFile::flush)?;
        state.file = None;
        Ok(())
    }

    /// Begins another file in the same directory if the writer is closed.
    ///
    /// # Errors
    /// As [`new`](FileWriter::new).
    pub fn reopen(&self) -> Result<()> {
        let mut state = self.state();
        if state.file.is_none() {
            let run_tags = std::mem::take(&mut state.run_tags);
            *state = State::open(&self.logdir, &self.options)?;
            state.run_tags = run_tags;
        }
        Ok(())
    }

    /// The directory.
    pub fn get_logdir(&self) -> &Path {
        &self.logdir
    }

    /// The event file; of a closed writer, the one that it wrote last.
    pub fn path(&self) -> PathBuf {
        self.state().path.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic with the lock held can only come from a defect; what was to be written is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new event file with its first event, which tells the format.
fn open(logdir: &Path, options: &FileWriterOptions) -> Result<EventFile> {
    let time = now();
    let mut file = EventFile::create(logdir, time as u64, &options.filename_suffix)?;
    let version = Event {
        wall_time: time,
        step: 0,
        what: What::FileVersion("brain.Event:2".to_string()),
    };
    // Written at once, so that whatever is wrong with the place is known now.
    file.add(
        &messages::Event::from(version).encode_to_vec(),
        Duration::ZERO,
        0,
    )?;
    Ok(file)
}

/// The time in seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}
