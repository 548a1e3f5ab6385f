//! The real API is asked only when it was asked for twice: by an option, and by a variable of the environment.

use std::ffi::OsStr;

/// The variable of the environment.
pub const VARIABLE: &str = "CONFORMANCE_REAL_API";
/// What it must hold, to the letter.
pub const ACCEPTED: &str = "I-accept-the-costs";

/// That both switches were given. There is no other way to one.
#[derive(Debug)]
pub struct Consent(());

/// The switches that were not given.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the real API is asked only when everything is given; missing: {}\n  hint: it may cost credits and reach people; `conformance plan` shows what would be called",
    .0.join(", ")
)]
pub struct Missing(pub Vec<String>);

impl Consent {
    /// From the option `--target real` and the value of [`VARIABLE`].
    pub fn new(named: bool, variable: Option<&OsStr>) -> Result<Self, Missing> {
        let mut missing = Vec::new();
        if !named {
            missing.push("--target real".to_owned());
        }
        if variable != Some(OsStr::new(ACCEPTED)) {
            missing.push(format!("{VARIABLE}={ACCEPTED} in the environment"));
        }
        if missing.is_empty() { Ok(Self(())) } else { Err(Missing(missing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_switches_are_needed_to_the_letter() {
        assert!(Consent::new(true, Some(OsStr::new(ACCEPTED))).is_ok());
        for variable in [None, Some(""), Some("1"), Some("true"), Some("i-accept-the-costs"), Some("I-accept-the-costs ")] {
            let error = Consent::new(true, variable.map(OsStr::new)).unwrap_err();
            assert_eq!(error.0, ["CONFORMANCE_REAL_API=I-accept-the-costs in the environment"]);
        }
        assert_eq!(Consent::new(false, Some(OsStr::new(ACCEPTED))).unwrap_err().0, ["--target real"]);
        assert_eq!(Consent::new(false, None).unwrap_err().0.len(), 2);
    }
}
