//! The client before the fakes, in process.

use std::collections::BTreeMap;
use std::time::Duration;

use conformance::client::driver::{Driver, Waits};
use conformance::client::in_process::InProcess;
use conformance::client::protocol::{Call, Hello, Outcome, Place, VERSION};
use mock_providers::blocking::MockProviders;
use mock_providers::core::operation::Effect as TheirEffect;
use mock_providers::providers::Provider as Theirs;
use mock_providers::{KeyRole, WorldHandle};
use reference_client::habits::Habits;
use reference_client::{Client, Effect, NewLead, Operation, Provider};
use serde_json::{Value, json};

use crate::driven::Driven;

/// The places of a world, with keys of this role.
fn hello(world: &WorldHandle, role: KeyRole, providers: &[Theirs]) -> Hello {
    let place = |provider: Theirs| {
        let handle = world.provider(provider);
        (provider.name().to_owned(), Place { base_url: handle.base_url(), key: handle.key(role) })
    };
    Hello { protocol: VERSION, providers: providers.iter().map(|provider| place(*provider)).collect(), ca_file: None }
}

/// What a call with a key of this role comes to, in a world of its own; and what the client let pass by.
#[track_caller]
fn check(operation: &str, role: KeyRole, arguments: Value, expected: &str) {
    let fakes = MockProviders::start();
    let world = fakes.documentation_world();
    let provider = Theirs::by_name(operation.split('.').next().unwrap()).unwrap();
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let call = Call { id: 1, case: String::new(), operation: operation.to_owned(), arguments, deadline_ms: 5000 };
    let mut driver = InProcess::new(|hello: &Hello, waits: &Waits| Driven::begin(hello, waits, Habits::default()));
    let clock = world.clock();
    let waits = Waits::new(move |time| drop(clock.advance(time)));
    let welcome = driver.start(&hello(&world, role, &[provider]), &waits).unwrap();
    assert!(welcome.operations.contains(&call.operation), "{operation} is not offered");
    let told = match driver.call(&[call], &waits).remove(0) {
        Ok(Outcome::Value(value)) => value.get().to_owned(),
        Ok(Outcome::Error(error)) => {
            let words = [error.status.map(|status| status.to_string()), error.code, error.message];
            let wait = error.retry_after_ms.map(|ms| format!("retry after {ms} ms"));
            words.into_iter().chain([wait]).flatten().fold(error.kind.name().to_owned(), |told, word| format!("{told}: {word}"))
        }
        other => format!("{other:?}"),
    };
    let requests = world.journal().len();
    assert_eq!(format!("{requests} sent, {told}"), expected);
}

