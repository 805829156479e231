//! [`Retention`]: which checkpoints stay, and which go.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::files::bundle::index_path;

const SECONDS_PER_HOUR: f64 = 3600.0;

/// The checkpoints that a saver has made and not deleted yet.
#[derive(Clone, Debug)]
pub(super) struct Retention {
    /// 0 for no limit; then none are counted.
    pub(super) max_to_keep: usize,
    /// The oldest first, each with the time when it was made.
    checkpoints: Vec<(PathBuf, SystemTime)>,
    /// How far apart those lie that are spared, and from when on the next one is; `None` if that is
    /// never.
    spared: Option<(Duration, SystemTime)>,
}

impl Retention {
    pub(super) fn new(now: SystemTime) -> Self {
        let mut kept = Retention {
            max_to_keep: 5,
            checkpoints: Vec::new(),
            spared: None,
        };
        kept.spare_every(10_000.0, now);
        kept
    }

    /// Spares the first that is older than so many hours after `now`, and so on.
    pub(super) fn spare_every(&mut self, hours: f64, now: SystemTime) {
        let period =
            Duration::try_from_secs_f64((hours * SECONDS_PER_HOUR).clamp(0.0, f64::INFINITY)).ok();
        self.spared = period.and_then(|period| Some((period, now.checked_add(period)?)));
    }

    /// Takes a new checkpoint in, as the latest, and gives out those to be deleted.
    pub(super) fn add(&mut self, checkpoint: &Path, now: SystemTime) -> Vec<PathBuf> {
        if self.max_to_keep == 0 {
            return Vec::new();
        }
        self.checkpoints.retain(|(path, _)| path != checkpoint);
        self.checkpoints.push((checkpoint.to_path_buf(), now));
        let surplus = self.checkpoints.len().saturating_sub(self.max_to_keep);
        let surplus: Vec<_> = self.checkpoints.drain(..surplus).collect();
        let deleted = surplus.into_iter().filter(|(_, made)| !self.spares(*made));
        deleted.map(|(path, _)| path).collect()
    }

    /// Whether the checkpoint of that time, which is one too many, stays all the same.
    fn spares(&mut self, made: SystemTime) -> bool {
        let Some((period, next)) = self.spared.filter(|(_, next)| made > *next) else {
            return false;
        };
        self.spared = next.checked_add(period).map(|next| (period, next));
        true
    }

    /// Goes on with those of these checkpoints that exist.
    pub(super) fn recover(&mut self, checkpoints: impl Iterator<Item = PathBuf>) {
        let made = |path: &PathBuf| index_path(path).metadata()?.modified();
        self.checkpoints = checkpoints
            .filter_map(|path| Some((made(&path).ok()?, path)))
            .map(|(made, path)| (path, made))
            .collect();
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.checkpoints
            .iter()
            .map(|(path, _)| path.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What TensorFlow 1.15 keeps of a checkpoint every ten minutes with `max_to_keep=2,
    /// keep_checkpoint_every_n_hours=0.5`, by its own clock set forward
    /// (`tests/checkpoint/make.py`).
    #[test]
    fn every_so_often_one_is_spared_as_tensorflow_does() {
        let start = SystemTime::UNIX_EPOCH;
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let mut kept = Retention::new(start);
        kept.max_to_keep = 2;
        kept.spare_every(0.5, start);
        let mut there = Vec::new();
        for step in 1..=12 {
            let new = PathBuf::from(step.to_string());
            let deleted = kept.add(&new, start + minutes(10 * step));
            there.push(new);
            there.retain(|path| !deleted.contains(path));
        }
        assert_eq!(there, ["4", "7", "10", "11", "12"].map(PathBuf::from));
        assert_eq!(kept.paths(), ["11", "12"].map(PathBuf::from));
    }

    #[test]
    fn any_number_of_hours_will_do() {
        for hours in [f64::INFINITY, 1e300, -1.0, 0.0] {
            let mut kept = Retention::new(SystemTime::now());
            kept.max_to_keep = 1;
            kept.spare_every(hours, SystemTime::UNIX_EPOCH);
            kept.add(Path::new("a"), SystemTime::now());
            let spared = kept.add(Path::new("b"), SystemTime::now()).is_empty();
            assert_eq!(spared, hours <= 0.0, "{hours}");
        }
    }
}
