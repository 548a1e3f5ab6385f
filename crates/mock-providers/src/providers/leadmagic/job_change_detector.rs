//! Whether a person still works where they did: paid whatever the finding is.
//!
//! The directory decides: a person works at one company and has worked at those of their career. A profile that is named
//! after a status has that status.

use http::Method;

use super::State;
use super::account::Success;
use super::career::{self, Position, span};
use super::edition::{Edition, Product};
use super::employer::Employer;
use super::errors::{INVALID_FIELD, PROFILE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::question::Profile;
use super::shape::Facts;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Company, Magic};

/// Of each status two outcomes: a document prints the answer, or it is drawn.
const NO_CHANGE: Outcome = Outcome::new("no_change", 200);
const NO_CHANGE_DRAWN: Outcome = Outcome::new("no_change_drawn", 200);
const CHANGED: Outcome = Outcome::new("job_change_detected", 200);
const CHANGED_DRAWN: Outcome = Outcome::new("job_change_detected_drawn", 200);
const NEVER: Outcome = Outcome::new("never_worked_there", 200);
const NEVER_DRAWN: Outcome = Outcome::new("never_worked_there_drawn", 200);
/// Documented: contract-2026-09.
const AMBIGUOUS: Outcome = Outcome::new("ambiguous_current_employment", 200);
const CURRENT_UNKNOWN: Outcome = Outcome::new("current_employment_unknown", 200);
const NO_PROFILE: Outcome = Outcome::new("no_profile", 200);

/// Of the unversioned route, whose answers say changed or not.
const UNCHANGED: Outcome = Outcome::new("unchanged_drawn", 200);

const REFUSALS: &[Refusal] =
    &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, PROFILE_GONE)]);

const LEGACY_REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

const BODY: &[FieldSpec] = &[required("profile_url", TEXT), optional("company_domain", TEXT), optional("company_name", TEXT)];

/// A person, and where they are thought to work.
#[derive(PartialEq)]
struct Question {
    profile: Profile,
    employer: Employer,
}

const LOOKUP: Lookup<Question> = Lookup {
    product: Product::JobChangeDetector,
    read: |body| Ok(Question { profile: Profile::read(body)?, employer: Employer::read(body)? }),
    units_max: |_, _| 1,
    find,
};

const LEGACY: Lookup<Question> = Lookup { find: find_legacy, ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.job-change-detector.check",
            method: Method::POST,
            paths: &["/v1/people/job-change-detector", "/job-change", "/detect-job-change"],
            summary: "whether a person still works at a company",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[NO_CHANGE, NO_CHANGE_DRAWN, CHANGED, CHANGED_DRAWN, NEVER, NEVER_DRAWN, AMBIGUOUS, CURRENT_UNKNOWN, NO_PROFILE],
            refusals: REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LOOKUP.answer(call) },
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.job-change-detector",
            method: Method::POST,
            paths: &["/job-change-detector"],
            summary: "whether a person still works at a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, UNCHANGED, NOT_FOUND],
            refusals: LEGACY_REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LEGACY.answer(call) },
    },
];

/// What the person's career says about the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    NoChange,
    Changed,
    Never,
    Ambiguous,
    CurrentUnknown,
}

impl Verdict {
    /// The verdict that the profile's name asks for.
    fn asked(profile: &Profile, later: bool) -> Option<Self> {
        match &*profile.word() {
            "no-change" => Some(Self::NoChange),
            "job-change" | "job-change-detected" => Some(Self::Changed),
            "never-worked-there" => Some(Self::Never),
            "ambiguous-current-employment" if later => Some(Self::Ambiguous),
            "current-employment-unknown" | "unknown" if later => Some(Self::CurrentUnknown),
            _ => None,
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::NoChange => NO_CHANGE_DRAWN,
            Self::Changed => CHANGED_DRAWN,
            Self::Never => NEVER_DRAWN,
            Self::Ambiguous => AMBIGUOUS,
            Self::CurrentUnknown => CURRENT_UNKNOWN,
        }
    }

