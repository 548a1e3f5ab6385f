//! Leadterra against a reference model: a list of mails that wait, looked through from end to end each time.
//!
//! The world begins with five mails left in its sending window, so that sequences run into its end.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use http::Method;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::{KeyRole, MockProviders, WorldHandle, blocking};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::{Value, json};

use crate::subject::NOON;

/// Hours from one mail to the next, of each campaign's steps.
const CAMPAIGNS: [&[i64]; 3] = [&[0], &[0, 24], &[6, 0, 48]];
const PEOPLE: usize = 6;
/// Mails that are left in the first window, and its length in hours.
const ROOM: usize = 5;
const WINDOW: i64 = 24;

#[derive(Clone, Debug)]
enum Turn {
    Enroll { campaign: usize, people: Vec<usize> },
    Invalid { campaign: usize, person: usize },
    Start(usize),
    Pause(usize),
    Suppress(Vec<usize>),
    Reply { campaign: usize, person: usize },
    Bounce { campaign: usize, person: usize },
    Wait(i64),
    Foreign(usize),
    Revoke,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Draft,
    Running { since: i64 },
    Paused { since: i64 },
}

/// A mail that waits: campaign, person, step, and the hour from which it may leave.
#[derive(Clone, Debug)]
struct Mail {
    campaign: usize,
    person: usize,
    step: usize,
    due: i64,
}

#[derive(Clone, Debug)]
struct Model {
    now: i64,
    /// When the last mail left.
    latest: i64,
    suppressed: BTreeSet<usize>,
    statuses: Vec<Status>,
    first_started: Vec<Option<i64>>,
    /// Mails that a person has had of a campaign.
    enrolled: BTreeMap<(usize, usize), usize>,
    bounced: BTreeSet<(usize, usize)>,
    replied: BTreeSet<(usize, usize)>,
    /// Persons by campaign, the oldest reply first.
    replies: Vec<(usize, usize)>,
    waiting: Vec<Mail>,
    room: usize,
    revoked: bool,
}

impl Model {
    fn new() -> Self {
        Self {
            now: 0,
            latest: 0,
            suppressed: BTreeSet::new(),
            statuses: vec![Status::Draft; CAMPAIGNS.len()],
            first_started: vec![None; CAMPAIGNS.len()],
            enrolled: BTreeMap::new(),
            bounced: BTreeSet::new(),
            replied: BTreeSet::new(),
            replies: Vec::new(),
            waiting: Vec::new(),
            room: ROOM,
            revoked: false,
        }
    }

    fn runs(&self, campaign: usize) -> bool {
        matches!(self.statuses[campaign], Status::Running { .. })
    }

    fn enrolled_in(&self, campaign: usize) -> usize {
        self.enrolled.keys().filter(|(c, _)| *c == campaign).count()
    }

    /// When a mail leaves at the earliest; none while its campaign does not run.
    fn turn(&self, mail: &Mail) -> Option<i64> {
        let Status::Running { since } = self.statuses[mail.campaign] else { return None };
        let start = self.first_started[mail.campaign].filter(|_| mail.step == 0).map_or(0, |start| start + CAMPAIGNS[mail.campaign][0]);
        Some(mail.due.max(since).max(start))
    }

    fn send(&mut self) {
        loop {
            let turns = self.waiting.iter().enumerate().filter_map(|(at, mail)| Some((self.turn(mail)?, mail.campaign, mail.step, at)));
            let Some((turn, _, _, place)) = turns.min() else { return };
            let mut at = turn.max(self.latest);
            if at <= self.now && at < WINDOW && self.room == 0 {
                at = WINDOW;
            }
            if at > self.now {
                return;
            }
            if at < WINDOW {
                self.room -= 1;
            }
            self.latest = at;
            let mail = self.waiting.remove(place);
            *self.enrolled.get_mut(&(mail.campaign, mail.person)).expect("who waits is enrolled") += 1;
            if let Some(delay) = CAMPAIGNS[mail.campaign].get(mail.step + 1) {
                self.waiting.push(Mail { step: mail.step + 1, due: at + delay, ..mail });
            }
        }
    }

    fn leave(&mut self, campaign: Option<usize>, person: usize) {
        self.waiting.retain(|mail| mail.person != person || campaign.is_some_and(|campaign| campaign != mail.campaign));
    }

    /// Whether a person has had a mail of the campaign.
    fn mailed(&self, campaign: usize, person: usize) -> bool {
        self.enrolled.get(&(campaign, person)).is_some_and(|mails| *mails > 0)
    }

