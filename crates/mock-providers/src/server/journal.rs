//! What was received and answered, in order, within a bound of bytes.

mod segments;

use bytes::Bytes;
use fixtures::Evidence;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use self::segments::Segments;
use super::tally::Tally;
use crate::core::operation::Spec;
use crate::core::reply::{Lint, Outcome, Reply};
use crate::core::request::Request;
use crate::providers::{Provider, evidence};

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Place in the world's journal, from 1; evicted entries keep theirs.
    pub seq: u64,
    /// The world's time at which it was answered.
    pub at: Timestamp,
    /// The provider asked.
    pub provider: Provider,
    /// The revision it spoke.
    pub revision: &'static str,
    /// The operation that answered; none when no operation took the request.
    pub operation: Option<&'static Spec>,
    /// The request. A key that no world knows is masked: it may be a real one.
    pub request: Request,
    /// The answer.
    pub reply: Reply,
    /// Remarks.
    pub lints: Vec<Lint>,
    /// Why no operation took the request.
    pub explanation: Option<String>,
    /// The operation that was probably meant, when none took the request.
    pub nearest: Option<&'static Spec>,
}

impl Entry {
    /// What happened.
    pub const fn outcome(&self) -> Outcome {
        self.reply.outcome
    }

    /// How the answer is known.
    pub fn evidence(&self) -> Evidence {
        evidence::label(self.provider, self.revision, self.operation.map(|spec| spec.id), self.reply.outcome.name)
    }

    /// The entry as people and programs read it.
    pub fn view(&self) -> EntryView<'_> {
        let source = evidence::of(self.provider, self.revision, self.operation.map(|spec| spec.id), self.reply.outcome.name);
        EntryView {
            seq: self.seq,
            at: self.at,
            provider: self.provider,
            revision: self.revision,
            operation: self.operation.map(|spec| spec.id),
            outcome: self.reply.outcome.name,
            evidence: self.evidence().label(),
            source: source.map(|exchange| exchange.source.as_ref()),
            request: RequestView {
                method: self.request.method.as_str(),
                target: &self.request.target,
                headers: self
                    .request
                    .headers
                    .iter()
                    .map(|line| [String::from_utf8_lossy(line.name).into_owned(), String::from_utf8_lossy(line.value).into_owned()])
                    .collect(),
                body: String::from_utf8_lossy(&self.request.body).into_owned(),
            },
            response: ResponseView {
                status: self.reply.outcome.status,
                headers: self.reply.headers.iter().map(|(name, value)| [name, value]).collect(),
                body: String::from_utf8_lossy(&self.reply.body).into_owned(),
            },
            lints: &self.lints,
            explanation: self.explanation.as_deref(),
        }
    }
}

/// An entry in JSON.
#[derive(Debug, Serialize)]
pub struct EntryView<'a> {
    seq: u64,
    at: Timestamp,
    provider: Provider,
    revision: &'a str,
    operation: Option<&'a str>,
    outcome: &'a str,
    evidence: &'a str,
    source: Option<&'a str>,
    request: RequestView<'a>,
    response: ResponseView<'a>,
    lints: &'a [Lint],
    explanation: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct RequestView<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<[String; 2]>,
    body: String,
}

#[derive(Debug, Serialize)]
struct ResponseView<'a> {
    status: u16,
    headers: Vec<[&'a str; 2]>,
    body: String,
}

/// What was received and answered, in order. When the bound is reached the oldest entries go, and are counted.
#[derive(Clone, Debug)]
pub struct Journal {
    entries: Segments,
    /// Of every entry so far.
    tally: Tally,
}

