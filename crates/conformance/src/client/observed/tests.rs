//! Each claim over journals that break it and journals that do not.

use mock_providers::core::reply::Reply;

use super::scripted::{Played, play, told};
use super::*;

const ROOM: usize = 10_000_000;

/// A program sends these lines, and these claims fail, or are remarked on with a question mark: each by how it begins.
#[track_caller]
fn check(lines: &str, expected: &[&str]) {
    let found = told(&play(lines, ROOM).judged());
    let fits = found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits, "{lines}\nfound:\n  {}\nexpected:\n  {}", found.join("\n  "), expected.join("\n  "));
}

const LEAD: &str =
    r#"{"campaignId": "camp_xyz789", "leads": [{"linkedinUrl": "https://www.linkedin.com/in/john-doe", "firstName": "John"}]}"#;
const VALIDATE: &str = r#"POST /v1/people/email-validation {"email": "ava@example.com"}"#;

#[test]
fn a_key_belongs_in_its_header() {
    check("leadmagic GET /v1/credits\nsendpilot GET /api/v1/campaigns\nleadterra GET /v1/sender-pools", &[]);
    let key = "leadmagic.credits.get.key_only_in_its_header";
    check("leadmagic GET /v1/credits?api_key=KEY", &[&format!("{key}: URL: expected the key in X-API-Key alone, found the key")]);
    check(
        "leadmagic GET /v1/credits?api_key=another",
        &[&format!("{key}: URL: expected the key in X-API-Key alone, found a parameter api_key")],
    );
    check(
        r#"leadmagic POST /v1/people/email-validation {"email": "ava@example.com", "key": "KEY"}"#,
        &[
            "leadmagic.email-validation.check.key_only_in_its_header: body: ",
            "leadmagic.email-validation.check.documented_fields_only: field: expected documented names only, found the documents name no field \"key\"",
        ],
    );
    check(
        "leadmagic elsewhere GET /v1/credits",
        &[
            &format!("{key}: header Authorization: expected the key in X-API-Key alone, found the key"),
            "leadmagic.credits.get.key_in_documented_form: header X-API-Key: expected X-API-Key: KEY, found Authorization: ...",
        ],
    );
}

#[test]
fn a_key_of_another_provider_is_told_whose_it_is() {
    let played = play("leadmagic GET /v1/credits", ROOM);
    let foreign = [played.keys.clone(), vec![(Provider::Sendpilot, key_of(&played.entries[0]))]].concat();
    let own: Vec<(Provider, String)> = foreign.into_iter().filter(|(provider, _)| *provider != Provider::Leadmagic).collect();
    let found = told(&Played { keys: own, ..played }.judged());
    assert_eq!(
        found,
        ["leadmagic.credits.get.key_only_in_its_header: header X-API-Key: expected the key in X-API-Key alone, found the key of sendpilot"]
    );
}

fn key_of(entry: &Entry) -> String {
    String::from_utf8_lossy(entry.provider.credential(&entry.request).expect("it has a key")).into_owned()
}

#[test]
fn a_key_has_the_documented_form() {
    let of = |operation: &str| format!("{operation}.key_in_documented_form: ");
    check(
        "leadmagic bearer GET /v1/credits",
        &[&(of("leadmagic.credits.get") + "header X-API-Key: expected X-API-Key: KEY, found X-API-Key: Bearer KEY")],
    );
    check(
        "leadterra bare GET /v1/sender-pools",
        &[&(of("leadterra.sender-pools.list")
            + "header Authorization: expected Authorization: Bearer KEY, found Authorization: KEY, without Bearer")],
    );
    check(
        "sendpilot twice GET /api/v1/campaigns",
        &[&(of("sendpilot.campaigns.list") + "header X-API-Key: expected X-API-Key: KEY, found X-API-Key 2 times")],
    );
    check("sendpilot no-key GET /api/v1/campaigns", &["sendpilot.campaigns.list.key_in_documented_form? 1 sent without a key"]);
    check("magnetite no-key GET /proof-index.json", &[]);
}

