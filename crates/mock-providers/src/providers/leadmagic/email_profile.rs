//! The profile of whose address it is.

use http::Method;

use super::State;
use super::edition::{Edition, Era, Product};
use super::errors::{INVALID_FIELD, PROFILE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::question::{Addresses, magic_of_address};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::Magic;

const SUCCESSES: &[Outcome] = &[FOUND, FOUND_DRAWN, NOT_FOUND];

/// At least one of them. Documented: `email` from August 2026 on.
const BODY: &[FieldSpec] = &[optional("work_email", TEXT), optional("personal_email", TEXT), optional("email", TEXT)];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.email-profile.find",
            method: Method::POST,
            paths: &["/v1/people/b2b-profile", "/v1/people/email-to-b2b-profile", "/v1/people/email-to-profile", "/reverse-email"],
            summary: "the profile of whose address it is",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: SUCCESSES,
            refusals: &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, PROFILE_GONE)]),
        },
        handle: answer,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.b2b-profile",
            method: Method::POST,
            paths: &["/b2b-profile"],
            summary: "the profile of whose address it is, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: &[required("work_email", TEXT)],
            successes: SUCCESSES,
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: legacy,
    },
];

const LOOKUP: Lookup<Addresses> = Lookup {
    product: Product::EmailToProfile,
    read: |body| some(Addresses::read(body)).ok_or(&["work_email", "personal_email"]),
    units_max: |_, _| 1,
    find: |addresses, scene| {
        if addresses.first().and_then(magic_of_address) == Some(Magic::Gone) {
            return Finding::Gone(PROFILE_GONE);
        }
        find(addresses, scene, |handle| format!("linkedin.com/in/{handle}"))
    },
};

fn answer(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    if Edition::of(call).era == Era::Contract2026 {
        return Lookup { read: read_any, ..LOOKUP }.answer(call);
    }
    let early = Object::of(call.request).is_ok_and(|body| !body.field("email").is_nullish());
    if early {
        call.lint("unknown-field", "the documents name \"email\" here from August 2026 on; before that it is not read");
    }
    LOOKUP.answer(call)
}

fn legacy(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    Lookup { find: find_legacy, ..LOOKUP }.answer(call)
}

/// Each generation of the unversioned routes prints the address of a profile in its own way, and none lists a 404.
fn find_legacy(addresses: &Addresses, scene: &Scene) -> Finding {
    find(
        addresses,
        scene,
        if scene.edition.era == Era::Legacy2025 {
            |handle| format!("https://www.linkedin.com/in/{handle}/")
        } else {
            |handle| format!("http://www.linkedin.com/in/{handle}")
        },
    )
}

fn find(addresses: &Addresses, scene: &Scene, spelled: fn(&str) -> String) -> Finding {
    let email = addresses.first().unwrap_or_default();
    if matches!(magic_of_address(email), Some(Magic::NotFound | Magic::Gone | Magic::Invalid | Magic::Unknown)) {
        return Finding::missed(Facts::new().with("profile_url", None::<&str>));
    }
    Finding::drawn(1, Facts::new().with("profile_url", spelled(&scene.directory.by_email(email).handle)))
}

/// The newest contract takes an address without saying whether it is one of work.
fn read_any(body: &Object<'_>) -> Result<Addresses, &'static [&'static str]> {
    let mut addresses = Addresses::read(body);
    if addresses.first().is_none() {
        addresses.work = body.text("email").map(|email| email.to_lowercase());
    }
    some(addresses).ok_or(&["work_email", "personal_email", "email"])
}

fn some(addresses: Addresses) -> Option<Addresses> {
    addresses.first().is_some().then_some(addresses)
}
