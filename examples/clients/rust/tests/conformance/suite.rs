//! Each slip of this client is caught by the case whose name says it, and without a slip there is no failure: so the suite
//! that judges clients is judged itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use conformance::client::case::{ClientCase, all};
use conformance::client::in_process::InProcess;
use conformance::client::run::{Setting, run, run_all};
use conformance::event::{CaseFinished, Record, Verdict};
use conformance::report::{self, Detail};
use reference_client::habits::{Habits, SLIPS, Slip};

use crate::driven::Driven;

static CASES: LazyLock<Vec<ClientCase>> = LazyLock::new(|| all().expect("the built-in exchanges make cases"));

/// Slip and case. A slip that several cases catch has the one whose name says it; all of them are shown by
/// `conformance client -- reference-driver --slip NAME`.
const CAUGHT_BY: &[(&str, &str)] = &[
    ("key-in-other-header", "sendpilot.leads.add.request.key"),
    ("bearer-for-bare-key", "leadmagic.credits.get.request.key"),
    ("bare-key-for-bearer", "leadterra.sender-pools.list.request.key"),
    ("key-in-query", "sendpilot.leads.list.request.key"),
    ("no-content-type", "sendpilot.leads.add.request.content-type"),
    ("form-content-type", "leadterra.campaigns.create.request.content-type"),
    ("trailing-slash", "leadmagic.credits.get.request.route"),
    ("no-version-in-path", "sendpilot.campaigns.list.request.route"),
    ("put-for-patch", "sendpilot.campaigns.update.request.route"),
    ("post-for-get", "leadterra.campaigns.stats.request.route"),
    ("path-not-encoded", "sendpilot.campaigns.get.request.path-encoding"),
    ("path-encoded-twice", "leadterra.campaigns.stats.request.path-encoding"),
    ("query-not-encoded", "leadmagic.jobs.search-titles.request.query-encoding"),
    ("query-encoded-twice", "leadmagic.jobs.search-tags.request.query-encoding"),
    ("null-for-absent", "magnetite.leads.add.request.body"),
    ("empty-for-absent", "sendpilot.leads.list.request.query"),
    ("numbers-sent-as-text", "leadmagic.people.search.request.body"),
    ("unknown-field-sent", "leadterra.campaigns.create.request.body"),
    ("argument-lost", "leadterra.leads.bulk.request.body"),
    ("ascii-only", "sendpilot.inbox.send.request.body-encoding"),
    ("names-in-other-style", "sendpilot.leads.add.request.body"),
    ("float-numbers", "leadmagic.email-validation.valid.understood"),
    ("whole-numbers", "leadmagic.analytics-day.v1.understood"),
    ("numbers-read-as-text", "leadmagic.credits.balance.understood"),
    ("text-read-as-number", "leadmagic.company-funding.v1.understood"),
    ("null-read-as-absent", "sendpilot.leads.full_lead.understood"),
    ("null-read-as-empty", "sendpilot.leads.entry_without_profile.understood"),
    ("absent-read-as-null", "leadterra.leads.bulk.answer.new-fields"),
    ("unknown-field-crash", "leadmagic.credits.get.answer.new-fields"),
    ("unknown-field-refused", "sendpilot.leads.get.answer.new-fields"),
    ("order-dependent", "sendpilot.leads.get.answer.reordered"),
    ("html-as-success", "leadmagic.credits.get.transport.html-200"),
    ("empty-as-success", "sendpilot.leads.get.transport.empty-200"),
    ("truncated-as-success", "leadterra.campaigns.stats.transport.truncated"),
    ("status-ignored", "sendpilot.leads.get.missing_key.understood"),
    ("error-text-only", "magnetite.leads.missing_email.understood"),
    ("error-object-only", "magnetite.leads.missing_key.understood"),
    ("error-json-only", "leadmagic.credits.get.transport.html-502"),
    ("message-lost", "sendpilot.leads.get.invalid_key.understood"),
    ("code-lost", "leadmagic.email-validation.check.invalid_key.understood"),
    ("status-lost", "sendpilot.leads.add.malformed_json.understood"),
    ("wait-lost", "sendpilot.leads.add.retries.an-hour-is-not-cut-short"),
    ("forbidden-read-as-auth", "sendpilot.leads.get.other_workspace.understood"),
    ("not-found-read-as-empty", "magnetite.leads.unknown_campaign.understood"),
    ("payment-read-as-invalid", "leadmagic.email-validation.insufficient_credits.understood"),
    ("conflict-read-as-success", "magnetite.leads.duplicate.understood"),
    ("every-error-the-servers", "leadterra.campaigns.create.missing_header.understood"),
    ("payment-retried", "leadmagic.email-validation.check.retries.not-after-402"),
    ("auth-retried", "sendpilot.leads.list.retries.not-after-401"),
    ("invalid-retried", "sendpilot.leads.add.retries.not-after-400"),
    ("rate-limit-not-waited-for", "sendpilot.leads.list.retries.waits-as-retry-after-says"),
    ("rate-limit-given-up", "sendpilot.leads.get.retries.waits-as-retry-after-says"),
    ("wait-in-milliseconds", "leadmagic.credits.get.retries.waits-as-retry-after-says"),
    ("wait-in-minutes", "leadterra.campaigns.stats.retries.waits-as-retry-after-says"),
    ("wait-of-body-ignored", "magnetite.leads.add.retries.waits-as-retryafter-beside-error-says"),
    ("wait-of-header-ignored", "leadmagic.email-validation.check.retries.waits-as-retry-after-says"),
    ("time-read-as-delay", "magnetite.leads.add.retries.x-ratelimit-reset-is-a-time"),
    ("endless-retries", "leadmagic.credits.get.retries.gives-up-after-500"),
    ("reads-not-retried", "leadmagic.credits.get.retries.again-after-a-lost-answer"),
    ("no-jitter", "leadmagic.credits.get.retries.jitter"),
    ("no-backoff", "sendpilot.leads.list.retries.gives-up-after-500"),
    ("write-retried-after-failure", "sendpilot.inbox.send.retries.acts-once-after-500"),
    ("write-retried-after-lost-answer", "sendpilot.inbox.send.retries.acts-once-after-a-lost-answer"),
    ("write-retried-after-timeout", "magnetite.leads.add.deadlines.silence-after-a-write"),
    ("first-page-only", "sendpilot.leads.list.paging.every-entry-once"),
    ("second-page-skipped", "sendpilot.campaigns.list.paging.every-entry-once-v1-early"),
    ("last-page-twice", "leadterra.replies.list.paging.every-entry-once"),
    ("cursor-dropped", "sendpilot.inbox.messages.paging.every-entry-once"),
    ("pages-from-zero", "sendpilot.leads.list.paging.every-entry-once"),
    ("offset-in-pages", "leadterra.sdr.inbox.paging.every-entry-once"),
    ("first-total-kept", "sendpilot.leads.list.paging.shrinks"),
    ("endless-pages", "sendpilot.leads.list.paging.empty-page"),
    ("redirect-followed-with-key", "leadmagic.credits.get.secrets.redirect-307-to-another-host"),
    ("key-logged", "leadmagic.credits.get.secrets.not-logged-when-refused"),
    ("any-certificate-trusted", "leadmagic.credits.get.secrets.unknown-authority"),
    ("http-for-https", "leadmagic.credits.get.secrets.https"),
    ("no-deadline", "magnetite.jobs.get.deadlines.silence"),
    ("unbounded-concurrency", "sendpilot.campaigns.get.concurrency.bounded"),
];

