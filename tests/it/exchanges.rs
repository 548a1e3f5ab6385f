//! Every documented exchange as a client receives it. That it is as its fixture prints it, conformance says.
//!
//! Left out: the failures that only a hostile client or a special server sees; `transport` and `program` have those.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use fixtures::{EXCHANGES, Exchange};
use mock_providers::MockProviders;
use mock_providers::providers::{Provider, Revisions, evidence};

use crate::client::{self, Answer, ask};
use crate::subject::Subject;

/// Outcomes of a transport that is under attack, and of a server that was told to be strict.
const ELSEWHERE: [&str; 5] = ["body_too_large", "target_too_long", "body_timeout", "body_unreadable", "not_documented"];

/// The headers that a snapshot shows, in this order.
const SHOWN: [&str; 4] = ["content-type", "content-length", "allow", "connection"];

pub(crate) fn exchanges() -> impl Iterator<Item = &'static Exchange> {
    EXCHANGES.iter().filter(|exchange| !ELSEWHERE.contains(&&*exchange.outcome))
}

/// A server that speaks the first revision in which the exchange's document decides.
pub(crate) fn subject(exchange: &Exchange) -> Subject {
    let provider = Provider::by_name(&exchange.provider).expect("fixtures are of the four providers");
    let decides = |r: &&mock_providers::providers::Revision| {
        let deciding = evidence::of(provider, r.label, Some(&exchange.operation), &exchange.outcome);
        r.documents.contains(&&*exchange.revision) && deciding.is_some_and(|deciding| deciding.revision == exchange.revision)
    };
    let revision = provider.profile().revisions.iter().find(decides).expect("conformance refuses an exchange that none reads");
    let mut revisions = Revisions::default();
    revisions.choose(provider, revision.label).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

pub(crate) fn perform(subject: &Subject, exchange: &Exchange) -> Answer {
    for id in exchange.after.iter() {
        let before = EXCHANGES.iter().find(|e| e.id == *id).expect("the build has checked the ids");
        perform(subject, before);
    }
    subject.world.clock().advance(std::time::Duration::from_secs(exchange.wait_s.into()));
    let headers: Vec<(&str, &str)> = exchange.request.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let target = format!("/{}{}", exchange.provider, exchange.request.target);
    ask(subject.address(), client::request(&exchange.request.method, &target, &headers, &exchange.request.body))
}

fn shown(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status_line());
    for name in SHOWN {
        if let Some(value) = answer.header(name) {
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    format!("{text}\n{}\n", answer.text())
}

#[test]
fn the_answers_of_an_operation_are_those_that_were_reviewed() {
    let mut operations: BTreeMap<&str, String> = BTreeMap::new();
    for exchange in exchanges() {
        let subject = subject(exchange);
        let first = shown(&perform(&subject, exchange));
        subject.world.reset();
        let again = shown(&perform(&subject, exchange));
        assert_eq!(first, again, "{}: a world that was reset answers as a new one", exchange.id);
        let _ = write!(operations.entry(&exchange.operation).or_default(), "=== {}\n{first}\n", exchange.id);
    }
    let settings = {
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    for (operation, text) in &operations {
        settings.bind(|| insta::assert_snapshot!(*operation, text));
    }
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("it/snapshots")).expect("the snapshots are there") {
        let name = file.expect("the folder can be read").file_name().into_string().expect("the names are plain");
        let operation = name.strip_suffix(".snap").unwrap_or(&name);
        assert!(operations.contains_key(operation), "tests/it/snapshots/{name} is of no operation: delete it");
    }
}
