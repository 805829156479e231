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
//! let last = tf::train::latest_checkpoint(&folder)?.expect("there is a checkpoint");
//! saver.restore(&session, &last)?;
//! assert_eq!(session.run(&w, [])?, ndarray::arr1(&[8.0, 8.0]).into_dyn());
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! A checkpoint is two files, `PREFIX.index` and `PREFIX.data-00000-of-00001`, and in their folder a third one, `checkpoint`, names the latest. They are
//! byte for byte those that TensorFlow 1.15 writes (its format "V2"); each side reads what the other wrote. Variables go by their names
//! (`w`, `w/Adam`), so that the graph that restores may be another one.
//!
//! **Nothing is lost.** A save is one moment of the session, whatever other threads train meanwhile. Stopped at any point, by a kill or a power cut,
//! it leaves the last complete checkpoint where it was and `checkpoint` naming it; this holds too when one name is written over
//! again and again, for readers of this crate ([`Saver::restore`] and [`CheckpointReader`]). Restoring checks every checksum before it changes the first
//! variable: a damaged file is an error, and the session stays as it was.
//!
//! What differs from TensorFlow: a saver adds no nodes to the graph, and no `.meta` file is written beside the checkpoint (in TensorFlow's words:
//! `write_meta_graph=False`).

mod checkpoint_reader;
mod checkpoint_state;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::files::bundle::{remove_bundle, write_bundle};
use crate::files::remove_leftovers;
use crate::graph::Graph;
use crate::session::Session;
use crate::types::{AnyArray, Error, Result, Shape};
use crate::variables::AnyVariable;

pub use checkpoint_reader::{CheckpointReader, list_variables, load_variable};
pub use checkpoint_state::{
    CheckpointState, checkpoint_exists, get_checkpoint_state, latest_checkpoint,
    update_checkpoint_state,
};

/// Saves variables as checkpoints and restores them, as `tf.train.Saver` does.
#[derive(Debug)]
pub struct Saver {
    variables: BTreeMap<String, AnyVariable>,
    /// What is wrong with the variables that it was given.
    mistake: Option<Error>,
    max_to_keep: usize,
    last_checkpoints: Mutex<Vec<PathBuf>>,
}