    fn may_bounce(&self, campaign: usize, person: usize) -> bool {
        self.mailed(campaign, person) && !self.bounced.contains(&(campaign, person))
    }

    fn stats(&self, campaign: usize) -> Vec<usize> {
        let of = |set: &BTreeSet<(usize, usize)>| set.iter().filter(|(c, _)| *c == campaign).count();
        let sent: usize = self.enrolled.iter().filter(|((c, _), _)| *c == campaign).map(|(_, mails)| mails).sum();
        let bounced = of(&self.bounced);
        let queued =
            if self.statuses[campaign] == Status::Draft { 0 } else { self.waiting.iter().filter(|m| m.campaign == campaign).count() };
        vec![self.enrolled_in(campaign), sent, sent - bounced, bounced, of(&self.replied), queued]
    }

    fn step(&mut self, turn: &Turn) {
        match turn {
            Turn::Wait(hours) => self.now += hours,
            Turn::Revoke => self.revoked = true,
            Turn::Reply { campaign, person } if self.mailed(*campaign, *person) => {
                self.replies.push((*campaign, *person));
                self.replied.insert((*campaign, *person));
                self.leave(Some(*campaign), *person);
            }
            Turn::Bounce { campaign, person } if self.may_bounce(*campaign, *person) => {
                self.bounced.insert((*campaign, *person));
                self.suppressed.insert(*person);
                self.leave(None, *person);
            }
            // Calls of the API.
            _ if self.revoked => {}
            Turn::Enroll { campaign, people } => {
                for person in people.iter().filter(|person| !self.suppressed.contains(person)) {
                    if let Entry::Vacant(entry) = self.enrolled.entry((*campaign, *person)) {
                        entry.insert(0);
                        let due = self.now + CAMPAIGNS[*campaign][0];
                        self.waiting.push(Mail { campaign: *campaign, person: *person, step: 0, due });
                    }
                }
            }
            Turn::Start(campaign) if self.enrolled_in(*campaign) > 0 && !self.runs(*campaign) => {
                self.statuses[*campaign] = Status::Running { since: self.now };
                self.first_started[*campaign].get_or_insert(self.now);
            }
            Turn::Pause(campaign) if self.runs(*campaign) => self.statuses[*campaign] = Status::Paused { since: self.now },
            Turn::Suppress(people) => {
                for person in people {
                    self.suppressed.insert(*person);
                    self.leave(None, *person);
                }
            }
            _ => {}
        }
        self.send();
    }
}

struct Machine;

impl ReferenceStateMachine for Machine {
    type State = Model;
    type Transition = Turn;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Turn> {
        let (campaign, person) = (0..CAMPAIGNS.len(), 0..PEOPLE);
        let both = (campaign.clone(), person.clone());
        prop_oneof![
            6 => (campaign.clone(), vec(person.clone(), 1..4)).prop_map(|(campaign, people)| Turn::Enroll { campaign, people }),
            1 => both.clone().prop_map(|(campaign, person)| Turn::Invalid { campaign, person }),
            5 => campaign.clone().prop_map(Turn::Start),
            2 => campaign.clone().prop_map(Turn::Pause),
            1 => vec(person, 1..3).prop_map(Turn::Suppress),
            3 => both.clone().prop_map(|(campaign, person)| Turn::Reply { campaign, person }),
            1 => both.prop_map(|(campaign, person)| Turn::Bounce { campaign, person }),
            4 => (1..40_i64).prop_map(Turn::Wait),
            1 => campaign.prop_map(Turn::Foreign),
            1 => Just(Turn::Revoke),
        ]
        .boxed()
    }

    fn apply(mut state: Model, turn: &Turn) -> Model {
        state.step(turn);
        state
    }
}

/// A world under the guides, whose pages of replies are told.
#[derive(Debug)]
struct Fake {
    world: WorldHandle,
    ids: Vec<String>,
    /// The model before the last turn: what an answer says of the people depends on it.
    before: Model,
}

impl Fake {
    fn call(&self, role: KeyRole, method: Method, target: &str, body: &Value) -> (u16, Value) {
        let key = self.world.leadterra().key(role);
        let mut request = Request::new(method, target).header("Authorization", format!("Bearer {key}"));
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let reply = self.world.leadterra().answer(request);
        (reply.outcome.status, serde_json::from_slice(&reply.body).expect("answers are JSON"))
    }

    fn post(&self, target: &str, body: &Value) -> (u16, Value) {
        self.call(KeyRole::Valid, Method::POST, target, body)
    }

