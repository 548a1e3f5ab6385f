//! A raw HTTP/1 client: what is sent and what is received, byte for byte.
//!
//! It knows nothing of keep-alive, redirects or codings, so that nothing stands between a test and the server.

use std::fmt::{self, Write as _};
use std::io::{ErrorKind, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server that says nothing for so long has hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// One TCP connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// Received, and not yet taken.
    received: Vec<u8>,
}

/// One answer as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status line and header lines, without the empty line.
    pub(crate) head: String,
    /// As sent.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap_or_else(|_| panic!("no status line: {}", self.head))
    }

    pub(crate) fn status_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("bodies are UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self}"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status(), String::from_utf8_lossy(&self.body))
    }
}

/// A request as it stands on the wire. A body brings its length along.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str("Host: localhost\r\n");
    }
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(text, "Content-Length: {}\r\n", body.len());
    }
    format!("{text}\r\n{body}").into_bytes()
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address} takes no connection: {e}"));
        stream.set_nodelay(true).expect("a socket takes the option");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes the option");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket takes the option");
        Self { stream, received: Vec::new() }
    }

    /// Sends, to a server that must listen.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.offer(bytes).expect("the server listens");
        self
    }

    /// Sends, to a server that may have hung up.
    pub(crate) fn offer(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&mut self) -> &mut Self {
        self.stream.shutdown(std::net::Shutdown::Write).expect("the connection is open");
        self
    }

    /// Waits that long for something to arrive, and says whether it did. A closed connection counts as well.
    pub(crate) fn hears_within(&mut self, patience: Duration) -> bool {
        self.stream.set_read_timeout(Some(patience)).expect("a socket takes the option");
        let heard = match self.read() {
            Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            Ok(_) => true,
        };
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes the option");
        heard
    }

    /// The next answer; a 204, 304 or 1xx has no body.
    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.head();
        let mut answer = Answer { head, body: Vec::new() };
        if matches!(answer.status(), 100..=199 | 204 | 304) {
            return answer;
        }
        let length = answer.header("content-length").and_then(|n| n.parse().ok());
        let length: usize = length.unwrap_or_else(|| panic!("an answer without a length: {}", answer.head));
        while self.received.len() < length {
            assert!(self.read().expect("the body arrives") > 0, "closed inside the body of {answer:?}");
        }
        answer.body = self.received.drain(..length).collect();
        answer
    }

    /// The head of the next answer, which is all there is of an answer to HEAD.
    pub(crate) fn head(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            let read = self.read().expect("an answer arrives");
            assert!(read > 0, "closed before an answer; received {:?}", String::from_utf8_lossy(&self.received));
        };
        let head: Vec<u8> = self.received.drain(..end + 4).take(end).collect();
        String::from_utf8(head).expect("heads are UTF-8")
    }

    /// All that still comes until the server closes the connection.
    pub(crate) fn until_closed(&mut self) -> Vec<u8> {
        loop {
            match self.read() {
                Ok(0) => break,
                // Closed with some of what was sent unread.
                Err(e) if matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => break,
                Ok(_) => {}
                Err(e) => panic!("the server does not close the connection: {e}"),
            }
        }
        std::mem::take(&mut self.received)
    }

    fn read(&mut self) -> std::io::Result<usize> {
        let mut chunk = [0; 16 << 10];
        let read = self.stream.read(&mut chunk)?;
        self.received.extend_from_slice(&chunk[..read]);
        Ok(read)
    }
}

/// Asks once, on a connection of its own.
pub(crate) fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    Connection::open(address).send(request).answer()
}
