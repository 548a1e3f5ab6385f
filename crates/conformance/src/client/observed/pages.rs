//! Walks over pages: by number, by offset, by cursor.

use std::collections::HashMap;

use mock_providers::core::operation::{Effect, Spec};
use mock_providers::server::journal::Entry;
use serde_json::Value;

use super::{Claim, Found, RestsOn, Seen, Subject};
use crate::compare::Difference;

pub(super) const TO_THE_END: Claim = Claim {
    name: "pages_to_the_end",
    sentence: "a walk over pages that goes beyond the first one leaves none out and goes on to the last",
    unmet: "no walk over pages went beyond a first one",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: to_the_end,
};

pub(super) const EACH_ONCE: Claim = Claim {
    name: "pages_once",
    sentence: "a walk over pages asks for each one once",
    unmet: "no walk over pages went beyond a first one",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: each_once,
};

const CURSORS: [&str; 4] = ["cursor", "continuationToken", "next_cursor", "page_token"];
const OFFSETS: [&str; 2] = ["offset", "skip"];
const PAGE: &str = "page";

/// Which page a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Position {
    First,
    /// From 2.
    Page(u64),
    /// From 1.
    Offset(u64),
    Cursor(String),
}

/// What an answer says of the next page.
#[derive(Clone, Debug, Default)]
struct Promise {
    has_more: Option<bool>,
    cursor: Option<String>,
    pages: Option<u64>,
    /// Entries in all, and in a page.
    total: Option<u64>,
    page_length: Option<u64>,
}

/// A walk: answered requests that ask for pages of the same.
struct Walk<'a> {
    visits: Vec<(&'a Entry, Position, Promise)>,
    /// The last request for a page of it was refused or failed.
    ended_badly: bool,
}

/// Whether an operation has pages at all.
fn has_pages(spec: &Spec) -> bool {
    let is_position = |name: &str| name == PAGE || CURSORS.contains(&name) || OFFSETS.contains(&name);
    spec.query.iter().chain(spec.body).any(|field| is_position(field.name))
}

/// Every value that a request names, of query and body.
fn arguments(entry: &Entry) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = entry.request.query().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    if let Ok(Value::Object(body)) = serde_json::from_slice(&entry.request.body) {
        all.extend(body.into_iter().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name, text)
        }));
    }
    all.sort();
    all
}

/// Which page is asked for, and all that makes the walk: path, key and the other values.
fn read(entry: &Entry) -> (Position, String) {
    let mut position = Position::First;
    let mut rest = String::new();
    for (name, value) in arguments(entry) {
        let number = value.parse::<u64>().ok();
        if CURSORS.contains(&name.as_str()) {
            if !value.is_empty() && value != "null" {
                position = Position::Cursor(value);
            }
        } else if name == PAGE {
            if let (Some(page @ 2..), Position::First) = (number, &position) {
                position = Position::Page(page);
            }
        } else if OFFSETS.contains(&name.as_str()) {
            if let (Some(offset @ 1..), Position::First) = (number, &position) {
                position = Position::Offset(offset);
            }
        } else {
            rest = format!("{rest}\u{1f}{name}={value}");
        }
    }
    let key = entry.provider.credential(&entry.request).unwrap_or_default();
    (position, format!("{}\u{1f}{}{rest}", String::from_utf8_lossy(key), entry.request.path()))
}

fn promise(entry: &Entry) -> Promise {
    let body: Value = serde_json::from_slice(&entry.reply.body).unwrap_or_default();
    let objects: Vec<&Value> =
        ["", "/pagination", "/meta", "/data", "/data/pagination"].into_iter().filter_map(|at| body.pointer(at)).collect();
    let find =
        |names: &[&str]| objects.iter().find_map(|object| names.iter().find_map(|name| object.get(name).filter(|value| !value.is_null())));
    let number = |names: &[&str]| find(names).and_then(Value::as_u64);
    Promise {
        has_more: find(&["hasMore", "has_more"]).and_then(Value::as_bool),
        cursor: find(&["next_cursor", "nextCursor", "continuationToken"]).and_then(Value::as_str).map(str::to_owned),
        pages: number(&["totalPages", "total_pages"]),
        total: number(&["total", "total_count"]),
        page_length: number(&["limit", "perPage", "per_page"]),
    }
}

impl Promise {
    /// Whether there is a page after the one that was asked for. What is not said is not promised.
    fn goes_on_after(&self, position: &Position) -> bool {
        if let Some(more) = self.has_more {
            return more;
        }
        let pages = self.pages.or_else(|| Some(self.total?.div_ceil(self.page_length.filter(|length| *length > 0)?)));
        match position {
            _ if self.cursor.is_some() => true,
            Position::First => pages.is_some_and(|pages| pages > 1),
            Position::Page(page) => pages.is_some_and(|pages| pages > *page),
            Position::Offset(offset) => self.total.zip(self.page_length).is_some_and(|(total, length)| total > offset + length),
            Position::Cursor(_) => false,
        }
    }
}

