//! LeadMagic against a small model: a balance, what was used in a month, and counts by day.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use mock_providers::KeyRole;
use mock_providers::core::clock::Clock;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::{Simulated, Simulation};
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::{DOCUMENTATION_WORLD, WorldStart};
use mock_providers::providers::{Provider, Revisions, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::{Value, json};

const BEGAN: &str = "2026-01-30T20:00:00Z";
const HOUR_S: i64 = 60 * 60;
const LIMIT: u64 = 3_000;

/// Hundredths of a credit throughout: the model knows no decimals.
#[derive(Clone, Debug)]
struct Model {
    hour: i64,
    balance: i64,
    used_this_month: i64,
    /// Requests, those that cost, those that found, hundredths; by hours since the start of January.
    calls: Vec<(i64, bool, bool, i64)>,
    key_works: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Validate(&'static str),
    Refused(&'static str),
    Balance,
    Usage { days: i64 },
    Summary,
    Hours(i64),
    RanOut(u32),
    Revoke,
    Regenerate,
}

/// Local parts with status, price in hundredths, and whether something was found.
const FINDINGS: [(&str, &str, i64, bool); 6] = [
    ("someone", "valid", 5, true),
    ("invalid", "invalid", 5, true),
    ("catch-all", "catch_all", 0, true),
    ("valid-catch-all", "valid_catch_all", 5, true),
    ("unknown", "unknown", 0, false),
    ("two..dots", "invalid", 5, true),
];

impl Model {
    fn day(hour: i64) -> i64 {
        hour.div_euclid(24)
    }

    /// The first of February, in hours since the first of January.
    const FEBRUARY: i64 = 31 * 24;
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let start = Self { hour: 29 * 24 + 20, balance: 1_000_000, used_this_month: 250_000, calls: Vec::new(), key_works: true };
        Just(start).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        prop_oneof![
            6 => select(FINDINGS.map(|(local, ..)| local).to_vec()).prop_map(Step::Validate),
            2 => select(vec!["{}", "{\"email\":7}", "{\"email\":", "[]"]).prop_map(Step::Refused),
            3 => Just(Step::Balance),
            2 => (1..=90_i64).prop_map(|days| Step::Usage { days }),
            1 => Just(Step::Summary),
            2 => (1..=40_i64).prop_map(Step::Hours),
            1 => (0..3_u32).prop_map(Step::RanOut),
            1 => Just(Step::Revoke),
            2 => Just(Step::Regenerate),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Validate(local) if state.key_works && state.balance >= 5 => {
                let (_, _, price, found) = FINDINGS.iter().find(|(known, ..)| known == local).expect("one of the table");
                state.balance -= price;
                state.used_this_month += price;
                state.calls.push((state.hour, *price > 0, *found, *price));
            }
            Step::Hours(hours) => {
                let before = state.hour;
                state.hour += hours;
                if before < Self::FEBRUARY && state.hour >= Self::FEBRUARY {
                    state.used_this_month = 0;
                }
            }
            Step::RanOut(left) => state.balance = i64::from(*left) * 100,
            Step::Revoke => state.key_works = false,
            Step::Regenerate => state.key_works = true,
            _ => {}
        }
        state
    }
}

struct Fake {
    world: World,
    key: String,
}

impl Fake {
    fn send(&mut self, method: Method, target: &str, body: &str) -> (u16, Value) {
        let request = Request::new(method, target).header("X-API-Key", &self.key).body(body.to_owned());
        let reply = self.world.handle(Provider::Leadmagic, &request, Timestamp::UNIX_EPOCH).reply;
        (reply.outcome.status, serde_json::from_slice(&reply.body).expect("every answer is JSON"))
    }

    fn get(&mut self, target: &str) -> (u16, Value) {
        self.send(Method::GET, target, "")
    }
}

fn hundredths(number: &Value) -> i64 {
    let (whole, fraction) = number.to_string().split_once('.').map_or((number.to_string(), String::new()), |(w, f)| (w.into(), f.into()));
    format!("{whole}{fraction:0<2}").parse().unwrap_or_else(|_| panic!("{number} is an amount"))
}

impl StateMachineTest for Fake {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let at: Timestamp = BEGAN.parse().expect("a time");
        let (id, clock, rate_limits) = (DOCUMENTATION_WORLD.into(), Clock::Frozen { at }, RateLimits::Enforced);
        let world = World::new(WorldStart { id, seed: 1, clock, began: at, rate_limits }, Revisions::default());
        let key = world.keys(Provider::Leadmagic).role(KeyRole::Valid).expect("there is one").secret.expose().to_owned();
        Self { world, key }
    }

    fn apply(mut fake: Self, model: &Model, step: Step) -> Self {
        let works = model.key_works;
        match step {
            Step::Validate(local) => {
                let (_, expected, price, _) = *FINDINGS.iter().find(|(known, ..)| *known == local).expect("one of the table");
                let email = format!("{local}@acme.example");
                let (status, body) = fake.send(Method::POST, "/v1/people/email-validation", &json!({ "email": email }).to_string());
                match status {
                    200 => {
                        assert!(works);
                        assert_eq!((body["email_status"].as_str(), hundredths(&body["credits_consumed"])), (Some(expected), price));
                    }
                    402 => assert!(works && model.balance < 5, "{body}"),
                    _ => assert!(!works && status == 401, "{status} {body}"),
                }
            }
            Step::Refused(body) => {
                let (status, answer) = fake.send(Method::POST, "/v1/people/email-validation", body);
                assert_eq!(status, if works { 400 } else { 401 }, "{answer}");
            }
            Step::Balance => {
                let (status, body) = fake.get("/v1/credits");
                if works {
                    let seen = (hundredths(&body["credits"]), hundredths(&body["used_this_month"]));
                    assert_eq!((status, seen), (200, (model.balance, model.used_this_month)));
                } else {
                    assert_eq!(status, 401);
                }
            }
            Step::Usage { days } => {
                let (status, body) = fake.get(&format!("/v1/analytics/usage?days={days}"));
                if !works {
                    assert_eq!(status, 401);
                    return fake;
                }
                let first = Model::day(model.hour) - days;
                let within: Vec<_> = model.calls.iter().filter(|(hour, ..)| Model::day(*hour) >= first).collect();
                let summary = &body["summary"];
                assert_eq!(summary["total_requests"], within.len());
                assert_eq!(summary["chargeable_requests"], within.iter().filter(|(_, paid, ..)| *paid).count());
                assert_eq!(hundredths(&summary["total_credits"]), within.iter().map(|(.., price)| price).sum::<i64>());
                let daily = body["daily"].as_array().expect("a list");
                let by_day: i64 = daily.iter().map(|day| day["total_requests"].as_i64().expect("a count")).sum();
                assert_eq!(usize::try_from(by_day), Ok(within.len()), "the days add up to the period");
            }
            Step::Summary => {
                let (status, body) = fake.get("/v1/analytics/summary");
                if works {
                    assert_eq!(body["total_api_requests"], model.calls.len());
                    assert_eq!(body["successful_requests"], model.calls.iter().filter(|(_, _, found, _)| *found).count());
                } else {
                    assert_eq!(status, 401);
                }
            }
            Step::Hours(hours) => fake.world.common.clock.advance(SignedDuration::from_secs(hours * HOUR_S)),
            Step::RanOut(left) => {
                fake.world
                    .simulate(Provider::Leadmagic, &Simulation::CreditsRanOut { left }, Timestamp::UNIX_EPOCH)
                    .expect("LeadMagic has credits");
            }
            Step::Revoke => {
                let revoked = Simulation::KeyRevoked { role: KeyRole::Valid };
                fake.world.simulate(Provider::Leadmagic, &revoked, Timestamp::UNIX_EPOCH).expect("there is such a key");
            }
            Step::Regenerate => {
                let regenerated = Simulation::KeyRegenerated { role: KeyRole::Valid };
                let done = fake.world.simulate(Provider::Leadmagic, &regenerated, Timestamp::UNIX_EPOCH).expect("there is such a key");
                let Simulated::NewKey(key) = done else { panic!("{done:?}") };
                let old = std::mem::replace(&mut fake.key, key);
                let request = Request::new(Method::GET, "/v1/credits").header("X-API-Key", old);
                let reply = fake.world.handle(Provider::Leadmagic, &request, Timestamp::UNIX_EPOCH).reply;
                assert_eq!(reply.outcome.status, 401, "the old key dies at once");
            }
        }
        fake
    }

    fn check_invariants(fake: &Self, model: &Model) {
        let spent = fake.world.common.ledger.credits();
        let expected: i64 = model.calls.iter().map(|(.., price)| price).sum();
        assert_eq!(hundredths(&serde_json::to_value(spent).expect("a number")), expected, "the ledger is the sum of what was consumed");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn balance_use_and_analytics_agree_with_the_model(sequential 1..24 => Fake);
}

#[test]
fn an_enforced_limit_refuses_one_too_many_until_the_minute_ends() {
    let mut fake = Fake::init_test(&Model::init_model());
    let validate = |fake: &mut Fake| fake.send(Method::POST, "/v1/people/email-validation", "{\"email\":\"unknown@acme.example\"}").0;
    for _ in 0..LIMIT {
        assert_eq!(validate(&mut fake), 200);
    }
    assert_eq!(validate(&mut fake), 429);
    fake.world.common.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(validate(&mut fake), 200);
}

impl Model {
    fn init_model() -> Self {
        Self { hour: 0, balance: 0, used_this_month: 0, calls: Vec::new(), key_works: true }
    }
}

#[test]
fn an_enforced_gateway_counts_all_products_together() {
    let mut fake = Fake::init_test(&Model::init_model());
    let (validate, find) = ("/v1/people/email-validation", "/v1/people/email-finder");
    let mut answered = 0;
    for at in 0..5_001 {
        let (target, body) = if at % 2 == 0 {
            (validate, r#"{"email":"unknown@acme.example"}"#)
        } else {
            (find, r#"{"full_name":"Not Found","domain":"not-found.example"}"#)
        };
        answered += usize::from(fake.send(Method::POST, target, body).0 == 200);
    }
    assert_eq!(answered, 5_000);
}
