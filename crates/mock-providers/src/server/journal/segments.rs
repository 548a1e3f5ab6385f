//! Entries one behind the other, in a few buffers that are used again.
//!
//! A busy journal runs through the whole of its bound over and over. Were every part of an entry an allocation, the
//! parts would lie all over that memory, and each request would wait for the memory of the entry that it drives out.
//! Copied one behind the other they are written as a stream, and what goes is a buffer at a time.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;

use super::{Entry, Filter};
use crate::core::operation::Spec;
use crate::core::reply::{Lint, Outcome, Reply, ReplyHeaders};
use crate::core::request::{Headers, Request, Spelling};
use crate::providers::Provider;

/// The bound is this many segments at least, so that little goes at a time.
const SEGMENTS_MIN: usize = 8;
/// A segment is no larger than this, but for one that holds a single larger entry.
const SEGMENT_BYTES_MAX: usize = 64 << 10;

/// Entries within a bound of bytes, in segments of which the oldest goes whole.
#[derive(Clone, Debug)]
pub(super) struct Segments {
    all: VecDeque<Segment>,
    /// Entries in all segments.
    len: usize,
    /// Bytes that the segments hold, filled or not.
    bytes: usize,
    bytes_max: usize,
}

impl Segments {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self { all: VecDeque::new(), len: 0, bytes: 0, bytes_max }
    }

    /// Whether an entry leaves room for others.
    pub(super) fn has_room_for(&self, entry: &Entry) -> bool {
        held(footprint(entry)) <= self.bytes_max / 2
    }

    pub(super) fn push(&mut self, seq: u64, entry: &Entry) {
        let footprint = footprint(entry);
        if self.all.back().is_none_or(|last| last.filled() + footprint > self.segment_bytes_max()) {
            let next = self.next();
            self.bytes += next.bytes();
            self.all.push_back(next);
        }
        if let Some(last) = self.all.back_mut() {
            let before = last.bytes();
            last.push(seq, entry);
            self.bytes += last.bytes() - before;
            self.len += 1;
        }
        while self.bytes > self.bytes_max && self.take_oldest().is_some() {}
    }

    fn segment_bytes_max(&self) -> usize {
        (self.bytes_max / SEGMENTS_MIN).min(SEGMENT_BYTES_MAX)
    }

    /// An empty segment: the oldest one's buffers where the bound leaves no room for more.
    fn next(&mut self) -> Segment {
        let room = self.segment_bytes_max();
        if self.bytes + room > self.bytes_max
            && let Some(mut oldest) = self.take_oldest()
            && oldest.bytes() <= 3 * room
        {
            oldest.clear();
            return oldest;
        }
        // The first grows as it must: most worlds see a few requests. Later ones will hold what the last one does.
        self.all.back().filter(|last| last.bytes() <= 3 * room).map_or_else(Segment::default, Segment::empty_as_large)
    }

    fn take_oldest(&mut self) -> Option<Segment> {
        let oldest = self.all.pop_front()?;
        self.bytes -= oldest.bytes();
        self.len -= oldest.kept.len();
        Some(oldest)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Every entry, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Entry> {
        self.all.iter().flat_map(|segment| segment.kept.iter().map(|kept| segment.entry(kept)))
    }

    /// The first `limit` entries that the filter takes, and how many it takes in all.
    pub(super) fn matching(&self, filter: &Filter, limit: usize) -> (Vec<Entry>, usize) {
        let kept = self.all.iter().flat_map(|segment| segment.kept.iter().map(move |kept| (segment, kept)));
        let mut matched = 0;
        let mut entries = Vec::new();
        for (segment, kept) in kept.filter(|(_, kept)| filter.takes(kept.seq, kept.provider, kept.operation, kept.outcome)) {
            matched += 1;
            if matched <= limit {
                entries.push(segment.entry(kept));
            }
        }
        (entries, matched)
    }

    #[cfg(test)]
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// An entry, but for its texts.
#[derive(Clone, Debug)]
struct Kept {
    seq: u64,
    at: Timestamp,
    provider: Provider,
    revision: &'static str,
    operation: Option<&'static Spec>,
    nearest: Option<&'static Spec>,
    method: Method,
    spelling: Spelling,
    outcome: Outcome,
    content_type: &'static str,
    /// Where its texts begin.
    start: usize,
    /// How long they are: target, headers and body of the request, body of the reply. The reply's headers follow.
    lengths: [usize; 4],
    /// Which of the segment's headers are the reply's.
    headers: Range<usize>,
    said: Option<Box<Said>>,
}

/// What is said of few requests.
#[derive(Clone, Debug)]
struct Said {
    lints: Vec<Lint>,
    explanation: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Segment {
    kept: Vec<Kept>,
    texts: Vec<u8>,
    /// Names of the replies' headers, each with the length of its value.
    headers: Vec<(&'static str, usize)>,
    /// Bytes of all that is said.
    said: usize,
}

/// The texts of an entry, in their order, but for the reply's headers.
fn texts(entry: &Entry) -> [&[u8]; 4] {
    [entry.request.target.as_bytes(), entry.request.headers.as_bytes(), &entry.request.body, &entry.reply.body]
}

/// Bytes that an entry takes in a segment.
fn footprint(entry: &Entry) -> usize {
    let headers: usize = entry.reply.headers.iter().map(|(_, value)| size_of::<(&str, usize)>() + value.len()).sum();
    size_of::<Kept>() + texts(entry).iter().map(|text| text.len()).sum::<usize>() + headers + said(entry)
}

/// Bytes of the process for so many in buffers: a third more, for what the allocator rounds up to and for the buffers of
/// connections, so that the whole process keeps the bound. `cargo bench` measures it.
const fn held(bytes: usize) -> usize {
    bytes + bytes / 3
}

/// Bytes of what is said of an entry, with what the allocator adds.
fn said(entry: &Entry) -> usize {
    /// A header of 16 bytes and the rounding up to as much again, at worst.
    const ALLOCATION: usize = 32;
    let lints: usize = entry.lints.iter().map(|lint| lint.message.len() + size_of::<Lint>() + ALLOCATION).sum();
    let explanation = entry.explanation.as_ref().map_or(0, |text| text.len() + ALLOCATION);
    let both = lints + explanation;
    if both == 0 { 0 } else { both + size_of::<Said>() + 2 * ALLOCATION }
}

impl Segment {
    fn empty_as_large(&self) -> Self {
        Self {
            kept: Vec::with_capacity(self.kept.len()),
            texts: Vec::with_capacity(self.texts.len()),
            headers: Vec::with_capacity(self.headers.len()),
            said: 0,
        }
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.texts.clear();
        self.headers.clear();
        self.said = 0;
    }

    const fn of(kept: usize, texts: usize, headers: usize, said: usize) -> usize {
        kept * size_of::<Kept>() + texts + headers * size_of::<(&str, usize)>() + said
    }

    /// Bytes that are filled.
    const fn filled(&self) -> usize {
        Self::of(self.kept.len(), self.texts.len(), self.headers.len(), self.said)
    }

    /// Bytes that are held, filled or not.
    const fn bytes(&self) -> usize {
        held(Self::of(self.kept.capacity(), self.texts.capacity(), self.headers.capacity(), self.said))
    }

    fn push(&mut self, seq: u64, entry: &Entry) {
        let texts = texts(entry);
        let (start, first_header) = (self.texts.len(), self.headers.len());
        if self.kept.is_empty() {
            // A large entry stands alone, and must not be given room for two.
            self.texts.reserve_exact(footprint(entry));
        }
        for text in texts {
            self.texts.extend_from_slice(text);
        }
        for (name, value) in entry.reply.headers.iter() {
            self.headers.push((name, value.len()));
            self.texts.extend_from_slice(value.as_bytes());
        }
        let is_silent = entry.lints.is_empty() && entry.explanation.is_none();
        self.said += said(entry);
        self.kept.push(Kept {
            seq,
            at: entry.at,
            provider: entry.provider,
            revision: entry.revision,
            operation: entry.operation,
            nearest: entry.nearest,
            method: entry.request.method.clone(),
            spelling: entry.request.headers.spelling(),
            outcome: entry.reply.outcome,
            content_type: entry.reply.content_type,
            start,
            lengths: texts.map(<[u8]>::len),
            headers: first_header..self.headers.len(),
            said: (!is_silent).then(|| Box::new(Said { lints: entry.lints.clone(), explanation: entry.explanation.clone() })),
        });
    }

    fn entry(&self, kept: &Kept) -> Entry {
        let mut rest = &self.texts[kept.start..];
        let mut next = |length: usize| {
            let (text, behind) = rest.split_at(length);
            rest = behind;
            text
        };
        let [target, lines, body, reply_body] = kept.lengths.map(&mut next);
        let mut headers = ReplyHeaders::default();
        for (name, length) in &self.headers[kept.headers.clone()] {
            headers.push(name, &String::from_utf8_lossy(next(*length)));
        }
        let said = kept.said.as_deref();
        Entry {
            seq: kept.seq,
            at: kept.at,
            provider: kept.provider,
            revision: kept.revision,
            operation: kept.operation,
            request: Request {
                method: kept.method.clone(),
                target: String::from_utf8_lossy(target).into_owned(),
                headers: Headers::from_lines(Bytes::copy_from_slice(lines), kept.spelling),
                body: Bytes::copy_from_slice(body),
            },
            reply: Reply { outcome: kept.outcome, content_type: kept.content_type, headers, body: Bytes::copy_from_slice(reply_body) },
            lints: said.map(|said| said.lints.clone()).unwrap_or_default(),
            explanation: said.and_then(|said| said.explanation.clone()),
            nearest: kept.nearest,
        }
    }
}