    fn status(self, edition: &Edition) -> &'static str {
        match self {
            Self::NoChange => "NO_CHANGE",
            Self::Changed if edition.label == "v1-2025-09" => "JOB_CHANGE",
            Self::Changed => "JOB_CHANGE_DETECTED",
            Self::Never => "NEVER_WORKED_THERE",
            Self::Ambiguous => "AMBIGUOUS_CURRENT_EMPLOYMENT",
            Self::CurrentUnknown => "CURRENT_EMPLOYMENT_UNKNOWN",
        }
    }
}

/// What was found out about a person and a company.
struct Inquiry {
    verdict: Verdict,
    name: String,
    expected: Company,
    /// Newest first.
    positions: Vec<Position>,
}

/// From September 2026 on there are three more statuses, and an employer that is missing from a career with a current
/// position counts as a change.
fn is_september(edition: &Edition) -> bool {
    edition.label == "contract-2026-09"
}

impl Inquiry {
    fn new(question: &Question, scene: &Scene) -> Self {
        let (directory, later) = (scene.directory, is_september(scene.edition));
        let person = directory.by_profile(&question.profile.given);
        let mut positions = career::positions(&person, directory);
        let held = positions.iter().position(|position| question.employer.is(&position.company, directory));
        let expected = held.map_or_else(|| question.employer.company(directory), |at| positions[at].company.clone());
        let asked = Verdict::asked(&question.profile, later);
        let verdict = asked.unwrap_or(match held {
            Some(0) => Verdict::NoChange,
            Some(_) => Verdict::Changed,
            None if later => Verdict::Changed,
            None => Verdict::Never,
        });
        if asked.is_some() {
            bend(&mut positions, verdict, &expected, &question.employer, scene);
        }
        Self { verdict, name: person.full_name(), expected, positions }
    }

    fn current(&self) -> Option<&Position> {
        self.positions.iter().find(|position| position.until.is_none())
    }

    fn summary(&self, edition: &Edition) -> String {
        let (name, expected) = (&self.name, &self.expected.name);
        let current = self.current().map_or("", |position| &position.company.name);
        match self.verdict {
            // The first page of the detector words it for the person.
            Verdict::NoChange if edition.label == "v1-2025-09" => format!("{name} is currently employed at {expected}"),
            Verdict::Changed if edition.label == "v1-2025-09" => {
                format!("{name} is no longer employed at {expected} and works at {current}")
            }
            Verdict::Never if edition.label == "v1-2025-09" => format!("{name} has never worked at {expected}"),
            Verdict::NoChange => "No job change detected. Still employed at expected company.".to_owned(),
            Verdict::Changed => "Job change detected. Person has moved to a new company.".to_owned(),
            Verdict::Never => "Person has never worked at the expected company.".to_owned(),
            Verdict::Ambiguous => "Person has more than one current position.".to_owned(),
            Verdict::CurrentUnknown => "No current position is known.".to_owned(),
        }
    }

    fn facts(&self, question: &Question, scene: &Scene) -> Facts {
        let (now, current) = (scene.now, self.current());
        let history = self.positions.iter().map(|position| {
            Facts::new()
                .with("title", position.title)
                .with("company", &position.company.name)
                .with("duration", position.period())
                .with("is_present", position.until.is_none())
        });
        let facts = Facts::new()
            .with("job_change_detected", self.verdict == Verdict::Changed)
            .with("status", self.verdict.status(scene.edition))
            .with("summary", self.summary(scene.edition))
            .with("employee_name", &self.name)
            .with("expected_company", &self.expected.name)
            .with("current_company", current.map(|position| &position.company.name))
            .with("profile_found", true)
            .with("profile_url", &question.profile.given)
            .each("work_history", history.collect());
        let facts = tenure(facts, &self.positions.iter().map(|position| position.months(now)).collect::<Vec<u32>>());
        let Some(position) = current else { return facts.with("current_position", None::<&str>) };
        facts
            .with("current_position.title", position.title)
            .with("current_position.company", &position.company.name)
            .with("current_position.start_date", position.from.printed())
            .with("current_position.days_at_job", position.days(now))
            .with("current_position.tenure_formatted", span(position.months(now)))
            .with("current_position.is_current_position", true)
    }
}

