//! What may be kept: exchanges without keys, addresses, names, phones and pages of people.
//!
//! [`Redacted`] can only be made by a [`Redactor`], and a file only from it. The same value is the same token in all of a
//! recording: `<email:1>`. What the documents print themselves is public and stays.

mod disguise;
mod personal;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::ops::Range;
use std::sync::LazyLock;

use fixtures::EXCHANGES;
use mock_providers::providers::Provider;

use self::disguise::{View, lower};
use self::personal::Personal;
use crate::compare::kind::text;
use crate::json_tree::{Node, Shape};

/// What the texts of an exchange are, which decides how they are read.
#[derive(Debug)]
pub enum Part<'a> {
    /// Path and query.
    Target(&'a mut String),
    /// A header's name and value.
    Header(&'a str, &'a mut String),
    /// A body.
    Body(&'a mut String),
}

/// Something with texts that others' data may be in.
pub trait Redact {
    /// Visits every text.
    fn parts(&mut self, visit: &mut dyn FnMut(Part<'_>));
}

/// Something that is kept in a file of its own.
pub trait Keep: Redact {
    /// The text of the file.
    fn file(&self) -> String;
}

/// Without keys and personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// For reading.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// For telling it in another form.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

/// A file that was not written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A key would have been in it. Which one is told by its role.
    #[error(
        "the file would hold the key {role}, in line {line}, column {column}; nothing was written\n  hint: this is a mistake of the suite; tell its authors what line it was, without the key"
    )]
    Key {
        /// Of the key.
        role: String,
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Shorter texts are in everything.
const SHORTEST_KEY: usize = 4;

/// Knows the live keys, and gives each value its token.
#[derive(Default)]
pub struct Redactor {
    /// Role and letters in lower case, the longest first.
    keys: Vec<(String, Vec<char>)>,
    tokens: HashMap<(&'static str, String), usize>,
    /// Names that were seen, in lower case, and what they are.
    learned: Vec<(Vec<char>, Personal)>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// For these live keys, each with its role. The documents' own keys are no secret, and none is shorter than four letters.
    pub fn new(keys: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut redactor = Self::default();
        keys.into_iter().for_each(|(role, key)| redactor.know(&role, &key));
        redactor
    }

    /// Another live key, with its role.
    pub fn know(&mut self, role: &str, key: &str) {
        if key.len() < SHORTEST_KEY || is_public(key) {
            return;
        }
        let known = (role.to_owned(), key.chars().map(lower).collect::<Vec<_>>());
        if !self.keys.contains(&known) {
            self.keys.push(known);
            self.keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.len()));
        }
    }

    /// Puts tokens in place of all that nobody else should read. A name is found in all of it, also before the place that
    /// says it is one.
    pub fn redact<T: Redact>(&mut self, mut whole: T) -> Redacted<T> {
        whole.parts(&mut |part| self.learn(&part));
        self.learned.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        self.learned.dedup();
        whole.parts(&mut |part| match part {
            Part::Target(text) => *text = self.target(text),
            Part::Header(name, value) => *value = self.header(name, value),
            Part::Body(body) => *body = self.body(body),
        });
        Redacted(whole)
    }

    /// Writes a file, unless one of the keys is in its bytes after all, in any encoding known here.
    pub fn store<T: Keep>(&self, redacted: &Redacted<T>, write: impl FnOnce(&str) -> io::Result<()>) -> Result<(), StoreError> {
        let text = redacted.0.file();
        self.scan(&text)?;
        Ok(write(&text)?)
    }

    /// Finds a key in the bytes of a file that is about to be written.
    pub fn scan(&self, text: &str) -> Result<(), StoreError> {
        if self.keys.is_empty() {
            return Ok(());
        }
        for (at, line) in text.lines().enumerate() {
            let layers = View::layers(line);
            if let Some((role, place)) = self.keys_in(&layers).into_iter().next() {
                return Err(StoreError::Key { role: role.to_owned(), line: at + 1, column: place.start + 1 });
            }
        }
        Ok(())
    }

    fn keys_in<'s>(&'s self, layers: &[View]) -> Vec<(&'s str, Range<usize>)> {
        let mut found = Vec::new();
        for view in layers {
            for (role, key) in &self.keys {
                let places = view.find(key).into_iter().chain(view.find_encoded(key));
                found.extend(places.map(|place| (&**role, view.source(place))));
            }
        }
        found
    }

    fn learn(&mut self, part: &Part<'_>) {
        match part {
            Part::Target(target) => self.learn_pairs(target.split_once('?').map_or("", |(_, query)| query)),
            Part::Header(..) => {}
            Part::Body(body) => match Node::read(body) {
                Some(node) => self.learn_node("", &node),
                None => self.learn_pairs(body),
            },
        }
    }

    fn learn_pairs(&mut self, pairs: &str) {
        for (name, value) in pairs.split('&').filter_map(|pair| pair.split_once('=')) {
            self.learn_value(name, &resolved(value));
        }
    }

    fn learn_node(&mut self, key: &str, node: &Node<'_>) {
        match &node.shape {
            Shape::Object(members) => members.iter().for_each(|(key, node)| self.learn_node(&text(&format!("\"{key}\"")), node)),
            Shape::Array(items) => items.iter().for_each(|node| self.learn_node(key, node)),
            Shape::Scalar if node.raw.starts_with('"') => {
                let value = text(node.raw);
                match Node::read(&value).filter(|node| !matches!(node.shape, Shape::Scalar)) {
                    Some(inner) => self.learn_node(key, &inner),
                    None => self.learn_value(key, &value),
                }
            }
            Shape::Scalar => {}
        }
    }

    fn learn_value(&mut self, key: &str, value: &str) {
        let Some(kind) = Personal::of_key(key) else { return };
        for learned in kind.learned(key, value) {
            if !is_public(learned) {
                self.learned.push((learned.chars().map(lower).collect(), kind));
            }
        }
    }

    fn token(&mut self, kind: Personal, value: &str) -> String {
        let name = kind.name();
        let next = self.tokens.keys().filter(|(known, _)| *known == name).count() + 1;
        let number = *self.tokens.entry((name, value.to_lowercase())).or_insert(next);
        format!("<{name}:{number}>")
    }

    /// Replaces within a text whose place says nothing.
    fn plain(&mut self, source: &str) -> String {
        let layers = View::layers(source);
        let mut found: Vec<(Range<usize>, String)> =
            self.keys_in(&layers).into_iter().map(|(role, place)| (place, format!("<key:{role}>"))).collect();
        for view in &layers {
            for (kind, chars) in personal::found(view) {
                let value = view.text(chars.clone());
                if !is_public(&value) {
                    let token = self.token(kind, &value);
                    found.push((view.source(chars), token));
                }
            }
            for (name, kind) in self.learned.clone() {
                for chars in view.find(&name).into_iter().filter(|chars| personal::stands_alone(view, chars)) {
                    let token = self.token(kind, &view.text(chars.clone()));
                    found.push((view.source(chars), token));
                }
            }
        }
        replaced(source, found)
    }

    /// The whole value at a key that says whose it is; else what is found in it.
    fn value(&mut self, key: &str, value: &str) -> String {
        if is_public(value) && !self.has_key(value) {
            return value.to_owned();
        }
        match Personal::of_key(key) {
            Some(kind) if !value.is_empty() && !self.has_key(value) => self.token(kind, value),
            _ => self.plain(value),
        }
    }

    fn has_key(&self, value: &str) -> bool {
        !self.keys_in(&View::layers(value)).is_empty()
    }

    fn target(&mut self, target: &str) -> String {
        match target.split_once('?') {
            Some((path, query)) => format!("{}?{}", self.plain(path), self.query(query)),
            None => self.plain(target),
        }
    }

    /// Pair by pair, and then as a whole: an entity such as `&#64;` would be cut in two at its `&`.
    fn query(&mut self, query: &str) -> String {
        let pairs = self.pairs(query);
        self.plain(&pairs)
    }

    fn pairs(&mut self, pairs: &str) -> String {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => {
                let said = resolved(value);
                let redacted = self.value(name, &said);
                let value = if redacted == said { value.to_owned() } else { redacted };
                format!("{}={value}", self.plain(name))
            }
            None => self.plain(pair),
        };
        pairs.split('&').map(pair).collect::<Vec<_>>().join("&")
    }

    /// A credential that nobody knows is taken for a live one.
    fn header(&mut self, name: &str, value: &str) -> String {
        let carries = ["authorization", "x-api-key", "api-key", "proxy-authorization", "cookie", "set-cookie"];
        let redacted = self.plain(value);
        let known = redacted != value || value.is_empty() || is_public(value);
        if known || !carries.iter().any(|carrier| name.eq_ignore_ascii_case(carrier)) {
            return redacted;
        }
        "<key:unknown>".to_owned()
    }

    fn body(&mut self, body: &str) -> String {
        match Node::read(body) {
            Some(node) => {
                let mut out = String::with_capacity(body.len());
                self.node("", &node, &mut out);
                out
            }
            None if body.contains('=') && !body.contains(char::is_whitespace) => self.query(body),
            None => self.plain(body),
        }
    }

    fn node(&mut self, key: &str, node: &Node<'_>, out: &mut String) {
        match &node.shape {
            Shape::Object(members) => {
                out.push('{');
                for (at, (key, node)) in members.iter().enumerate() {
                    let said = text(&format!("\"{key}\"")).into_owned();
                    let _ = write!(out, "{}\"{}\":", if at == 0 { "" } else { "," }, self.unless_personal(key));
                    self.node(&said, node, out);
                }
                out.push('}');
            }
            Shape::Array(items) => {
                out.push('[');
                for (at, node) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    self.node(key, node, out);
                }
                out.push(']');
            }
            Shape::Scalar if node.raw.starts_with('"') => {
                let said = text(node.raw);
                let container = Node::read(&said).filter(|inner| !matches!(inner.shape, Shape::Scalar));
                let redacted = if container.is_some() { self.body(&said) } else { self.value(key, &said) };
                let unchanged = redacted == said || (container.is_some() && redacted == fixtures::compact(&said));
                let written = serde_json::to_string(&redacted).expect("a text is JSON");
                out.push_str(if unchanged { node.raw } else { &written });
            }
            // A number stays one.
            Shape::Scalar => {
                let told = Personal::of_key(key).is_some() && node.raw.bytes().all(|b| b.is_ascii_digit()) && !is_public(node.raw);
                out.push_str(if told || self.has_key(node.raw) { "0" } else { node.raw });
            }
        }
    }

    /// A key of an object is a word of the provider, but may be somebody's address.
    fn unless_personal(&mut self, key: &str) -> String {
        let learned = std::mem::take(&mut self.learned);
        let redacted = self.plain(key);
        self.learned = learned;
        redacted
    }
}