impl Saver {
    /// For all variables that the graph has now.
    pub fn new(graph: &Graph) -> Self {
        Saver {
            variables: BTreeMap::new(),
            mistake: None,
            max_to_keep: 5,
            last_checkpoints: Mutex::default(),
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

    /// For these variables instead, each under the name in checkpoints that comes with it: to restore a variable from another one's
    /// value, such as its moving average.
    pub fn named_variables<N: Into<String>, V: Into<AnyVariable>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        (self.variables, self.mistake) = (BTreeMap::new(), None);
        for (name, variable) in variables {
            let name = name.into();
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

    /// How many checkpoints to keep: when there is one more, the oldest is deleted. 5 unless told; 0 for all.
    pub fn max_to_keep(mut self, count: usize) -> Self {
        self.max_to_keep = count;
        self
    }

    /// Saves the variables' values as the checkpoint `prefix`, or `prefix-7` if `global_step` is 7, and returns its prefix. Older checkpoints
    /// that this saver has made are deleted, when there are more than [`max_to_keep`](Saver::max_to_keep).
    ///
    /// # Errors
    /// `FailedPrecondition` for a variable without a value, `InvalidArgument` if there are no variables or `prefix` is no name of a file, `NotFound` if its
    /// folder does not exist, and what else the file system says. The checkpoints that were there are there still.
    #[track_caller]
    pub fn save(
        &self,
        session: &Session,
        prefix: impl AsRef<Path>,
        global_step: impl Into<Option<i64>>,
    ) -> Result<PathBuf> {
        let location = Location::caller();
        self.save_as(session, prefix.as_ref(), global_step.into())
            .map_err(|error| error.at_location(location))
    }

    fn save_as(&self, session: &Session, base: &Path, global_step: Option<i64>) -> Result<PathBuf> {
        self.check()?;
        let prefix = with_step(base, global_step)?;
        let folder = folder_of(&prefix);
        if !folder.is_dir() {
            let message = format!(
                "Parent directory of {} doesn't exist, can't save.",
                prefix.display()
            );
            return Err(Error::not_found(message).with_help("create the directory first"));
        }
        let variables: Vec<AnyVariable> = self.variables.values().cloned().collect();
        let values = session.snapshot(&variables)?;
        let tensors: BTreeMap<String, AnyArray> =
            self.variables.keys().cloned().zip(values).collect();

        // Two threads that save at once take turns.
        let mut last = self
            .last_checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        remove_leftovers(base);
        write_bundle(&prefix, &tensors)?;
        let mut kept = last.clone();
        kept.retain(|checkpoint| *checkpoint != prefix);
        kept.push(prefix.clone());
        let surplus = if self.max_to_keep == 0 {
            0
        } else {
            kept.len().saturating_sub(self.max_to_keep)
        };
        let deleted: Vec<PathBuf> = kept.drain(..surplus).collect();
        update_checkpoint_state(folder, &prefix, &kept)?;
        *last = kept;
        // Only now that nothing names them any more.
        for checkpoint in deleted {
            remove_bundle(&checkpoint)
                .map_err(|error| Error::io("deleting", &checkpoint, &error))?;
        }
        Ok(prefix)
    }

    /// Gives the variables the values that they have in the checkpoint `prefix`. They need not be initialized before, and are
    /// afterwards.
    ///
    /// # Errors
    /// `NotFound` if there is no such checkpoint, or it lacks variables, which are all named; `InvalidArgument` if one has another shape or
    /// type there; `DataLoss` if the files are damaged. No variable is changed then.
    #[track_caller]
    pub fn restore(&self, session: &Session, prefix: impl AsRef<Path>) -> Result<()> {
        let location = Location::caller();
        self.restore_from(session, prefix.as_ref())
            .map_err(|error| error.at_location(location))
    }

    fn restore_from(&self, session: &Session, prefix: &Path) -> Result<()> {
        self.check()?;
        let reader = CheckpointReader::new(prefix)?;
        self.expect_all(&reader)?;
        let mut values = Vec::with_capacity(self.variables.len());
        for (name, variable) in &self.variables {
            values.push((variable.clone(), reader.get_tensor(name)?));
        }
        session.load(values)
    }

    /// Fails unless the checkpoint has a value for every variable.
    fn expect_all(&self, reader: &CheckpointReader) -> Result<()> {
        let names: BTreeSet<&str> = self.variables.keys().map(String::as_str).collect();
        let missing: Vec<&str> = names
            .into_iter()
            .filter(|name| !reader.has_tensor(name))
            .collect();
        if !missing.is_empty() {
            let there: Vec<&str> = reader.names().take(20).collect();
            let message = format!(
                "Key {} not found in checkpoint {}",
                missing.join(", "),
                reader.prefix().display()
            );
            return Err(Error::not_found(message).with_help(format!(
                "it holds {}{}; restore some of the variables only with Saver::variables, or under other names with \
                 Saver::named_variables",
                there.join(", "),
                if reader.names().count() > there.len() { ", ..." } else { "" }
            )));
        }
        self.variables
            .iter()
            .try_for_each(|(name, variable)| expect_fit(reader, name, variable))
    }

    /// The checkpoints that this saver has made and not deleted yet, the oldest first.
    pub fn last_checkpoints(&self) -> Vec<PathBuf> {
        let last = self.last_checkpoints.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the checkpoints that another saver has made for those of this one, the oldest first, so that they are deleted in their
    /// turn: to go on with [`CheckpointState::all_model_checkpoint_paths`] after a restart. Those that do not exist are left out.
    pub fn recover_last_checkpoints<P: AsRef<Path>>(
        &self,
        checkpoints: impl IntoIterator<Item = P>,
    ) {
        let existing = checkpoints.into_iter().filter(checkpoint_exists);
        let recovered = existing
            .map(|checkpoint| checkpoint.as_ref().to_path_buf())
            .collect();
        *self
            .last_checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = recovered;
    }

    fn check(&self) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        if self.variables.is_empty() {
            return Err(Error::invalid_argument("No variables to save")
                .with_help("make the saver after the graph's variables"));
        }
        Ok(())
    }
}

/// `prefix-7` for step 7.
fn with_step(prefix: &Path, global_step: Option<i64>) -> Result<PathBuf> {
    let nameless =
        prefix.file_name().is_none() || prefix.as_os_str().to_string_lossy().ends_with('/');
    if nameless {
        let message = format!("{} is no prefix of a checkpoint", prefix.display());
        return Err(Error::invalid_argument(message)
            .with_help("end it with a file name, such as model.ckpt"));
    }
    Ok(match global_step {
        None => prefix.to_path_buf(),
        Some(step) => {
            let mut path = OsString::from(prefix);
            path.push(format!("-{step}"));
            PathBuf::from(path)
        }
    })
}

fn folder_of(prefix: &Path) -> &Path {
    match prefix.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Fails if the checkpoint's value is not of the variable's shape and type.
fn expect_fit(reader: &CheckpointReader, name: &str, variable: &AnyVariable) -> Result<()> {
    let (Some(shape), Some(dtype)) = (reader.shape(name), reader.dtype_name(name)) else {
        return Ok(());
    };
    if dtype == variable.dtype().name() && variable.shape().admits(shape) {
        return Ok(());
    }
    let message = format!(
        "{variable} does not fit '{name}' in checkpoint {}, which is {dtype} of shape {}",
        reader.prefix().display(),
        Shape::from(shape)
    );
    let memory = variable.memory();
    Err(Error::invalid_argument(message)
        .at_node(|| memory.graph().node_ref(memory.output().node))
        .with_help("build the variable as it was when the checkpoint was saved"))
}
