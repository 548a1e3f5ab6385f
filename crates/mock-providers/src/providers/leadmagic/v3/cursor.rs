//! Cursors: where the next page begins, sealed with the filters that it belongs to. Nothing is kept about them.
//!
//! Documented: no cursor for the first page, at most 50 rows, `next_cursor` null at the end, the same filters beside it, no
//! other offset than 0, and none is given out after another one.

use std::fmt::Debug;

use super::super::reading::Fault;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::ids::fnv1a;

/// Rows of a page. Documented: 25 for jobs, at most 50; the same is taken for the others.
pub(super) const LIMIT: u64 = 25;
pub(super) const LIMIT_MAX: i64 = 50;
const OFFSET_MAX: i64 = 1_000_000;

pub(super) const LIMIT_FIELD: FieldSpec = optional("limit", Kind::Integer { min: 1, max: LIMIT_MAX });
pub(super) const OFFSET_FIELD: FieldSpec = optional("offset", Kind::Integer { min: 0, max: OFFSET_MAX });
pub(super) const CURSOR_FIELD: FieldSpec = optional("cursor", TEXT);

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Number of the first row.
    pub(super) from: u64,
    pub(super) limit: u64,
    /// Digest of the filters.
    digest: u64,
    /// Whether the next page gets a cursor: it does not when rows were skipped by another means.
    gives: bool,
}

/// What an answer says of the page after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) cursor: Option<String>,
    pub(super) more: bool,
}

impl Window {
    /// Reads `cursor`, `offset` and `limit` of a search of this kind by these filters.
    pub(super) fn of(body: &Object<'_>, kind: &str, filters: &impl Debug) -> Result<Self, Fault> {
        let digest = fnv1a(&format!("{kind} {filters:?}"));
        let count = |name: &str| body.field(name).integer().map(i64::unsigned_abs);
        let limit = count("limit").unwrap_or(LIMIT);
        let offset = count("offset").unwrap_or(0);
        match body.text("cursor") {
            Some(_) if offset > 0 => Err(Fault::Cursor("The cursor field cannot be combined with a non-zero offset.")),
            Some(text) => Ok(Self { from: open(&text, digest)?, limit, digest, gives: true }),
            None => Ok(Self { from: offset, limit, digest, gives: offset == 0 }),
        }
    }

    /// The same rows by page number; other pages than the first get no cursors.
    pub(super) const fn at_page(self, page: u64, per_page: u64) -> Self {
        Self { from: self.from + (page - 1) * per_page, limit: per_page, gives: self.gives && page == 1, ..self }
    }

    /// What follows a page of so many rows, of so many in all.
    pub(super) fn next(&self, rows: usize, total: u64) -> Next {
        let end = self.from + rows as u64;
        let more = end < total && rows > 0;
        Next { cursor: (more && self.gives).then(|| seal(end, self.digest)), more }
    }
}

/// 40 hex digits: the hidden position, the digest, and a check of both.
fn seal(position: u64, digest: u64) -> String {
    format!("{:016x}{digest:016x}{:08x}", position ^ cover(digest), check(position, digest))
}

fn open(text: &str, digest: u64) -> Result<u64, Fault> {
    const UNKNOWN: Fault = Fault::Cursor("The cursor field holds no cursor of this search.");
    const OTHER: Fault = Fault::Cursor("The cursor belongs to other filters.");
    let part = |range| text.get(range).filter(|_| text.len() == 40).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let (Some(hidden), Some(sealed), Some(sum)) = (part(0..16), part(16..32), part(32..40)) else { return Err(UNKNOWN) };
    let position = hidden ^ cover(sealed);
    if u64::from(check(position, sealed)) != sum {
        return Err(UNKNOWN);
    }
    if sealed == digest { Ok(position) } else { Err(OTHER) }
}

/// What a position is hidden under.
fn cover(digest: u64) -> u64 {
    fnv1a(&format!("leadmagic cover {digest}"))
}

fn check(position: u64, digest: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is enough to tell a forged cursor")]
    let low = fnv1a(&format!("leadmagic cursor {position} {digest}")) as u32;
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::request::Request;

    #[track_caller]
    fn window(body: String, filters: &str) -> Result<Window, Fault> {
        Window::of(&Object::of(&Request::new(http::Method::POST, "/").body(body)).unwrap(), "jobs", &filters)
    }

    #[test]
    fn a_cursor_opens_with_its_own_filters_only() {
        let first = window("{}".into(), "a").unwrap();
        let cursor = first.next(25, 60).cursor.unwrap();
        let asked = |filters| window(format!(r#"{{"cursor":"{cursor}"}}"#), filters);
        assert_eq!(asked("a").unwrap().from, 25);
        assert!(matches!(asked("b"), Err(Fault::Cursor(_))));
        let mut forged = cursor.clone();
        forged.replace_range(0..1, if cursor.starts_with('0') { "1" } else { "0" });
        assert!(matches!(window(format!(r#"{{"cursor":"{forged}"}}"#), "a"), Err(Fault::Cursor(_))));
        assert!(matches!(window(format!(r#"{{"cursor":"{cursor}","offset":1}}"#), "a"), Err(Fault::Cursor(_))));
        assert!(window(format!(r#"{{"cursor":"{cursor}","offset":0}}"#), "a").is_ok());
        for odd in [
            "x",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert!(matches!(window(format!(r#"{{"cursor":"{odd}"}}"#), "a"), Err(Fault::Cursor(_))));
        }
    }

    #[test]
    fn the_end_has_no_cursor_and_neither_has_an_offset() {
        let first = window(r#"{"limit":10}"#.into(), "a").unwrap();
        assert_eq!(first.next(10, 10), Next { cursor: None, more: false });
        assert_eq!(first.next(0, 0), Next { cursor: None, more: false });
        let second = window(r#"{"limit":10,"offset":10}"#.into(), "a").unwrap();
        assert_eq!(second.next(10, 30), Next { cursor: None, more: true });
    }
}