/// Puts the tokens in; what overlaps is one place, named by what was found first.
fn replaced(source: &str, mut found: Vec<(Range<usize>, String)>) -> String {
    if found.is_empty() {
        return source.to_owned();
    }
    let mut merged: Vec<(Range<usize>, String)> = Vec::new();
    for (place, token) in found.drain(..) {
        let overlapping = |other: &(Range<usize>, String)| other.0.start < place.end && place.start < other.0.end;
        let mut whole = (place.clone(), token);
        while let Some(at) = merged.iter().position(overlapping) {
            let (other, first) = merged.remove(at);
            whole = (whole.0.start.min(other.start)..whole.0.end.max(other.end), first);
        }
        merged.push(whole);
    }
    merged.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    merged.into_iter().fold(source.to_owned(), |mut text, (place, token)| {
        text.replace_range(place, &token);
        text
    })
}

fn resolved(value: &str) -> String {
    let layers = View::layers(&value.replace('+', " "));
    let last = &layers[layers.len().min(2) - 1];
    last.text(0..last.0.len())
}

/// What the documents print: values, keys, and what is found within them.
static PUBLIC: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut known = HashSet::new();
    let mut add = |value: &str| {
        for view in View::layers(value) {
            known.extend(personal::found(&view).into_iter().map(|(_, chars)| view.text(chars).to_lowercase()));
        }
        known.insert(value.to_lowercase());
    };
    for key in Provider::ALL.iter().flat_map(|provider| provider.profile().keys) {
        add(key.documentation);
    }
    for exchange in EXCHANGES {
        let request = &exchange.request;
        for (_, value) in request.headers.iter().chain(exchange.headers.iter()) {
            value.split(' ').chain([&**value]).for_each(&mut add);
        }
        add(&request.target);
        request.target.split(['/', '?', '&', '=']).for_each(|part| add(&resolved(part)));
        for node in [&request.body, &exchange.body].into_iter().filter_map(|body| Node::read(body)) {
            for (_, raw) in node.scalars() {
                add(&text(&format!("\"{raw}\"")));
            }
        }
    }
    known
});

