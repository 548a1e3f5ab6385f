//! What a campaign of a million leads costs beside one of a thousand: `cargo bench -p mock-providers --bench scale`.
//!
//! Calls are made on the world itself, so that a socket's time does not hide the difference.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use http::Method;
use jiff::Timestamp;
use mock_providers::core::clock::Clock;
use mock_providers::core::request::Request;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Provider, Revisions, World};

const SMALL: u32 = 1_000;
const LARGE: u32 = 1_000_000;
const BULK: usize = 1_000;
const SAMPLES: usize = 301;

fn main() {
    println!("{:<52} {:>14}   bound", "number", "measured");
    for (subject, campaign) in [(&SENDPILOT, "clxxx123456"), (&LEADTERRA, "camp_123"), (&MAGNETITE, "YOUR_CAMPAIGN_ID")] {
        measure(subject, campaign);
    }
}

fn row(name: &str, measured: &str, bound: &str) {
    println!("{name:<52} {measured:>14}   {bound}");
}

/// How a provider takes leads, and what is read of them.
struct Subject {
    provider: Provider,
    /// Leads of one call.
    per_call: usize,
    /// The call that adds leads from a number on.
    add: fn(&str, std::ops::Range<usize>) -> Request,
    /// What is read, by name.
    reads: &'static [(&'static str, Read)],
}

/// A read of a campaign of so many leads.
type Read = fn(&str, usize) -> Request;

const SENDPILOT: Subject = Subject {
    provider: Provider::Sendpilot,
    per_call: BULK,
    add: |campaign, numbers| {
        let leads = list(numbers, |n| format!("{{\"linkedinUrl\":\"https://linkedin.com/in/lead-{n}\",\"firstName\":\"Ada\"}}"));
        post("/v1/leads", "X-API-Key", "YOUR_API_KEY", format!("{{\"campaignId\":\"{campaign}\",\"leads\":[{leads}]}}"))
    },
    reads: &[
        ("first page", |campaign, _| get(&format!("/v1/leads?campaignId={campaign}&limit=100"), "X-API-Key", "YOUR_API_KEY")),
        ("middle page", |campaign, n| {
            get(&format!("/v1/leads?campaignId={campaign}&limit=100&page={}", n / 200), "X-API-Key", "YOUR_API_KEY")
        }),
        ("page of one status", |campaign, n| {
            get(&format!("/v1/leads?campaignId={campaign}&status=PENDING&limit=100&page={}", n / 200), "X-API-Key", "YOUR_API_KEY")
        }),
        ("campaign with counters", |campaign, _| get(&format!("/v1/campaigns/{campaign}"), "X-API-Key", "YOUR_API_KEY")),
    ],
};

const LEADTERRA: Subject = Subject {
    provider: Provider::Leadterra,
    per_call: BULK,
    add: |campaign, numbers| {
        let leads = list(numbers, |n| format!("{{\"email\":\"lead{n}@acme.example\",\"firstName\":\"Ada\"}}"));
        post(
            &format!("/v1/campaigns/{campaign}/leads/bulk"),
            "Authorization",
            "Bearer sk_live_YOUR_KEY",
            format!("{{\"leads\":[{leads}]}}"),
        )
    },
    reads: &[("stats", |campaign, _| get(&format!("/v1/campaigns/{campaign}/stats"), "Authorization", "Bearer sk_live_YOUR_KEY"))],
};

const MAGNETITE: Subject = Subject {
    provider: Provider::Magnetite,
    per_call: 1,
    add: |campaign, numbers| {
        let n = numbers.start;
        let body = format!("{{\"companyName\":\"Acme\",\"contactName\":\"Ada\",\"email\":\"lead{n}@acme.example\"}}");
        post(&format!("/api/campaigns/{campaign}/leads"), "Authorization", "Bearer YOUR_API_KEY", body)
    },
    reads: &[],
};

fn list(numbers: std::ops::Range<usize>, entry: impl Fn(usize) -> String) -> String {
    numbers.fold(String::new(), |mut text, n| {
        let _ = write!(text, "{}{}", if text.is_empty() { "" } else { "," }, entry(n));
        text
    })
}

fn post(target: &str, header: &str, key: &str, body: String) -> Request {
    Request::new(Method::POST, target).header(header, key).header("Content-Type", "application/json").body(body)
}

fn get(target: &str, header: &str, key: &str) -> Request {
    Request::new(Method::GET, target).header(header, key)
}

fn world() -> World {
    let began = Timestamp::from_second(1_768_471_200).expect("a time");
    let (id, clock, rate_limits) = ("default".into(), Clock::Frozen { at: began }, RateLimits::Off);
    World::new(WorldStart { id, seed: 1, clock, began, rate_limits }, Revisions::default())
}

/// Sends a request, and expects success.
fn send(world: &mut World, provider: Provider, request: &Request) -> Duration {
    let begun = Instant::now();
    let handled = black_box(world.handle(provider, black_box(request), Timestamp::UNIX_EPOCH));
    let taken = begun.elapsed();
    let reply = &handled.reply;
    assert!(reply.outcome.status < 300, "{} {}: {:?}", request.method, request.target, reply.body);
    taken
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn measure(subject: &Subject, campaign: &str) {
    let name = subject.provider.profile().title;
    let mut world = world();
    let mut at = 0;
    let mut fill = |world: &mut World, to: usize| {
        while at < to {
            let next = (at + subject.per_call).min(to);
            send(world, subject.provider, &(subject.add)(campaign, at..next));
            at = next;
        }
    };
    fill(&mut world, SMALL as usize);
    let small = costs(subject, campaign, &mut world, SMALL as usize, 10_000_000);
    let before = resident_kib();
    fill(&mut world, LARGE as usize);
    let bytes = f64::from(resident_kib() - before) * 1_024.0 / f64::from(LARGE - SMALL);
    let large = costs(subject, campaign, &mut world, LARGE as usize, 20_000_000);
    for ((what, small), (_, large)) in small.iter().zip(&large) {
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        row(
            &format!("{name}: {what}, at a million over at a thousand"),
            &format!("{ratio:.2}"),
            &format!("below 1.5  ({small:.1?}, {large:.1?})"),
        );
    }
    row(&format!("{name}: memory of a lead"), &format!("{bytes:.0} bytes"), "");
    if subject.per_call > 1 {
        let bulk =
            (0..11).map(|n| 30_000_000 + n * BULK).map(|n| send(&mut world, subject.provider, &(subject.add)(campaign, n..n + BULK)));
        row(&format!("{name}: {BULK} leads in a call"), &format!("{:.1?}", median(bulk.collect())), "below 50 ms");
    }
}

/// The cost of adding one lead and of every read, numbers from `fresh` on being new.
fn costs(subject: &Subject, campaign: &str, world: &mut World, leads: usize, fresh: usize) -> Vec<(String, Duration)> {
    let added = (0..SAMPLES).map(|n| send(world, subject.provider, &(subject.add)(campaign, fresh + n..fresh + n + 1)));
    let mut costs = vec![("adding one".to_owned(), median(added.collect()))];
    for (what, read) in subject.reads {
        let request = read(campaign, leads);
        let times = (0..SAMPLES).map(|_| send(world, subject.provider, &request));
        costs.push(((*what).to_owned(), median(times.collect())));
    }
    costs
}

fn resident_kib() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system has /proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it names the resident size");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number of KiB")
}
