//! `--regressions` and `--keep-regressions`: requests that once broke a claim.

use std::io;
use std::path::{Path, PathBuf};

use conformance::redact::StoreError;
use conformance::regressions::{RegressionError, Regressions};
use conformance::run::Report;
use mock_providers::whole_file;

/// A file of kept requests that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    #[error("cannot read the regressions {}: {error}\n  hint: name a file that --keep-regressions has written", place.display())]
    Unreadable { place: PathBuf, error: io::Error },
    #[error("cannot write the regressions {}: {error}\n  hint: name a file in a folder that exists and that you may write to", place.display())]
    Unwritable { place: PathBuf, error: io::Error },
    #[error("cannot write the regressions {}: {error}", place.display())]
    Secret { place: PathBuf, error: StoreError },
    #[error(transparent)]
    File(#[from] RegressionError),
}

/// The file of `--regressions`, which must be there.
pub(super) fn read(place: &Path) -> Result<Regressions, KeepError> {
    let text = std::fs::read_to_string(place).map_err(|error| KeepError::Unreadable { place: place.to_owned(), error })?;
    Ok(Regressions::read(&place.display().to_string(), &text)?)
}

/// The file of `--keep-regressions` as it is: it may not be there yet. Fails before the run if it could not be written after.
pub(super) fn to_add_to(place: &Path) -> Result<Regressions, KeepError> {
    whole_file::check(place).map_err(|error| KeepError::Unwritable { place: place.to_owned(), error })?;
    match read(place) {
        Err(KeepError::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Regressions::read(&place.display().to_string(), "")?)
        }
        read => read,
    }
}

/// Adds the failures of a run, and says how many. Without any the file stays as it is.
pub(super) fn keep(place: &Path, kept: &Regressions, report: &Report<'_>) -> Result<String, KeepError> {
    let (text, added) = kept.with_failures(report);
    if added == 0 {
        return Ok(String::new());
    }
    report.secrets.scan(&text).map_err(|error| KeepError::Secret { place: place.to_owned(), error })?;
    whole_file::write(place, &text).map_err(|error| KeepError::Unwritable { place: place.to_owned(), error })?;
    let requests = if added == 1 { "request" } else { "requests" };
    Ok(format!("{added} {requests} added to {0}; --regressions {0} asks again\n", place.display()))
}
