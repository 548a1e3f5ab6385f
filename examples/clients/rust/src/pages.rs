//! Walks a listing to its end, whether it counts pages, entries, or hands out cursors.
//!
//! Which of the three an answer follows is read off the answer, for a listing changed its style from one document to the next.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{Budget, Client};
use crate::error::Error;
use crate::habits::Pages;
use crate::json::Json;
use crate::operations::Operation;
use crate::request::Arguments;

/// Pages of one listing. Who has more of them asks for a part.
const PAGES_MAX: usize = 10_000;

/// Where the next page is.
enum Next {
    Page(u64),
    Offset(u64),
    Cursor(String),
}

/// The entries of all pages as one list, from the page that the arguments name. What has no pages is given as it is.
///
/// It ends where the answer says so, at an empty page, and at a page or cursor that was there before. Totals are read from each
/// answer anew: entries go while others are read.
pub(crate) async fn walk(client: &Client, operation: &Operation, arguments: &Arguments, budget: &mut Budget) -> Result<Json, Error> {
    let habit = client.habits().pages;
    let mut arguments = arguments.clone();
    if habit == Pages::FromZero && operation.query.contains(&"page") {
        arguments.insert("page".to_owned(), Value::from(0));
    }
    let mut at =
        Position { page: count(&arguments, "page").unwrap_or(1), offset: count(&arguments, "offset").unwrap_or(0), first_total: None };
    let mut entries: Vec<Json> = Vec::new();
    let mut cursors = BTreeSet::new();
    let mut before: Option<Vec<Json>> = None;
    for number in 0..client.habits().pages_max(PAGES_MAX) {
        let body = client.one(operation, &arguments, budget).await?;
        let Some(page) = page_of(operation, &body) else {
            return Ok(if number == 0 { body } else { Json::Array(entries) });
        };
        let stops = !matches!(habit, Pages::Endless | Pages::FirstTotal);
        if stops && (page.is_empty() || before.as_deref() == Some(page)) {
            break;
        }
        if habit != Pages::SecondSkipped || number != 1 {
            entries.extend_from_slice(page);
        }
        let length = u64::try_from(page.len()).unwrap_or(u64::MAX);
        before = Some(page.to_vec());
        match at.next(operation, &body, length, habit, entries.len()) {
            Some(Next::Page(page)) => drop(arguments.insert("page".to_owned(), page.into())),
            Some(Next::Offset(offset)) => drop(arguments.insert("offset".to_owned(), offset.into())),
            Some(Next::Cursor(cursor)) => {
                if !cursors.insert(cursor.clone()) && stops {
                    break;
                }
                if habit != Pages::CursorDropped {
                    arguments.insert("continuationToken".to_owned(), cursor.into());
                }
            }
            None => break,
        }
        if habit == Pages::FirstOnly {
            break;
        }
    }
    if habit == Pages::LastTwice {
        let body = client.one(operation, &arguments, budget).await?;
        entries.extend_from_slice(page_of(operation, &body).unwrap_or_default());
    }
    Ok(Json::Array(entries))
}

/// How far the walk is.
struct Position {
    page: u64,
    offset: u64,
    first_total: Option<u64>,
}

impl Position {
    fn next(&mut self, operation: &Operation, body: &Json, length: u64, habit: Pages, entries: usize) -> Option<Next> {
        let told = Told::in_answer(body);
        let total =
            if habit == Pages::FirstTotal { *self.first_total.get_or_insert(told.total.unwrap_or(0)) } else { told.total.unwrap_or(0) };
        let more = |by_count: bool| match habit {
            Pages::Endless => true,
            Pages::FirstTotal => u64::try_from(entries).unwrap_or(u64::MAX) < total,
            _ => told.more.unwrap_or(by_count),
        };
        let takes = |name: &str| operation.query.contains(&name);
        if takes("continuationToken") && told.page.is_none() {
            let cursor = told.cursor.filter(|cursor| !cursor.is_empty());
            return cursor.filter(|_| more(true)).map(Next::Cursor);
        }
        if takes("page") && told.page.is_some() {
            let by_total = told.per_page.is_some_and(|per_page| self.page.saturating_mul(per_page) < total);
            let by_pages = told.pages.map(|pages| self.page < pages);
            self.page += 1;
            return more(by_pages.unwrap_or(by_total)).then_some(Next::Page(self.page));
        }
        if takes("offset") && (told.more.is_some() || told.total.is_some()) {
            self.offset += if habit == Pages::OffsetInPages { 1 } else { length };
            return more(self.offset < total).then_some(Next::Offset(self.offset));
        }
        None
    }
}

/// What an answer says of its place among the pages.
struct Told {
    more: Option<bool>,
    cursor: Option<String>,
    page: Option<u64>,
    pages: Option<u64>,
    per_page: Option<u64>,
    total: Option<u64>,
}

impl Told {
    /// It stands beside the entries, or in an object of its own.
    fn in_answer(body: &Json) -> Self {
        let places = [Some(body), body.get("pagination"), body.get("meta"), body.get("data")];
        let find = |names: &[&str]| names.iter().find_map(|name| places.iter().flatten().find_map(|place| place.get(name)));
        let count = |names: &[&str]| find(names).and_then(Json::count);
        Self {
            more: find(&["hasMore", "has_more"]).and_then(Json::bool),
            cursor: find(&["continuationToken"]).and_then(Json::text).map(str::to_owned),
            page: count(&["page"]),
            pages: count(&["totalPages"]),
            per_page: count(&["perPage", "limit"]),
            total: count(&["total"]),
        }
    }
}

/// The entries of a page; none where the answer has no such list. A bare list is all there is.
fn page_of<'a>(operation: &Operation, body: &'a Json) -> Option<&'a [Json]> {
    if let Some(items) = body.items() {
        return Some(items);
    }
    [Some(body), body.get("data")]
        .into_iter()
        .flatten()
        .find_map(|place| operation.entries.iter().find_map(|name| place.get(name)?.items()))
}

fn count(arguments: &Arguments, name: &str) -> Option<u64> {
    match arguments.get(name)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    }
}