fn judged(cases: &[ClientCase], habits: Habits) -> Record {
    let mut driver = InProcess::new(move |hello, waits| Driven::begin(hello, waits, habits));
    let mut record = Record::default();
    run(cases, &mut driver, &Setting::default(), &mut record).expect("the suite can be run");
    record
}

fn told(case: &CaseFinished) -> String {
    format!("{} {}: {}", case.verdict.name(), case.id, case.reasons().collect::<Vec<_>>().join("; "))
}

#[tokio::test]
async fn the_client_has_no_failure() {
    let driver = InProcess::new(|hello, waits| Driven::begin(hello, waits, Habits::default()));
    let record = run_all(driver).await.expect("the suite can be run");
    assert!(record.finished.passed, "{}", report::text(&record, Detail::NotHeld));
    assert_eq!(record.cases.len(), CASES.len(), "it offers every operation");
    let summary = record.finished.client.expect("a client was run");
    assert_eq!((summary.too_early, summary.errors_misread, summary.errors_crashed, summary.errors_never_exercised), (0, 0, 0, 0));
}

#[test]
fn each_slip_is_caught_by_the_case_that_says_it() {
    let mut missed = Vec::new();
    for (name, id) in CAUGHT_BY {
        let slip = Slip::by_name(name).unwrap_or_else(|| panic!("there is no slip {name}"));
        let case: Vec<ClientCase> = CASES.iter().filter(|case| case.id == *id).cloned().collect();
        assert_eq!(case.len(), 1, "{name}: there is no case {id}");
        let record = judged(&case, slip.habits());
        if record.cases[0].verdict != Verdict::Failed {
            missed.push(format!("{name}: {}", told(&record.cases[0])));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_slip_is_in_the_table() {
    let caught: BTreeSet<&str> = CAUGHT_BY.iter().map(|(name, _)| *name).collect();
    let slips: BTreeSet<&str> = SLIPS.iter().map(|slip| slip.name).collect();
    assert_eq!(caught, slips);
    let mut text = String::from(
        "# Slips of clients, and the cases that catch them\n\nGenerated: `WRITE_TABLES=1 cargo test -p reference-client --test conformance suite`.\n\n\
         | slip | such a client | is caught by |\n|---|---|---|\n",
    );
    for slip in SLIPS {
        let id = CAUGHT_BY.iter().find(|(name, _)| *name == slip.name).map_or("", |(_, id)| id);
        let _ = writeln!(text, "| {} | {} | `{id}` |", slip.name, slip.what);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("SLIPS.md");
    if std::env::var_os("WRITE_TABLES").is_some() {
        std::fs::write(&file, &text).expect("the table can be written");
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(known == text, "SLIPS.md is old: WRITE_TABLES=1 cargo test -p reference-client --test conformance suite");
}
