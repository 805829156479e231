//! Reading event files back.

use std::path::Path;

use prost::Message;

use crate::files::messages::event as messages;
use crate::files::record::RecordReader;
use crate::types::Result;

use super::Event;

/// The events of the file at `path`, as `tf.train.summary_iterator` reads them.
///
/// ```
/// use tf1::summary::{FileWriter, Summary, What};
///
/// # let logs = std::env::temp_dir().join(format!("tf1-iterator-{}", std::process::id()));
/// let writer = FileWriter::new(&logs)?;
/// writer.add_summary(&Summary::scalar("loss", 0.5), 7)?;
/// writer.close()?;
///
/// for event in tf1::train::summary_iterator(writer.path())? {
///     let event = event?;
///     match event.what {
///         What::FileVersion(version) => assert_eq!(version, "brain.Event:2"),
///         What::Summary(summary) => assert_eq!((event.step, &*summary.value[0].tag), (7, "loss")),
///         _ => {}
///     }
/// }
/// # std::fs::remove_dir_all(&logs).unwrap();
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be opened. The iterator gives `DataLoss` for a record that is damaged or cut
/// off, as the last one may be while a program is writing or after it was stopped, and ends there.
pub fn summary_iterator(path: impl AsRef<Path>) -> Result<SummaryIterator> {
    Ok(SummaryIterator {
        records: Some(RecordReader::open(path.as_ref())?),
    })
}

/// The events of a file, in the order of writing; made by [`summary_iterator`].
#[derive(Debug)]
pub struct SummaryIterator {
    /// `None` after the end or an error.
    records: Option<RecordReader>,
}

impl Iterator for SummaryIterator {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        let event = self.records.as_mut().map(next_event)?.transpose();
        if !matches!(event, Some(Ok(_))) {
            self.records = None;
        }
        event
    }
}

fn next_event(records: &mut RecordReader) -> Result<Option<Event>> {
    let Some(bytes) = records.next()? else {
        return Ok(None);
    };
    match messages::Event::decode(&*bytes) {
        Ok(event) => Ok(Some(event.into())),
        Err(error) => Err(records.data_loss(&format!("no event ({error}) in the"))),
    }
}
