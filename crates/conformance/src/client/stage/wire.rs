//! HTTP/1.1 to the byte: requests as they were sent, and answers in every shape that a client has to survive.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use super::act::{Message, Sent};

/// A request off the wire.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The client ends the connection after this answer.
    pub(super) last: bool,
}

/// A head of more than this is nobody's request.
const HEAD_MAX: usize = 256 * 1024;
/// Nor is a body of more than this.
const BODY_MAX: usize = 64 * 1024 * 1024;
const HEADERS_MAX: usize = 128;

/// A connection, and what was read of it beyond the last request.
pub(super) struct Wire<S> {
    pub(super) stream: S,
    read: Vec<u8>,
}

/// Why there is no further request.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The client, or the stage, is done.
    Ended,
    /// It is no HTTP/1.1.
    Malformed(&'static str),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Ended
    }
}

impl<S: Read + Write> Wire<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    /// Waits for the next request. `closing` is asked whenever nothing came for a while.
    pub(super) fn request(&mut self, closing: &dyn Fn() -> bool) -> Result<Received, NoRequest> {
        let (mut received, length) = loop {
            if let Some(parsed) = head(&self.read)? {
                let (received, framing, used) = parsed;
                self.read.drain(..used);
                break (received, framing);
            }
            if self.read.len() > HEAD_MAX {
                return Err(NoRequest::Malformed("the head is too long"));
            }
            self.more(closing)?;
        };
        if received.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("expect") && value.eq_ignore_ascii_case("100-continue")) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        received.body = match length {
            Framing::Length(length) => {
                while self.read.len() < length {
                    self.more(closing)?;
                }
                self.read.drain(..length).collect()
            }
            Framing::Chunks => self.chunks(closing)?,
        };
        Ok(received)
    }

    fn chunks(&mut self, closing: &dyn Fn() -> bool) -> Result<Vec<u8>, NoRequest> {
        let mut body = Vec::new();
        loop {
            match httparse::parse_chunk_size(&self.read) {
                Err(_) => return Err(NoRequest::Malformed("a chunk has no size")),
                Ok(httparse::Status::Partial) => self.more(closing)?,
                Ok(httparse::Status::Complete((start, size))) => {
                    let size = usize::try_from(size).unwrap_or(usize::MAX);
                    if size.saturating_add(body.len()) > BODY_MAX {
                        return Err(NoRequest::Malformed("the body is too long"));
                    }
                    let end = start + size;
                    while self.read.len() < end + 2 {
                        self.more(closing)?;
                    }
                    body.extend_from_slice(&self.read[start..end]);
                    self.read.drain(..end + 2);
                    if size == 0 {
                        return Ok(body);
                    }
                }
            }
        }
    }

    fn more(&mut self, closing: &dyn Fn() -> bool) -> Result<(), NoRequest> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(NoRequest::Ended),
                Ok(n) => {
                    self.read.extend_from_slice(&buffer[..n]);
                    return Ok(());
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && !closing() => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(NoRequest::Ended),
            }
        }
    }

    /// Sends an answer in its shape; says whether the connection may go on. `before_end` is called before its last byte leaves.
    pub(super) fn answer(&mut self, to_head: bool, message: &Message, sent: Sent, before_end: impl FnOnce()) -> io::Result<bool> {
        let mut before_end = BeforeEnd(Some(before_end));
        let whole = match sent {
            Sent::Latin1 => latin1(&message.body),
            _ => message.body.clone().into_bytes(),
        };
        let body = if to_head { &[][..] } else { &whole };
        let mut head = match sent {
            Sent::After(status) => format!("{}link: </style.css>; rel=preload\r\n\r\n{}", status_line(status), head_of(message)),
            _ => head_of(message),
        };
        match sent {
            Sent::Chunked(_) => head.push_str("transfer-encoding: chunked\r\n"),
            Sent::Unmeasured => head.push_str("connection: close\r\n"),
            Sent::Closing => {
                let _ = write!(head, "content-length: {}\r\nconnection: close\r\n", whole.len());
            }
            _ if message.status == 204 => {}
            _ => {
                let _ = write!(head, "content-length: {}\r\n", whole.len());
            }
        }
        head.push_str("\r\n");
        if !matches!(sent, Sent::Pieces(..)) {
            before_end.call();
        }
        match sent {
            Sent::Whole | Sent::Closing | Sent::Unmeasured | Sent::Latin1 | Sent::After(_) => {
                let mut all = head.into_bytes();
                all.extend_from_slice(body);
                self.stream.write_all(&all)?;
            }
            Sent::CutShort | Sent::Stalled => {
                self.stream.write_all(head.as_bytes())?;
                self.stream.write_all(&body[..body.len() / 2])?;
            }
            Sent::Chunked(size) => {
                self.stream.write_all(head.as_bytes())?;
                for chunk in body.chunks(size.max(1)) {
                    self.stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
                    self.stream.write_all(chunk)?;
                    self.stream.write_all(b"\r\n")?;
                }
                self.stream.write_all(b"0\r\n\r\n")?;
            }
            Sent::Pieces(pieces, pause) => {
                self.stream.write_all(head.as_bytes())?;
                let mut left = body.chunks(body.len().div_ceil(pieces.max(1)).max(1));
                while let Some(piece) = left.next() {
                    self.stream.flush()?;
                    std::thread::sleep(pause);
                    if left.len() == 0 {
                        before_end.call();
                    }
                    self.stream.write_all(piece)?;
                }
            }
            Sent::Reset | Sent::Never => {}
        }
        self.stream.flush()?;
        Ok(matches!(sent, Sent::Whole | Sent::Chunked(_) | Sent::Pieces(..) | Sent::Latin1 | Sent::After(_)))
    }

    /// The answer to what is no request.
    pub(super) fn refuse(&mut self, why: &str) {
        let message = Message::new(400, "text/plain", why);
        let _ = self.answer(false, &message, Sent::Closing, || {});
    }
}