#[test]
fn a_request_has_the_documented_form() {
    check(&format!("leadmagic {VALIDATE}"), &[]);
    check(
        &format!("leadmagic no-type {VALIDATE}"),
        &["leadmagic.email-validation.check.content_type_with_a_body: header Content-Type: expected application/json, found none"],
    );
    check(
        "sendpilot GET /api/v1/campaigns?page=1&size=5",
        &[
            "sendpilot.campaigns.list.documented_fields_only: parameter: expected documented names only, found the documents name no parameter \"size\"",
        ],
    );
    check(
        r#"leadmagic POST /v1/emails/finder {"first_name": "Ava", "last_name": "Lee", "domain": "example.com"}"#,
        &["leadmagic.email-finder.find.documented_path? /v1/emails/finder is answered too; the documents' path is /v1/people/email-finder"],
    );
    check("sendpilot GET /v1/campaigns", &[]);
}

#[test]
fn a_request_is_a_documented_call() {
    check("leadmagic GET /v1/credit", &["leadmagic.any.known_routes_only: path: expected perhaps GET /v1/credits, found GET /v1/credit"]);
    check("sendpilot DELETE /api/v1/leads", &["sendpilot.any.known_routes_only: method: "]);
    check("sendpilot OPTIONS /api/v1/leads", &[]);
}

#[test]
fn a_refusal_is_not_asked_again() {
    let refused = "sendpilot.campaigns.list.refusals_not_repeated";
    let asks = |after: &str, times: usize| format!("{after} sendpilot:revoked GET /api/v1/campaigns\n").repeat(times);
    check(&asks("+1", 1), &[]);
    check(&asks("+1", 2), &[&format!("{refused}? sent 2 times within 1.000 s, after 401 invalid_key: a retry, or two tests of one call")]);
    check(&asks("+0.1", 4), &[&format!("{refused}: times sent: expected 1, found 4 times within 0.300 s, after 401 invalid_key")]);
    check(&asks("+1", 4), &[&format!("{refused}: times sent: expected 1, found 4 times")]);
    check(&asks("+61", 4), &[]);
    // Another request in between, another key, another body: no repetition.
    check(&"sendpilot:revoked GET /api/v1/campaigns\nsendpilot GET /api/v1/senders/quotas\n".repeat(4), &[]);
    check(
        "leadmagic:no_credits POST /v1/people/email-validation {\"email\": \"ava@example.com\"} ... 3 times",
        &["leadmagic.email-validation.check.refusals_not_repeated: times sent: expected 1, found 3 times within 0.002 s, after 402"],
    );
    // What is missing may come.
    let poll = "sendpilot GET /api/v1/leads/lead_none\n";
    check(&poll.repeat(5), &[]);
    check(&format!("{} ... 4 times", poll.trim()), &["sendpilot.leads.get.refusals_not_repeated: times sent: expected 1, found 4 times"]);
}

#[test]
fn a_wait_is_waited_for() {
    let early = "sendpilot.campaigns.list.waits_after_429: next call: ";
    let asks = |after: &str| format!("sendpilot:rate_limited GET /api/v1/campaigns\n{after} sendpilot:rate_limited GET /api/v1/campaigns");
    check(&asks("+60"), &[]);
    check(&asks("+61"), &[]);
    check(
        &asks("+59"),
        &[&format!(
            "{early}expected 60 s after the 429 (header Retry-After), found 1 call too early, the first 59.0 s after the 429, by up to 1.000 s"
        )],
    );
    check(
        &format!("{}\n+1 sendpilot:rate_limited GET /api/v1/campaigns", asks("+0.01")),
        &[&format!(
            "{early}expected 60 s after the 429 (header Retry-After), found 2 calls too early, the first 0.010 s after the 429, by up to 60.0 s"
        )],
    );
    // Magnetite's limits have a number each: this one is told as a time of day, and is over a second before the body says.
    let generate = r#"magnetite:rate_limited POST /api/projects/YOUR_PROJECT_ID/generate {"companyName": "A"}"#;
    let early = "magnetite.project-generation.start.waits_after_429: next call: expected 44 s after the 429 (header X-RateLimit-Reset)";
    check(&format!("{generate}\n+45 {generate}"), &[]);
    check(&format!("{generate}\n{generate}"), &[early]);
}

