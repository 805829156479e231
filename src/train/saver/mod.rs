//! Checkpoints: a session's variables kept in files, in TensorFlow's own format.
//!
//! ```
//! use tf1 as tf;
//! use tf1::train::Saver;
//!
//! # let folder = std::env::temp_dir().join(format!("tf1-saver-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! let graph = tf::Graph::new();
//! let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
//! let double = w.assign_add(w.value());
//! let saver = Saver::new(&graph); // when all variables are made
//!
//! let session = tf::Session::new(&graph)?;
//! session.run(graph.global_variables_initializer(), [])?;
//! for step in 1..=3 {
//!     session.run(&double, [])?;
//!     saver.save(&session, folder.join("model.ckpt"), step)?; // model.ckpt-1, -2, -3
//! }
//!
//! // Another day, in another program: the same graph, and no initializer to run.
//! let session = tf::Session::new(&graph)?;
//! saver.restore(&session, tf::train::latest_checkpoint(&folder)?)?;
//! assert_eq!(session.run(&w, [])?, ndarray::arr1(&[8.0, 8.0]).into_dyn());
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! A checkpoint is two files, `PREFIX.index` and `PREFIX.data-00000-of-00001`, and in their folder
//! a third one, `checkpoint`, names the latest. They are byte for byte those that TensorFlow 1.15
//! writes (its format "V2"); each side reads what the other wrote. Variables go by their names
//! (`w`, `w/Adam`), so that the graph that restores may be another one.
//!
//! **Nothing is lost.** A save is one moment of the session, whatever other threads train
//! meanwhile. Stopped at any point, by a kill or a power cut, it leaves the last complete
//! checkpoint where it was and `checkpoint` naming it; this holds too when one name is written over
//! again and again, for readers of this crate ([`Saver::restore`] and [`CheckpointReader`]).
//! Restoring checks every checksum before it changes the first variable: a damaged file is an
//! error, and the session stays as it was.
//!
//! **Memory and time.** A save holds no copy of the variables: it shares their memory with the
//! session, and writes it to the file piece by piece. Where training goes on meanwhile, a variable
//! that is updated gets memory of its own. A restore reads all new values beside the old ones,
//! once, and puts them in place when the last one has been checked: so a restore that fails changes
//! nothing, and one that succeeds needs for a while as much memory again as the variables that had
//! a value. Large checkpoints are read by several threads. What is saved reaches the disk before
//! `save` returns, and for that takes as long as the disk does.
//!
//! # To go on after a restart
//!
//! Train and save in a loop, and begin as if the loop had been stopped before:
//!
//! ```
//! # use tf1::train::{self, Optimizer, Saver};
//! # let folder = std::env::temp_dir().join(format!("tf1-restart-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let graph = tf1::Graph::new();
//! # let loss = tf1::square(graph.variable(1.0f32).value());
//! let step = train::get_or_create_global_step(&graph);
//! let options = train::Minimize::new().global_step(&step);
//! let train = train::AdamOptimizer::new(1e-3).minimize_with(&loss, options);
//! let saver = Saver::new(&graph).max_to_keep(3);
//!
//! let session = tf1::Session::new(&graph)?;
//! match train::get_checkpoint_state(&folder)? {
//!     None => session.run(graph.global_variables_initializer(), [])?,
//!     Some(state) => {
//!         // Adam's moments and the step are variables too.
//!         saver.restore(&session, &state.model_checkpoint_path)?;
//!         saver.recover_last_checkpoints(state.all_model_checkpoint_paths);
//!     }
//! }
//! loop {
//!     let ((), steps) = session.run((&train, step.read_value().scalar()), [])?;
//!     # if steps > 150 { break; }
//!     if steps % 100 == 0 {
//!         saver.save(&session, folder.join("model.ckpt"), steps)?;
//!     }
//! }
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), tf1::Error>(())
//! ```
//!
//! # The files
//!
//! The index is a sorted table of keys and values as LevelDB has it, in blocks of about 256 KiB
//! with a CRC-32C each. Its key "" holds how many data files there are; each other key is a
//! variable's name, with the type, shape, place and CRC-32C of its elements. The data file holds
//! them one variable after the other, in row-major order and little endian. Any change of a byte is
//! noticed by a checksum or by what does not fit. Source: TensorFlow's `core/util/tensor_bundle`
//! and `core/protobuf/tensor_bundle.proto`; LevelDB's `table_format.md`.
//!
//! Not read: values of other types than [`DType`](crate::DType) has (they are listed, with type and
//! shape), variables that were cut into parts (partitioned), TensorFlow's older format V1, and
//! compressed indexes, which TensorFlow does not write.
//!
//! Beside them stand hidden files, for a moment or after a kill: `.*.tmp`, not complete yet;
//! `.PREFIX.old.*`, a checkpoint that is being written over, which readers of this crate find if
//! that stops halfway (TensorFlow's say that a checksum does not fit); `.PREFIX.obsolete`, the mark
//! of one that is being deleted. The next save under the same name removes what is left.
//!
//! # What differs from TensorFlow
//!
//! A saver adds no nodes to the graph, and so changes no seeds; TensorFlow's argument `filename=`,
//! the value of one of them where no path is given, has no counterpart here. No `.meta` file is
//! written beside the checkpoint (in TensorFlow's words: `write_meta_graph=False`), and none of the
//! older format V1. All surplus checkpoints are deleted at once, not one with each save, and none
//! that the file `checkpoint` in its folder still names.