/// Calls it once, at the latest when the answer could not be sent.
struct BeforeEnd<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> BeforeEnd<F> {
    fn call(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}

impl<F: FnOnce()> Drop for BeforeEnd<F> {
    fn drop(&mut self) {
        self.call();
    }
}

/// How long a body is.
enum Framing {
    Length(usize),
    Chunks,
}

fn head(read: &[u8]) -> Result<Option<(Received, Framing, usize)>, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let used = match request.parse(read) {
        Ok(httparse::Status::Complete(used)) => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(NoRequest::Malformed("the head is no HTTP/1.1")),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<(String, String)> = request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let value = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let framing = match (value("transfer-encoding"), value("content-length")) {
        (Some(coding), _) if coding.to_ascii_lowercase().ends_with("chunked") => Framing::Chunks,
        (Some(_), _) => return Err(NoRequest::Malformed("the transfer coding is not known")),
        (None, None) => Framing::Length(0),
        (None, Some(length)) => match length.trim().parse() {
            Ok(length) if length <= BODY_MAX => Framing::Length(length),
            _ => return Err(NoRequest::Malformed("the content length is no number, or too large")),
        },
    };
    let last = request.version == Some(0) || value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let received = Received {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers,
        body: Vec::new(),
        last,
    };
    Ok(Some((received, framing, used)))
}

/// With what is beyond ASCII in one byte where ISO 8859-1 has it.
fn latin1(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

fn status_line(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown");
    format!("HTTP/1.1 {status} {reason}\r\n")
}

fn head_of(message: &Message) -> String {
    let mut head = status_line(message.status);
    for (name, value) in &message.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head
}

/// So long one read waits before it is asked whether the stage is still there.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A connection that receives these pieces, and keeps what is sent.
    struct Pipe {
        pieces: VecDeque<Vec<u8>>,
        sent: Vec<u8>,
    }

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.pieces.pop_front() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.sent.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pipe<'p>(pieces: impl IntoIterator<Item = &'p str>) -> Wire<Pipe> {
        Wire::new(Pipe { pieces: pieces.into_iter().map(|piece| piece.as_bytes().to_vec()).collect(), sent: Vec::new() })
    }

