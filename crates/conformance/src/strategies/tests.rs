use std::collections::BTreeSet;

use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::target::embedded::Embedded;
use crate::trial::Trial;

fn everything() -> impl Iterator<Item = (Provider, &'static Spec)> {
    Provider::ALL.into_iter().flat_map(|provider| provider.operations().map(move |spec| (provider, spec)))
}

fn status(provider: Provider, ask: &Ask) -> (u16, String) {
    let mut trial = Trial::open(&Embedded, provider, provider.profile().revisions[0].label).unwrap();
    let answer = trial.call(ask).unwrap();
    (answer.status, answer.body)
}

#[test]
fn valid_requests_succeed() {
    let mut refused = Vec::new();
    for (provider, spec) in everything() {
        for ask in valid_asks(spec) {
            let (status, body) = status(provider, &ask);
            if !(200..300).contains(&status) {
                refused.push(format!("{}: {ask:?}: {status} {body}", spec.id));
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

/// How many of method, path, query, key, headers and body differ.
fn parts_that_differ(one: &Ask, other: &Ask) -> usize {
    let split = |ask: &Ask| {
        let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
        (path.to_owned(), query.to_owned())
    };
    let ((path, query), (other_path, other_query)) = (split(one), split(other));
    let typed = |ask: &Ask| ask.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).cloned();
    // A body where there was none brings its content type.
    let headers = typed(one) != typed(other) && (other.body.is_empty() || !one.body.is_empty());
    [one.method != other.method, path != other_path, query != other_query, one.credential != other.credential, headers]
        .into_iter()
        .map(usize::from)
        .sum::<usize>()
        + usize::from(one.body != other.body)
}

fn fields_that_differ(one: &Ask, other: &Ask) -> usize {
    let (Some(one), Some(other)) = (object(one), object(other)) else { return 0 };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).count()
}

#[test]
fn nearly_valid_requests_differ_in_one_thing() {
    for (provider, spec) in everything() {
        let good = printed(spec).swap_remove(0);
        let slips = slips::slips(provider, spec);
        for slipped in &slips {
            let what = format!("{}: {slipped:?}", spec.id);
            assert!(parts_that_differ(&good, &slipped.ask) <= 1, "{what}");
            assert!(fields_that_differ(&good, &slipped.ask) <= 1, "{what}");
        }
        let names: BTreeSet<&str> = slips.iter().map(|slipped| &*slipped.what).collect();
        assert_eq!(names.len(), slips.len(), "{}", spec.id);
    }
}

#[test]
fn slips_are_of_every_kind() {
    let all: BTreeSet<String> =
        everything().flat_map(|(provider, spec)| slips::slips(provider, spec)).map(|slipped| slipped.what).collect();
    for kind in [
        "missing",
        "of another type",
        "empty",
        "above its range",
        "in another case",
        "key of role revoked",
        "content type text/plain",
        "that does not exist",
        "unknown parameter",
        "unknown field",
    ] {
        assert!(all.iter().any(|what| what.contains(kind)), "no slip is {kind}: {all:?}");
    }
}

/// Shrinks as long as the request is still so.
fn smallest<S: Strategy<Value = Ask>>(strategy: &S, is_so: impl Fn(&Ask) -> bool) -> Ask {
    let mut runner = TestRunner::deterministic();
    let mut tree =
        (0..10_000).map(|_| strategy.new_tree(&mut runner).unwrap()).find(|tree| is_so(&tree.current())).expect("one of many is so");
    let mut found = tree.current();
    for _ in 0..2_000 {
        let more = if is_so(&tree.current()) {
            found = tree.current();
            tree.simplify()
        } else {
            tree.complicate()
        };
        if !more {
            break;
        }
    }
    found
}

#[test]
fn shrinking_ends_in_something_that_a_person_can_read() {
    let (provider, spec) = Provider::operation("leadmagic.email-validation.check").unwrap();
    let odd = smallest(&hostile_to(provider, spec), |ask| std::str::from_utf8(&ask.body).is_err());
    let good = printed(spec).swap_remove(0);
    assert!(odd.body.len() < 24, "{odd:?}");
    assert_eq!(Ask { body: Vec::new(), ..odd }, Ask { body: Vec::new(), ..good.clone() });
    let long = nearly_valid(provider, spec).prop_map(|slipped| slipped.ask);
    let long = smallest(&long, |ask| String::from_utf8_lossy(&ask.body).contains(&"x".repeat(1_000)));
    let text = String::from_utf8_lossy(&long.body).into_owned();
    assert!(text.contains(&"x".repeat(1_000)) && !text.contains(&"x".repeat(1_001)), "{text}");
    assert_eq!(smallest(&valid(provider, spec), |_| true), good);
}

#[test]
fn hostile_requests_are_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    for provider in Provider::ALL {
        let strategy = hostile(provider);
        let drawn: Vec<Ask> = (0..400).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
        let any = |is_so: fn(&Ask) -> bool| drawn.iter().any(is_so);
        assert!(any(|ask| std::str::from_utf8(&ask.body).is_err()), "{provider}: invalid UTF-8");
        assert!(any(|ask| ask.body.windows(4).any(|four| four == b"\\ud8")), "{provider}: a lone surrogate");
        assert!(any(|ask| ask.method == "PROPFIND"), "{provider}: another method");
        assert!(any(|ask| ask.target.contains("%ff")), "{provider}: a percent escape");
        assert!(any(|ask| ask.headers.iter().any(|(_, value)| value.is_empty())), "{provider}: a blank header");
    }
}