    /// Looks with a key of the same workspace that nobody takes back.
    fn get(&self, target: &str) -> Value {
        self.call(KeyRole::NoSdr, Method::GET, target, &Value::Null).1
    }

    fn room(&self) -> u64 {
        self.get("/v1/sender-pools")["pools"][1]["remainingVolume"].as_u64().expect("the second pool is there")
    }

    fn create(&self, delays: &[i64]) -> String {
        let steps: Vec<Value> = delays
            .iter()
            .map(|hours| json!({ "subject": "S", "bodyHtml": "B", "delayDays": f64::from(i32::try_from(*hours).unwrap()) / 24.0 }))
            .collect();
        let (_, body) = self.post("/v1/campaigns", &json!({ "name": "N", "sequenceSteps": steps }));
        body["campaign"]["id"].as_str().expect("a campaign has an id").to_owned()
    }

    fn simulate(&self, name: &str, campaign: usize, person: usize) -> bool {
        let simulation = json!({ "simulate": name, "campaign": self.ids[campaign], "contact": address(person) });
        let simulation: Simulation = serde_json::from_value(simulation).expect("a simulation");
        self.world.leadterra().simulate(&simulation).is_ok()
    }
}

/// So many hours after noon of 15 January, as the pages of 2025 print times. No sequence leaves the year.
fn time(hours: i64) -> String {
    const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut day, hour) = (15 + (12 + hours) / 24, (12 + hours) % 24);
    let mut month = 1;
    while day > MONTHS[month - 1] {
        day -= MONTHS[month - 1];
        month += 1;
    }
    format!("2026-{month:02}-{day:02}T{hour:02}:00:00Z")
}

/// In one of two spellings: addresses match in any.
fn address(person: usize) -> String {
    if person.is_multiple_of(2) { format!("Person{person}@example.com") } else { format!("person{person}@EXAMPLE.com") }
}

/// Cases share a server and have worlds of their own.
static SERVER: LazyLock<blocking::MockProviders> = LazyLock::new(|| {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadterra, "guides-v1").expect("a label of the list");
    let builder = MockProviders::builder().revisions(revisions).frozen_at(NOON.parse().expect("noon is a time"));
    blocking::MockProviders::start_with(builder).expect("a free port can be had")
});

impl StateMachineTest for Machine {
    type SystemUnderTest = Fake;
    type Reference = Self;

    fn init_test(_: &Model) -> Fake {
        let mut fake = Fake { world: SERVER.world(), ids: Vec::new(), before: Model::new() };
        // The first pool's accounts are taken away, so that the second and smaller one decides.
        for account in 1..=8 {
            let sender = Some(format!("sa_01HXYZ00{account}"));
            fake.world.leadterra().simulate(&Simulation::SenderDisconnected { sender }).expect("the account is there");
        }
        let room = fake.room();
        let leads: Vec<Value> = (0..room - ROOM as u64).map(|n| json!({ "email": format!("filler{n}@example.com") })).collect();
        let filler = fake.create(&[0]);
        fake.post(&format!("/v1/campaigns/{filler}/leads/bulk"), &json!({ "leads": leads }));
        fake.post(&format!("/v1/campaigns/{filler}/start"), &Value::Null);
        fake.ids = CAMPAIGNS.iter().map(|delays| fake.create(delays)).collect();
        fake
    }

