//! Files that a reader sees whole or not at all.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Writes beside the place and moves the file there. What is no file, such as `/dev/stderr`, is written to as it is.
pub(super) fn write(place: &Path, text: &str) -> Result<()> {
    if is_written_in_place(place) {
        return std::fs::write(place, text);
    }
    let beside = beside(place);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, place));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The same, with an error for the person who named the place.
pub(super) fn write_told(what: &str, place: &Path, text: &str) -> std::result::Result<(), String> {
    write(place, text).map_err(|error| told(what, place, &error))
}

/// Why a file cannot be written, and what helps.
pub(super) fn told(what: &str, place: &Path, error: &Error) -> String {
    format!("cannot write {what} {}: {error}\n  hint: name a file in a folder that exists and that you may write to", place.display())
}

/// Finds out whether [`write`] will be able to, and leaves nothing behind. What is there stays as it is.
pub(super) fn check(place: &Path) -> Result<()> {
    if place.is_dir() || place.file_name().is_none() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    if is_written_in_place(place) {
        return std::fs::OpenOptions::new().write(true).open(place).map(drop);
    }
    let beside = beside(place);
    std::fs::File::create_new(&beside)?;
    std::fs::remove_file(&beside)
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
        let folder = tempfile::tempdir().expect("a folder can be made");
        let names = || std::fs::read_dir(folder.path()).expect("the folder can be read").count();
        let place = folder.path().join("report.json");
        check(&place).expect("it can be written");
        assert_eq!(names(), 0);
        write(&place, "one").expect("it can be written");
        check(&place).expect("it can be written again");
        assert_eq!((std::fs::read_to_string(&place).expect("it can be read"), names()), ("one".to_owned(), 1));
        write(&place, "two").expect("it can be written");
        assert_eq!((std::fs::read_to_string(&place).expect("it can be read"), names()), ("two".to_owned(), 1));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_out() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        assert!(check(folder.path()).is_err());
        assert!(check(&folder.path().join("none/report.json")).is_err());
        assert!(check(Path::new("")).is_err());
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("it can be written");
        assert!(check(&file.join("report.json")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        let null = Path::new("/dev/null");
        check(null).and_then(|()| write(null, "text")).expect("anybody may write there");
        assert!(is_written_in_place(null));
    }
}
