//! A connection of which the first bytes have been read, to see what is spoken on it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What a client begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// HTTP/1, or what is to be answered as that.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
    /// A handshake of TLS.
    Tls,
}

/// A first line of HTTP/2 with prior knowledge.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The first byte of a TLS handshake; no method of HTTP begins with it.
const HANDSHAKE: u8 = 0x16;
/// Most requests come whole in one read.
const FIRST_READ: usize = 4 << 10;

/// A connection whose first bytes are given back before the others.
#[derive(Debug)]
pub struct Begun<T> {
    io: T,
    first: BytesMut,
}

impl<T: AsyncRead + Unpin> Begun<T> {
    /// Reads until it is plain what is spoken. An error is a client that went away before.
    pub async fn listen(io: T) -> io::Result<(Spoken, Self)> {
        let mut begun = Self { io, first: BytesMut::with_capacity(FIRST_READ) };
        loop {
            begun.read_more().await?;
            match &*begun.first {
                [HANDSHAKE, ..] => return Ok((Spoken::Tls, begun)),
                first if first.starts_with(HTTP2_PREFACE) => return Ok((Spoken::Http2, begun)),
                first if HTTP2_PREFACE.starts_with(first) => {}
                _ => return Ok((Spoken::Http1, begun)),
            }
        }
    }

    /// What has been read so far.
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// Reads more of what the client begins with.
    pub async fn read_more(&mut self) -> io::Result<()> {
        match self.io.read_buf(&mut self.first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Begun<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, out);
        }
        let n = self.first.len().min(out.remaining());
        out.put_slice(&self.first[..n]);
        self.first.advance(n);
        if self.first.is_empty() {
            // The buffer is not held as long as the connection lives.
            self.first = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Begun<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[&[u8]], expected: Option<Spoken>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut client, server) = tokio::io::duplex(64);
            let listening = Begun::listen(server);
            let speaking = async {
                for part in parts {
                    tokio::io::AsyncWriteExt::write_all(&mut client, part).await.unwrap();
                    tokio::task::yield_now().await;
                }
                drop(client);
            };
            let (begun, ()) = tokio::join!(listening, speaking);
            let spoken = begun.as_ref().ok().map(|(spoken, _)| *spoken);
            assert_eq!(spoken, expected, "{parts:?}");
            if let Ok((_, mut begun)) = begun {
                let mut all = Vec::new();
                begun.read_to_end(&mut all).await.unwrap();
                assert_eq!(all, parts.concat(), "what was read is given back");
            }
        });
    }

    #[test]
    fn the_first_bytes_tell_what_is_spoken_however_they_come() {
        check(&[b"GET / HTTP/1.1\r\n\r\n"], Some(Spoken::Http1));
        check(&[b"P", b"OST / HTTP/1.1\r\n"], Some(Spoken::Http1));
        check(&[b"PRI * HTTP/2.0\r\n\r\n", b"SM\r\n\r\nrest"], Some(Spoken::Http2));
        check(&[b"PRI * HTTP/1.1\r\n\r\n"], Some(Spoken::Http1));
        check(&[&[HANDSHAKE, 3, 1]], Some(Spoken::Tls));
        check(&[&[0]], Some(Spoken::Http1));
        check(&[b"PRI"], None);
        check(&[], None);
    }
}
