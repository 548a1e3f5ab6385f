//! Magnetite against a small model of it: any sequence of calls, waits and mishaps ends as the model says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use http::Method;
use mock_providers::KeyRole;
use mock_providers::core::clock::Clock;
use mock_providers::core::reply::Reply;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::Simulation;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Provider, Revisions, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::Value;

use crate::subject::NOON;

const CAMPAIGNS: [&str; 4] = ["YOUR_CAMPAIGN_ID", "campaign_abc123", "campaign_of_another_account", "none"];
const PROJECTS: [&str; 4] = ["", "/abc123def456ghi789jkl012mno345pq", "/project_of_another_workspace", "/none"];
const PEOPLE: [&str; 6] =
    ["jo@example.com", "fail@example.com", "retry@example.com", "stuck@example.com", "generation-failed@example.com", "jo"];
const ROLES: [KeyRole; 5] = [KeyRole::Valid, KeyRole::OtherWorkspace, KeyRole::NoCredits, KeyRole::RateLimited, KeyRole::Unavailable];

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Step {
    Add {
        role: KeyRole,
        campaign: &'static str,
        email: &'static str,
    },
    Generate {
        role: KeyRole,
        project: &'static str,
        email: &'static str,
    },
    /// So many calls in a row, to a campaign that does not exist.
    Hurry {
        role: KeyRole,
        calls: usize,
    },
    Status {
        role: KeyRole,
        job: usize,
        by_lead: bool,
    },
    Health {
        role: KeyRole,
    },
    Wait {
        seconds: u64,
    },
    Credits {
        left: u32,
    },
    Revoke {
        role: KeyRole,
    },
    Book {
        email: &'static str,
    },
}

/// What Magnetite is, in a few numbers.
#[derive(Clone, Debug)]
struct Model {
    limits: RateLimits,
    now_s: i64,
    revoked: BTreeSet<KeyRole>,
    calls: BTreeMap<(KeyRole, &'static str), Vec<i64>>,
    leads: BTreeSet<(&'static str, &'static str)>,
    /// Owner, address and second of the start.
    jobs: Vec<(KeyRole, &'static str, i64)>,
    balance: BTreeMap<KeyRole, u32>,
    charged: u32,
    meetings: usize,
    /// What the last step must end in.
    expected: String,
}

/// Whose data a key sees.
const fn owner(role: KeyRole) -> KeyRole {
    match role {
        KeyRole::OtherWorkspace | KeyRole::NoCredits => role,
        _ => KeyRole::Valid,
    }
}

impl Model {
    /// The way in: the outcome that ends the call early, or none, and the calls that are left.
    fn admit(&mut self, role: KeyRole, bucket: &'static str, limit: usize) -> Result<usize, String> {
        if self.revoked.contains(&role) {
            return Err("invalid_key 401".into());
        }
        let before = if role == KeyRole::RateLimited { vec![-15; limit] } else { Vec::new() };
        let now = self.now_s;
        let calls = self.calls.entry((role, bucket)).or_insert(before);
        calls.retain(|at| now - at < 60);
        if calls.len() >= limit && self.limits != RateLimits::Off {
            return Err(format!("rate_limited 429 left=0 wait={}", calls[0] + 60 - now));
        }
        calls.push(now);
        let left = limit.saturating_sub(calls.len());
        if role == KeyRole::Unavailable { Err(format!("unavailable 503 left={left}")) } else { Ok(left) }
    }

    fn add(&mut self, campaign: &'static str, role: KeyRole, email: &'static str) -> &'static str {
        let foreign = (campaign == CAMPAIGNS[2]) != (role == KeyRole::OtherWorkspace);
        match campaign {
            "none" => "unknown_campaign 404",
            _ if foreign => "foreign_campaign 403",
            _ if !email.contains('@') => "invalid_email 400",
            _ if self.leads.insert((campaign, email)) => "added 200",
            _ => "duplicate 409",
        }
    }

    fn generate(&mut self, project: &'static str, role: KeyRole, email: &'static str) -> &'static str {
        let owner = owner(role);
        let own = if owner == KeyRole::OtherWorkspace { PROJECTS[2] } else { PROJECTS[1] };
        let balance = self.balance.entry(owner).or_insert(0);
        if !project.is_empty() && project != own {
            "unknown_project 404"
        } else if !email.contains('@') {
            "invalid_email 400"
        } else if *balance == 0 {
            "insufficient_credits 402"
        } else if email.starts_with("generation-failed") {
            "generation_failed 422"
        } else {
            *balance -= 1;
            self.charged += 1;
            self.jobs.push((owner, email, self.now_s));
            "queued 200"
        }
    }

