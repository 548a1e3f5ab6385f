//! Walks through pages: each entry once, to the end and no further, whatever happens on the way.
//!
//! The pages are the suite's own: the documented one, with entries told apart by their ids, and its numbers made to fit. A
//! client may leave the further pages of a paid search to its user: then there is no walk to judge.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fixtures::{EXCHANGES, Evidence};
use mock_providers::core::operation::{Effect, Spec};
use mock_providers::core::request::Request;
use mock_providers::providers::Provider;
use serde_json::{Map, Value};

use super::Subject;
use super::understanding::NEW;
use crate::client::arguments::{Place as Stands, place};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{Encounter, error, told, value};
use crate::client::listings::{self, Form, Listing, Next, Place, numbered};
use crate::client::protocol::{ErrorKind, Feature, Outcome};
use crate::client::stage::{Act, Entry, Message};
use crate::client::value::{Extent, differences};
use crate::client::waits;
use crate::trial::{Checked, Stop, require};

/// Entries of a page: what the call asks for.
const LIMIT: usize = 2;
/// Entries in all: three full pages, and one that is not.
const ENTRIES: usize = 7;
const PAGES: usize = ENTRIES.div_ceil(LIMIT);
/// Requests that a walk may take beyond the pages: to see that nothing follows.
const BEYOND: usize = 2;
/// Requests after which a walk that does not end is one without bound.
const ENDLESS: usize = 50;

pub(super) fn cases(subject: &Subject) -> Vec<ClientCase> {
    let Some(listing) = listings::of(subject.spec.id) else { return Vec::new() };
    listing.forms.iter().flat_map(|form| of_form(subject, listing, form)).collect()
}

fn of_form(subject: &Subject, listing: &Listing, form: &'static Form) -> Vec<ClientCase> {
    let walk = Walk::new(subject, form);
    // The document that a form is of tells it from the others.
    let mark = if listing.forms.len() == 1 { String::new() } else { format!("-{}", form.printed().revision.replace('.', "-")) };
    let case = |name: &str, claim: &str, check: fn(&mut Encounter<'_>, &Walk) -> Checked| {
        let id = format!("{}.paging.{name}{mark}", subject.spec.id);
        let walk = walk.clone();
        let made = ClientCase::new(subject.spec, Family::Paging, id, claim, move |encounter| check(encounter, &walk));
        let revision = subject.provider.profile().revisions.iter().find(|revision| revision.label == form.printed().revision);
        ClientCase { revision: revision.map_or(made.revision, |revision| revision.label), ..made }
            .known(Evidence::Derived, &form.printed().source)
            .needs([Feature::Paging])
    };
    let mut cases = vec![
        case("every-entry-once", "A walk gives each entry once and in order, and asks for each page once.", every_entry_once),
        case("same-filters", "Each page is asked for with the arguments of the call.", same_filters),
        case("shrinks", "A listing that has fewer entries than its first page told ends where they end.", shrinks),
        case("empty-page", "A page without entries ends the walk, whatever was promised.", empty_page),
        case(
            "not-found-halfway",
            "A 404 in the middle of a walk is an error of the call, never a part given as the whole.",
            not_found_halfway,
        ),
        case(
            "server-error-halfway",
            "A 500 in the middle of a walk is an error of the call, never a part given as the whole.",
            server_error_halfway,
        ),
        case("limited-halfway", "A 429 in the middle of a walk is waited for, and the walk goes on from there.", limited_halfway)
            .needs([Feature::Retries, Feature::Waits]),
    ];
    if form.next.iter().any(|next| matches!(next, Next::Cursor(_))) {
        cases.push(case("same-cursor", "A cursor that comes again does not keep the client for ever.", same_cursor));
    }
    cases
}

/// A listing, and the call that walks through it.
#[derive(Clone)]
struct Walk {
    spec: &'static Spec,
    form: &'static Form,
    arguments: Map<String, Value>,
    /// The documented page.
    printed: Message,
    /// All entries.
    entries: Vec<String>,
}