impl Journal {
    /// An empty journal that keeps at most `bytes_max` bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self { entries: Segments::new(bytes_max), tally: Tally::default() }
    }

    /// Adds an entry and gives it its place.
    pub fn push(&mut self, entry: &Entry) {
        // Before a remark of the journal's own, which says nothing of the request.
        self.tally.count(entry);
        let seq = self.tally.requests;
        if self.entries.has_room_for(entry) {
            return self.entries.push(seq, entry);
        }
        // One that is larger than all there is room for keeps its head, and the others stay.
        let mut head = entry.clone();
        head.lints.push(Lint {
            rule: "bodies-left-out",
            message: format!(
                "the journal has no room for bodies of {} and {} bytes; --journal-bytes gives it more",
                entry.request.body.len(),
                entry.reply.body.len()
            ),
        });
        head.request.body = Bytes::new();
        head.reply.body = Bytes::new();
        self.entries.push(seq, &head);
    }

    /// The entries still kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry> {
        self.entries.iter()
    }

    /// Entries so far, those that had to go as well.
    pub const fn total(&self) -> u64 {
        self.tally.requests
    }

    /// What the entries so far come to. Money and people are in the ledger.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Entries that had to go.
    pub const fn evicted(&self) -> u64 {
        self.total() - self.entries.len() as u64
    }
}

/// Which entries to look at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this provider.
    pub provider: Option<Provider>,
    /// Of this operation; `none` for what no operation took.
    pub operation: Option<String>,
    /// With this status.
    pub status: Option<u16>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// After this place.
    pub after: Option<u64>,
}

impl Filter {
    /// Whether an entry is asked for.
    fn takes(&self, seq: u64, provider: Provider, operation: Option<&Spec>, outcome: Outcome) -> bool {
        self.provider.is_none_or(|wanted| wanted == provider)
            && self.operation.as_deref().is_none_or(|id| id == operation.map_or("none", |spec| spec.id))
            && self.status.is_none_or(|status| status == outcome.status)
            && self.outcome.as_deref().is_none_or(|name| name == outcome.name)
            && self.after.is_none_or(|after| seq > after)
    }
}

/// The journal's answer to a question, in JSON.
#[derive(Debug, Serialize)]
pub struct Page {
    /// The entries, oldest first.
    pub entries: Vec<Box<RawValue>>,
    /// Entries that match, those beyond the limit as well.
    pub matched: usize,
    /// Entries that had to go, matching or not.
    pub evicted: u64,
}