#[test]
fn a_wait_is_read_where_it_stands() {
    let limited = play("sendpilot:rate_limited GET /api/v1/campaigns", ROOM).entries.remove(0);
    let at_ms = |ms: i64| limited.at + SignedDuration::from_millis(ms);
    let check = |headers: &[(&'static str, &str)], body: &str, expected: Option<(i64, &str)>| {
        let mut reply = Reply::text(limited.reply.outcome, body.to_owned());
        for (name, value) in headers {
            reply.headers.push(name, value);
        }
        let entry = Entry { reply, at: at_ms(600), ..limited.clone() };
        let found = super::waits::documented_wait(&entry).map(|(wait, place)| (i64::try_from(wait.as_millis()).expect("it fits"), place));
        assert_eq!(found, expected, "{headers:?} {body}");
    };
    let in_30_s = (limited.at.as_second() + 30).to_string();
    check(&[("retry-after", "42")], "{}", Some((42_000, "header Retry-After")));
    check(&[("ratelimit-reset", "42")], "{}", Some((42_000, "header RateLimit-Reset")));
    check(&[("x-ratelimit-reset", &in_30_s)], "{}", Some((29_400, "header X-RateLimit-Reset")));
    check(&[], r#"{"error": "Rate limit exceeded.", "retryAfter": 45}"#, Some((45_000, "body retryAfter")));
    check(&[], r#"{"success": false, "error": {"code": "RATE_LIMIT_EXCEEDED", "retryAfter": 45}}"#, Some((45_000, "body retryAfter")));
    check(&[], r#"{"errors": [{"context": {"retry_after_seconds": 42}}]}"#, Some((42_000, "body retryAfter")));
    check(&[("retry-after", "42")], r#"{"retryAfter": 45}"#, Some((42_000, "header Retry-After")));
    check(&[("retry-after", "soon")], "no JSON", None);
}

#[test]
fn what_is_under_another_limit_or_on_its_way_is_no_early_call() {
    // Another key, another provider, and an operation that goes on answering.
    check("sendpilot:rate_limited GET /api/v1/campaigns\nsendpilot GET /api/v1/campaigns\nleadmagic GET /v1/credits", &[]);
    // Three requests at once are all refused, and none is a retry.
    check(
        "sendpilot:rate_limited GET /api/v1/campaigns?page=1\n+0.02 sendpilot:rate_limited GET /api/v1/campaigns?page=2\n+0.05 sendpilot:rate_limited GET /api/v1/campaigns?page=3",
        &[],
    );
    // A loop that goes on in spite of it is not on its way any more.
    check(
        "sendpilot:rate_limited GET /api/v1/campaigns?page=1\n+0.05 sendpilot:rate_limited GET /api/v1/campaigns?page=2\n+0.06 sendpilot:rate_limited GET /api/v1/campaigns?page=3",
        &[
            "sendpilot.campaigns.list.waits_after_429: next call: expected 60 s after the 429 (header Retry-After), found 1 call too early, the first 0.110 s",
        ],
    );
}

#[test]
fn a_clock_that_stands_still_says_nothing_of_waits() {
    let played = play("sendpilot:rate_limited GET /api/v1/campaigns\nsendpilot:rate_limited GET /api/v1/campaigns", ROOM);
    let found = told(&Played { clock_stands: true, ..played }.judged());
    assert_eq!(
        found,
        [
            "sendpilot.campaigns.list.waits_after_429? 2 answered 429, and the world's clock stood still: whether the waits were kept cannot be told"
        ]
    );
}

#[test]
fn tries_are_bounded_and_no_loop_is_busy() {
    let failing = "leadmagic:server_error GET /v1/credits";
    check(&format!("{failing}\n").repeat(10), &[]);
    check(
        &format!("{failing}\n").repeat(11),
        &["leadmagic.credits.get.tries_bounded: tries: expected at most 10, found 11 in a row, the last 500"],
    );
    check(&format!("{failing} ... 10 times"), &[]);
    check(
        &format!("{failing} ... 12 times"),
        &[
            "leadmagic.credits.get.tries_bounded: tries: expected at most 10, found 12 in a row",
            "leadmagic.credits.get.no_busy_loop: the same request: expected at most 10 a second, found 11 within 0.010 s",
        ],
    );
    check(
        "leadmagic GET /v1/credits ... 12 times",
        &["leadmagic.credits.get.no_busy_loop? the same request 11 times within 0.010 s, and answered each time"],
    );
}

#[test]
fn a_lead_is_added_once() {
    let campaign = r#"leadterra POST /v1/campaigns {"name": "One"}"#;
    check(campaign, &[]);
    check(
        &format!("{campaign}\n{campaign}"),
        &[
            "leadterra.campaigns.create.acts_once: writes: expected sent once: request 1 was answered 200 created, found request 2 again 1.000 s later, answered 200 created: {\"id\":",
        ],
    );
    check(&format!("{campaign}\nleadterra POST /v1/campaigns {{\"name\": \"Two\"}}"), &[]);
    // After a 500 nobody knows; after a 429 it was not done.
    let unknown = r#"magnetite:server_error POST /api/projects/YOUR_PROJECT_ID/generate {"companyName": "A"}"#;
    check(
        &format!("{unknown}\n{unknown}"),
        &[
            "magnetite.project-generation.start.acts_once: writes: expected not sent again: after 500 nobody knows whether request 1 was done",
        ],
    );
    let limited = r#"magnetite:rate_limited POST /api/projects/YOUR_PROJECT_ID/generate {"companyName": "A"}"#;
    check(&format!("{limited}\n+61 {limited}"), &[]);
    let message = r#"sendpilot POST /api/v1/inbox/send {"leadId": "lead_abc123", "message": "Hi"}"#;
    check(
        &format!("{message}\n+3600 {message}"),
        &["sendpilot.inbox.send.acts_once: writes: expected sent once: request 1 was answered 201 sent"],
    );
}

#[test]
fn what_was_undone_in_between_is_done_anew() {
    let start = "leadterra POST /v1/campaigns/camp_123/start";
    let pause = "leadterra POST /v1/campaigns/camp_123/pause";
    check(&format!("{pause}\n{start}\n{pause}\n{start}"), &[]);
}

#[test]
fn a_duplicate_that_the_provider_takes_for_one_is_remarked_on() {
    let add =
        r#"magnetite POST /api/campaigns/YOUR_CAMPAIGN_ID/leads {"companyName": "Acme", "contactName": "A B", "email": "a@b.example"}"#;
    check(
        &format!("{add}\n{add}"),
        &["magnetite.leads.add.acts_once? sent again unchanged, and answered 409 duplicate: nothing was done twice"],
    );
    let add = format!("sendpilot POST /api/v1/leads {LEAD}");
    check(
        &format!("{add}\n{add}"),
        &["sendpilot.leads.add.acts_once? sent again unchanged, and answered 201 duplicates_skipped: nothing was done twice"],
    );
    let enrol = r#"leadterra POST /v1/campaigns/camp_123/leads/bulk {"leads": [{"email": "eve@example.com", "firstName": "Eve"}]}"#;
    check(
        &format!("{enrol}\n{enrol}"),
        &["leadterra.leads.bulk.acts_once? sent again unchanged, and answered 200 enrolled: nothing was done twice"],
    );
    let start = "leadterra POST /v1/campaigns/camp_123/start";
    check(&format!("{start}\n{start}"), &["leadterra.campaigns.start.acts_once? sent again unchanged, and answered 200 already_running"]);
}

#[test]
fn a_question_that_costs_is_remarked_on_when_it_is_asked_twice() {
    check(
        &format!("leadmagic {VALIDATE}\nleadmagic {VALIDATE}"),
        &["leadmagic.email-validation.check.pays_once? 1 of 2 questions were asked before"],
    );
}

#[test]
fn a_walk_over_pages_goes_to_the_end_once() {
    let page = |n: usize| format!("sendpilot GET /api/v1/leads?campaignId=camp_xyz789&limit=1&page={n}\n");
    let walk = |pages: &[usize]| pages.iter().map(|n| page(*n)).collect::<String>();
    let add = |name: &str| {
        let lead = format!(r#"{{"linkedinUrl": "https://www.linkedin.com/in/{name}"}}"#);
        format!("sendpilot POST /api/v1/leads {{\"campaignId\": \"camp_xyz789\", \"leads\": [{lead}]}}\n")
    };
    let leads = ["a", "b", "c"].map(add).concat();
    let pages = |pages: &[usize]| format!("{leads}{}", walk(pages));
    let to_the_end = "sendpilot.leads.list.pages_to_the_end";
    let total =
        play(&pages(&[1]), ROOM).entries.last().map(|entry| String::from_utf8_lossy(&entry.reply.body).into_owned()).unwrap_or_default();
    let last: usize =
        total.split("\"totalPages\":").nth(1).and_then(|rest| rest.split('}').next()?.parse().ok()).unwrap_or_else(|| panic!("{total}"));
    assert!(last >= 3, "{total}");
    let whole: Vec<usize> = (1..=last).collect();
    check(&pages(&whole), &[]);
    // Two walks, one after the other, and one whose pages come in any order.
    check(&pages(&[whole.clone(), whole.clone()].concat()), &[]);
    check(&pages(&[&[1][..], &whole.iter().skip(1).rev().copied().collect::<Vec<_>>()[..]].concat()), &[]);
    check(&pages(&[1]), &[&format!("{to_the_end}? a first page that promises more was all that was asked for, 1 time")]);
    check(&pages(&[3]), &[]);
    check(
        &pages(&[1, 2]),
        &[&format!("{to_the_end}: walk: expected the next page, found none after 2 pages, and the last answer promises more")],
    );
    let skipping: Vec<usize> = whole.iter().copied().filter(|page| *page != 2).collect();
    check(&pages(&skipping), &[&format!("{to_the_end}: walk: expected every page, found page 2 was never asked for, and page {last} was")]);
    let twice: Vec<usize> = [&whole[..], &[last]].concat();
    check(
        &pages(&twice),
        &[&format!("sendpilot.leads.list.pages_once: walk: expected each page once, found page {last} again: requests ")],
    );
}

#[test]
fn a_cursor_is_used_once_and_not_dropped() {
    let first = r#"leadmagic POST /v3/people/search {"company_domain": "stripe.com", "limit": 1}"#;
    let next = r#"leadmagic POST /v3/people/search {"company_domain": "stripe.com", "limit": 1, "cursor": "CURSOR"}"#;
    let search = "leadmagic.people.search";
    check(&format!("{first}\n{next}"), &[]);
    check(first, &[&format!("{search}.pages_to_the_end? a first page that promises more was all that was asked for, 1 time")]);
    let played = play(&format!("{first}\n{next}"), ROOM);
    let again: Vec<Entry> = [&played.entries[..], &played.entries[1..]].concat();
    let found = told(&Played { entries: again, ..played }.judged());
    assert!(
        found
            .iter()
            .any(|line| line.starts_with(&format!("{search}.pages_once: walk: expected each page once, found the same cursor again"))),
        "{found:?}"
    );
}

#[test]
fn a_walk_over_pages_that_cost_may_end_early() {
    let page = |n: usize| format!("leadmagic POST /v1/jobs/jobs-finder {{\"per_page\": 1, \"page\": {n}}}\n");
    check(
        &[page(1), page(2)].concat(),
        &["leadmagic.jobs-finder.search.pages_to_the_end? a walk ended before the last page; each page may cost"],
    );
}

#[test]
fn what_no_journal_has_any_more_is_inconclusive() {
    let lines = "leadmagic GET /v1/credits\n".repeat(40) + "sendpilot GET /api/v1/campaigns";
    let verdicts = play(&lines, 4_000).judged();
    let found = told(&verdicts);
    assert!(found.iter().any(|line| line == "leadmagic.credits.get.tries_bounded: inconclusive"), "{found:?}");
    assert!(found.iter().all(|line| !line.starts_with("sendpilot")), "what is kept whole is judged: {found:?}");
    assert!(!verdicts.record.finished.passed);
}

#[test]
fn every_claim_is_held_by_a_right_program_or_says_why_not() {
    let lines =
        format!("leadmagic GET /v1/credits\nleadmagic {VALIDATE}\nsendpilot GET /api/v1/campaigns\nsendpilot POST /api/v1/leads {LEAD}");
    let verdicts = play(&lines, ROOM).judged();
    assert!(verdicts.record.finished.passed && verdicts.remarks.is_empty(), "{:?}", told(&verdicts));
    let unmet: Vec<&str> = verdicts
        .record
        .cases
        .iter()
        .filter(|case| case.verdict == crate::event::Verdict::Skipped)
        .map(|case| case.reason.as_deref().unwrap_or_default())
        .collect();
    assert!(unmet.iter().all(|reason| reason.starts_with("no ") || reason.starts_with("nothing ")), "{unmet:?}");
    assert!(verdicts.record.cases.iter().all(|case| case.source.line > 0 && !case.source.file.is_empty()), "each case has its source");
}

#[test]
fn ids_are_all_different_and_name_what_is_judged() {
    let ids: Vec<String> = ids().collect();
    let different: std::collections::HashSet<&String> = ids.iter().collect();
    assert_eq!(different.len(), ids.len());
    let judged = play("leadmagic GET /v1/credits\nsendpilot GET /api/v1/nothing", ROOM).judged();
    assert!(judged.record.cases.iter().all(|case| ids.contains(&case.id)), "{:?}", told(&judged));
}

#[test]
fn a_key_that_nobody_knows_is_in_no_report() {
    let lines = r#"
        leadmagic GET /v1/credits?api_key=sesame-one
        leadmagic GET /v1/wrong/sesame4242424242424242two?token=sesame-three
        leadmagic POST /v1/people/email-validation {"email": "ava@example.com", "token": "sesame-four"}
    "#;
    let verdicts = play(lines, ROOM).judged();
    for format in crate::report::Format::ALL {
        let report = format.render(&verdicts.record);
        assert!(!report.contains("sesame"), "{}: {report}", format.name());
    }
}

#[test]
fn a_summary_says_what_was_called_mishandled_never_met_and_what_it_would_have_cost() {
    let lines = r#"
        magnetite GET /api/health
        magnetite POST /api/campaigns/YOUR_CAMPAIGN_ID/leads {"companyName": "Acme", "contactName": "A B", "email": "a@b.example"}
        sendpilot:rate_limited GET /api/v1/campaigns
        +2 sendpilot:rate_limited GET /api/v1/campaigns
        sendpilot POST /api/v1/inbox/send {"leadId": "lead_abc123", "message": "Hi"}
        sendpilot POST /api/v1/inbox/send {"leadId": "lead_abc123", "message": "Hi"}
        sendpilot GET /api/v1/nothing
    "#;
    let played = play(lines, ROOM);
    let verdicts = played.judged();
    let text = summary::text(&played.ran(), &verdicts, Some("the command failed with exit code 1"));
    // A line of the sources moves with every change above it.
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("      source: ")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    conformance: 7 requests answered, 3 findings
      the command failed with exit code 1
      calls
        2  sendpilot.campaigns.list  429 rate limited x2
        2  sendpilot.inbox.send      201 x2
        1  magnetite.health.get      200
        1  magnetite.leads.add       200
      not recognised
        1  GET /api/v1/nothing on sendpilot  no such path; nearest: GET /api/v1/credits
      mishandled
        FAIL sendpilot.campaigns.list.observed.waits_after_429
          next call: expected 60 s after the 429 (header Retry-After), found 1 call too early, the first 2.000 s after the 429, by up to 58.0 s
          shown by: GET /api/v1/campaigns: 429
                    GET /api/v1/campaigns: 429
        FAIL sendpilot.inbox.send.observed.acts_once
          writes: expected sent once: request 5 was answered 201 sent, found request 6 again 1.000 s later, answered 201 sent: {"success":true,"messageId":"msg_oumdm0zitru5","leadId":"lead_abc123","senderId":"sender_def456","sentAt":"2026-01-15T10...
          shown by: POST /api/v1/inbox/send: 201
                    POST /api/v1/inbox/send: 201
        FAIL sendpilot.any.observed.known_routes_only
          path: expected perhaps GET /api/v1/credits, found GET /api/v1/nothing
          shown by: GET /api/v1/nothing: 404
      sent before a wait was over: 1 call, by up to 58.0 s
      never exercised
        magnetite.health.get: errors met 0 of 5; never 401 expired key, 401 invalid key,
          401 malformed header, 401 missing key, 429 rate limited
        magnetite.leads.add: errors met 0 of 7; never 400 missing field, 401 expired key,
          401 invalid key, 401 malformed header, 401 missing key, 403 foreign campaign, 429 rate limited
        magnetite: 8 other operations not called: generation (2), project-generation (2), jobs (2),
          open-data (2)
        sendpilot.campaigns.list: errors met 1 of 5; never 400 invalid query, 401 invalid key,
          401 missing key, 403 other workspace
        sendpilot.inbox.send: errors met 0 of 9; never 400 invalid request, 400 unusable sender,
          401 invalid key, 401 missing key, 403 foreign campaign, 403 foreign lead, 403 foreign sender,
          403 other workspace, 429 daily limit
        sendpilot: 21 other operations not called: campaigns (2), leads (4), inbox (5), senders.quotas,
          searches (3), lead-database.filters, extractions (3), credits.get, me.get
      the real APIs would have charged: nothing
      people they would have contacted: nobody
    56 expected, 23 held, 3 failed, 30 skipped, 0 inconclusive
    "#);
}