/// Bends a career to a verdict that was asked for, so that the whole answer says the same.
fn bend(positions: &mut Vec<Position>, verdict: Verdict, expected: &Company, employer: &Employer, scene: &Scene) {
    let elsewhere = |at: u64| scene.directory.company_at(1_000 + at);
    for (at, position) in (0..).zip(positions.iter_mut()) {
        if employer.is(&position.company, scene.directory) {
            position.company = elsewhere(at);
        }
    }
    match verdict {
        Verdict::NoChange => positions[0].company = expected.clone(),
        Verdict::Changed => positions[1].company = expected.clone(),
        // From September on nobody who works somewhere has this status.
        Verdict::Never if !is_september(scene.edition) => {}
        Verdict::Ambiguous => {
            positions[0].company = expected.clone();
            positions[1].until = None;
        }
        Verdict::Never | Verdict::CurrentUnknown => {
            positions.remove(0);
        }
    }
}

fn tenure(facts: Facts, months: &[u32]) -> Facts {
    let count = u32::try_from(months.len()).unwrap_or(u32::MAX);
    let average = months.iter().sum::<u32>() / count.max(1);
    let (longest, shortest) = (months.iter().max().copied().unwrap_or(0), months.iter().min().copied().unwrap_or(0));
    facts
        .with("tenure_stats.average_tenure_months", average)
        .with("tenure_stats.average_tenure_formatted", span(average))
        .with("tenure_stats.total_positions", count)
        .with("tenure_stats.longest_tenure_months", longest)
        .with("tenure_stats.longest_tenure_formatted", span(longest))
        .with("tenure_stats.shortest_tenure_months", shortest)
        .with("tenure_stats.shortest_tenure_formatted", span(shortest))
}

fn is_nobody(profile: &Profile) -> bool {
    matches!(profile.magic(), Some(Magic::Gone | Magic::NotFound))
}

fn find(question: &Question, scene: &Scene) -> Finding {
    if is_nobody(&question.profile) {
        // Before September 2026 no status says so, and the page lists a 404.
        if !is_september(scene.edition) {
            return Finding::Gone(PROFILE_GONE);
        }
        let facts = Facts::new().with("profile_url", &question.profile.given);
        return Finding::Answer { outcome: NO_PROFILE, like: NO_PROFILE, success: Success::Missed, units: 0, facts };
    }
    let inquiry = Inquiry::new(question, scene);
    let outcome = inquiry.verdict.outcome();
    // The documents print a different selection of the fields with each status; the drawn answers have them all.
    Finding::Answer { outcome, like: outcome, success: Success::Found, units: 1, facts: inquiry.facts(question, scene) }
}

fn find_legacy(question: &Question, scene: &Scene) -> Finding {
    // The unversioned routes know a 404 for a route alone.
    if is_nobody(&question.profile) {
        return Finding::missed(Facts::new());
    }
    let inquiry = Inquiry::new(question, scene);
    let changed = inquiry.verdict == Verdict::Changed;
    let facts = Facts::new()
        .with("changed", changed)
        .with("previous_company", (inquiry.verdict != Verdict::Never).then_some(&inquiry.expected.name))
        .with("current_company", inquiry.current().map(|position| &position.company.name));
    let (outcome, like) = if changed { (FOUND_DRAWN, FOUND) } else { (UNCHANGED, UNCHANGED) };
    Finding::Answer { outcome, like, success: Success::Found, units: 1, facts }
}
