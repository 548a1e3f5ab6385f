//! Comparison by form, for a target with data of its own: kinds of values, keys, their order, and what equals what.
//!
//! Lengths of arrays are free; each entry is held to all the documented entries together. A refusal's body is text that
//! the provider chose, so it is compared as text, but for what stems from the request.

use std::borrow::Cow;
use std::collections::HashMap;

use fixtures::{RequestText, compact};
use serde::{Deserialize, Serialize};

use super::kind::{Kind, text};
use super::{Difference, NOTHING, text_differences};
use crate::json_tree::{Node, Shape, item, member};

/// In which way two responses differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// Another status.
    Status,
    /// A key more.
    FieldAdded,
    /// A key less.
    FieldRemoved,
    /// Null, a boolean, a number, a text, an array or an object in place of another of these.
    Type,
    /// A value of another form, or no longer equal to its counterpart.
    Form,
    /// Keys in another order.
    Order,
    /// A refusal says something else.
    Text,
    /// A header more, less, or of another form.
    Header,
    /// Much slower.
    Timing,
}

impl Departure {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::FieldAdded => "field-added",
            Self::FieldRemoved => "field-removed",
            Self::Type => "type",
            Self::Form => "form",
            Self::Order => "order",
            Self::Text => "text",
            Self::Header => "header",
            Self::Timing => "timing",
        }
    }
}

/// A request and what came back, be it documented or found.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// What was sent.
    pub request: &'a RequestText,
    /// HTTP status.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<(&'a str, &'a str)>,
    /// As text.
    pub body: &'a str,
}

/// All differences by form. Headers that the documented side does not name are free.
///
/// `drawn` are the documented forms of values, by path.
pub fn departures(documented: &Side<'_>, found: &Side<'_>, drawn: &[fixtures::Header]) -> Vec<(Departure, Difference)> {
    let mut forms = Forms { drawn, departures: Vec::new() };
    if documented.status != found.status {
        forms.depart(Departure::Status, "status", documented.status.to_string(), found.status.to_string());
    }
    forms.headers(documented, found);
    if documented.status >= 400 {
        forms.refusal(documented, found);
    } else {
        forms.body(documented, found);
    }
    forms.departures
}

/// The body for display: values that another world would not repeat are tokens, the same value the same token. Values of the
/// request are numbered first.
pub fn normalised(body: &str, request: Option<&RequestText>) -> String {
    let mut tokens = Tokens::default();
    for (name, value) in request.map(request_values).unwrap_or_default() {
        tokens.of(&value, &Kind::of_text(&value, &name));
    }
    let Some(node) = Node::read(body) else { return body.to_owned() };
    let mut shown = String::new();
    tokens.show(&node, "", &mut shown);
    shown
}

#[derive(Default)]
struct Tokens(HashMap<String, Vec<String>>);

impl Tokens {
    fn of(&mut self, value: &str, kind: &Kind) -> Option<String> {
        let name = kind.token()?;
        let known = self.0.entry(name.to_string()).or_default();
        let at = known.iter().position(|known| known == value).unwrap_or_else(|| {
            known.push(value.to_owned());
            known.len() - 1
        });
        Some(format!("<{name}:{}>", at + 1))
    }

    fn show(&mut self, node: &Node<'_>, key: &str, shown: &mut String) {
        match &node.shape {
            Shape::Object(members) => {
                for (at, (key, node)) in members.iter().enumerate() {
                    shown.push_str(if at == 0 { "{\"" } else { ",\"" });
                    shown.push_str(key);
                    shown.push_str("\":");
                    self.show(node, key, shown);
                }
                shown.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Shape::Array(items) => {
                shown.push('[');
                for (at, node) in items.iter().enumerate() {
                    shown.push_str(if at == 0 { "" } else { "," });
                    self.show(node, key, shown);
                }
                shown.push(']');
            }
            Shape::Scalar => {
                let token = self.of(&text(node.raw), &Kind::of(node.raw, key)).filter(|_| node.raw.starts_with('"'));
                shown.push_str(&token.map_or_else(|| node.raw.to_owned(), |token| format!("\"{token}\"")));
            }
        }
    }
}

struct Forms<'a> {
    drawn: &'a [fixtures::Header],
    departures: Vec<(Departure, Difference)>,
}

