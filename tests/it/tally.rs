//! What a whole run came to: everything is counted once, whatever became of its world and of the journal.

use std::collections::BTreeMap;

use mock_providers::MockProviders;
use mock_providers::core::credits::Credits;
use mock_providers::providers::Provider;
use mock_providers::server::Limits;
use mock_providers::server::tally::Tally;

use crate::subject::Subject;

/// Calls as `operation status outcome`, with their number.
fn calls(tally: &Tally) -> BTreeMap<String, u64> {
    tally.calls.iter().map(|calls| (format!("{} {} {}", calls.operation, calls.outcome.status, calls.outcome.name), calls.count)).collect()
}

/// Unmatched requests as `provider METHOD path why`, with their number and what was probably meant.
fn unmatched(tally: &Tally) -> BTreeMap<String, (u64, &'static str)> {
    let rows = tally.unmatched.groups.iter().map(|group| {
        let row = format!("{} {} {} {}", group.provider, group.method, group.path, group.outcome.name);
        (row, (group.count, group.nearest.as_ref().map_or("none", |nearest| nearest.operation)))
    });
    rows.collect()
}

/// A server whose journals hold a few entries only.
fn forgetful() -> Subject {
    let limits = Limits { journal_bytes_max: 8_000, ..Limits::default() };
    Subject::start_with(MockProviders::builder().limits(limits))
}

#[test]
fn everything_is_counted_once_though_worlds_end_and_journals_forget() {
    let subject = forgetful();
    let ask = |times: usize, line: &str| {
        for _ in 0..times {
            subject.ask(line);
        }
    };
    let lead = "POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads  key=valid  \
                {\"companyName\":\"A\",\"contactName\":\"B\",\"email\":\"jo@example.com\"}";
    let validate = "POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}";
    subject.ask("POST /__mock/worlds  {\"name\":\"gone\"}");

    ask(20, "GET /leadmagic/v1/credits  key=valid");
    ask(2, "GET /leadmagic/v1/credits  key=valid  X-API-Key: sk_live_other");
    ask(3, "GET /leadmagic/v1/credits");
    ask(2, validate);
    ask(2, lead);
    ask(2, "GET /leadmagic/v1/credit?api_key=sk_live_secret");
    ask(1, "GET /leadmagic/v1/sk_live_secret/credits");
    ask(1, "PUT /leadmagic/v1/credits  key=valid");
    ask(1, "OPTIONS /leadmagic/v1/credits");
    assert!(subject.world.journal().len() < 20, "the journal was to forget");
    subject.check("POST /__mock/worlds/default/reset", "200");
    ask(1, "GET /leadmagic/v1/credits  key=valid");
    ask(1, validate);
    // The same person again: a world that begins again knows nobody.
    ask(1, lead);
    // This key is of another world.
    ask(4, "GET /w/gone/leadmagic/v1/credits  key=valid");
    ask(1, "GET /w/gone/leadmagic/v1/credit");
    let before = subject.fakes.tally();
    assert_eq!(subject.ask("DELETE /__mock/worlds/gone").status(), 204);

    let tally = subject.fakes.tally();
    let expected = [
        ("leadmagic.credits.get 200 balance", 23),
        ("leadmagic.credits.get 401 invalid_key", 4),
        ("leadmagic.credits.get 401 missing_key", 3),
        ("leadmagic.email-validation.check 200 valid", 3),
        ("magnetite.leads.add 200 added", 2),
        ("magnetite.leads.add 409 duplicate", 1),
    ];
    assert_eq!(calls(&tally), expected.map(|(row, count)| (row.to_owned(), count)).into());
    let expected = [
        ("leadmagic GET /v1/*/credits unknown_route", (1, "leadmagic.credits.get")),
        ("leadmagic GET /v1/credit unknown_route", (3, "leadmagic.credits.get")),
        ("leadmagic OPTIONS /v1/credits options", (1, "none")),
        ("leadmagic PUT /v1/credits wrong_method", (1, "leadmagic.credits.get")),
    ];
    assert_eq!(unmatched(&tally), expected.map(|(row, group)| (row.to_owned(), group)).into());
    assert_eq!((tally.requests, tally.unmatched.count, tally.unmatched.others), (42, 6, 0));
    assert_eq!((tally.people, tally.credits()), (2, Credits::hundredths(15)));
    let lints: Vec<(&str, u64)> = tally.lints.iter().map(|remarks| (remarks.rule, remarks.count)).collect();
    assert_eq!(lints, [("repeated-header", 2)]);
    assert!(!format!("{tally:?}").contains("secret"), "{tally:?}");
    // The end of a world changes no number.
    assert_eq!((calls(&before), unmatched(&before), before.requests), (calls(&tally), unmatched(&tally), tally.requests));
    // Neither does another one's beginning.
    let _world = subject.fakes.world();
    assert_eq!(subject.fakes.tally().requests, tally.requests);
}

#[test]
fn a_request_that_cannot_be_read_is_counted_as_no_call() {
    let limits = Limits { body_bytes_max: 10, ..Limits::default() };
    let subject = Subject::start_with(MockProviders::builder().limits(limits));
    subject.check("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}", "413");
    let tally = subject.fakes.tally();
    let (provider, outcome) = (tally.unmatched.groups[0].provider, tally.unmatched.groups[0].outcome);
    assert_eq!((tally.requests, tally.calls.len(), provider, outcome.name), (1, 0, Provider::Leadmagic, "body_too_large"));
}