/// The walks of an operation, in the order of their first pages. A first page begins a new one.
fn walks<'a>(seen: &Seen<'a>, subject: Subject) -> Vec<Walk<'a>> {
    let mut walks: Vec<Walk<'_>> = Vec::new();
    let mut open: HashMap<String, usize> = HashMap::new();
    if !subject.spec.is_some_and(has_pages) {
        return walks;
    }
    for entry in subject.entries(seen) {
        let (position, what) = read(entry);
        let is_answered = (200..300).contains(&entry.outcome().status);
        match open.get(&what) {
            Some(walk) if !is_answered => walks[*walk].ended_badly = true,
            Some(walk) if position != Position::First => {
                walks[*walk].ended_badly = false;
                walks[*walk].visits.push((entry, position, promise(entry)));
            }
            // A page in the middle that no walk leads to is asked for by itself.
            _ if is_answered && position == Position::First => {
                open.insert(what, walks.len());
                walks.push(Walk { visits: vec![(entry, position, promise(entry))], ended_badly: false });
            }
            _ => {}
        }
    }
    walks
}

impl<'a> Walk<'a> {
    fn entries(&self) -> Vec<&'a Entry> {
        self.visits.iter().map(|(entry, ..)| *entry).collect()
    }

    /// What was left out between the first and the farthest page.
    fn gap(&self) -> Option<String> {
        let mut pages: Vec<u64> = Vec::new();
        let mut offsets: Vec<u64> = Vec::new();
        for (_, position, _) in &self.visits {
            match position {
                Position::Page(page) => pages.push(*page),
                Position::Offset(offset) => offsets.push(*offset),
                Position::First | Position::Cursor(_) => {}
            }
        }
        let farthest = pages.iter().max().copied().unwrap_or(1);
        if let Some(missing) = (2..farthest).find(|page| !pages.contains(page)) {
            return Some(format!("page {missing} was never asked for, and page {farthest} was"));
        }
        let length = self.visits.iter().find_map(|(.., promise)| promise.page_length)?;
        offsets.sort_unstable();
        let starts: Vec<u64> = std::iter::once(0).chain(offsets).collect();
        let jump = starts.windows(2).find(|pair| pair[1] > pair[0] + length)?;
        Some(format!("entries {} to {} were never asked for", jump[0] + length, jump[1] - 1))
    }

    /// Whether the last answer that counts promised a page that nobody asked for.
    fn stops_early(&self) -> bool {
        let rank = |position: &Position| match position {
            Position::First => 0,
            Position::Page(n) | Position::Offset(n) => *n,
            Position::Cursor(_) => u64::MAX,
        };
        let farthest = self.visits.iter().max_by_key(|(_, position, _)| rank(position));
        !self.ended_badly && farthest.is_some_and(|(_, position, promise)| promise.goes_on_after(position))
    }
}

fn to_the_end<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    let mut first_only = 0;
    let is_paid = subject.spec.is_some_and(|spec| spec.effect == Effect::PaidRead);
    for walk in walks(seen, subject) {
        if walk.visits.len() == 1 {
            first_only += usize::from(walk.stops_early());
            continue;
        }
        found.looked_at += 1;
        if let Some(gap) = walk.gap() {
            found.breaks(Difference { at: "walk".into(), expected: "every page".into(), found: gap }, &walk.entries());
        } else if walk.stops_early() && is_paid {
            found.remark_once("a walk ended before the last page; each page may cost, so that is for the program to decide");
        } else if walk.stops_early() {
            let told = format!("none after {} pages, and the last answer promises more", walk.visits.len());
            found.breaks(Difference { at: "walk".into(), expected: "the next page".into(), found: told }, &walk.entries());
        } else if walk.ended_badly {
            found.remark_once("a walk ended with a page that was refused");
        }
    }
    if first_only > 0 {
        let whether = "right if the first page is enough, a lost cursor if not";
        let times = if first_only == 1 { "1 time".to_owned() } else { format!("{first_only} times") };
        found.remarks.push(format!("a first page that promises more was all that was asked for, {times}: {whether}"));
    }
    found
}

fn each_once<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    for walk in walks(seen, subject).into_iter().filter(|walk| walk.visits.len() > 1) {
        found.looked_at += 1;
        for (at, (entry, position, _)) in walk.visits.iter().enumerate() {
            let Some((first, ..)) = walk.visits[..at].iter().find(|(_, known, _)| known == position) else { continue };
            let told = match position {
                Position::Cursor(_) => "the same cursor again".to_owned(),
                Position::Page(page) => format!("page {page} again"),
                Position::Offset(offset) => format!("offset {offset} again"),
                Position::First => "the first page again".to_owned(),
            };
            let told = format!("{told}: requests {} and {}", first.seq, entry.seq);
            found.breaks(Difference { at: "walk".into(), expected: "each page once".into(), found: told }, &[*first, *entry]);
        }
        let given: Vec<&str> = walk.visits.iter().filter_map(|(.., promise)| promise.cursor.as_deref()).collect();
        for (_, position, _) in &walk.visits {
            if let Position::Cursor(cursor) = position
                && !given.contains(&cursor.as_str())
            {
                found.remark_once("a cursor that no answer of its walk had");
            }
        }
    }
    found
}