    /// What is read of these pieces, request by request, and why there is no more.
    #[track_caller]
    fn check<'p>(pieces: impl IntoIterator<Item = &'p str>, expected: &[&str]) {
        let mut wire = pipe(pieces);
        let mut found = Vec::new();
        loop {
            match wire.request(&|| false) {
                Ok(request) => {
                    let last = if request.last { ", the last" } else { "" };
                    found.push(format!("{} {} {:?}{last}", request.method, request.target, String::from_utf8_lossy(&request.body)));
                }
                Err(NoRequest::Ended) => {
                    found.push("end".to_owned());
                    break;
                }
                Err(NoRequest::Malformed(why)) => {
                    found.push(why.to_owned());
                    break;
                }
            }
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn a_request_is_read_however_it_comes() {
        let whole = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        check([whole], &["POST /a?b=c \"abc\"", "end"]);
        let bytes: Vec<&str> = whole.split("").filter(|piece| !piece.is_empty()).collect();
        check(bytes, &["POST /a?b=c \"abc\"", "end"]);
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3;name=value\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        check([chunks], &["POST / \"abcd\"", "end"]);
        check(chunks.split_inclusive('\n'), &["POST / \"abcd\"", "end"]);
        check([&*format!("{whole}{chunks}GET /b HTTP/1.1\r\n\r\n")], &["POST /a?b=c \"abc\"", "POST / \"abcd\"", "GET /b \"\"", "end"]);
        check(["GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"], &["GET / \"\", the last", "end"]);
        check(["GET / HTTP/1.0\r\n\r\n"], &["GET / \"\", the last", "end"]);
        check(["GET / HTTP/1.1\r\nHost"], &["end"]);
        check(["POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"], &["end"]);
    }

    #[test]
    fn what_is_no_request_says_why() {
        check(["hello\r\n\r\n"], &["the head is no HTTP/1.1"]);
        check(["\u{16}\u{3}\u{1}\u{2}\0\u{1}"], &["the head is no HTTP/1.1"]);
        check(["POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n"], &["the content length is no number, or too large"]);
        check(["POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"], &["the content length is no number, or too large"]);
        check(["POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"], &["the transfer coding is not known"]);
        check(["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"], &["a chunk has no size"]);
        check(["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n"], &["the body is too long"]);
        let long = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(10_000));
        check(std::iter::once(&*long).chain(std::iter::repeat_n(&long[18..], 30)), &["the head is too long"]);
    }

    #[test]
    fn who_expects_to_be_told_to_go_on_is_told() {
        let mut wire = pipe(["POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", "a"]);
        assert_eq!(wire.request(&|| false).unwrap().body, b"a");
        assert_eq!(wire.stream.sent, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    /// The bytes of an answer, and whether the connection goes on.
    #[track_caller]
    fn sent(sent: Sent, message: &Message, expected: &str, goes_on: bool) {
        let mut wire = pipe([]);
        let found = wire.answer(false, message, sent, || {}).unwrap();
        assert_eq!((&*String::from_utf8_lossy(&wire.stream.sent), found), (expected, goes_on));
    }

    #[test]
    fn an_answer_leaves_in_its_shape() {
        let ok = Message { status: 200, headers: vec![("A".into(), "b".into())], body: "{\"a\":1}".into() };
        sent(Sent::Whole, &ok, "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 7\r\n\r\n{\"a\":1}", true);
        sent(Sent::Closing, &ok, "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 7\r\nconnection: close\r\n\r\n{\"a\":1}", false);
        sent(Sent::Unmeasured, &ok, "HTTP/1.1 200 OK\r\nA: b\r\nconnection: close\r\n\r\n{\"a\":1}", false);
        let chunks = "HTTP/1.1 200 OK\r\nA: b\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n";
        sent(Sent::Chunked(4), &ok, chunks, true);
        sent(Sent::Pieces(3, Duration::ZERO), &ok, "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 7\r\n\r\n{\"a\":1}", true);
        let half = "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 7\r\n\r\n{\"a";
        sent(Sent::CutShort, &ok, half, false);
        sent(Sent::Stalled, &ok, half, false);
        let interim = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
        sent(Sent::After(103), &ok, &format!("{interim}HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 7\r\n\r\n{{\"a\":1}}"), true);
        sent(Sent::Whole, &Message { status: 204, ..Message::default() }, "HTTP/1.1 204 No Content\r\n\r\n", true);
        sent(Sent::Whole, &Message { status: 200, ..Message::default() }, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true);
    }

    #[test]
    fn latin_1_has_one_byte_for_what_it_knows() {
        let mut wire = pipe([]);
        wire.answer(false, &Message { status: 200, headers: Vec::new(), body: "Zürich ✓".into() }, Sent::Latin1, || {}).unwrap();
        assert_eq!(wire.stream.sent, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nZ\xfcrich \xe2\x9c\x93");
    }

    #[test]
    fn head_has_the_length_and_not_the_body() {
        let mut wire = pipe([]);
        assert!(wire.answer(true, &Message { status: 200, headers: Vec::new(), body: "abc".into() }, Sent::Whole, || {}).unwrap());
        assert_eq!(wire.stream.sent, b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
    }
}
