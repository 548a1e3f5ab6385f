//! What was received and answered, in order, within a bound of bytes.

use std::collections::VecDeque;

use bytes::Bytes;
use fixtures::Evidence;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

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

    /// Bytes the entry holds, with what the allocator adds and the connections' own buffers: rounded up, so that the
    /// whole process keeps the bound. `cargo bench` measures it.
    fn size(&self) -> usize {
        // A header of 16 bytes and the rounding up to as much again, at worst.
        const ALLOCATION: usize = 32;
        let lints: usize = self.lints.iter().map(|l| l.message.len() + size_of::<Lint>() + ALLOCATION).sum();
        size_of::<Self>()
            + self.request.target.len()
            + self.request.headers.as_bytes().len()
            + self.request.body.len()
            + self.reply.body.len()
            + self.explanation.as_ref().map_or(0, |text| text.len() + ALLOCATION)
            + lints
            + self.reply.headers.size()
            + 14 * ALLOCATION
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
    /// Boxed, since the ring's spare places would otherwise count for as much as the entries.
    entries: VecDeque<Box<Entry>>,
    bytes: usize,
    bytes_max: usize,
    /// Of every entry so far.
    tally: Tally,
}

impl Journal {
    /// An empty journal that keeps at most `bytes_max` bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, bytes_max, tally: Tally::default() }
    }

    /// Adds an entry and gives it its place.
    pub fn push(&mut self, mut entry: Entry) {
        // Before a remark of the journal's own, which says nothing of the request.
        self.tally.count(&entry);
        entry.seq = self.tally.requests;
        // One that is larger than all there is room for keeps its head, and the others stay.
        if entry.size() > self.bytes_max / 2 {
            entry.lints.push(Lint {
                rule: "bodies-left-out",
                message: format!(
                    "the journal has no room for bodies of {} and {} bytes; --journal-bytes gives it more",
                    entry.request.body.len(),
                    entry.reply.body.len()
                ),
            });
            entry.request.body = Bytes::new();
            entry.reply.body = Bytes::new();
        }
        self.bytes += entry.size();
        self.entries.push_back(Box::new(entry));
        while self.bytes > self.bytes_max
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.size();
        }
    }

    /// The entries still kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().map(Box::as_ref)
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
    pub fn evicted(&self) -> u64 {
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
    pub fn takes(&self, entry: &Entry) -> bool {
        self.provider.is_none_or(|provider| provider == entry.provider)
            && self.operation.as_deref().is_none_or(|id| id == entry.operation.map_or("none", |spec| spec.id))
            && self.status.is_none_or(|status| status == entry.reply.outcome.status)
            && self.outcome.as_deref().is_none_or(|outcome| outcome == entry.reply.outcome.name)
            && self.after.is_none_or(|after| entry.seq > after)
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
        let matching: Vec<&Entry> = self.entries().filter(|entry| filter.takes(entry)).collect();
        let entries = matching
            .iter()
            .take(limit)
            .map(|entry| serde_json::value::to_raw_value(&entry.view()).expect("an entry's view is plain JSON"))
            .collect();
        Page { entries, matched: matching.len(), evicted: self.evicted() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_bound_holds_and_evictions_are_counted() {
        let mut journal = Journal::new(10_000);
        for _ in 0..100 {
            journal.push(entry(1_000));
            assert!(journal.bytes <= 10_000);
        }
        let kept: Vec<u64> = journal.entries().map(|e| e.seq).collect();
        assert_eq!((kept.last(), journal.evicted() + kept.len() as u64), (Some(&100), 100));
        // One that is larger than all there is room for keeps its head, and drives nobody out.
        let before = journal.entries().count();
        journal.push(entry(20_000));
        let last = journal.entries().last().unwrap();
        assert_eq!((last.seq, last.lints[0].rule, last.reply.body.len()), (101, "bodies-left-out", 0));
        assert!(journal.entries().count() >= before && journal.bytes <= 10_000);
    }
}