impl Journal {
    /// The first `limit` entries that the filter takes.
    pub fn page(&self, filter: &Filter, limit: usize) -> Page {
        let (entries, matched) = self.entries.matching(filter, limit);
        let raw = |entry: &Entry| serde_json::value::to_raw_value(&entry.view()).expect("an entry's view is plain JSON");
        Page { entries: entries.iter().map(raw).collect(), matched, evicted: self.evicted() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::request::{Headers, Spelling};

    fn entry(body: usize) -> Entry {
        let mut reply = Reply::empty(Outcome::new("x", 200));
        reply.body = vec![0; body].into();
        Entry {
            seq: 0,
            at: Timestamp::UNIX_EPOCH,
            provider: Provider::Leadmagic,
            revision: "seed",
            operation: None,
            request: Request::new(http::Method::GET, "/"),
            reply,
            lints: Vec::new(),
            explanation: None,
            nearest: None,
        }
    }

    /// No drawn entry without its bodies needs more than this of a bound.
    const LARGEST_HEAD: usize = 8_000;

    /// An entry with something in each part that a random number says.
    fn drawn(n: u32) -> Entry {
        let size = (n >> 8) as usize % 400;
        let text = |at: usize| if n >> at & 1 == 1 { "\u{e4}\u{0}".repeat(size / 4) } else { String::new() };
        let provider = Provider::ALL[n as usize % 4];
        let spelling = if n & 4 == 0 { Spelling::AsSent } else { Spelling::Lost };
        let mut request =
            Request::new(http::Method::from_bytes(["GET", "BREW"][n as usize % 2].as_bytes()).unwrap(), text(3)).body(text(4));
        request.headers = Headers::from_lines(format!("A: {}\r\nb:\r\n", text(5)).into(), spelling);
        let mut reply = Reply::text(Outcome::new(["x", "y"][n as usize % 2], 200 + (n % 300) as u16), text(6));
        for (at, name) in ["first", "second", "third"].into_iter().enumerate().take(n as usize % 4) {
            reply = reply.header(name, text(7 + at));
        }
        Entry {
            at: Timestamp::from_second(i64::from(n)).unwrap(),
            provider,
            operation: provider.operations().nth(n as usize % 3).filter(|_| n & 8 == 0),
            nearest: provider.operations().nth(1).filter(|_| n & 16 == 0),
            request,
            reply,
            lints: vec![Lint { rule: "rule", message: text(11) }; n as usize % 3],
            explanation: (n & 32 == 0).then(|| text(12)),
            ..entry(0)
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_end_of_what_came_within_the_bound(drawn_from in prop::collection::vec(any::<u32>(), 1..200), bound in 0_usize..40_000) {
            let mut journal = Journal::new(bound);
            let mut came = Vec::new();
            for (n, seq) in drawn_from.into_iter().zip(1..) {
                came.push(Entry { seq, ..drawn(n) });
                journal.push(came.last().unwrap());
                prop_assert!(journal.entries.bytes() <= bound, "{} bytes of {bound}", journal.entries.bytes());
                let last = journal.entries().last().map(|entry| entry.seq);
                prop_assert!(last == Some(seq) || bound < LARGEST_HEAD, "{last:?} and not {seq}");
            }
            let kept: Vec<Entry> = journal.entries().collect();
            prop_assert_eq!(kept.len() as u64 + journal.evicted(), journal.total());
            // A bound too small for an entry drops its bodies or the entry.
            let left_out = |entry: &Entry| entry.lints.last().is_some_and(|lint| lint.rule == "bodies-left-out");
            for (kept, came) in kept.iter().rev().zip(came.iter().rev()) {
                if left_out(kept) {
                    prop_assert_eq!((kept.seq, kept.request.body.len(), kept.reply.body.len()), (came.seq, 0, 0));
                } else {
                    prop_assert_eq!(format!("{kept:?}"), format!("{came:?}"));
                }
            }
            let filter = Filter { provider: Some(Provider::Leadmagic), after: Some(3), ..Filter::default() };
            let page = journal.page(&filter, 5);
            let wanted = kept.iter().filter(|entry| entry.provider == Provider::Leadmagic && entry.seq > 3).count();
            prop_assert_eq!((page.matched, page.entries.len()), (wanted, wanted.min(5)));
        }
    }

    #[test]
    fn the_bound_holds_and_evictions_are_counted() {
        let mut journal = Journal::new(10_000);
        for _ in 0..100 {
            journal.push(&entry(1_000));
        }
        let kept: Vec<u64> = journal.entries().map(|e| e.seq).collect();
        assert_eq!((kept.last(), journal.evicted() + kept.len() as u64), (Some(&100), 100));
        assert!(kept.len() >= 5, "most of the bound is used: {kept:?}");
        // One that is larger than all there is room for keeps its head, and drives few out.
        journal.push(&entry(20_000));
        let last = journal.entries().last().unwrap();
        assert_eq!((last.seq, last.lints[0].rule, last.reply.body.len()), (101, "bodies-left-out", 0));
        assert!(journal.entries().count() >= kept.len() - 1);
    }

    #[test]
    fn a_busy_journal_stays_as_large_as_it_is() {
        let mut journal = Journal::new(1 << 20);
        let bytes = |journal: &Journal| journal.entries.bytes();
        for _ in 0..5_000 {
            journal.push(&entry(300));
        }
        let full = bytes(&journal);
        for _ in 0..50_000 {
            journal.push(&entry(300));
        }
        assert!(full > (1 << 20) * 3 / 4 && bytes(&journal).abs_diff(full) < 1 << 14, "{full} and {}", bytes(&journal));
    }
}
