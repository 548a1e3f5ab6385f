//! Requests that nobody sends by mistake. All of them can be sent by an HTTP client: what is no HTTP reaches no provider.

use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, Union};

use super::printed;
use crate::trial::{Ask, Credential};

/// Requests of the documents with one to three hostile changes, to any operation of the provider.
pub fn hostile(provider: Provider) -> impl Strategy<Value = Ask> + use<> {
    let operations: Vec<&'static Spec> = provider.operations().collect();
    select(operations).prop_flat_map(move |spec| hostile_to(provider, spec))
}

/// Requests of the documents with one to three hostile changes, to one operation: odd bytes, invalid UTF-8, lone surrogates,
/// huge numbers, deep nesting, repeated keys, percent escapes, blank and repeated headers, other methods.
pub fn hostile_to(provider: Provider, operation: &'static Spec) -> impl Strategy<Value = Ask> + use<> {
    (select(printed(operation)), vec(change(provider, operation), 1..4))
        .prop_map(|(good, changes)| changes.iter().fold(good, |ask, change| change.applied(ask)))
}

/// One change. Those left out by shrinking show which one matters.
#[derive(Clone, Debug)]
enum Change {
    Method(&'static str),
    Body(Vec<u8>),
    Header(&'static str, String),
    Credential(Credential),
    /// In place of the path's last segment.
    Segment(String),
    /// A further parameter.
    Parameter(String),
}

impl Change {
    fn applied(&self, ask: Ask) -> Ask {
        match self {
            Self::Method(method) => Ask { method: (*method).into(), ..ask },
            Self::Body(body) => ask.bytes(body.clone()),
            Self::Header(name, value) => ask.header(*name, value.clone()),
            Self::Credential(credential) => ask.credential(credential.clone()),
            Self::Segment(segment) => {
                let (path, query) = ask.target.split_once('?').map_or((&*ask.target, None), |(path, query)| (path, Some(query)));
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                let query = query.map_or_else(String::new, |query| format!("?{query}"));
                Ask { target: format!("{parent}/{segment}{query}"), ..ask }
            }
            Self::Parameter(pair) => {
                let joint = if ask.target.contains('?') { '&' } else { '?' };
                Ask { target: format!("{}{joint}{pair}", ask.target), ..ask }
            }
        }
    }
}

fn change(provider: Provider, spec: &'static Spec) -> BoxedStrategy<Change> {
    let method = select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "get"]).prop_map(Change::Method);
    let header = (select(vec!["Content-Type", "content-type", "Accept", "X-Anything", provider.profile().key_header]), header_value());
    let credential = Union::new(vec![Just(Credential::None).boxed(), header_value().prop_map(Credential::Text).boxed()]);
    // No `..`, however written: a client would take it out, and ask beside the provider's prefix.
    let segment = select(vec!["%00", "%ff", "%2F", "...", "%", "%zz", "%F0%9F%92%A9", "a;b", "'", "%22", "%3Cscript%3E", "+"]);
    let name = select(spec.query.iter().map(|field| field.name).chain(["unexpected"]).collect::<Vec<_>>());
    let value = select(vec!["%00", "%ff", "", "1e999", "-1", "99999999999999999999", "%", "a%20b", "[]", "NaN", "1&1=1"]);
    Union::new_weighted(vec![
        (4, body(spec).prop_map(Change::Body).boxed()),
        (2, (name, value).prop_map(|(name, value)| Change::Parameter(format!("{name}={value}"))).boxed()),
        (1, method.boxed()),
        (1, header.prop_map(|(name, value)| Change::Header(name, value)).boxed()),
        (1, credential.prop_map(Change::Credential).boxed()),
        (1, segment.prop_map(|segment| Change::Segment(segment.to_owned())).boxed()),
    ])
    .boxed()
}

/// Blank, or printable.
fn header_value() -> BoxedStrategy<String> {
    Union::new(vec![
        select(vec!["", "application/json", "application/json; charset=utf-16", "Bearer", "Bearer Bearer x", "*/*"])
            .prop_map(str::to_owned)
            .boxed(),
        "[!-~]{1,16}".prop_map(|text| text).boxed(),
    ])
    .boxed()
}

fn body(spec: &'static Spec) -> BoxedStrategy<Vec<u8>> {
    let whole: Vec<&[u8]> =
        vec![b"", b"null", b"[]", b"{", b"\xef\xbb\xbf{}", b"\"\xff\"", b"{}{}", b"{\"a\":1,}", b"{'a':1}", b"\0", b"nul", b"<a/>"];
    let names: Vec<&'static str> = spec.body.iter().map(|field| field.name).chain(["a"]).collect();
    let value = Union::new(vec![
        select(vec![
            &b"\"\\ud800\""[..],
            b"\"\\udc00\\ud800\"",
            b"\"\\u0000\"",
            b"\"\xff\xfe\"",
            b"1e999",
            b"-0.0",
            b"123456789012345678901234567890",
            b"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
            b"{\"a\":{\"a\":{\"a\":{}}}}",
            b"{\"__proto__\":1}",
            b"\"\xe2\x80\xae\"",
            b"NaN",
            b"",
        ])
        .prop_map(<[u8]>::to_vec)
        .boxed(),
        vec(any::<u8>(), 0..12).prop_map(|bytes| [b"\"", &bytes[..], b"\""].concat()).boxed(),
    ]);
    let field = (select(names), value).prop_map(|(name, value)| [b"\"", name.as_bytes(), b"\":", &value].concat());
    let object = vec(field, 1..4).prop_map(|fields| [&b"{"[..], &fields.join(&b','), b"}"].concat());
    Union::new_weighted(vec![
        (2, select(whole).prop_map(<[u8]>::to_vec).boxed()),
        (4, object.boxed()),
        (1, vec(any::<u8>(), 0..48).boxed()),
    ])
    .boxed()
}
