//! SendPilot against a small model of it: whatever is called in whatever order, both hold the same leads and credits.

use std::collections::BTreeMap;

use http::Method;
use mock_providers::core::clock::Clock;
use mock_providers::core::key::KeyRole;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::Simulation;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Provider, Revisions, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use serde_json::{Value, json};

use crate::subject::NOON;

/// Campaigns without leads at the start.
const CAMPAIGNS: [&str; 2] = ["camp_finished", "cmobr5lei0000u1h02ezf5itt"];

#[derive(Clone, Debug)]
enum Step {
    /// Profiles by number; a negative one is no profile.
    Add(usize, Vec<i8>),
    SetStatus(usize, usize, &'static str),
    Search(u32),
    Look(usize, usize),
    Lacks(&'static str),
    Revoke,
}

/// What the API is to hold: leads by campaign in order of arrival, with their status; and what is left of the quota.
#[derive(Clone, Debug)]
struct Model {
    leads: [Vec<(i8, &'static str)>; 2],
    quota: u32,
    revoked: bool,
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self { leads: [Vec::new(), Vec::new()], quota: 6_500, revoked: false }).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        prop_oneof![
            6 => (0..2_usize, prop::collection::vec(-2..12_i8, 1..8)).prop_map(|(campaign, people)| Step::Add(campaign, people)),
            4 => (0..2_usize, 0..12_usize, select(vec!["DONE", "OPPORTUNITY", "NOT_INTERESTED", "PENDING"]))
                .prop_map(|(campaign, at, status)| Step::SetStatus(campaign, at, status)),
            2 => select(vec![1_u32, 500, 3_000, 7_000]).prop_map(Step::Search),
            4 => (0..2_usize, 1..5_usize).prop_map(|(campaign, limit)| Step::Look(campaign, limit)),
            1 => select(vec!["me", "senders/quotas", "lead-database/filters"]).prop_map(Step::Lacks),
            1 => Just(Step::Revoke),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        if state.revoked {
            return state;
        }
        match step {
            Step::Add(campaign, people) => {
                for person in people.iter().filter(|person| **person >= 0) {
                    if state.leads[*campaign].iter().all(|(known, _)| known != person) {
                        state.leads[*campaign].push((*person, "PENDING"));
                    }
                }
            }
            Step::SetStatus(campaign, at, status) if *status != "PENDING" => {
                if let Some((_, known)) = state.leads[*campaign].get_mut(*at) {
                    *known = status;
                }
            }
            Step::Search(limit) => state.quota = state.quota.checked_sub(*limit).unwrap_or(state.quota),
            Step::Revoke => state.revoked = true,
            Step::SetStatus(..) | Step::Look(..) | Step::Lacks(_) => {}
        }
        state
    }
}

#[derive(Debug)]
struct Api {
    world: World,
    /// What the model was before the step.
    before: Model,
}

/// When the world begins and stands; the type is the library's own.
fn start() -> WorldStart {
    let began = NOON.parse().expect("it is a time");
    let rate_limits = RateLimits::Documented;
    WorldStart { id: "model".into(), seed: 5, clock: Clock::Frozen { at: began }, began, rate_limits }
}

impl Api {
    fn ask(&mut self, role: KeyRole, method: Method, target: &str, body: Option<&Value>) -> (u16, Value) {
        let key = self.world.keys(Provider::Sendpilot).role(role).expect("the role exists").secret.expose().to_owned();
        let mut request = Request::new(method, target).header("X-API-Key", key);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let reply = self.world.handle(Provider::Sendpilot, &request, start().began).reply;
        (reply.outcome.status, serde_json::from_slice(&reply.body).expect("answers are JSON"))
    }

    fn get(&mut self, target: &str) -> (u16, Value) {
        self.ask(KeyRole::Valid, Method::GET, target, None)
    }

    /// The whole campaign, page by page: number of the profile, id, status.
    fn walk(&mut self, campaign: usize, status: &str, limit: usize) -> Vec<(i8, String, String)> {
        let mut found = Vec::new();
        for page in 1.. {
            let target = format!("/v1/leads?campaignId={}{status}&limit={limit}&page={page}", CAMPAIGNS[campaign]);
            let (code, body) = self.get(&target);
            assert_eq!(code, 200, "{body}");
            let leads = body["leads"].as_array().expect("a list");
            let text = |lead: &Value, name: &str| lead[name].as_str().expect("text").to_owned();
            for lead in leads {
                let number = text(lead, "linkedinUrl")
                    .rsplit('-')
                    .next()
                    .and_then(|n| n.split('/').next()?.parse().ok())
                    .expect("it ends in a number");
                found.push((number, text(lead, "id"), text(lead, "status")));
            }
            if page >= body["pagination"]["totalPages"].as_u64().expect("a number") {
                assert_eq!(found.len() as u64, body["pagination"]["total"].as_u64().expect("a number"));
                break;
            }
        }
        found
    }
}

#[derive(Debug)]
struct Test;

impl StateMachineTest for Test {
    type SystemUnderTest = Api;
    type Reference = Model;

    fn init_test(model: &Model) -> Api {
        Api { world: World::new(start(), Revisions::default()), before: model.clone() }
    }

    fn apply(mut api: Api, model: &Model, step: Step) -> Api {
        let before = std::mem::replace(&mut api.before, model.clone());
        if before.revoked {
            assert_eq!(api.get("/v1/campaigns").0, 401);
            return api;
        }
        match step {
            Step::Add(campaign, people) => {
                let leads: Vec<Value> = people
                    .iter()
                    .zip(0..)
                    .map(|(person, at)| match person {
                        // One profile in several spellings.
                        0.. if at % 2 == 0 => json!({ "linkedinUrl": format!("https://www.linkedin.com/in/p-{person}") }),
                        0.. => json!({ "linkedinUrl": format!("http://LinkedIn.com/in/P-{person}/?x=1") }),
                        _ => json!({ "linkedinUrl": "nowhere" }),
                    })
                    .collect();
                let leads =
                    people.iter().zip(leads).map(|(person, lead)| if *person == -2 { json!(null) } else { lead }).collect::<Vec<_>>();
                let body = json!({ "campaignId": CAMPAIGNS[campaign], "leads": leads });
                let (code, answer) = api.ask(KeyRole::Valid, Method::POST, "/v1/leads", Some(&body));
                let added = model.leads[campaign].len() - before.leads[campaign].len();
                let invalid = people.iter().filter(|person| **person < 0).count();
                assert_eq!((code, &answer["leadsAdded"], &answer["invalidEntries"]), (201, &json!(added), &json!(invalid)), "{answer}");
                assert_eq!(answer["duplicatesSkipped"], json!(people.len() - added - invalid));
                assert_eq!(answer["errors"].as_array().map_or(0, Vec::len), invalid);
            }
            Step::SetStatus(campaign, at, status) => {
                let walked = api.walk(campaign, "", 100);
                let id = walked.get(at).map_or("lead_none", |(_, id, _)| id);
                let (code, answer) =
                    api.ask(KeyRole::Valid, Method::PATCH, &format!("/v1/leads/{id}/status"), Some(&json!({ "status": status })));
                match (status, walked.get(at)) {
                    ("PENDING", _) => assert_eq!(code, 400),
                    (_, None) => assert_eq!(code, 404),
                    (_, Some((_, _, previous))) => assert_eq!((code, answer["previousStatus"].as_str()), (200, Some(previous.as_str()))),
                }
            }
            Step::Search(limit) => {
                let body = json!({ "name": "x", "limit": limit, "filters": {} });
                let (code, _) = api.ask(KeyRole::Valid, Method::POST, "/v1/lead-database/searches", Some(&body));
                assert_eq!(code, if before.quota >= limit { 201 } else { 403 });
            }
            Step::Look(campaign, limit) => {
                let mut by_status: BTreeMap<&str, Vec<i8>> = BTreeMap::new();
                model.leads[campaign].iter().for_each(|(person, status)| by_status.entry(status).or_default().push(*person));
                for status in ["PENDING", "DONE", "OPPORTUNITY", "NOT_INTERESTED", "MESSAGE_SENT"] {
                    let found: Vec<i8> =
                        api.walk(campaign, &format!("&status={status}"), limit).into_iter().map(|(person, ..)| person).collect();
                    assert_eq!(found, by_status.remove(status).unwrap_or_default(), "{status}");
                }
            }
            Step::Lacks(path) => assert_eq!(api.ask(KeyRole::Restricted, Method::GET, &format!("/v1/{path}"), None).0, 403),
            Step::Revoke => {
                api.world
                    .simulate(Provider::Sendpilot, &Simulation::KeyRevoked { role: KeyRole::Valid }, start().began)
                    .expect("keys can be revoked");
            }
        }
        api
    }

    fn check_invariants(api: &Api, model: &Model) {
        if model.revoked {
            return;
        }
        let mut api = Api { world: api.world.clone(), before: model.clone() };
        for (campaign, id) in CAMPAIGNS.into_iter().enumerate() {
            let found: Vec<(i8, String)> = api.walk(campaign, "", 7).into_iter().map(|(person, _, status)| (person, status)).collect();
            let expected: Vec<(i8, String)> =
                model.leads[campaign].iter().map(|(person, status)| (*person, (*status).to_owned())).collect();
            assert_eq!(found, expected);
            let total = api.get(&format!("/v1/campaigns/{id}")).1["totalLeads"].clone();
            assert_eq!(total, json!(expected.len()));
        }
        let credits = api.get("/v1/credits").1;
        assert_eq!(credits["leadDatabase"]["remaining"], json!(model.quota));
        let spent: u64 = api.world.common.ledger.credits().to_string().parse().expect("whole credits");
        assert_eq!(spent, u64::from(6_500 - model.quota));
    }
}

proptest_state_machine::prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sendpilot_holds_what_its_model_holds(sequential 1..16 => Test);
}