mod checkpoint_reader;
mod checkpoint_state;
mod count;
mod obsolete;
mod path;
mod restore;
mod retention;
mod step;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::files::bundle::{index_path, remove_leftovers, write_bundle};
use crate::files::folder_of;
use crate::graph::Graph;
use crate::session::Session;
use crate::types::{AnyArray, Error, Result};
use crate::variables::AnyVariable;

use checkpoint_state::{Paths, STATE_FILE, StateFile, expect_file_name, expect_no_folder};
use retention::Retention;

pub use checkpoint_reader::{CheckpointReader, list_variables, load_variable};
pub use checkpoint_state::{
    CheckpointState, checkpoint_exists, get_checkpoint_state, get_checkpoint_state_with,
    latest_checkpoint, latest_checkpoint_with, update_checkpoint_state,
};
pub use count::CheckpointCount;
pub use path::CheckpointPath;
pub use step::CheckpointStep;

/// Saves variables as checkpoints and restores them, as `tf.train.Saver` does.
#[derive(Debug)]
pub struct Saver {
    variables: BTreeMap<String, AnyVariable>,
    /// What is wrong with the variables that it was given.
    mistake: Option<Error>,
    /// What is wrong with the numbers that say which checkpoints are kept, if anything is.
    count: Result<()>,
    hours: Result<()>,
    writes_state: bool,
    /// The name of the file that names the latest checkpoint.
    state_file: String,
    paths: Paths,
    allows_empty: bool,
    reshapes: bool,
    pads_step: bool,
    kept: Mutex<Retention>,
}

impl Saver {
    /// For all variables that the graph has now.
    pub fn new(graph: &Graph) -> Self {
        Saver {
            variables: BTreeMap::new(),
            mistake: None,
            count: Ok(()),
            hours: Ok(()),
            writes_state: true,
            state_file: STATE_FILE.to_string(),
            paths: Paths::AsTheyAre,
            allows_empty: false,
            reshapes: false,
            pads_step: false,
            kept: Mutex::new(Retention::new(SystemTime::now())),
        }
        .variables(graph.global_variables())
    }

    /// For these variables instead, under their own names (TensorFlow's `var_list`).
    pub fn variables<V: Into<AnyVariable>>(self, variables: impl IntoIterator<Item = V>) -> Self {
        let variables = variables.into_iter().map(Into::into);
        self.named_variables(
            variables.map(|variable: AnyVariable| (variable.op().name(), variable)),
        )
    }

