//! Files that a reader sees whole or not at all.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Writes beside the place and moves the file there. What is no file, such as `/dev/stderr`, is written to as it is.
pub(crate) fn write(place: &Path, text: &str) -> Result<()> {
    if is_written_in_place(place) {
        return fs::write(place, text);
    }
    // A link stays one.
    let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
    let beside = beside(&place);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Finds out whether [`write`] will be able to, and leaves nothing behind. What is there stays as it is.
pub(crate) fn check(place: &Path) -> Result<()> {
    if place.is_dir() || place.file_name().is_none() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    if is_written_in_place(place) {
        return fs::OpenOptions::new().write(true).open(place).map(drop);
    }
    let beside = beside(&fs::canonicalize(place).unwrap_or_else(|_| place.to_owned()));
    fs::File::create_new(&beside)?;
    fs::remove_file(&beside)
}

/// A device or a pipe: moving a file there would put it out of the way.
fn is_written_in_place(place: &Path) -> bool {
    place.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn beside(place: &Path) -> PathBuf {
    let mut beside = place.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    PathBuf::from(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_checked_without_a_trace_and_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let place = folder.path().join("report.json");
        check(&place).unwrap();
        assert_eq!(names(), 0);
        for text in ["one", "two"] {
            write(&place, text).unwrap();
            check(&place).unwrap();
            assert_eq!((fs::read_to_string(&place).unwrap(), names()), (text.to_owned(), 1));
        }
        assert!(check(folder.path()).is_err());
        assert!(check(&folder.path().join("none/report.json")).is_err());
        assert!(check(&place.join("report.json")).is_err());
        assert!(check(Path::new("")).is_err());
    }
}
