//! The head of an HTTP/1 request as it stood on the wire.
//!
//! hyper lower-cases header names and drops the space around values, and two documents speak of just those. So the
//! bytes of each head are kept on their way into hyper, and given to the request that hyper makes of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The reading side of a connection, with its heads kept.
#[derive(Debug)]
pub struct Tapped<T> {
    io: T,
    heads: Heads,
}

/// The heads of a connection, in the order they come.
#[derive(Clone, Debug, Default)]
pub struct Heads(Arc<Mutex<Buffer>>);

#[derive(Debug, Default)]
struct Buffer {
    /// What came after the last head and its body.
    bytes: Vec<u8>,
    /// What is still to come of a body of known length.
    body_left: u64,
    /// Inside a body whose end only hyper knows.
    inside_chunks: bool,
}

/// How a request says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
}

/// Kept bytes that are no head are given up beyond this size.
const KEPT_BYTES_MAX: usize = 256 << 10;

impl<T> Tapped<T> {
    /// Keeps the heads that come out of `io`.
    pub fn new(io: T) -> (Self, Heads) {
        let heads = Heads::default();
        (Self { io, heads: heads.clone() }, heads)
    }
}

impl Heads {
    /// The header lines of the request that hyper has just read, whose first line begins with `start`.
    ///
    /// None when they were missed, which a request sent right behind a chunked one can be.
    pub fn take(&self, start: &[&[u8]], framing: Framing) -> Option<Bytes> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let head = buffer.head(start);
        let (lines, consumed) = match head {
            Some((lines, end)) => (Some(Bytes::copy_from_slice(&buffer.bytes[lines])), end),
            None => (None, buffer.bytes.len()),
        };
        buffer.bytes.drain(..consumed);
        match framing {
            Framing::Length(length) => {
                let here = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.bytes.len());
                buffer.bytes.drain(..here);
                buffer.body_left = length - here as u64;
            }
            Framing::Chunked => {
                buffer.bytes.clear();
                buffer.inside_chunks = true;
            }
        }
        lines
    }

    /// Says that the last chunk was read.
    pub fn end_of_chunks(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).inside_chunks = false;
    }
}

impl Buffer {
    fn keep(&mut self, mut bytes: &[u8]) {
        if self.inside_chunks {
            return;
        }
        if self.body_left > 0 {
            let body = usize::try_from(self.body_left).unwrap_or(usize::MAX).min(bytes.len());
            self.body_left -= body as u64;
            bytes = &bytes[body..];
        }
        if self.bytes.len() + bytes.len() <= KEPT_BYTES_MAX {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Where the header lines are, and where the head ends.
    fn head(&self, start: &[&[u8]]) -> Option<(std::ops::Range<usize>, usize)> {
        // hyper skips empty lines before a request.
        let first = self.bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
        let mut rest = &self.bytes[first..];
        for part in start {
            rest = rest.strip_prefix(*part)?;
        }
        let lines = first + memchr::memchr(b'\n', &self.bytes[first..])? + 1;
        let mut at = lines;
        loop {
            let line_end = at + memchr::memchr(b'\n', &self.bytes[at..])? + 1;
            if matches!(&self.bytes[at..line_end], b"\r\n" | b"\n") {
                return Some((lines..at, line_end));
            }
            at = line_end;
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Tapped<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        let new = &buf.filled()[before..];
        if !new.is_empty() {
            this.heads.0.lock().unwrap_or_else(PoisonError::into_inner).keep(new);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Tapped<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[std::io::IoSlice<'_>]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(input: &[u8]) -> Heads {
        let heads = Heads::default();
        heads.0.lock().unwrap().keep(input);
        heads
    }

    fn take(heads: &Heads, target: &str, framing: Framing) -> Option<String> {
        heads.take(&[b"GET ", target.as_bytes(), b" "], framing).map(|lines| String::from_utf8(lines.to_vec()).unwrap())
    }

    #[test]
    fn pipelined_heads_come_one_by_one() {
        let heads = heads(b"\r\nGET /a HTTP/1.1\r\nX: 1 \r\n\r\nbodyGET /b HTTP/1.1\ny: 2\n\nGET /c HTTP/1.1\r\n\r\n");
        assert_eq!(take(&heads, "/a", Framing::Length(4)).as_deref(), Some("X: 1 \r\n"));
        assert_eq!(take(&heads, "/b", Framing::Length(0)).as_deref(), Some("y: 2\n"));
        assert_eq!(take(&heads, "/c", Framing::Length(0)).as_deref(), Some(""));
        assert_eq!(take(&heads, "/d", Framing::Length(0)), None);
    }

    #[test]
    fn a_body_that_comes_later_is_not_taken_for_a_head() {
        let heads = heads(b"GET /a HTTP/1.1\r\n\r\nbo");
        assert!(take(&heads, "/a", Framing::Length(4)).is_some());
        heads.0.lock().unwrap().keep(b"dyGET /b HTTP/1.1\r\nz: 3\r\n\r\n");
        assert_eq!(take(&heads, "/b", Framing::Length(0)).as_deref(), Some("z: 3\r\n"));
    }

    #[test]
    fn what_follows_a_chunked_body_is_missed_not_mixed_up() {
        let heads = heads(b"GET /a HTTP/1.1\r\n\r\n4\r\n");
        assert!(take(&heads, "/a", Framing::Chunked).is_some());
        heads.0.lock().unwrap().keep(b"body\r\n0\r\n\r\nGET /b HTTP/1.1\r\nkey: ");
        heads.end_of_chunks();
        heads.0.lock().unwrap().keep(b"k\r\n\r\n");
        assert_eq!(take(&heads, "/b", Framing::Length(0)), None);
        heads.0.lock().unwrap().keep(b"GET /c HTTP/1.1\r\nk: 4\r\n\r\n");
        assert_eq!(take(&heads, "/c", Framing::Length(0)).as_deref(), Some("k: 4\r\n"));
    }
}
