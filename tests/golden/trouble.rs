//! Why a case does not pass.

/// What a case, or a part of it, comes to.
pub type Outcome<T = ()> = Result<T, Trouble>;

/// Why a case does not pass.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It needs an op or feature that the crate, or this harness, does not have; `exceptions.txt` may allow that.
    Lacks(String),
    /// All that differs, or what went wrong.
    Fails(Vec<String>),
}

impl Trouble {
    /// A single failure.
    pub fn fails(message: impl Into<String>) -> Self {
        Trouble::Fails(vec![message.into()])
    }

    /// The lack of an op or feature.
    pub fn lacks(feature: impl Into<String>) -> Self {
        Trouble::Lacks(feature.into())
    }

    /// The same, telling where it happened.
    pub fn at(self, place: &str) -> Self {
        match self {
            Trouble::Lacks(feature) => Trouble::Lacks(feature),
            Trouble::Fails(messages) => Trouble::Fails(
                messages
                    .into_iter()
                    .map(|m| format!("{place}: {m}"))
                    .collect(),
            ),
        }
    }
}

impl From<tf1::Error> for Trouble {
    fn from(error: tf1::Error) -> Self {
        Trouble::fails(error.to_string())
    }
}

/// A case passes if nothing differs.
pub fn no_differences(differences: Vec<String>) -> Outcome {
    if differences.is_empty() {
        Ok(())
    } else {
        Err(Trouble::Fails(differences))
    }
}