fn is_public(value: &str) -> bool {
    PUBLIC.contains(&value.to_lowercase())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::event::{Message, Request};
    use crate::recording::{Head, Recorded, Recording};

    const KEY: &str = "lm_live_9f8e7d6c5b4a";
    const EMAIL: &str = "zebedee.quux@privatemail.test";
    /// user:KEY.
    const BASIC: &str = "dXNlcjpsbV9saXZlXzlmOGU3ZDZjNWI0YQ==";

    fn redactor() -> Redactor {
        Redactor::new([("valid".to_owned(), KEY.to_owned()), ("own".to_owned(), "YOUR_API_KEY".to_owned())])
    }

    fn recording(target: &str, header: (&str, &str), asked: &str, body: &str) -> Recording {
        let recorded_at = Timestamp::UNIX_EPOCH;
        let head = Head { recording: 1, suite_version: "0".into(), recorded_at, targets: Vec::new(), revisions: Vec::new(), filter: None };
        let headers = vec![(header.0.to_owned(), header.1.to_owned())];
        let request = Request { method: "POST".into(), target: target.into(), headers: headers.clone(), body: asked.into() };
        let response = Some(Message { status: 200, headers, body: body.into() });
        let [case, provider, operation, outcome, revision] = ["c", "leadmagic", "o", "u", "r"].map(str::to_owned);
        let took_ms = 0.0;
        Recording { head, exchanges: vec![Recorded { case, call: 0, provider, operation, outcome, revision, request, response, took_ms }] }
    }

    fn body(text: &str) -> String {
        redactor().redact(recording("/", ("a", ""), "", text)).get().exchanges[0].response.clone().unwrap().body
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(body(text), expected, "{text}");
    }

    #[test]
    fn what_is_personal_becomes_a_token() {
        check(
            r#"{"first_name":"Zebedee","s":"ask zebedee, not Zebedees"}"#,
            r#"{"first_name":"<name:1>","s":"ask <name:1>, not Zebedees"}"#,
        );
        check(r#"{"to":"a.quux@x.test","cc":["b@x.test","A.Quux@x.test"]}"#, r#"{"to":"<email:1>","cc":["<email:2>","<email:1>"]}"#);
        check(r#"{"mobile_number":"07700 900123","t":"call +44 7700 900123."}"#, r#"{"mobile_number":"<phone:1>","t":"call <phone:2>."}"#);
        check(r#"{"u":"see https://www.linkedin.com/in/zebedee?x"}"#, r#"{"u":"see <profile:1>"}"#);
        check(r#"{"street":"1 Quux Lane","phone":15550100}"#, r#"{"street":"<address:1>","phone":0}"#);
        check(r#"{"inner":"{\"first_name\":\"Zebedee\"}"}"#, r#"{"inner":"{\"first_name\":\"<name:1>\"}"}"#);
        check(r#"{"e":"\u0061.quux@x.test"}"#, r#"{"e":"<email:1>"}"#);
        check("no JSON: a.quux@x.test", "no JSON: <email:1>");
        check(&format!("{{\"k\":\"x{KEY}y\"}}"), r#"{"k":"x<key:valid>y"}"#);
        check(&format!("{{\"k\":\"Basic {BASIC}\"}}"), r#"{"k":"Basic <key:valid>"}"#);
    }

    #[test]
    fn what_the_documents_print_stays() {
        for exchange in EXCHANGES.iter().step_by(7).filter(|exchange| !exchange.body.is_empty()) {
            let compact = exchange.compact_body();
            assert_eq!(body(&compact), compact, "{}", exchange.id);
        }
        check(r#"{"key":"YOUR_API_KEY"}"#, r#"{"key":"YOUR_API_KEY"}"#);
    }

    #[test]
    fn a_credential_that_nobody_knows_does_not_stay() {
        let header = |name, value| redactor().redact(recording("/", (name, value), "", "")).get().exchanges[0].request.headers[0].1.clone();
        assert_eq!(header("Authorization", "Bearer other_live_key"), "<key:unknown>");
        assert_eq!(header("X-API-Key", "YOUR_API_KEY"), "YOUR_API_KEY");
    }

    #[test]
    fn a_file_with_a_key_in_it_is_not_written() {
        let escaped = KEY.replacen('l', "\\u006c", 1);
        for hidden in [KEY.to_owned(), KEY.to_uppercase(), KEY.replace('_', "%5f"), format!("Basic {BASIC}"), escaped] {
            // As if the redaction had missed it.
            let missed = Redacted(recording("/", ("a", &hidden), "", ""));
            let error = redactor().store(&missed, |_| panic!("{hidden} is written")).unwrap_err().to_string();
            assert!(error.contains("the key valid, in line 2, column ") && !error.contains(&hidden), "{error}");
        }
    }

    /// The same text under other escapes.
    fn disguised(text: &str, how: usize) -> String {
        let each = |escape: fn(u32) -> String| text.chars().map(|c| escape(u32::from(c))).collect();
        match how {
            0 => text.to_owned(),
            1 => text.to_uppercase(),
            2 => each(|c| format!("%{c:02X}")),
            3 => each(|c| format!("\\u{c:04x}")),
            4 => each(|c| format!("%25{c:02x}")),
            _ => each(|c| format!("&#{c};")),
        }
    }

    /// Everywhere that the text can stand in an exchange.
    fn everywhere(key: &str, hidden: &str) -> Vec<Recording> {
        let json = serde_json::json!({ key: [{ "x": hidden }], "n": 1 }).to_string();
        let raw = format!("{{\"{key}\":\"{hidden}\"}}");
        let nested = serde_json::json!({ key: &json }).to_string();
        let form = format!("{key}={hidden}&b=1");
        vec![
            recording(&format!("/v1/{hidden}"), ("a", ""), "", ""),
            recording(&format!("/v1?{form}"), ("a", ""), "", ""),
            recording("/", (key, hidden), "", ""),
            recording("/", ("a", ""), &json, &json),
            recording("/", ("a", ""), &raw, &raw),
            recording("/", ("a", ""), &nested, &nested),
            recording("/", ("a", ""), hidden, &format!("<p>{hidden}</p>")),
            recording("/", ("a", ""), &form, &form),
            recording("/", ("a", ""), "", &serde_json::json!({ hidden: 1 }).to_string()),
        ]
    }

    #[test]
    fn nothing_live_is_in_what_is_written() {
        let around = [("", "x"), ("a: ", "email"), ("=/ ", "first_name"), ("  b:", "api_key")];
        for ((before, key), live, how) in
            around.iter().flat_map(|a| [KEY, EMAIL].map(|l| (*a, l))).flat_map(|(a, l)| (0..6).map(move |h| (a, l, h)))
        {
            for (place, whole) in everywhere(key, &format!("{before}{}", disguised(live, how))).into_iter().enumerate() {
                let mut redactor = redactor();
                let redacted = redactor.redact(whole);
                let mut written = String::new();
                let store = |text: &str| {
                    written.push_str(text);
                    Ok(())
                };
                redactor.store(&redacted, store).unwrap_or_else(|e| panic!("{before:?} {key} how {how} place {place}: {e}"));
                for view in View::layers(&written) {
                    let said = view.text(0..view.0.len()).to_lowercase();
                    assert!(!said.contains(live), "{before:?} {key} how {how} place {place}: {said}");
                }
            }
        }
    }
}