impl Walk {
    fn new(subject: &Subject, form: &'static Form) -> Self {
        let printed = Message::of(form.printed());
        let mut arguments = form.arguments(subject.spec);
        arguments.insert(form.limit.to_owned(), LIMIT.into());
        let entry = form.entries_of(&printed.body).swap_remove(0);
        let entries = (1..=ENTRIES).map(|number| numbered(&entry, number)).collect();
        Self { spec: subject.spec, form, arguments, printed, entries }
    }

    /// With these entries only.
    fn first(&self, count: usize) -> Self {
        Self { entries: self.entries[..count].to_vec(), ..self.clone() }
    }

    /// The page that a request asks for.
    fn act(&self) -> Act {
        let (walk, served) = (self.clone(), AtomicUsize::new(0));
        Act::made(move |entry| {
            // Who comes so often would not end by itself.
            if served.fetch_add(1, Ordering::Relaxed) > ENDLESS {
                return Message::json(404, r#"{"error":"no such page"}"#);
            }
            match walk.rows(entry) {
                Ok(rows) => walk.page(rows, walk.entries.len()),
                Err(why) => Message::json(400, serde_json::json!({ "error": why }).to_string()),
            }
        })
    }

    /// A page of a listing that says that it has so many entries.
    fn page(&self, rows: Range<usize>, total: usize) -> Message {
        let end = rows.end;
        let place = Place { total, offset: rows.start, limit: LIMIT.max(rows.len()), cursor: (end < total).then(|| cursor(end)) };
        Message { body: self.form.page(&self.printed.body, &self.entries[rows], &place), ..self.printed.clone() }
    }

    /// The entries that a request asks for, by number from 0; or what is wrong with it.
    fn rows(&self, entry: &Entry) -> Result<Range<usize>, String> {
        let asked = asked(self.spec, entry);
        let count = |name: &str, default: usize| {
            asked.get(name).map_or(Ok(default), |text| text.parse().map_err(|_| format!("{name} is {text:?}")))
        };
        let limit: usize = count(self.form.limit, LIMIT)?;
        let mut start: usize = 0;
        for next in self.form.next {
            let before = match next {
                Next::Page(name) => {
                    let page = count(name, 1)?;
                    page.checked_sub(1).ok_or_else(|| format!("{name} is 0, and pages count from 1"))?.saturating_mul(limit)
                }
                Next::Offset(name) => count(name, 0)?,
                Next::Cursor(name) => match asked.get(*name) {
                    Some(text) => behind(text).ok_or_else(|| format!("{name} is {text:?}, which no page gave"))?,
                    None => 0,
                },
            };
            start = start.saturating_add(before);
        }
        let start = start.min(self.entries.len());
        Ok(start..start.saturating_add(limit).min(self.entries.len()))
    }

    /// Lets the client call. What it gives is a list, or an error.
    fn call(&self, encounter: &mut Encounter<'_>) -> Checked<Outcome> {
        let outcome = encounter.call(&self.arguments)?;
        match &outcome {
            Outcome::Value(value) if self.spec.effect == Effect::PaidRead && value.get().starts_with('{') => {
                Err(Stop::Unready("the client leaves the further pages of a paid search to its user".to_owned()))
            }
            _ => Ok(outcome),
        }
    }

    /// The value is all entries, in order.
    fn gives_all(&self, encounter: &Encounter<'_>, outcome: &Outcome) -> Checked {
        let extent = if encounter.has(Feature::Partial) { Extent::Part } else { Extent::Whole };
        let differences = differences(&format!("[{}]", self.entries.join(",")), value(outcome)?, extent);
        if differences.is_empty() { Ok(()) } else { Err(Stop::Broken(differences)) }
    }
}

/// What the page before the entry of this number gives: with the characters that a query does not take as they are.
fn cursor(number: usize) -> String {
    format!("from-{number}+/==")
}

fn behind(cursor: &str) -> Option<usize> {
    cursor.strip_prefix("from-")?.strip_suffix("+/==")?.parse().ok()
}

/// What a request asks for, by name: the parameters of its query, and the fields of its body.
fn asked(spec: &Spec, entry: &Entry) -> BTreeMap<String, String> {
    let target = Request::new(spec.method.clone(), entry.target.clone());
    let mut asked: BTreeMap<String, String> = target.query().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    if let Ok(Value::Object(body)) = serde_json::from_slice(&entry.body) {
        asked.extend(body.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(&value))));
    }
    asked
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A request of the journal in one line, with its time.
fn timed(entry: &Entry) -> String {
    let mut line = entry.line();
    if !entry.body.is_empty() {
        let _ = write!(line, " {}", String::from_utf8_lossy(&entry.body));
    }
    let _ = write!(line, " at {} ms", entry.at.as_millis());
    line
}