impl Forms<'_> {
    fn depart(&mut self, kind: Departure, at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) {
        self.departures.push((kind, Difference { at: at.into(), expected: expected.into(), found: found.into() }));
    }

    fn headers(&mut self, documented: &Side<'_>, found: &Side<'_>) {
        for (name, value) in &documented.headers {
            let values: Vec<&str> = found.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v).collect();
            match values.as_slice() {
                [one] if header_admits(value, one) => {}
                [] => self.depart(Departure::Header, format!("header {name}"), *value, NOTHING),
                several => self.depart(Departure::Header, format!("header {name}"), *value, several.join(", ")),
            }
        }
    }

    /// Ids and times within a refusal differ each time, and a count of seconds runs.
    fn refusal(&mut self, documented: &Side<'_>, found: &Side<'_>) {
        let body = with_sent_values(documented, found);
        let free = |Difference { at, expected, found }: &Difference| {
            let key = last_key(at);
            let (expected, found) = (Kind::of(expected, key), Kind::of(found, key));
            let counts_down = key.to_ascii_lowercase().contains("retry") || key.to_ascii_lowercase().contains("reset");
            expected == found && (expected.is_drawn() || (expected == Kind::Whole && counts_down))
        };
        let differences = text_differences(&body, found.body, self.drawn);
        let told = differences.into_iter().filter(|difference| !free(difference));
        self.departures.extend(told.map(|difference| (of_text(&difference), difference)));
    }

    fn body(&mut self, documented: &Side<'_>, found: &Side<'_>) {
        let shown = |text: &str| if text.is_empty() { NOTHING.to_owned() } else { format!("{text:?}") };
        match (Node::read(documented.body), Node::read(found.body)) {
            (Some(expected), Some(node)) => {
                self.node("$", "", &[&expected], &node);
                self.equalities(&expected, &node, documented.request, found.request);
            }
            (Some(expected), None) => {
                self.depart(Departure::Type, "body", compact(expected.raw), format!("no JSON: {}", shown(found.body)));
            }
            (None, _) if documented.body == found.body => {}
            (None, _) => self.depart(Departure::Type, "body", shown(documented.body), shown(found.body)),
        }
    }

    /// Holds a value to all that is documented for its place.
    fn node(&mut self, path: &str, key: &str, documented: &[&Node<'_>], found: &Node<'_>) {
        match &found.shape {
            Shape::Object(members) => {
                let objects: Vec<&[(&str, Node<'_>)]> = documented.iter().filter_map(|node| object(node)).collect();
                if objects.is_empty() {
                    return self.another_type(path, documented, found);
                }
                self.object(path, &objects, members);
            }
            Shape::Array(items) => {
                let arrays: Vec<&[Node<'_>]> = documented.iter().filter_map(|node| array(node)).collect();
                if arrays.is_empty() {
                    return self.another_type(path, documented, found);
                }
                let entries: Vec<&Node<'_>> = arrays.into_iter().flatten().collect();
                // Of entries that no document shows nothing is known.
                if !entries.is_empty() {
                    items.iter().enumerate().for_each(|(at, node)| self.node(&item(path, at), key, &entries, node));
                }
            }
            Shape::Scalar => self.scalar(path, key, documented, found),
        }
    }

    fn another_type(&mut self, path: &str, documented: &[&Node<'_>], found: &Node<'_>) {
        let told = documented.first().map_or_else(|| NOTHING.to_owned(), |node| compact(node.raw));
        self.depart(Departure::Type, path, told, compact(found.raw));
    }

    fn scalar(&mut self, path: &str, key: &str, documented: &[&Node<'_>], found: &Node<'_>) {
        let kind = Kind::of(found.raw, key);
        let kinds: Vec<(&str, Kind)> =
            documented.iter().filter(|node| matches!(node.shape, Shape::Scalar)).map(|node| (node.raw, Kind::of(node.raw, key))).collect();
        if kinds.is_empty() {
            return self.another_type(path, documented, found);
        }
        if kinds.iter().any(|(_, documented)| documented.admits(&kind, key)) || self.is_drawn(path, found) {
            return;
        }
        let same_type = kinds.iter().any(|(_, documented)| documented.json_type() == kind.json_type());
        let departure = if same_type { Departure::Form } else { Departure::Type };
        let mut told: Vec<String> = Vec::new();
        for (raw, kind) in &kinds {
            let one = if *kind == Kind::Null { "null".to_owned() } else { format!("{} ({raw})", kind.told()) };
            if told.iter().all(|known| *known != one) {
                told.push(one);
            }
        }
        self.depart(departure, path, told.join(" or "), found.raw);
    }

    /// The fixture names a form for the place, and the value has it.
    fn is_drawn(&self, path: &str, found: &Node<'_>) -> bool {
        let general = general(path);
        self.drawn.iter().filter(|(known, _)| self::general(known) == general).any(|(_, form)| {
            // What another place says is held by the equalities.
            fixtures::Form::parse(form).is_ok_and(|form| form.matches(found.text(), |_| None))
        })
    }

    fn object(&mut self, path: &str, documented: &[&[(&str, Node<'_>)]], found: &[(&str, Node<'_>)]) {
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in documented.iter().flat_map(|members| members.iter()) {
            if !keys.contains(key) {
                keys.push(key);
            }
        }
        for key in &keys {
            let said: Vec<&Node<'_>> = documented.iter().filter_map(|members| get(members, key)).collect();
            match get(found, key) {
                Some(node) => self.node(&member(path, key), key, &said, node),
                None if said.len() == documented.len() => {
                    self.depart(Departure::FieldRemoved, member(path, key), compact(said[0].raw), NOTHING);
                }
                None => {}
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for (key, node) in found {
            if seen.contains(key) {
                self.depart(Departure::FieldAdded, format!("{} (repetition)", member(path, key)), NOTHING, compact(node.raw));
                continue;
            }
            if !keys.contains(key) {
                self.depart(Departure::FieldAdded, member(path, key), NOTHING, compact(node.raw));
            }
            seen.push(key);
        }
        // One documented entry with the same order is enough.
        let in_order = |members: &[(&str, Node<'_>)]| {
            let shared = names(members).filter(|key| seen.contains(key));
            shared.eq(seen.iter().copied().filter(|key| get(members, key).is_some()))
        };
        if !documented.iter().any(|members| in_order(members)) {
            let shared: Vec<&str> = names(documented[0]).filter(|key| seen.contains(key)).collect();
            let order: Vec<&str> = seen.iter().copied().filter(|key| shared.contains(key)).collect();
            self.depart(Departure::Order, path, format!("key order {}", shared.join(", ")), order.join(", "));
        }
    }

    /// What was equal in every documented entry must be equal in every found one.
    fn equalities(&mut self, documented: &Node<'_>, found: &Node<'_>, request: &RequestText, sent: &RequestText) {
        let (said, came) = (Places::of(documented), Places::of(found));
        let (asked, sent) = (request_values(request), request_values(sent));
        let mut held: Vec<&str> = Vec::new();
        for place in &said.places {
            if held.contains(&&*place.general) {
                continue;
            }
            let key = last_key(&place.general);
            let value = text(place.raw);
            let kind = Kind::of(place.raw, key);
            let echoed = asked.iter().position(|(name, asked)| {
                *asked == value && (kind.identifies() || (same_name(name, key) && !matches!(kind, Kind::Null | Kind::Boolean)))
            });
            if let (Some(at), true) = (echoed, asked.len() == sent.len())
                && said.all(&place.general).all(|other| text(other.raw) == value)
            {
                held.push(&place.general);
                for other in came.all(&place.general).filter(|other| comparable(place, other) && text(other.raw) != sent[at].1) {
                    let expected = format!("\"{}\", as in the request", sent[at].1);
                    self.depart(Departure::Form, other.path.clone(), expected, other.raw);
                }
                continue;
            }
            let partner = said.places.iter().take_while(|other| !std::ptr::eq(*other, place)).find(|other| {
                other.general != place.general && other.raw == place.raw && kind.identifies() && said.pair_is_equal(other, place)
            });
            let Some(partner) = partner else { continue };
            held.push(&place.general);
            for other in came.all(&place.general).filter(|other| comparable(place, other)) {
                if let Some(twin) = came.seen_from(&partner.general, other).filter(|twin| comparable(place, twin) && twin.raw != other.raw)
                {
                    self.depart(Departure::Form, other.path.clone(), format!("{}, as in {}", twin.raw, twin.path), other.raw);
                }
            }
        }
    }
}

/// A number stays a number and a text a text; anything else is told by the kinds.
fn comparable(documented: &Place<'_>, found: &Place<'_>) -> bool {
    documented.raw.starts_with('"') == found.raw.starts_with('"') && found.raw != "null"
}

/// A scalar and where it stands.
struct Place<'n> {
    path: String,
    /// With `[*]` for each index.
    general: String,
    indices: Vec<usize>,
    raw: &'n str,
}

struct Places<'n> {
    places: Vec<Place<'n>>,
    by_place: HashMap<(String, Vec<usize>), usize>,
}

impl<'n> Places<'n> {
    fn of(node: &Node<'n>) -> Self {
        let mut places = Vec::new();
        collect(node, "$".into(), &mut Vec::new(), &mut places);
        let by_place = places.iter().enumerate().map(|(at, place)| ((place.general.clone(), place.indices.clone()), at)).collect();
        Self { places, by_place }
    }

    fn all<'s>(&'s self, general: &'s str) -> impl Iterator<Item = &'s Place<'n>> {
        self.places.iter().filter(move |place| place.general == general)
    }

    /// The place that encloses, or stands beside, `from`.
    fn seen_from(&self, general: &str, from: &Place<'_>) -> Option<&Place<'n>> {
        let scope = general.rfind("[*]").map_or("", |at| &general[..at + 3]);
        if !from.general.starts_with(scope) {
            return None;
        }
        let depth = scope.matches("[*]").count();
        let indices = from.indices.get(..depth)?.to_vec();
        self.by_place.get(&(general.to_owned(), indices)).map(|at| &self.places[*at])
    }

    fn pair_is_equal(&self, one: &Place<'_>, other: &Place<'_>) -> bool {
        self.all(&other.general).all(|place| self.seen_from(&one.general, place).is_some_and(|twin| twin.raw == place.raw))
    }
}

fn collect<'n>(node: &Node<'n>, path: String, indices: &mut Vec<usize>, places: &mut Vec<Place<'n>>) {
    match &node.shape {
        Shape::Object(members) => members.iter().for_each(|(key, node)| collect(node, member(&path, key), indices, places)),
        Shape::Array(items) => {
            for (at, node) in items.iter().enumerate() {
                indices.push(at);
                collect(node, item(&path, at), indices, places);
                indices.pop();
            }
        }
        Shape::Scalar => places.push(Place { general: general(&path), path, indices: indices.clone(), raw: node.raw }),
    }
}

/// `$.data[3].email` is `$.data[*].email` in general.
pub(crate) fn general(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('[') {
        out.push_str(before);
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && behind[digits..].starts_with(']') {
            out.push_str("[*]");
            rest = &behind[digits + 1..];
        } else {
            out.push('[');
            rest = behind;
        }
    }
    out + rest
}

/// The key of a path such as `$.data[3].email`.
pub(crate) fn last_key(path: &str) -> &str {
    let path = path.trim_end_matches(|c: char| c == ']' || c == '[' || c == '*' || c.is_ascii_digit());
    path.rsplit(['.', '"']).next().unwrap_or_default()
}

fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
    !one.is_empty() && plain(one) == plain(other)
}

/// Segments of the path, values of the query and of a JSON body, with their names.
pub(crate) fn request_values(request: &RequestText) -> Vec<(String, String)> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let decoded = |text: &str| percent_decoded(text).into_owned();
    let mut values: Vec<(String, String)> =
        path.split('/').filter(|segment| !segment.is_empty()).map(|segment| (String::new(), decoded(segment))).collect();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    values.extend(pairs.map(|(name, value)| (decoded(name), decoded(&value.replace('+', " ")))));
    if let Some(node) = Node::read(&request.body) {
        values.extend(Places::of(&node).places.iter().map(|place| (last_key(&place.general).to_owned(), text(place.raw).into_owned())));
    }
    values
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The documented body, with what was sent in place of what the document's request has.
fn with_sent_values(documented: &Side<'_>, found: &Side<'_>) -> String {
    let (asked, sent) = (request_values(documented.request), request_values(found.request));
    let pairs = asked.iter().zip(&sent).filter(|(asked, sent)| asked.1 != sent.1 && asked.1.len() > 2);
    pairs.fold(documented.body.to_owned(), |body, (asked, sent)| body.replace(&asked.1, &sent.1))
}

/// A count and a time differ from answer to answer; a word does not.
fn header_admits(documented: &str, found: &str) -> bool {
    let (kind, found_kind) = (Kind::of_text(documented, ""), Kind::of_text(found, ""));
    documented == found || (kind == found_kind && (kind == Kind::NumberText || kind.is_drawn()))
}

/// What a difference of two texts is.
fn of_text(Difference { at, expected, found }: &Difference) -> Departure {
    let kind = |raw: &str| raw.bytes().next().map(|b| if b.is_ascii_digit() || b == b'-' { b'0' } else { b });
    match () {
        () if at == "body" => Departure::Type,
        () if expected == NOTHING => Departure::FieldAdded,
        () if found == NOTHING => Departure::FieldRemoved,
        () if expected.starts_with("key order ") => Departure::Order,
        () if kind(expected) == kind(found) => Departure::Text,
        () => Departure::Type,
    }
}

fn object<'n, 'a>(node: &'n Node<'a>) -> Option<&'n [(&'a str, Node<'a>)]> {
    if let Shape::Object(members) = &node.shape { Some(members) } else { None }
}

fn array<'n, 'a>(node: &'n Node<'a>) -> Option<&'n [Node<'a>]> {
    if let Shape::Array(items) = &node.shape { Some(items) } else { None }
}

fn get<'n, 'a>(members: &'n [(&'a str, Node<'a>)], key: &str) -> Option<&'n Node<'a>> {
    members.iter().find(|(known, _)| *known == key).map(|(_, node)| node)
}

fn names<'n>(members: &'n [(&str, Node<'_>)]) -> impl Iterator<Item = &'n str> {
    members.iter().map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, body: &str) -> RequestText {
        let (method, target) = line.split_once(' ').unwrap();
        let [method, target, body] = [method, target, body].map(|text| Cow::Owned(text.to_owned()));
        RequestText { method, target, headers: Cow::Borrowed(&[]), body }
    }

    fn told(status: u16, request: &RequestText, documented: &str, sent: &RequestText, found: &str) -> Vec<String> {
        let side = |request, body| Side { request, status, headers: Vec::new(), body };
        let departures = departures(&side(request, documented), &side(sent, found), &[]);
        departures.iter().map(|(kind, difference)| format!("{} {difference}", kind.name())).collect()
    }

    #[track_caller]
    fn check(documented: &str, found: &str, expected: &[&str]) {
        let request = asked("GET /", "");
        assert_eq!(told(200, &request, documented, &request, found), expected, "{documented} against {found}");
    }

    #[test]
    fn values_are_free_and_kinds_are_not() {
        check(r#"{"n":1,"s":"running"}"#, r#"{"n":7,"s":"paused"}"#, &[]);
        check(r#"{"n":1}"#, r#"{"n":"1"}"#, &[r#"type $.n: expected a whole number (1), found "1""#]);
        check(r#"{"n":null}"#, r#"{"n":""}"#, &[r#"type $.n: expected null, found """#]);
        check(r#"{"n":null}"#, "{}", &["field-removed $.n: expected null, found nothing"]);
        check("{}", r#"{"n":null}"#, &["field-added $.n: expected nothing, found null"]);
        check(r#"{"n":{}}"#, r#"{"n":[]}"#, &["type $.n: expected {}, found []"]);
        check(r#"{"n":[1]}"#, r#"{"n":3}"#, &["type $.n: expected [1], found 3"]);
        check(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, &["order $: expected key order a, b, found b, a"]);
        check(r#"{"a":1}"#, r#"{"a":1,"a":1}"#, &["field-added $.a (repetition): expected nothing, found 1"]);
        check(
            r#"{"id":"cmp_abc1"}"#,
            r#"{"id":"lead_abc1"}"#,
            &[r#"form $.id: expected an id cmp_... of lower-case letters and digits ("cmp_abc1"), found "lead_abc1""#],
        );
        check("{}", "<html>", &[r#"type body: expected {}, found no JSON: "<html>""#]);
    }

    #[test]
    fn entries_are_held_to_all_documented_entries() {
        let documented = r#"{"data":[{"a":1,"b":null},{"a":2,"b":"x y","c":true}]}"#;
        check(documented, r#"{"data":[]}"#, &[]);
        check(documented, r#"{"data":[{"a":1,"b":"z"},{"a":1,"b":null,"c":false},{"a":1,"b":null}]}"#, &[]);
        check(
            documented,
            r#"{"data":[{"a":1,"b":3},{"b":null}]}"#,
            &[r#"type $.data[0].b: expected null or a text ("x y"), found 3"#, "field-removed $.data[1].a: expected 1, found nothing"],
        );
        check(r#"{"data":[]}"#, r#"{"data":[{"any":1}]}"#, &[]);
        check("[1,2]", "[1,\"2\"]", &[r#"type $[1]: expected a whole number (1) or a whole number (2), found "2""#]);
    }

    #[test]
    fn what_was_equal_stays_equal() {
        let documented =
            r#"{"id":"cmp_a1x","data":[{"id":"lead_1x1","c":"cmp_a1x","u":"lead_1x1"},{"id":"lead_2x2","c":"cmp_a1x","u":"lead_2x2"}]}"#;
        check(documented, r#"{"id":"cmp_z9z","data":[{"id":"lead_7x7","c":"cmp_z9z","u":"lead_7x7"}]}"#, &[]);
        check(
            documented,
            r#"{"id":"cmp_z9z","data":[{"id":"lead_7x7","c":"cmp_y8y","u":"lead_8x8"}]}"#,
            &[
                r#"form $.data[0].c: expected "cmp_z9z", as in $.id, found "cmp_y8y""#,
                r#"form $.data[0].u: expected "lead_7x7", as in $.data[0].id, found "lead_8x8""#,
            ],
        );
        // Two equal counts or states mean nothing.
        check(r#"{"a":1,"b":1,"s":"on","t":"on"}"#, r#"{"a":1,"b":2,"s":"on","t":"off"}"#, &[]);
    }

    #[test]
    fn what_the_request_says_comes_back() {
        let (documented, sent) =
            (asked("POST /v1/cmp_a1x?limit=20", r#"{"email":"a@x.com"}"#), asked("POST /v1/cmp_b2y?limit=5", r#"{"email":"b@y.com"}"#));
        let body = r#"{"id":"cmp_a1x","limit":20,"email":"a@x.com"}"#;
        assert_eq!(told(200, &documented, body, &sent, r#"{"id":"cmp_b2y","limit":5,"email":"b@y.com"}"#), [""; 0]);
        assert_eq!(
            told(200, &documented, body, &sent, r#"{"id":"cmp_a1x","limit":20,"email":"a@x.com"}"#),
            [
                r#"form $.id: expected "cmp_b2y", as in the request, found "cmp_a1x""#,
                r#"form $.limit: expected "5", as in the request, found 20"#,
                r#"form $.email: expected "b@y.com", as in the request, found "a@x.com""#,
            ]
        );
    }

    #[test]
    fn a_refusal_is_text_but_for_the_request() {
        let (documented, sent) = (asked("GET /v1/cmp_a1x", ""), asked("GET /v1/cmp_b2y", ""));
        let body = r#"{"error":"No campaign cmp_a1x","at":"2026-01-15T10:00:00Z","retryAfter":60}"#;
        let same = r#"{"error":"No campaign cmp_b2y","at":"2027-01-15T10:00:00Z","retryAfter":58}"#;
        assert_eq!(told(404, &documented, body, &sent, same), [""; 0]);
        assert_eq!(
            told(404, &documented, body, &sent, &same.replace("No campaign", "no campaign").replace(",\"retryAfter\":58", "")),
            [
                r#"text $.error: expected "No campaign cmp_b2y", found "no campaign cmp_b2y""#,
                "field-removed $.retryAfter: expected 60, found nothing",
            ]
        );
    }

    #[test]
    fn tokens_show_what_equals_what() {
        let request = asked("POST /v1/x", r#"{"email":"a@x.com"}"#);
        assert_eq!(
            normalised(r#"{ "id": "cmp_a1x", "to": ["b@x.com", "a@x.com"], "c": "cmp_a1x", "n": 1, "s": "on", "e": {} }"#, Some(&request)),
            r#"{"id":"<cmp_id:1>","to":["<email:2>","<email:1>"],"c":"<cmp_id:1>","n":1,"s":"on","e":{}}"#
        );
        assert_eq!(normalised("<html>", None), "<html>");
    }

    #[test]
    fn a_difference_is_never_cut() {
        let long = "x".repeat(5000);
        check("{\"n\":1}", &format!("{{\"n\":\"{long}\"}}"), &[&format!("type $.n: expected a whole number (1), found \"{long}\"")]);
    }
}