    fn status(&self, role: KeyRole, job: usize) -> String {
        let Some((of, email, began)) = self.jobs.get(job).filter(|(of, ..)| *of == owner(role)) else { return "unknown 404".into() };
        let age = self.now_s - began;
        let failures = [30, 80, 130].iter().filter(|at| **at <= age).count();
        let waits = [(30, 60), (80, 110), (130, 160)].iter().any(|(from, to)| (*from..*to).contains(&age));
        let (name, retries) = match (&email[..4], age) {
            (_, ..10) => ("queued", 0),
            ("fail" | "retr", _) if waits => ("retrying", failures),
            ("fail", 180..) => ("failed", 3),
            ("retr", 270..) => ("completed", 3),
            ("fail" | "retr", _) => ("processing", failures),
            ("stuc", 360..) => ("stuck", 0),
            ("stuc", _) | (_, ..120) => ("processing", 0),
            _ => ("completed", 0),
        };
        assert_eq!(*of, owner(role));
        format!("{name} 200 retries={retries}")
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let limits = prop_oneof![2 => Just(RateLimits::Off), 1 => Just(RateLimits::Documented), 1 => Just(RateLimits::Enforced)];
        limits
            .prop_map(|limits| Self {
                limits,
                now_s: 0,
                revoked: BTreeSet::new(),
                calls: BTreeMap::new(),
                leads: BTreeSet::new(),
                jobs: Vec::new(),
                balance: BTreeMap::from([(KeyRole::Valid, 1_000), (KeyRole::OtherWorkspace, 1_000), (KeyRole::NoCredits, 0)]),
                charged: 0,
                meetings: 0,
                expected: String::new(),
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let role = || prop_oneof![4 => Just(KeyRole::Valid), 1 => select(&ROLES[..])];
        let email = || prop_oneof![1 => Just(PEOPLE[0]), 1 => select(&PEOPLE[..])];
        prop_oneof![
            4 => (role(), select(&CAMPAIGNS[..]), email()).prop_map(|(role, campaign, email)| Step::Add { role, campaign, email }),
            4 => (role(), select(&PROJECTS[..]), email()).prop_map(|(role, project, email)| Step::Generate { role, project, email }),
            2 => (role(), 5..13_usize).prop_map(|(role, calls)| Step::Hurry { role, calls }),
            6 => (role(), 0..6_usize, any::<bool>()).prop_map(|(role, job, by_lead)| Step::Status { role, job, by_lead }),
            1 => role().prop_map(|role| Step::Health { role }),
            3 => prop_oneof![1..12_u64, 20..70_u64, 100..400_u64].prop_map(|seconds| Step::Wait { seconds }),
            1 => (0..3_u32).prop_map(|left| Step::Credits { left }),
            1 => select(&ROLES[1..]).prop_map(|role| Step::Revoke { role }),
            2 => email().prop_map(|email| Step::Book { email }),
        ]
        .boxed()
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        let with = |left: Result<usize, String>, outcome: &dyn Fn() -> String| match left {
            Ok(left) => format!("{} left={left}", outcome()),
            Err(ended) => ended,
        };
        model.expected = match *step {
            Step::Add { role, campaign, email } => {
                let left = model.admit(role, "add", 10);
                let outcome = if left.is_ok() { model.add(campaign, role, email) } else { "" };
                with(left, &|| outcome.to_owned())
            }
            Step::Generate { role, project, email } => {
                let left = model.admit(role, "generation", 10);
                let outcome = if left.is_ok() { model.generate(project, role, email) } else { "" };
                with(left, &|| outcome.to_owned())
            }
            Step::Hurry { role, calls } => {
                let left = (0..calls).map(|_| model.admit(role, "add", 10)).last().expect("at least one call");
                with(left, &|| "unknown_campaign 404".to_owned())
            }
            Step::Status { role, job, .. } => {
                let left = model.admit(role, "status", 60);
                with(left, &|| model.status(role, job))
            }
            Step::Health { role } => {
                let left = model.admit(role, "read", 60);
                with(left, &|| "authenticated 200".to_owned())
            }
            Step::Wait { seconds } => {
                model.now_s += i64::try_from(seconds).expect("a short wait");
                String::new()
            }
            Step::Credits { left } => {
                model.balance.insert(KeyRole::Valid, left);
                "done".to_owned()
            }
            Step::Revoke { role } => {
                model.revoked.insert(role);
                "done".to_owned()
            }
            Step::Book { email } => {
                let known = model.leads.iter().any(|(_, known)| *known == email);
                model.meetings += usize::from(known);
                if known { "done" } else { "cannot" }.to_owned()
            }
        };
        model
    }
}

/// A world, and the ids of the jobs it has started.
struct Fake {
    world: World,
    jobs: Vec<(String, String)>,
}

impl Fake {
    fn call(&mut self, method: Method, target: String, role: KeyRole, body: String) -> Reply {
        let key = self.world.keys(Provider::Magnetite).role(role).expect("the role is Magnetite's").secret.expose().to_owned();
        let request = Request::new(method, target).header("Authorization", format!("Bearer {key}")).body(body);
        self.world.handle(Provider::Magnetite, &request, self.world.common.start.began).reply
    }

    fn simulate(&mut self, simulation: &Simulation) -> String {
        let done = self.world.simulate(Provider::Magnetite, simulation, self.world.common.start.began);
        if done.is_ok() { "done" } else { "cannot" }.to_owned()
    }
}

/// Outcome, status, and what the answer says of retries, of calls left, and of the time to wait.
fn told(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).expect("every answer is JSON");
    // Of jobs and leads one word is enough.
    let name = match reply.outcome.name {
        "unknown_job" | "unknown_lead" => "unknown",
        name => name,
    };
    let mut told = format!("{name} {}", reply.outcome.status);
    if let Some(retries) = body["job"]["retryCount"].as_i64() {
        let _ = write!(told, " retries={retries}");
    }
    if let Some((_, left)) = reply.headers.iter().find(|(name, _)| *name == "x-ratelimit-remaining") {
        let _ = write!(told, " left={left}");
    }
    if let Some(wait) = body["retryAfter"].as_i64().or_else(|| body["error"]["retryAfter"].as_i64()) {
        let _ = write!(told, " wait={wait}");
    }
    told
}

struct Machine;

impl StateMachineTest for Machine {
    type SystemUnderTest = Fake;
    type Reference = Model;

