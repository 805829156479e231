//! `exceptions.txt`: the ops and features without which a case may fail.

/// An op or feature that the crate does not have.
#[derive(Debug)]
pub struct Exception {
    /// As [`Trouble::Lacks`](crate::trouble::Trouble::Lacks) tells it, or a function of
    /// TensorFlow's.
    pub feature: String,
    /// Why.
    pub reason: String,
}

/// All exceptions.
pub fn read() -> Vec<Exception> {
    let lines = include_str!("exceptions.txt").lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(in_force)
        .map(Exception::read)
        .collect()
}

/// The line, if it holds for the features that the crate was built with.
fn in_force(line: &str) -> Option<&str> {
    let has_all_types = cfg!(feature = "all_types");
    match (
        line.strip_prefix("[with all_types] "),
        line.strip_prefix("[without all_types] "),
    ) {
        (Some(rest), _) => Some(rest).filter(|_| has_all_types),
        (_, Some(rest)) => Some(rest).filter(|_| !has_all_types),
        _ => Some(line),
    }
}

impl Exception {
    fn read(line: &str) -> Self {
        let (feature, reason) = line.split_once('|').unwrap_or((line, ""));
        let (feature, reason) = (feature.trim().to_string(), reason.trim().to_string());
        assert!(
            !reason.is_empty(),
            "exceptions.txt: {feature} has no reason"
        );
        Exception { feature, reason }
    }
}

impl std::fmt::Display for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} | {}", self.feature, self.reason)
    }
}