    fn apply(mut fake: Fake, after: &Model, turn: Turn) -> Fake {
        let before = std::mem::replace(&mut fake.before, after.clone());
        let path = |fake: &Fake, campaign: usize, call: &str| format!("/v1/campaigns/{}/{call}", fake.ids[campaign]);
        let status = match turn {
            Turn::Enroll { campaign, people } => {
                let leads: Vec<Value> = people.iter().map(|person| json!({ "email": address(*person) })).collect();
                let target = path(&fake, campaign, "leads/bulk");
                let (status, body) = fake.post(&target, &json!({ "leads": leads }));
                let people: BTreeSet<usize> = people.into_iter().collect();
                let skipped = people.iter().filter(|person| before.suppressed.contains(person)).count();
                let entered = |person: &&usize| !before.suppressed.contains(person) && !before.enrolled.contains_key(&(campaign, **person));
                let new = people.iter().filter(entered).count();
                let expected = json!({ "enrolled": new, "updated": people.len() - skipped - new, "skipped": skipped });
                assert!(before.revoked || body["result"] == expected, "{body} instead of {expected}");
                status
            }
            Turn::Invalid { campaign, person } => {
                let target = path(&fake, campaign, "leads/bulk");
                let leads = json!({ "leads": [{ "email": address(person) }, { "email": "nobody" }] });
                let (status, _) = fake.post(&target, &leads);
                assert!(before.revoked || status == 422, "{status}");
                if before.revoked { status } else { 200 }
            }
            Turn::Start(campaign) => {
                let target = path(&fake, campaign, "start");
                let (status, body) = fake.post(&target, &Value::Null);
                let refused = before.enrolled_in(campaign) == 0 && !before.revoked;
                assert_eq!(refused, body["error"]["code"] == "no_leads_enrolled", "{body}");
                if refused { 200 } else { status }
            }
            Turn::Pause(campaign) => {
                let target = path(&fake, campaign, "pause");
                let (status, body) = fake.post(&target, &Value::Null);
                let expected = match after.statuses[campaign] {
                    Status::Draft => "draft",
                    Status::Paused { .. } => "paused",
                    Status::Running { .. } => "running",
                };
                assert!(before.revoked || body["status"] == expected, "{body}");
                let since = match after.statuses[campaign] {
                    Status::Paused { since } => json!(time(since)),
                    _ => Value::Null,
                };
                assert!(before.revoked || body["pausedAt"] == since, "{body}");
                status
            }
            Turn::Suppress(people) => {
                let emails: Vec<String> = people.iter().map(|person| address(*person)).collect();
                let (status, body) = fake.post("/v1/suppression-list", &json!({ "emails": emails }));
                let new = after.suppressed.len() - before.suppressed.len();
                let expected = json!({ "suppressed": new, "alreadySuppressed": people.len() - new, "total": people.len() });
                assert!(before.revoked || body["result"] == expected, "{body} instead of {expected}");
                status
            }
            Turn::Reply { campaign, person } => {
                assert_eq!(fake.simulate("prospect-replied", campaign, person), before.mailed(campaign, person));
                return fake;
            }
            Turn::Bounce { campaign, person } => {
                assert_eq!(fake.simulate("mail-bounced", campaign, person), before.may_bounce(campaign, person));
                return fake;
            }
            Turn::Wait(hours) => {
                fake.world.clock().advance(Duration::from_secs(3_600 * u64::try_from(hours).expect("hours are counted")));
                return fake;
            }
            Turn::Foreign(campaign) => {
                let target = path(&fake, campaign, "stats");
                assert_eq!(fake.call(KeyRole::OtherWorkspace, Method::GET, &target, &Value::Null).0, 404);
                return fake;
            }
            Turn::Revoke => {
                let revoked = Simulation::KeyRevoked { role: KeyRole::Valid };
                fake.world.leadterra().simulate(&revoked).expect("there are such keys");
                return fake;
            }
        };
        assert_eq!(status, if before.revoked { 401 } else { 200 });
        fake
    }

    fn check_invariants(fake: &Fake, model: &Model) {
        for campaign in 0..CAMPAIGNS.len() {
            let stats = fake.get(&format!("/v1/campaigns/{}/stats", fake.ids[campaign]));
            let names = ["totalEnrolled", "sent", "delivered", "bounced", "replied", "queued"];
            let found: Vec<usize> = names.iter().filter_map(|name| stats[name].as_u64()?.try_into().ok()).collect();
            assert_eq!(found, model.stats(campaign), "campaign {campaign}");
            // Pages of one, walked through, meet each reply once, the newest first.
            let expected: Vec<String> =
                model.replies.iter().rev().filter(|(c, _)| *c == campaign).map(|(_, p)| address(*p).to_lowercase()).collect();
            let mut walked = Vec::new();
            for page in 1.. {
                let body = fake.get(&format!("/v1/replies?campaignId={}&page={page}&perPage=1", fake.ids[campaign]));
                assert_eq!(body["pagination"]["total"], expected.len());
                let Some(reply) = body["replies"].get(0) else { break };
                walked.push(reply["email"].as_str().expect("a reply has an address").to_owned());
            }
            assert_eq!(walked, expected, "campaign {campaign}");
        }
        if model.now < WINDOW {
            assert_eq!(fake.room(), model.room as u64);
        }
        let mails: u64 = fake.world.ledger().recipients().iter().filter(|r| r.address.starts_with("person")).map(|r| r.times).sum();
        assert_eq!(usize::try_from(mails), Ok((0..CAMPAIGNS.len()).map(|campaign| model.stats(campaign)[1]).sum::<usize>()));
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn leads_and_campaigns_do_as_the_model_does(sequential 1..25 => Machine);
}