    fn init_test(model: &Model) -> Fake {
        let began = NOON.parse().expect("noon is a time");
        let start = WorldStart { id: "default".to_owned(), seed: 1, clock: Clock::Frozen { at: began }, began, rate_limits: model.limits };
        Fake { world: World::new(start, Revisions::default()), jobs: Vec::new() }
    }

    fn apply(mut fake: Fake, model: &Model, step: Step) -> Fake {
        let found = match step {
            Step::Add { role, campaign, email } => {
                let body = format!("{{\"companyName\":\"A\",\"contactName\":\"B\",\"email\":\"{email}\"}}");
                told(&fake.call(Method::POST, format!("/api/campaigns/{campaign}/leads"), role, body))
            }
            Step::Generate { role, project, email } => {
                let reply = fake.call(Method::POST, format!("/api/projects{project}/generate"), role, format!("{{\"email\":\"{email}\"}}"));
                if reply.outcome.status == 200 {
                    let body: Value = serde_json::from_slice(&reply.body).expect("a success is JSON");
                    let id = |name: &str| body[name].as_str().expect("an id is text").to_owned();
                    fake.jobs.push((id("jobId"), id("leadId")));
                }
                told(&reply)
            }
            Step::Hurry { role, calls } => {
                let mut call = || told(&fake.call(Method::POST, "/api/campaigns/none/leads".to_owned(), role, String::new()));
                (0..calls).map(|_| call()).last().expect("at least one call")
            }
            Step::Status { role, job, by_lead } => {
                let (job, lead) = fake.jobs.get(job).cloned().unwrap_or_else(|| ("none".to_owned(), "none".to_owned()));
                let target = if by_lead { format!("/api/leads/{lead}/job-status") } else { format!("/api/generation/{job}/status") };
                told(&fake.call(Method::GET, target, role, String::new()))
            }
            Step::Health { role } => told(&fake.call(Method::GET, "/api/health".to_owned(), role, String::new())),
            Step::Wait { seconds } => {
                fake.world.common.clock.advance(Duration::from_secs(seconds).try_into().expect("a short wait"));
                String::new()
            }
            Step::Credits { left } => fake.simulate(&Simulation::CreditsRanOut { left }),
            Step::Revoke { role } => fake.simulate(&Simulation::KeyRevoked { role }),
            Step::Book { email } => fake.simulate(&Simulation::MeetingBooked { campaign: None, contact: email.to_owned() }),
        };
        assert_eq!(found, model.expected, "{step:?} at second {}", model.now_s);
        fake
    }

    fn check_invariants(fake: &Fake, model: &Model) {
        let state = fake.world.describe(fake.world.common.start.began)["magnetite"]["state"].clone();
        for campaign in &CAMPAIGNS[..3] {
            let leads = model.leads.iter().filter(|(known, _)| known == campaign).count();
            assert_eq!(state["campaigns"][campaign]["lead_count"], leads, "{campaign}");
        }
        let meetings: usize = CAMPAIGNS[..3]
            .iter()
            .flat_map(|campaign| state["campaigns"][campaign]["booked"].as_array().into_iter().flatten())
            .map(|lead| lead["meetings"].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(meetings, model.meetings);
        for (name, role) in [("home", KeyRole::Valid), ("other", KeyRole::OtherWorkspace), ("broke", KeyRole::NoCredits)] {
            assert_eq!(state["projects"][name]["credits"], model.balance[&role], "{name}");
            let jobs = model.jobs.iter().filter(|(owner, ..)| *owner == role).count();
            assert_eq!(state["projects"][name]["job_count"], jobs, "{name}");
        }
        assert_eq!(fake.world.common.ledger.credits().to_string(), model.charged.to_string());
        let people: BTreeSet<&str> = model.leads.iter().map(|(_, email)| *email).collect();
        assert_eq!(fake.world.common.ledger.people(), people.len());
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn magnetite_is_as_its_model_says(sequential 1..50 => Machine);
}
