//! Files that a reader sees whole or not at all. For the programs; no part of the library's surface.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Writes beside the place and moves the file there. What is no file, such as `/dev/stderr`, is written to as it is.
pub fn write(place: &Path, text: &str) -> Result<()> {
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

/// The same, with an error for the person who named the place.
pub fn write_told(what: &str, place: &Path, text: &str) -> std::result::Result<(), String> {
    write(place, text).map_err(|error| told(what, place, &error))
}

/// Why a file cannot be written, and what helps.
pub fn told(what: &str, place: &Path, error: &Error) -> String {
    format!("cannot write {what} {}: {error}\n  hint: name a file in a folder that exists and that you may write to", place.display())
}

/// Finds out whether [`write`] will be able to, and leaves nothing behind. What is there stays as it is.
pub fn check(place: &Path) -> Result<()> {
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, "text").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        let null = Path::new("/dev/null");
        check(null).and_then(|()| write(null, "text")).expect("anybody may write there");
        assert!(is_written_in_place(null));
    }
}
