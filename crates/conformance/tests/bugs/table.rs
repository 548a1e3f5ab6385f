//! The table of bugs in `PLANTED_BUGS.md`, generated from the bugs themselves.

use std::fmt::Write as _;
use std::path::Path;

use crate::planted::Bug;

const HEAD: &str = "\
# Planted bugs

Each is laid over the fakes, alone, and must be caught by the case that says so; `cargo test -p conformance --test bugs` does
it. The unchanged fakes fail no case. This file is generated: `WRITE_TABLES=1 cargo test -p conformance --test bugs`.

Every claim over several calls is in the last column. The other cases need no row: a changed character in an exchange's body
fails the cases of that body and no other, and two refusals in the wrong order fail the case of that pair and no other pair's.

| Bug | What is wrong | Caught by |
| --- | --- | --- |
";

/// Holds the file to the bugs, or writes it when it is asked to.
pub(crate) fn check(bugs: &[&Bug]) {
    let text = bugs.iter().fold(HEAD.to_owned(), |mut text, bug| {
        let _ = writeln!(text, "| {} | {} | `{}` |", bug.name, bug.what, bug.caught_by);
        text
    });
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("PLANTED_BUGS.md");
    if std::env::var_os("WRITE_TABLES").is_some() {
        std::fs::write(&file, &text).expect("the table can be written");
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(known, text, "PLANTED_BUGS.md is old: WRITE_TABLES=1 cargo test -p conformance --test bugs");
}
