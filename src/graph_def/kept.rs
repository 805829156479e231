//! What a graph keeps of the files that it was read from, besides their nodes.

use crate::files::messages::graph::FunctionDefLibrary;
use crate::files::messages::tensor::VersionDef;
use crate::graph::Graph;
use crate::types::{Error, Map, Result};

use super::write::PRODUCER;

/// Libraries and versions of the files.
#[derive(Debug, Default)]
struct KeptFiles {
    library: FunctionDefLibrary,
    /// The places of the functions by their names.
    places: Map<String, usize>,
    /// What all versions ask for.
    versions: VersionDef,
    /// How many nodes the graph had when one file was all that it held, and that file's versions.
    whole: Option<(usize, Option<VersionDef>)>,
}

/// What is kept of a file, once its nodes are added.
pub(super) struct ToKeep<'d> {
    functions: Vec<(&'d str, &'d Vec<u8>)>,
    gradients: &'d [Vec<u8>],
    versions: Option<&'d VersionDef>,
    is_first: bool,
}

impl<'d> ToKeep<'d> {
    /// `names` are those of the functions in `library`.
    ///
    /// # Errors
    /// `InvalidArgument` if the graph keeps another function of the same name.
    pub(super) fn find(
        graph: &Graph,
        names: &'d [String],
        library: Option<&'d FunctionDefLibrary>,
        versions: Option<&'d VersionDef>,
    ) -> Result<Self> {
        let messages = library.iter().flat_map(|library| &library.function);
        let functions: Vec<_> = names.iter().map(String::as_str).zip(messages).collect();
        graph.with_extension(|kept: &mut KeptFiles| {
            let other = functions.iter().find(|(name, bytes)| {
                let place = kept.places.get(*name);
                place.is_some_and(|place| kept.library.function[*place] != **bytes)
            });
            other.map_or(Ok(()), |(name, _)| {
                Err(Error::invalid_argument(format!(
                    "Cannot add function '{name}' because a different function with the same name already exists."
                )))
            })
        })?;
        Ok(ToKeep {
            functions,
            gradients: library.map_or(&[], |library| &library.gradient),
            versions,
            is_first: graph.is_empty(),
        })
    }

    pub(super) fn keep(self, graph: &Graph) {
        let nodes = graph.len();
        graph.with_extension(|kept: &mut KeptFiles| {
            for (name, bytes) in self.functions {
                let library = &mut kept.library;
                kept.places.entry(name.to_string()).or_insert_with(|| {
                    library.function.push(bytes.clone());
                    library.function.len() - 1
                });
            }
            for gradient in self.gradients {
                if !kept.library.gradient.contains(gradient) {
                    kept.library.gradient.push(gradient.clone());
                }
            }
            let versions = self.versions.cloned();
            kept.whole = self.is_first.then(|| (nodes, versions.clone()));
            kept.ask_for(versions.unwrap_or_default());
        });
    }
}

impl KeptFiles {
    fn ask_for(&mut self, versions: VersionDef) {
        let all = &mut self.versions;
        all.producer = all.producer.max(versions.producer);
        all.min_consumer = all.min_consumer.max(versions.min_consumer);
        all.bad_consumers.extend(versions.bad_consumers);
        all.bad_consumers.sort_unstable();
        all.bad_consumers.dedup();
    }
}

/// The functions that `graph` keeps, and its versions: a file's own as long as the graph is that
/// file. What else there is was read as that file's versions meant it, and is written as today's
/// does.
pub(super) fn written(graph: &Graph) -> (Option<FunctionDefLibrary>, Option<VersionDef>) {
    let nodes = graph.len();
    graph.with_extension(|kept: &mut KeptFiles| {
        let library = Some(&kept.library).filter(|library| !library.function.is_empty());
        let versions = match &kept.whole {
            Some((whole, versions)) if *whole == nodes => versions.clone(),
            _ => Some(VersionDef {
                producer: kept.versions.producer.max(PRODUCER),
                ..kept.versions.clone()
            }),
        };
        (library.cloned(), versions)
    })
}