fn every_entry_once(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    encounter.script([], walk.act());
    let outcome = walk.call(encounter)?;
    let journal = encounter.journal();
    let mut seen: Vec<(Range<usize>, &Entry)> = Vec::new();
    for (number, entry) in journal.iter().enumerate() {
        let at = format!("request {}", number + 1);
        let rows = walk.rows(entry).map_err(|why| Stop::broken(at, "a page that there is", format!("{why}: {}", timed(entry))))?;
        let twice = seen.iter().find(|(known, _)| known.start < rows.end && rows.start < known.end);
        if let Some((_, first)) = twice {
            return Err(Stop::broken("requests", "each page once", format!("{}, and again {}", timed(first), timed(entry))));
        }
        if !rows.is_empty() {
            seen.push((rows, entry));
        }
    }
    let missing: Vec<String> =
        (0..ENTRIES).filter(|row| seen.iter().all(|(rows, _)| !rows.contains(row))).map(|row| (row + 1).to_string()).collect();
    bounded(&journal, PAGES)?;
    // An error says more than the page that was not asked for because of it.
    value(&outcome)?;
    require(missing.is_empty(), "requests", "every page", format!("none for the entries {}", missing.join(", ")))?;
    walk.gives_all(encounter, &outcome)
}

/// No more requests than there are pages, and two.
fn bounded(journal: &[Entry], pages: usize) -> Checked {
    let last = journal.last().map(timed).unwrap_or_default();
    require(
        journal.len() <= pages + BEYOND,
        "requests",
        format!("at most {}", pages + BEYOND),
        format!("{}, the last {last}", journal.len()),
    )
}

fn same_filters(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    encounter.script([], walk.act());
    walk.call(encounter)?;
    for (number, entry) in encounter.journal().iter().enumerate() {
        let asked = asked(walk.spec, entry);
        for (name, expected) in walk.arguments.iter().filter(|(name, _)| place(walk.spec, name) != Stands::Path) {
            let found = asked.get(name);
            let is_same = found.is_some_and(|found| *found == text(expected));
            let found = format!("{} in {}", found.map_or("nothing", String::as_str), timed(entry));
            require(is_same, format!("request {} {name}", number + 1), text(expected), found)?;
        }
    }
    Ok(())
}

fn shrinks(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    let left = walk.first(LIMIT + 1);
    encounter.script([walk.act()], left.act());
    let outcome = walk.call(encounter)?;
    bounded(&encounter.journal(), PAGES)?;
    left.gives_all(encounter, &outcome)
}

fn empty_page(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    let (left, then) = (walk.first(LIMIT), walk.clone());
    let served = AtomicUsize::new(0);
    // The numbers stay what they were, but no cursor leads on, and nothing comes.
    let nothing = Act::made(move |entry| {
        if served.fetch_add(1, Ordering::Relaxed) > ENDLESS {
            return Message::json(404, r#"{"error":"no such page"}"#);
        }
        let start = then.rows(entry).map_or(0, |rows| rows.start);
        let by_cursor = then.form.next.iter().any(|next| matches!(next, Next::Cursor(_)));
        then.page(start..start, if by_cursor { start } else { ENTRIES })
    });
    encounter.script([walk.act()], nothing);
    let outcome = walk.call(encounter)?;
    bounded(&encounter.journal(), PAGES)?;
    left.gives_all(encounter, &outcome)
}

fn not_found_halfway(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    halfway(encounter, walk, &refusal(encounter.provider(), 404), &[ErrorKind::NotFound])
}

fn server_error_halfway(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    if encounter.has(Feature::Retries) && !encounter.has(Feature::Waits) {
        return Err(Stop::Unready("it may be tried again, and the waits between would be real ones".to_owned()));
    }
    halfway(encounter, walk, &refusal(encounter.provider(), 500), &[ErrorKind::Server])
}

fn halfway(encounter: &mut Encounter<'_>, walk: &Walk, refusal: &Message, kinds: &[ErrorKind]) -> Checked {
    encounter.script([walk.act()], Act::say(refusal.clone()));
    let outcome = walk.call(encounter)?;
    error(&outcome, kinds)?;
    let again = encounter.journal().len();
    require(again <= ENDLESS, "requests", format!("at most {ENDLESS}"), again.to_string())
}

fn limited_halfway(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    let mut limited = refusal(encounter.provider(), 429);
    // The shortest wait there is, so that it fits the call's deadline.
    limited.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("retry-after") && !name.eq_ignore_ascii_case("ratelimit-reset"));
    let limited = limited.header("retry-after", "1");
    encounter.script([walk.act(), Act::say(limited)], walk.act());
    let outcome = walk.call(encounter)?;
    let journal = encounter.journal();
    if let Some((entry, left)) = waits::too_early(&journal).first() {
        let asked = journal.get(1).map(timed).unwrap_or_default();
        let found = format!("{}, {} ms too early after {asked}", timed(entry), left.as_millis());
        return Err(Stop::broken("requests", "none before the second that was asked for is over", found));
    }
    walk.gives_all(encounter, &outcome)
}

