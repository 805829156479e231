//! Why a case does not pass.

/// What a case, or a part of it, comes to.
pub type Outcome<T = ()> = Result<T, Trouble>;

/// Why a case does not pass.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It needs an op or feature that the crate, or this harness, does not have; `exceptions.txt`
    /// may allow that.
    Lacks(String),
    /// Rust's compiler refuses what the program does: the kind of mistake, and what was refused.
    /// Where TensorFlow refuses it too, when the graph is built, there is nothing to run; elsewhere
    /// it is a lack.
    Refused(&'static str, String),
    /// The crate gave an error.
    Raised(Box<tf1::Error>),
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

    /// What the compiler refuses.
    pub fn refused(kind: &'static str, detail: impl Into<String>) -> Self {
        Trouble::Refused(kind, detail.into())
    }

    /// The same, telling where it happened.
    pub fn at(self, place: &str) -> Self {
        match self {
            Trouble::Lacks(_) | Trouble::Refused(..) | Trouble::Raised(_) => self,
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
        Trouble::Raised(Box::new(error))
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
