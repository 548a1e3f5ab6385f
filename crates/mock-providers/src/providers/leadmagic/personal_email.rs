//! The private address of whose profile it is.

use http::Method;

use super::State;
use super::edition::Product;
use super::email_validation::is_address;
use super::errors::{INVALID_FIELD, PROFILE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::question::Profile;
use super::shape::Facts;
use crate::core::fields::{FieldSpec, TEXT, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::Magic;

const SUCCESSES: &[Outcome] = &[FOUND, FOUND_DRAWN, NOT_FOUND];

const BODY: &[FieldSpec] = &[required("profile_url", TEXT)];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.personal-email.find",
            method: Method::POST,
            paths: &["/v1/people/personal-email-finder", "/v1/emails/personal"],
            summary: "the private address of whose profile it is",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: SUCCESSES,
            refusals: &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, PROFILE_GONE)]),
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.personal-email-finder",
            method: Method::POST,
            paths: &["/personal-email-finder"],
            summary: "the private address of whose profile it is, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: SUCCESSES,
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: legacy,
    },
];

const LOOKUP: Lookup<Profile> = Lookup {
    product: Product::PersonalEmailFinder,
    read: Profile::read,
    units_max: |_, _| 1,
    find: |profile, scene| if profile.magic() == Some(Magic::Gone) { Finding::Gone(PROFILE_GONE) } else { find(profile, scene) },
};

fn legacy(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    Lookup { find, ..LOOKUP }.answer(call)
}

fn find(profile: &Profile, scene: &Scene) -> Finding {
    // The profile is told back as it was asked for.
    let facts = Facts::new().with("profile_url", &profile.given);
    let person = scene.directory.by_profile(&profile.handle);
    let email = person.personal_email();
    if matches!(profile.magic(), Some(Magic::NotFound | Magic::Gone)) || !is_address(&email) {
        return Finding::missed(facts.with("personal_email", None::<&str>).with("status", "not_found"));
    }
    let facts = facts
        .with("name", person.full_name())
        .with("personal_email", &email)
        .with("first_personal_email", &email)
        .with("personal_emails", [&email])
        .with("status", "found");
    Finding::drawn(1, facts)
}
