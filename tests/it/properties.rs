//! What always holds, whatever is sent and in whatever order.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;
use fixtures::EXCHANGES;
use http::Method;
use mock_providers::core::operation::{Check, Spec};
use mock_providers::core::reply::Reply;
use mock_providers::core::request::Request;
use mock_providers::providers::{Provider, evidence};
use mock_providers::server::journal::Entry;
use mock_providers::server::worlds::NewWorld;
use mock_providers::{KeyRole, WorldHandle, blocking};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::client::Connection;
use crate::subject::NOON;

/// So many cases, and no file of earlier failures: a shrunk failure stays as a named case.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A server that a property's cases share; each case makes worlds of its own.
fn server() -> blocking::MockProviders {
    blocking::MockProviders::start_with(mock_providers::MockProviders::builder().frozen_at(NOON.parse().expect("noon is a time")))
        .expect("a free port can be had")
}

fn named(server: &blocking::MockProviders, name: &str, seed: u64) -> WorldHandle {
    let new = NewWorld { name: Some(name.to_owned()), seed: Some(seed), ..NewWorld::default() };
    server.world_with(&new).expect("the name is free")
}

/// A call before it is known to which world it goes: keys are named by role.
#[derive(Clone, Debug)]
struct Ask {
    provider: Provider,
    method: Method,
    target: String,
    credential: Credential,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Credential {
    Role(KeyRole),
    Raw(Vec<u8>),
    None,
}

impl Ask {
    fn request(&self, world: &WorldHandle) -> Request {
        let profile = self.provider.profile();
        let mut request = Request::new(self.method.clone(), self.target.clone()).body(self.body.clone());
        match &self.credential {
            Credential::Role(role) if profile.keys.iter().any(|key| key.role == *role) => {
                let key = world.provider(self.provider).key(*role);
                request = request.header(profile.key_header, format!("{}{key}", profile.key_scheme));
            }
            Credential::Raw(value) => request = request.header(profile.key_header, value),
            Credential::Role(_) | Credential::None => {}
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn answer(&self, world: &WorldHandle) -> Reply {
        world.provider(self.provider).answer(self.request(world))
    }
}

fn provider() -> impl Strategy<Value = Provider> {
    select(&Provider::ALL[..])
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

/// Mostly methods that mean something, and any token.
fn method() -> impl Strategy<Value = Method> {
    let known = select(vec![Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE, Method::PATCH]);
    let token = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}".prop_map(|t| Method::from_bytes(t.as_bytes()).expect("the token is one"));
    prop_oneof![4 => known, 1 => token]
}

/// Paths of the tables, slips of them, and anything.
fn target() -> impl Strategy<Value = String> {
    let paths: Vec<&str> = Provider::ALL.into_iter().flat_map(Provider::operations).flat_map(|spec| spec.paths).copied().collect();
    let segment = prop_oneof![
        Just("YOUR_CAMPAIGN_ID".to_owned()),
        Just("campaign_of_another_account".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,8}",
        "(%[0-9a-fA-F]{0,2}){1,4}",
    ];
    let query = prop_oneof![2 => Just(String::new()), 1 => "[?][ -~]{0,24}", 1 => "[?](page|limit|status)=[0-9a-z%+-]{0,20}"];
    let near =
        (select(paths), segment, query).prop_map(|(path, segment, query)| format!("{}{query}", path.replace("{campaignId}", &segment)));
    let slip = (near.clone(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(path, at, with)| {
        let mut chars: Vec<char> = path.chars().collect();
        let at = 1 + at.index(chars.len() - 1);
        chars[at] = with;
        chars.into_iter().collect()
    });
    prop_oneof![6 => near, 2 => slip, 1 => "/\\PC{0,40}", 1 => "/.{0,40}"]
}

fn lead() -> impl Strategy<Value = Vec<u8>> {
    "[a-c]@example[.]com".prop_map(|email| format!("{{\"companyName\":\"A\",\"contactName\":\"B\",\"email\":\"{email}\"}}").into_bytes())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let name = select(vec!["email", "companyName", "contactName", "customData", "linkedinUrl", "first_name", "e\\u006dail"]);
    let value = prop_oneof![
        3 => "[a-c]@example[.]com".prop_map(|text| format!("{text:?}")),
        1 => "\\PC{0,12}".prop_map(|text| serde_json::to_string(&text).expect("text is JSON")),
        1 => select(vec!["null", "true", "7", "1e999", "-0.0", "[]", "{\"a\":[1]}", "\"\\ud800\"", "\"\\u0000\"", "", "nul"]).prop_map(str::to_owned),
    ];
    let object = vec((name, value), 0..5).prop_map(|fields| {
        let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    prop_oneof![1 => Just(Vec::new()), 3 => lead(), 3 => object, 1 => bytes(64)]
}

fn credential() -> impl Strategy<Value = Credential> {
    prop_oneof![
        4 => Just(Credential::Role(KeyRole::Valid)),
        2 => select(&KeyRole::ALL[..]).prop_map(Credential::Role),
        1 => bytes(24).prop_map(Credential::Raw),
        1 => bytes(24).prop_map(|key| Credential::Raw([b"Bearer ", &key[..]].concat())),
        1 => Just(Credential::None),
    ]
}

/// A good call of the fixtures, with a key that may not do.
fn printed() -> impl Strategy<Value = Ask> {
    let good: Vec<_> = EXCHANGES.iter().filter(|exchange| exchange.status < 300 && !exchange.operation.ends_with(".any")).collect();
    let credential = prop_oneof![4 => Just(KeyRole::Valid), 1 => select(&KeyRole::ALL[..])].prop_map(Credential::Role);
    (select(good), credential).prop_map(|(exchange, credential)| Ask {
        provider: Provider::by_name(&exchange.provider).expect("fixtures are of the four providers"),
        method: exchange.request.method.parse().expect("the build has checked the methods"),
        target: exchange.request.target.to_string(),
        credential,
        headers: Vec::new(),
        body: exchange.request.body.as_bytes().to_vec(),
    })
}

/// A call as the documents have it, with a key that may not do.
fn documented() -> impl Strategy<Value = Ask> {
    let operations: Vec<_> = Provider::ALL.into_iter().flat_map(|p| p.operations().map(move |spec| (p, spec))).collect();
    let campaign = select(vec!["YOUR_CAMPAIGN_ID", "YOUR_CAMPAIGN_ID", "campaign_abc123", "campaign_of_another_account"]);
    let credential = || prop_oneof![4 => Just(KeyRole::Valid), 1 => select(&KeyRole::ALL[..])].prop_map(Credential::Role);
    let near =
        (select(operations.clone()), campaign, credential(), lead()).prop_map(|((provider, spec), campaign, credential, lead)| Ask {
            provider,
            method: spec.method.clone(),
            target: spec.paths[0].replace("{campaignId}", campaign),
            credential,
            headers: Vec::new(),
            body: lead,
        });
    // The very requests of the documents that succeed, with the keys of this world.
    let printed: Vec<(Provider, &fixtures::Exchange)> =
        operations.into_iter().flat_map(|(provider, spec)| successes(spec).map(move |exchange| (provider, exchange))).collect();
    let printed = (select(printed), credential()).prop_map(|((provider, exchange), credential)| Ask {
        provider,
        method: Method::from_bytes(exchange.request.method.as_bytes()).expect("fixtures have methods"),
        target: exchange.request.target.to_string(),
        credential,
        headers: Vec::new(),
        body: exchange.request.body.as_bytes().to_vec(),
    });
    prop_oneof![1 => near, 1 => printed]
}

/// The exchanges in which an operation succeeds.
fn successes(spec: &'static Spec) -> impl Iterator<Item = &'static fixtures::Exchange> {
    EXCHANGES.iter().filter(|e| e.operation == spec.id && spec.successes.iter().any(|outcome| outcome.name == e.outcome))
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![1 => documented(), 2 => printed(), 3 => odd()]
}

/// Anything, though mostly near to what means something.
fn odd() -> impl Strategy<Value = Ask> {
    let name = select(vec!["Content-Type", "content-type", "X-API-Key", "Authorization", "Expect", "X-Anything", "x-mock-evidence"]);
    let value = prop_oneof![2 => Just(b"application/json".to_vec()), 1 => bytes(24)];
    (provider(), method(), target(), credential(), vec((name, value), 0..3), body())
        .prop_map(|(provider, method, target, credential, headers, body)| Ask { provider, method, target, credential, headers, body })
}

/// The answer is one that the fixtures know, documented or labelled.
fn is_backed(entry: &Entry) -> Result<(), TestCaseError> {
    let (operation, outcome) = (entry.operation.map(|spec| spec.id), entry.outcome());
    let exchange = evidence::of(entry.provider, entry.revision, operation, outcome.name);
    prop_assert!(exchange.is_some(), "no fixture has {operation:?} {outcome:?}");
    prop_assert_eq!(exchange.map(|e| e.status), Some(outcome.status));
    // A provider fails only where a key asks for it, or where the call is not emulated.
    let asked_for = |spec: &Spec| spec.refusals.iter().any(|refusal| refusal.check == Check::Health && refusal.outcome == outcome);
    let expected = entry.operation.is_some_and(asked_for) || outcome.name == "not_emulated";
    prop_assert!(outcome.status < 500 || expected, "{outcome:?}");
    let body = &entry.reply.body;
    prop_assert!(body.is_empty() == (outcome.status == 204), "{outcome:?} {body:?}");
    prop_assert!(body.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(), "{body:?}");
    Ok(())
}

#[test]
fn any_bytes_get_a_documented_or_labelled_answer() {
    let server = server();
    let reached = RefCell::new(BTreeSet::new());
    proptest!(cases(1_500), |(asks in vec(ask(), 1..8))| {
        let world = server.world();
        for ask in &asks {
            ask.answer(&world);
        }
        let journal = world.journal();
        prop_assert_eq!(journal.len(), asks.len());
        for entry in &journal {
            is_backed(entry)?;
            reached.borrow_mut().insert((entry.operation.map_or("none", |spec| spec.id), entry.outcome().name));
        }
        // What the journal and the state say can be read by anyone.
        for entry in &journal {
            prop_assert!(serde_json::to_string(&entry.view()).is_ok());
        }
        prop_assert!(world.state().is_object());
    });
    // A generator that only meets refusals would prove little.
    let reached = reached.into_inner();
    for spec in Provider::ALL.into_iter().flat_map(Provider::operations) {
        let succeeded = spec.successes.iter().any(|outcome| reached.contains(&(spec.id, outcome.name)));
        assert!(succeeded, "{} never succeeds; reached: {reached:?}", spec.id);
    }
    assert!(reached.len() > 30, "{reached:?}");
}

#[test]
fn any_bytes_on_a_socket_get_an_answer_or_the_end() {
    let server = server();
    // What stands on the wire is the generator's bytes; only the ends of lines are ours.
    let line = |bytes: Vec<u8>| bytes.into_iter().filter(|b| !matches!(b, b'\r' | b'\n')).collect::<Vec<u8>>();
    proptest!(cases(400), |(ask in ask())| {
        let world = server.world();
        let request = ask.request(&world);
        let mut sent = line(format!("{} /w/{}/{}{} HTTP/1.1", ask.method, world.id(), ask.provider, request.target).into_bytes());
        for header in request.headers.iter() {
            sent.extend_from_slice(b"\r\n");
            sent.extend(line([header.name, b": ", header.value].concat()));
        }
        sent.extend_from_slice(format!("\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", ask.body.len()).as_bytes());
        sent.extend_from_slice(&ask.body);
        let mut connection = Connection::open(server.address());
        // hyper may have hung up on a head that is none.
        let _ = connection.offer(&sent);
        let received = connection.until_closed();
        let journal = world.journal();
        for entry in &journal {
            is_backed(entry)?;
        }
        let interim = received.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&received);
        let received = String::from_utf8_lossy(interim);
        let status = received.strip_prefix("HTTP/1.1 ").and_then(|rest| rest[..3].parse::<u16>().ok());
        match (journal.last(), status) {
            (Some(entry), Some(status)) => prop_assert_eq!(entry.outcome().status, status),
            // No HTTP: hyper refuses it, or it reads as a request to elsewhere.
            (None, Some(status)) => prop_assert!((400..500).contains(&status) || status == 501, "{}", received),
            (None, None) => prop_assert!(received.is_empty(), "{}", received),
            (Some(entry), None) => prop_assert!(false, "{:?} was answered and nothing was sent", entry.outcome()),
        }
    });
}

/// A key that no world of the server has: anything, or a slip of one that is valid.
fn unknown_key(valid: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let (shorter, longer, swapped) = (valid[..valid.len() - 1].to_owned(), format!("{valid}x"), valid.to_uppercase());
    prop_oneof![
        2 => vec(prop_oneof![b'!'..=b'~', 0x80..=0xff_u8], 1..40),
        1 => select(vec![shorter, longer, swapped]).prop_map(String::into_bytes),
    ]
}

#[test]
fn a_key_of_no_world_gets_exactly_the_documented_401() {
    let server = server();
    let world = named(&server, "known", 1);
    for (provider, spec) in Provider::ALL.into_iter().flat_map(|p| p.operations().map(move |spec| (p, spec))) {
        if spec.outcomes().all(|outcome| outcome.name != "invalid_key") {
            // What is open to all has no 401.
            continue;
        }
        let fixture = evidence::of(provider, "seed", Some(spec.id), "invalid_key").expect("every operation has one");
        let expected = fixture.compact_body();
        let profile = provider.profile();
        let valid = world.provider(provider).key(KeyRole::Valid);
        let known: BTreeSet<String> = world.state()[provider.name()]["keys"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|key| key["secret"].as_str().map(str::to_owned))
            .collect();
        proptest!(cases(20), |(key in unknown_key(&valid))| {
            prop_assume!(!known.iter().any(|k| k.as_bytes() == key));
            let value = [profile.key_scheme.as_bytes(), &key].concat();
            let request = Request::new(spec.method.clone(), spec.paths[0]).header(profile.key_header, value);
            let reply = world.provider(provider).answer(request);
            prop_assert_eq!((reply.outcome.name, reply.outcome.status), ("invalid_key", 401));
            prop_assert_eq!(&reply.body, &expected);
        });
    }
}

/// Hundredths of a credit, of which every price is a multiple of five.
fn hundredths(credits: &str) -> i64 {
    let (whole, fraction) = credits.split_once('.').unwrap_or((credits, ""));
    let fraction = format!("{fraction:0<2}");
    assert_eq!(fraction.len(), 2, "{credits} has more than two decimals");
    whole.parse::<i64>().expect("a whole number") * 100 + fraction.parse::<i64>().expect("digits")
}

/// What both providers' accounts hold together, by account.
fn balances(world: &WorldHandle) -> [(String, i64); 5] {
    let state = world.state();
    let leadmagic = |account: &str| {
        let credits = state["leadmagic"]["state"][account]["credits"].as_str().expect("a balance is text").to_owned();
        (format!("leadmagic {account}"), hundredths(&credits))
    };
    let magnetite = |project: &str| {
        let credits = state["magnetite"]["state"]["projects"][project]["credits"].as_i64().expect("whole credits");
        (format!("magnetite {project}"), credits * 100)
    };
    [leadmagic("home"), leadmagic("broke"), magnetite("home"), magnetite("other"), magnetite("broke")]
}

/// Calls that cost something, if the key is good and the balance covers it.
fn spending() -> impl Strategy<Value = Ask> {
    let email = select(vec!["a@example.com", "invalid@example.com", "catch-all@example.com", "unknown@example.com", "none", "a@b@c.d", ""]);
    let role =
        select(vec![KeyRole::Valid, KeyRole::Valid, KeyRole::NoCredits, KeyRole::OtherWorkspace, KeyRole::Revoked, KeyRole::Expired]);
    (any::<bool>(), email, role).prop_map(|(validate, email, role)| Ask {
        provider: if validate { Provider::Leadmagic } else { Provider::Magnetite },
        method: Method::POST,
        target: if validate { "/v1/people/email-validation" } else { "/api/projects/generate" }.to_owned(),
        credential: Credential::Role(role),
        headers: Vec::new(),
        body: format!("{{\"email\":{email:?}}}").into_bytes(),
    })
}

#[test]
fn credits_are_conserved_and_never_below_zero() {
    let server = server();
    proptest!(cases(150), |(asks in vec(spending(), 0..60))| {
        let world = server.world();
        let opening = balances(&world);
        for ask in &asks {
            ask.answer(&world);
            for (account, balance) in balances(&world) {
                prop_assert!(balance >= 0, "{account} has {balance} hundredths");
            }
        }
        let spent: i64 = opening.iter().zip(balances(&world)).map(|((_, before), (_, after))| before - after).sum();
        let ledger = world.ledger();
        let charged: i64 = ledger.charges().iter().map(|charge| hundredths(&charge.credits.to_string())).sum();
        prop_assert_eq!(charged, spent);
        prop_assert_eq!(hundredths(&ledger.credits().to_string()), spent);
        let used = world.state()["leadmagic"]["state"]["home"]["used_this_month"].as_str().map(hundredths);
        let validations = ledger.charges().iter().find(|c| c.operation == "leadmagic.email-validation.check");
        prop_assert_eq!(used, Some(250_000 + validations.map_or(0, |c| hundredths(&c.credits.to_string()))));
    });
}

fn same(one: &Reply, other: &Reply) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.outcome, other.outcome);
    prop_assert_eq!(&one.headers, &other.headers);
    prop_assert_eq!(&one.body, &other.body);
    Ok(())
}

#[test]
fn a_world_answers_alone_as_it_does_beside_another() {
    proptest!(cases(150), |(turns in vec((any::<bool>(), prop_oneof![ask(), spending()]), 1..24))| {
        let (shared, quiet) = (server(), server());
        let (left, right) = (named(&shared, "left", 1), named(&shared, "right", 2));
        let alone = named(&quiet, "left", 1);
        for (to_left, ask) in &turns {
            if *to_left {
                same(&ask.answer(&left), &ask.answer(&alone))?;
            } else {
                ask.answer(&right);
            }
        }
        prop_assert_eq!(left.state(), alone.state());
        prop_assert_eq!(left.journal().len() + right.journal().len(), turns.len());
        prop_assert_eq!(shared.documentation_world().journal().len(), 0);
    });
}

#[test]
fn a_tally_counts_every_request_once() {
    proptest!(cases(100), |(turns in vec((0..4_u8, prop_oneof![ask(), spending()]), 1..24))| {
        let server = server();
        let (stays, mut ends) = (server.world(), server.world());
        for (turn, ask) in &turns {
            match turn {
                0 => drop(ask.answer(&stays)),
                1 => {
                    ask.answer(&stays);
                    stays.reset();
                }
                2 => drop(ask.answer(&ends)),
                _ => {
                    ask.answer(&ends);
                    ends = server.world();
                }
            }
        }
        let tally = server.tally();
        let calls: u64 = tally.calls.iter().map(|calls| calls.count).sum();
        let groups: u64 = tally.unmatched.groups.iter().map(|group| group.count).sum();
        prop_assert_eq!(tally.requests, turns.len() as u64);
        prop_assert_eq!(calls + tally.unmatched.count, tally.requests);
        prop_assert_eq!(groups + tally.unmatched.others, tally.unmatched.count);
    });
}

#[test]
fn a_journal_replayed_from_its_seed_gives_the_same_bytes() {
    proptest!(cases(150), |(seed in any::<u64>(), asks in vec(prop_oneof![ask(), spending()], 1..24))| {
        let (first, second) = (server(), server());
        let world = named(&first, "replayed", seed);
        for ask in &asks {
            ask.answer(&world);
        }
        let again = named(&second, "replayed", seed);
        for entry in world.journal() {
            let reply = again.provider(entry.provider).answer(entry.request);
            prop_assert_eq!(entry.reply.outcome.status, reply.outcome.status);
            prop_assert_eq!(&entry.reply.body, &reply.body);
        }
        prop_assert_eq!(world.state(), again.state());
    });
}

#[test]
fn a_scheme_without_a_key_is_replayed_as_such() {
    // Shrunk: masking once took the scheme itself for a key.
    for value in ["Bearer", "Bearer ", "Bearer \t", "bearer", ""] {
        let (first, second) = (server(), server());
        let (world, again) = (named(&first, "replayed", 1), named(&second, "replayed", 1));
        let reply = world.magnetite().answer(Request::new(Method::GET, "/api/health").header("Authorization", value));
        let replayed = again.magnetite().answer(world.journal()[0].request.clone());
        assert_eq!(reply.body, replayed.body, "{value:?}");
    }
}

#[test]
fn the_same_requests_over_a_socket_give_the_same_bytes() {
    let ask_all = |server: &blocking::MockProviders| -> Vec<Bytes> {
        let world = named(server, "twice", 3);
        let (magnetite, leadmagic) = (world.magnetite().key(KeyRole::Valid), world.leadmagic().key(KeyRole::Valid));
        let mut connection = Connection::open(server.address());
        let body = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
        let bearer = format!("Bearer {magnetite}");
        let headers = [("Authorization", bearer.as_str()), ("X-API-Key", leadmagic.as_str())];
        let targets = [
            "/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads",
            "/magnetite/api/projects/generate",
            "/leadmagic/v1/people/email-validation",
            "/magnetite/api/campaigns/campaign_abc123/leads",
            "/magnetite/api/campaigns/campaign_abc123/leads",
        ];
        targets.iter().map(|target| connection.send(crate::client::request("POST", target, &headers, body)).answer().body.into()).collect()
    };
    let (one, other) = (ask_all(&server()), ask_all(&server()));
    assert_eq!(one, other);
    assert!(one[0].starts_with(b"{\"success\":true,\"prospectId\":\"prospect_"), "{one:?}");
}