#[test]
fn values_come_back_as_they_were_answered() {
    check("leadmagic.credits.get", KeyRole::Valid, json!({}), r#"1 sent, {"credits":10000,"used_this_month":2500}"#);
    check("sendpilot.campaigns.update", KeyRole::Valid, json!({"id": "clxxx123456", "action": "pause"}), PAUSED);
}

const PAUSED: &str =
    r#"1 sent, {"success":true,"campaignId":"clxxx123456","action":"pause","newStatus":"paused","message":"Campaign paused successfully"}"#;

#[test]
fn errors_are_told_in_each_dialect() {
    check("leadmagic.credits.get", KeyRole::Revoked, json!({}), "1 sent, auth: 401: UNAUTHORIZED: Invalid or missing API key");
    check("sendpilot.credits.get", KeyRole::Revoked, json!({}), "1 sent, auth: 401: Invalid API key");
    check(
        "leadterra.campaigns.stats",
        KeyRole::Valid,
        json!({"id": "camp_nobody"}),
        "1 sent, not_found: 404: campaign_not_found: Campaign not found.",
    );
    check("leadterra.sdr.inbox", KeyRole::NoSdr, json!({}), "1 sent, forbidden: 403: This API key is not linked to an SDR.");
    check(
        "magnetite.jobs.get",
        KeyRole::Expired,
        json!({"jobId": "x"}),
        "1 sent, auth: 401: API_KEY_EXPIRED: This API key has expired. Please generate a new one.",
    );
    check(
        "magnetite.leads.add",
        KeyRole::Expired,
        json!({"campaignId": "c", "email": "ada@example.com"}),
        "1 sent, auth: 401: Invalid or expired API key",
    );
}

#[test]
fn who_cannot_pay_asks_once() {
    check(
        "leadmagic.email-validation.check",
        KeyRole::NoCredits,
        json!({"email": "ada@example.com"}),
        "1 sent, insufficient_credits: 402: INSUFFICIENT_CREDITS: Insufficient credits: need 0.05, have 0.00. Add credits to continue.",
    );
}

#[test]
fn failures_of_the_server_are_tried_again_for_reads_only() {
    check(
        "magnetite.jobs.get",
        KeyRole::Unavailable,
        json!({"jobId": "x"}),
        "4 sent, server: 503: SERVICE_UNAVAILABLE: The service is temporarily unavailable",
    );
    check(
        "magnetite.leads.add",
        KeyRole::Unavailable,
        json!({"campaignId": "c1", "email": "ada@example.com"}),
        "1 sent, server: 503: The service is temporarily unavailable",
    );
}

#[test]
fn a_429_is_waited_for_as_each_provider_says() {
    check(
        "leadmagic.email-validation.check",
        KeyRole::RateLimited,
        json!({"email": "invalid@example.com"}),
        r#"2 sent, {"email":"invalid@example.com","email_status":"invalid","credits_consumed":0.05,"message":"Email is invalid."}"#,
    );
    // That it is let through after the wait is seen by the next refusal.
    check(
        "magnetite.project-generation.start",
        KeyRole::RateLimited,
        json!({"projectId": "p", "email": "ada@example.com"}),
        "2 sent, not_found: 404: NOT_FOUND: Project not found",
    );
    // This key is refused for ever.
    check(
        "sendpilot.campaigns.list",
        KeyRole::RateLimited,
        json!({}),
        "4 sent, rate_limited: 429: Rate limit exceeded: retry after 60000 ms",
    );
}

#[test]
fn a_listing_is_walked_to_its_end() {
    let fakes = MockProviders::start();
    let world = fakes.world();
    let client = |provider, theirs| {
        let handle = world.provider(theirs);
        Client::builder().provider(provider, handle.base_url(), handle.key(KeyRole::Valid)).build().unwrap()
    };
    let sendpilot = client(Provider::Sendpilot, Theirs::Sendpilot);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let call = |operation: &str, arguments: Value| {
            let (client, operation, arguments) = (sendpilot.clone(), operation.to_owned(), arguments.as_object().unwrap().clone());
            async move { client.call(&operation, &arguments).await.unwrap() }
        };
        let campaigns = call("sendpilot.campaigns.list", json!({"limit": 1})).await;
        let ids: Vec<&str> = campaigns.items().unwrap().iter().map(|campaign| campaign.get("id").unwrap().text().unwrap()).collect();
        assert!(ids.len() > 1 && ids.iter().collect::<std::collections::BTreeSet<_>>().len() == ids.len(), "{ids:?}");

        let leads: Vec<NewLead> =
            (0..120).map(|n| NewLead { linkedin_url: format!("https://www.linkedin.com/in/lead-{n}"), ..NewLead::default() }).collect();
        let before = sendpilot.leads(ids[0]).await.unwrap().len();
        for hundred in leads.chunks(50) {
            assert_eq!(sendpilot.add_leads(ids[0], hundred).await.unwrap().leads_added, u64::try_from(hundred.len()).unwrap());
        }
        let after = sendpilot.leads(ids[0]).await.unwrap();
        let urls: std::collections::BTreeSet<_> = after.iter().filter_map(|lead| lead.linkedin_url.clone()).collect();
        assert_eq!((after.len(), urls.len()), (before + 120, before + 120));
    });
    let pages = world.journal().iter().filter(|entry| entry.request.path().ends_with("/leads")).count();
    assert!(pages >= 4, "the leads stand on several pages: {pages}");
}

#[test]
fn typed_calls_read_exact_amounts() {
    let fakes = MockProviders::start();
    let leadmagic = fakes.world().leadmagic();
    let client = Client::builder().provider(Provider::Leadmagic, leadmagic.base_url(), leadmagic.key(KeyRole::Valid)).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let found = client.validate_email("ada@example.com").await.unwrap();
        assert_eq!((found.email_status.as_str(), found.credits_consumed.to_string().as_str()), ("valid", "0.05"));
        assert_eq!(client.credits().await.unwrap().credits.to_string(), "9999.95");
    });
}

/// The table is written by hand from the documents; here it is held to the fakes' own.
#[test]
fn the_table_is_that_of_the_documents() {
    let ours: BTreeMap<&str, &Operation> = Operation::all().map(|operation| (operation.id, operation)).collect();
    for provider in Theirs::ALL {
        for spec in provider.operations() {
            let operation = ours.get(spec.id).unwrap_or_else(|| panic!("{} is not offered", spec.id));
            assert_eq!((&operation.method, operation.path), (&spec.method, spec.paths[0]), "{}", spec.id);
            let names =
                |fields: &'static [mock_providers::core::fields::FieldSpec]| fields.iter().map(|field| field.name).collect::<Vec<_>>();
            assert_eq!((operation.query, operation.body), (&*names(spec.query), &*names(spec.body)), "{}", spec.id);
            let reads = matches!(operation.effect, Effect::Read | Effect::PaidRead);
            let theirs = matches!(spec.effect, TheirEffect::FreeRead | TheirEffect::PaidRead);
            // What begins a paid job is listed as a paid read, and is no request to be repeated.
            let begins_a_job = spec.effect == TheirEffect::PaidRead && spec.id.ends_with(".create");
            assert_eq!(reads, theirs && !begins_a_job, "{}", spec.id);
        }
    }
    assert_eq!(ours.len(), Theirs::ALL.iter().map(|provider| provider.operations().count()).sum::<usize>());
}

#[test]
fn nothing_shows_the_key() {
    let fakes = MockProviders::start();
    let leadmagic = fakes.world().leadmagic();
    let key = leadmagic.key(KeyRole::Valid);
    let builder = Client::builder().provider(Provider::Leadmagic, leadmagic.base_url(), key.clone());
    assert!(!format!("{builder:?}").contains(&key));
    let client = builder.deadline(Duration::from_secs(1)).build().unwrap();
    assert!(!format!("{client:?}").contains(&key));
}