    /// For these variables instead, each under the name in checkpoints that comes with it: to
    /// restore a variable from another one's value, such as its moving average.
    pub fn named_variables<N: Into<String>, V: Into<AnyVariable>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        (self.variables, self.mistake) = (BTreeMap::new(), None);
        for (name, variable) in variables {
            let name = name.into();
            // The format keeps these for itself.
            if name.is_empty() || name.starts_with('\0') {
                let message = format!("{name:?} cannot be the name of a variable in a checkpoint");
                self.mistake = Some(Error::invalid_argument(message));
            }
            if self
                .variables
                .insert(name.clone(), variable.into())
                .is_some()
            {
                let message = format!("At least two variables have the same name: {name}");
                self.mistake = Some(Error::invalid_argument(message));
            }
        }
        self
    }

    /// How many checkpoints to keep, as an integer of any type: when there is one more, the oldest
    /// is deleted. The default is 5; 0 or `None` keeps all, and the file `checkpoint` then names
    /// only the latest. A negative number is a mistake that [`save`](Saver::save) reports.
    ///
    /// ```
    /// # let graph = tf1::Graph::new();
    /// let saver = tf1::train::Saver::new(&graph).max_to_keep(None); // all
    /// ```
    pub fn max_to_keep(mut self, count: impl CheckpointCount) -> Self {
        let count = count.checkpoint_count();
        if let Ok(count) = count {
            self.kept_mut().max_to_keep = count;
        }
        self.count = count.map(drop);
        self
    }

    /// Spares one checkpoint for every so many hours when older ones are deleted (TensorFlow's
    /// default, 10000, spares none in a year). NaN is a mistake that [`save`](Saver::save) reports.
    ///
    /// ```
    /// # let graph = tf1::Graph::new();
    /// // The last three, and one for every half hour.
    /// let saver = tf1::train::Saver::new(&graph).max_to_keep(3).keep_checkpoint_every_n_hours(0.5);
    /// ```
    pub fn keep_checkpoint_every_n_hours(mut self, hours: impl Into<f64>) -> Self {
        let hours = hours.into();
        self.hours = match hours.is_nan() {
            true => Err(Error::invalid_argument(
                "keep_checkpoint_every_n_hours must be a number, but is NaN",
            )),
            false => Ok(()),
        };
        self.kept_mut().spare_every(hours, SystemTime::now());
        self
    }

    /// Writes paths into the file `checkpoint` relative to its folder, so that the folder can be
    /// moved. Without this, they are written so only if the folder was given by a relative path.
    pub fn save_relative_paths(mut self) -> Self {
        self.paths = Paths::Relative;
        self
    }

    /// Whether to write the file `checkpoint` and to delete old checkpoints; by default, both are
    /// done. Of two savers in one folder only one should, and not the one that keeps the best
    /// network so far under a fixed name.
    pub fn write_state(mut self, writes_state: bool) -> Self {
        self.writes_state = writes_state;
        self
    }

    /// The name of the file that names the latest checkpoint, in place of `checkpoint`, as the
    /// argument `latest_filename=` of TensorFlow's `save`: so that two savers have each their own
    /// in one folder. It must not be hidden or end as the files of a checkpoint do: `save` reports
    /// that, and writes nothing. [`latest_checkpoint_with`] and [`get_checkpoint_state_with`] read
    /// it.
    pub fn latest_filename(mut self, name: impl Into<String>) -> Self {
        self.state_file = name.into();
        self
    }

    /// Restores a variable from a value of another shape that has as many elements, in their order.
    pub fn reshape(mut self) -> Self {
        self.reshapes = true;
        self
    }

    /// Lets a saver without variables do nothing, writing and reading no file; without this it is a
    /// mistake.
    pub fn allow_empty(mut self) -> Self {
        self.allows_empty = true;
        self
    }

    /// Writes the step with eight digits at least, `model.ckpt-00000007`, so that the files are
    /// listed in order.
    pub fn pad_step_number(mut self) -> Self {
        self.pads_step = true;
        self
    }

    /// A data file for each device. There is one device, so there is one data file either way, with
    /// the name and the bytes that TensorFlow writes on one device.
    /// The method is here for programs that call it.
    pub fn sharded(self) -> Self {
        self
    }

    /// Restores one variable after the other, which needs less memory in TensorFlow. Here a restore
    /// changes all variables at one moment or none, with or without this. The method is here for
    /// programs that call it.
    pub fn restore_sequentially(self) -> Self {
        self
    }

    /// Saves the variables' values as the checkpoint `prefix`, or `prefix-7` if `global_step` is 7,
    /// and returns its prefix. The step is an integer of any type, `None`, or the variable that
    /// counts the steps. Older checkpoints that this saver has made are deleted, when there are
    /// more than [`max_to_keep`](Saver::max_to_keep).
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
    /// let init = graph.global_variables_initializer();
    /// let folder = std::env::temp_dir().join(format!("tf1-saver-save-{}", std::process::id()));
    /// std::fs::create_dir_all(&folder)?;
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// let saver = tf::train::Saver::new(&graph);
    /// let prefix = saver.save(&session, folder.join("model.ckpt"), 7)?;
    /// assert!(prefix.ends_with("model.ckpt-7"));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `FailedPrecondition` for a variable without a value, `InvalidArgument` if there are no
    /// variables (and [`allow_empty`](Saver::allow_empty) does not say that this is right),
    /// `prefix` is not the name of a file, or the step or an option of the saver makes no sense,
    /// `NotFound` if its folder does not exist, and any other error of the file system. The
    /// checkpoints that were there are still there.
    ///
    /// The folder's name may be anything that the system allows. The checkpoint's own name must be
    /// Unicode text if the file `checkpoint` is to name it (which it does unless
    /// [`write_state`](Saver::write_state) says otherwise). Else `InvalidArgument`, and nothing is
    /// written.
    #[track_caller]
    pub fn save(
        &self,
        session: &Session,
        prefix: impl AsRef<Path>,
        global_step: impl CheckpointStep,
    ) -> Result<PathBuf> {
        let location = Location::caller();
        let at_call = |error: Error| error.at_location(location);
        let step = global_step.step(session).map_err(at_call)?;
        self.save_as(session, prefix.as_ref(), step)
            .map_err(at_call)
    }

    #[track_caller]
    fn save_as(&self, session: &Session, base: &Path, global_step: Option<i64>) -> Result<PathBuf> {
        self.check()?;
        let prefix = self.with_step(base, global_step)?;
        if self.variables.is_empty() {
            return Ok(prefix);
        }
        let folder = folder_of(&prefix);
        if !folder.is_dir() {
            let message = format!(
                "Parent directory of {} doesn't exist, can't save.",
                prefix.display()
            );
            return Err(Error::not_found(message).with_help("create the directory first"));
        }
        // An op that may not use the session is told so before it waits for a thread that does.
        session.snapshot(std::iter::empty::<&AnyVariable>())?;
        // A save that the index cannot end would leave its data behind.
        expect_no_folder(&index_path(&prefix))?;
        // Two threads that save at once take turns, so that what is saved later is not older.
        let mut kept = self.kept();
        // Whatever the state file cannot say is known before the checkpoint is written.
        let record = self.writes_state.then(|| self.record(&prefix, &kept));
        let record = record.transpose()?;
        let variables: Vec<AnyVariable> = self.variables.values().cloned().collect();
        let values = session.snapshot(&variables)?;
        let tensors: BTreeMap<String, AnyArray> =
            self.variables.keys().cloned().zip(values).collect();
        remove_leftovers(base);
        // One of this name may be among those that are to go.
        obsolete::delete_marked(folder);
        obsolete::unmark(&prefix)?;
        write_bundle(&prefix, &tensors)?;
        if let Some(record) = record {
            record.enter(&mut kept)?;
        }
        Ok(prefix)
    }

    /// What there is to be done when the checkpoint `prefix` has been written.
    fn record(&self, prefix: &Path, kept: &Retention) -> Result<Record> {
        let folder = folder_of(prefix);
        let mut next = kept.clone();
        let surplus = next.add(prefix, SystemTime::now());
        Ok(Record {
            folder: folder.to_path_buf(),
            state: StateFile::new(
                &folder.join(&self.state_file),
                prefix,
                &next.paths(),
                self.paths,
            )?,
            state_file: self.state_file.clone(),
            next,
            surplus,
        })
    }

    fn kept(&self) -> MutexGuard<'_, Retention> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_mut(&mut self) -> &mut Retention {
        self.kept.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the variables the values that they have in the checkpoint `prefix`, which may be what
    /// [`latest_checkpoint`] has found. They need not be initialized before; afterwards they are.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
    /// let init = graph.global_variables_initializer();
    /// let folder = std::env::temp_dir().join(format!("tf1-saver-restore-{}", std::process::id()));
    /// std::fs::create_dir_all(&folder)?;
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// let saver = tf::train::Saver::new(&graph);
    /// saver.save(&session, folder.join("model.ckpt"), None)?;
    /// let other = tf::Session::new(&graph)?; // nothing is initialized in it
    /// saver.restore(&other, tf::train::latest_checkpoint(&folder)?)?;
    /// assert_eq!(other.run(w.array1(), [])?.sum(), 2.0);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `NotFound` if there is no such checkpoint, or it lacks variables, which are all named;
    /// `InvalidArgument` if `prefix` is `None`, or a variable has another shape or type there;
    /// `DataLoss` if the files are damaged; `Unimplemented` if their form is not supported. No
    /// variable is changed then.
    #[track_caller]
    pub fn restore(&self, session: &Session, prefix: impl CheckpointPath) -> Result<()> {
        let location = Location::caller();
        self.restore_from(session, prefix.checkpoint_path())
            .map_err(|error| error.at_location(location))
    }

    #[track_caller]
    fn restore_from(&self, session: &Session, prefix: Option<&Path>) -> Result<()> {
        self.check()?;
        if self.variables.is_empty() {
            return Ok(());
        }
        let prefix = prefix.ok_or_else(|| {
            Error::invalid_argument("Can't load save_path when it is None.").with_help(
                "there is no checkpoint yet: save one first, or run the initializer instead",
            )
        })?;
        restore::restore(&self.variables, session, prefix, self.reshapes)
    }

    /// The checkpoints that this saver has made and not deleted yet, the oldest first.
    pub fn last_checkpoints(&self) -> Vec<PathBuf> {
        self.kept().paths()
    }

    /// Takes the checkpoints that another saver has made for those of this one, the oldest first,
    /// so that they are deleted in their turn: to go on with
    /// [`CheckpointState::all_model_checkpoint_paths`] after a restart. Those that do not exist are
    /// left out.
    pub fn recover_last_checkpoints<P: AsRef<Path>>(
        &self,
        checkpoints: impl IntoIterator<Item = P>,
    ) {
        let checkpoints = checkpoints.into_iter();
        self.kept()
            .recover(checkpoints.map(|path| path.as_ref().to_path_buf()));
    }

    /// `prefix-7` for step 7.
    fn with_step(&self, prefix: &Path, global_step: Option<i64>) -> Result<PathBuf> {
        expect_file_name(&self.state_file)?;
        let text = prefix.as_os_str().as_encoded_bytes();
        let is_folder = |end: &[u8]| {
            let before = text.strip_suffix(end).and_then(<[u8]>::last);
            before.is_some_and(|&byte| std::path::is_separator(char::from(byte)))
        };
        if prefix.file_name().is_none() || is_folder(b"") || is_folder(b".") {
            let message = format!("{} is not the prefix of a checkpoint", prefix.display());
            return Err(Error::invalid_argument(message)
                .with_help("end it with a file name, such as model.ckpt"));
        }
        if global_step.is_none()
            && prefix
                .file_name()
                .is_some_and(|name| name == self.state_file.as_str())
        {
            let message = format!(
                "'latest_filename' collides with 'save_path': '{}' and '{}'",
                self.state_file,
                prefix.display()
            );
            return Err(Error::invalid_argument(message)
                .with_help("give the checkpoint another name, such as model.ckpt"));
        }
        Ok(match global_step {
            None => prefix.to_path_buf(),
            Some(step) => {
                let mut path = OsString::from(prefix);
                path.push(match self.pads_step {
                    true => format!("-{step:08}"),
                    false => format!("-{step}"),
                });
                PathBuf::from(path)
            }
        })
    }

    fn check(&self) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        self.count.clone()?;
        self.hours.clone()?;
        if self.variables.is_empty() && !self.allows_empty {
            return Err(Error::invalid_argument("No variables to save")
                .with_help("make the saver after the graph's variables, or call allow_empty"));
        }
        Ok(())
    }
}

/// How a new checkpoint is entered in the books.
#[derive(Debug)]
struct Record {
    folder: PathBuf,
    /// The name of the file in it.
    state_file: String,
    /// The checkpoints that are kept with the new one.
    next: Retention,
    /// The surplus ones.
    surplus: Vec<PathBuf>,
    state: StateFile,
}

impl Record {
    /// Names the new checkpoint in the state file, and deletes the surplus ones.
    fn enter(self, kept: &mut Retention) -> Result<()> {
        remove_leftovers(&self.folder.join(&self.state_file));
        self.surplus
            .iter()
            .try_for_each(|old| obsolete::mark(old, &self.state_file))?;
        self.state.write()?;
        *kept = self.next;
        // Only now that nothing names them any more.
        self.surplus
            .iter()
            .try_for_each(|old| obsolete::delete(old))
    }
}
