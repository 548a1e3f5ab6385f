//! A request as it was received.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use http::Method;

/// A request as it was received, with the provider's prefix already taken off its path.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, ... or any token a client made up.
    pub method: Method,
    /// Path and query as sent, percent-encoding and all; begins with `/`.
    pub target: String,
    /// Header lines in the order they came.
    pub headers: Headers,
    /// The whole body, decoded from its transfer coding.
    pub body: Bytes,
}

impl Request {
    /// A request without headers or body, to add to.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Headers::default(), body: Bytes::new() }
    }

    /// Adds a header line, spelled as given.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push(name.as_bytes(), value.as_ref());
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The key in `Authorization: Bearer`: none without that header, `Err` with its value when it has another form.
    ///
    /// What follows `Bearer ` is the key, space and all.
    pub fn bearer(&self) -> Option<Result<&[u8], &[u8]>> {
        const SCHEME: &[u8] = b"bearer ";
        let value = self.headers.get("authorization")?.value;
        let has_scheme = value.len() >= SCHEME.len() && value[..SCHEME.len()].eq_ignore_ascii_case(SCHEME);
        Some(if has_scheme { Ok(&value[SCHEME.len()..]) } else { Err(value) })
    }

    /// Name and value pairs of the query, decoded; a plus sign is a space, as in a form.
    pub fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_query(name), decode_query(value))
        })
    }
}

fn decode_query(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Header lines as they stood in the request, spelling and order kept.
///
/// One buffer of `Name: value\r\n` lines, as they stood in the connection's input; the journal keeps it as it is.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    lines: Bytes,
    spelling: Spelling,
}

/// Whether header names are known as the client spelled them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// Names are as sent: HTTP/1 read off the wire, or a request built by hand.
    #[default]
    AsSent,
    /// Names were lower-cased on the way, by HTTP/2 or by a library in between.
    Lost,
}

/// One header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderLine<'a> {
    /// Name as spelled.
    pub name: &'a [u8],
    /// Value with the space after the colon taken off and any trailing space kept.
    pub value: &'a [u8],
}

impl HeaderLine<'_> {
    /// The value by the rules of HTTP, which do not count trailing space.
    pub fn trimmed(&self) -> &[u8] {
        self.value.trim_ascii_end()
    }
}

impl Headers {
    /// Takes lines as they stood on the wire, without the request line and the empty line.
    pub const fn from_wire(lines: Bytes) -> Self {
        Self::from_lines(lines, Spelling::AsSent)
    }

    /// Takes lines of which the spelling is known or not.
    pub const fn from_lines(lines: Bytes, spelling: Spelling) -> Self {
        Self { lines, spelling }
    }

    /// Copies a map whose names were lower-cased.
    pub fn from_map(map: &http::HeaderMap) -> Self {
        let mut lines = Vec::with_capacity(map.iter().map(|(k, v)| k.as_str().len() + v.len() + 4).sum());
        for (name, value) in map {
            push_line(&mut lines, name.as_str().as_bytes(), value.as_bytes());
        }
        Self { lines: lines.into(), spelling: Spelling::Lost }
    }

    /// Where a part of these lines, such as a value that [`Headers::iter`] gave, stands in them.
    pub(crate) fn place_of(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr() as usize - self.lines.as_ptr() as usize;
        start..start + part.len()
    }

    /// The same lines with a star for every byte in these places.
    #[must_use]
    pub fn masked(self, places: Vec<Range<usize>>) -> Self {
        // Nobody else holds these lines, so they are changed where they are.
        let mut lines = Vec::from(self.lines);
        for place in places {
            lines[place].fill(b'*');
        }
        Self { lines: lines.into(), spelling: self.spelling }
    }

    fn push(&mut self, name: &[u8], value: &[u8]) {
        let mut lines = self.lines.to_vec();
        push_line(&mut lines, name, value);
        self.lines = lines.into();
    }

    /// The lines themselves.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.lines
    }

    /// Whether names are as the client spelled them.
    pub const fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Every line, in order.
    pub fn iter(&self) -> impl Iterator<Item = HeaderLine<'_>> {
        // A line ends with CR LF, or with LF alone, which HTTP lets a server accept.
        lines(&self.lines).filter_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            Some(HeaderLine { name: &line[..colon], value: line[colon + 1..].trim_ascii_start() })
        })
    }

    /// The lines of these names, in any spelling, each with its name's place among them.
    pub fn any<'s, const N: usize>(&'s self, names: &[&str; N]) -> impl Iterator<Item = (usize, HeaderLine<'s>)> {
        lines(&self.lines).filter_map(move |line| {
            // The colon's place tells most lines apart without a look at their names.
            let is = |name: &&str| line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name.as_bytes());
            let at = names.iter().position(is)?;
            let (name, value) = line.split_at(names[at].len());
            Some((at, HeaderLine { name, value: value[1..].trim_ascii_start() }))
        })
    }

    /// The first line of that name, in any spelling.
    pub fn get(&self, name: &str) -> Option<HeaderLine<'_>> {
        self.any(&[name]).next().map(|(_, line)| line)
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

fn push_line(lines: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    lines.extend_from_slice(name);
    lines.extend_from_slice(b": ");
    lines.extend_from_slice(value);
    lines.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_match_in_any_spelling_and_keep_theirs() {
        let headers = Headers::from_wire(Bytes::from_static(b"Host: a\r\nx-API-key:  k \nX-Api-Key: two\r\n"));
        let first = headers.get("X-API-Key").unwrap();
        assert_eq!((first.name, first.value, first.trimmed()), (&b"x-API-key"[..], &b"k "[..], &b"k"[..]));
        assert_eq!(headers.any(&["cookie", "x-api-key"]).filter(|(at, _)| *at == 1).count(), 2);
        assert_eq!(headers.get("absent"), None);
    }

    #[test]
    fn a_query_is_decoded_pair_by_pair() {
        let request = Request::new(Method::GET, "/v1/x?a=1&b=x%20y+z&&c&%ff=1");
        let pairs: Vec<_> = request.query().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        assert_eq!(pairs.len(), 4);
        assert_eq!((request.path(), pairs[1].1.as_str(), pairs[2].0.as_str()), ("/v1/x", "x y z", "c"));
    }
}