fn same_cursor(encounter: &mut Encounter<'_>, walk: &Walk) -> Checked {
    let (walk, again) = (Arc::new(walk.clone()), AtomicUsize::new(0));
    let page = Arc::clone(&walk);
    let act = Act::made(move |_| match again.fetch_add(1, Ordering::Relaxed) {
        served if served > ENDLESS + BEYOND => Message::json(404, r#"{"error":"no such page"}"#),
        _ => page.page(0..LIMIT, ENTRIES),
    });
    encounter.script([], act);
    // A list, or an error that says so: only that it ends is judged.
    let outcome = walk.call(encounter)?;
    let requests = encounter.journal().len();
    require(requests <= ENDLESS, "requests", format!("at most {ENDLESS}"), format!("{requests}, all with the same cursor"))?;
    let in_time = !matches!(&outcome, Outcome::Error(error) if error.kind == ErrorKind::Timeout);
    require(in_time, "result", "an end of its own", told(&outcome))
}

/// The provider's documented answer of this status, or the plainest there is.
fn refusal(provider: Provider, status: u16) -> Message {
    let of_provider = EXCHANGES.iter().filter(|exchange| exchange.provider == provider.name() && exchange.status == status);
    let of_any = of_provider.clone().find(|exchange| exchange.operation.ends_with(".any"));
    of_any
        .or_else(|| of_provider.clone().next())
        .map_or_else(|| Message::json(status, r#"{"error":"the request was refused"}"#), Message::of)
}

/// Every request gets this answer; a client that walks through pages gets it as the only page of a listing, and nothing
/// behind it.
pub(super) fn answer(encounter: &Encounter<'_>, arguments: &Map<String, Value>, message: &Message, rewrite: fn(&str) -> String) {
    answer_as(encounter, arguments, message, |act| act.rewritten(rewrite));
}

/// The same, with something done to each act.
pub(super) fn answer_as(encounter: &Encounter<'_>, arguments: &Map<String, Value>, message: &Message, done: impl FnOnce(Act) -> Act) {
    let listing = listings::of(encounter.spec().id).filter(|_| encounter.has(Feature::Paging));
    let Some((form, only, nothing)) = listing.and_then(|listing| only_page(listing, arguments, message)) else {
        return encounter.script([], done(Act::say(message.clone())));
    };
    let (spec, own) = (encounter.spec(), arguments.iter().map(|(name, value)| (name.clone(), text(value))).collect());
    let act = Act::made(move |entry| {
        // The page that the call itself names is there as often as it is asked for.
        if position(form, &asked(spec, entry)) == position(form, &own) { only.clone() } else { nothing.clone() }
    });
    encounter.script([], done(act));
}

/// Where among the pages these arguments lead.
fn position(form: &Form, values: &BTreeMap<String, String>) -> Vec<String> {
    let of = |next: &Next| {
        let first = match next {
            Next::Page(_) => "1",
            Next::Offset(_) => "0",
            Next::Cursor(_) => "",
        };
        values.get(next.name()).map_or_else(|| first.to_owned(), Clone::clone)
    };
    form.next.iter().map(of).collect()
}

/// The body as the last page, and an empty one behind it.
fn only_page(listing: &Listing, arguments: &Map<String, Value>, message: &Message) -> Option<(&'static Form, Message, Message)> {
    let form = listing.form_of(&message.body)?;
    let entries = form.entries_of(&message.body);
    let count = |name: &str| arguments.get(name).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let limit = count(form.limit).unwrap_or(LIMIT_UNSAID).max(entries.len()).max(1);
    let offset = form.next.iter().find_map(|next| match next {
        Next::Page(name) => Some(count(name)?.saturating_sub(1).saturating_mul(limit)),
        Next::Offset(name) => count(name),
        Next::Cursor(_) => None,
    });
    let place = Place { total: offset.unwrap_or(0) + entries.len(), offset: offset.unwrap_or(0), limit, cursor: None };
    let page = |entries: &[String]| Message { body: form.page(&message.body, entries, &place), ..message.clone() };
    Some((form, page(&entries), page(&[])))
}

/// More than any documented page has entries.
const LIMIT_UNSAID: usize = 100;

/// What a client that walks gives for a body: the entries, or all of it where it is no page, or of a paid search.
pub(super) fn expected(encounter: &Encounter<'_>, arguments: &Map<String, Value>, message: &Message, given: &str) -> String {
    let whole = if message.body.is_empty() { "null" } else { &message.body };
    let listing = listings::of(encounter.spec().id).filter(|_| encounter.has(Feature::Paging));
    let Some(listing) = listing else { return whole.to_owned() };
    let is_list = given.trim_start().starts_with('[');
    match only_page(listing, arguments, message) {
        Some((form, only, _)) if is_list => format!("[{}]", form.entries_of(&only.body).join(",")),
        Some((_, only, _)) if encounter.spec().effect == Effect::PaidRead => only.body,
        Some((form, only, _)) => format!("[{}]", form.entries_of(&only.body).join(",")),
        None if is_list => sole_list(&message.body).unwrap_or_else(|| whole.to_owned()),
        None => whole.to_owned(),
    }
}

/// The list in a body that has one and nothing else.
fn sole_list(body: &str) -> Option<String> {
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(body) else { return None };
    let mut lists = members.iter().filter(|(name, _)| *name != NEW);
    let (Some((name, Value::Array(_))), None) = (lists.next(), lists.next()) else { return None };
    let node = crate::json_tree::Node::read(body)?;
    let crate::json_tree::Shape::Object(members) = &node.shape else { return None };
    members.iter().find(|(key, _)| key == name).map(|(_, node)| node.raw.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::client::plain::{Slip, check};

    #[test]
    fn a_client_that_walks_wrong_is_caught() {
        check(Slip::FirstPageOnly, &["campaigns.list.paging.every-entry-once-v1-early", "inbox.messages.paging.every-entry-once"]);
        check(Slip::SecondPageSkipped, &["leads.list.paging.every-entry-once", "sdr.inbox.paging.every-entry-once"]);
        check(Slip::LastPageTwice, &["replies.list.paging.every-entry-once", "companies.search.paging.every-entry-once"]);
        check(Slip::CursorDropped, &["inbox.messages.paging.every-entry-once", "jobs.search.paging.every-entry-once"]);
        check(Slip::FiltersDropped, &["leads.list.paging.same-filters", "jobs-finder.search.paging.same-filters"]);
        check(Slip::PagesFromZero, &["leads.list.paging.every-entry-once"]);
        check(Slip::OffsetInPages, &["lead-database.filters.paging.every-entry-once", "sdr.inbox.paging.every-entry-once"]);
        check(Slip::FirstTotal, &["leads.list.paging.shrinks"]);
        check(
            Slip::BeyondTheEnd,
            &["replies.list.paging.every-entry-once", "leads.list.paging.empty-page", "inbox.messages.paging.same-cursor"],
        );
        check(Slip::PartAsWhole, &["leads.list.paging.not-found-halfway", "inbox.messages.paging.server-error-halfway"]);
        check(Slip::WaitIgnored, &["leads.list.paging.limited-halfway", "sdr.inbox.paging.limited-halfway"]);
    }
}
