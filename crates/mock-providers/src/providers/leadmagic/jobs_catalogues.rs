//! What the numbers in job filters mean: countries, regions, job types, company types, industries.
//!
//! The lists are what each page prints, some of them visibly cut short there; filters take more than the pages show.

use http::Method;

use super::State;
use super::account::with_balance;
use super::auth::{FREE_REFUSALS, well};
use crate::core::credits::Credits;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::{Provider, evidence};

const LISTED: Outcome = Outcome::new("listed", 200);

const fn catalogue(id: &'static str, paths: &'static [&'static str], summary: &'static str) -> Operation<State> {
    Operation {
        spec: Spec {
            id,
            method: Method::GET,
            paths,
            summary,
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[LISTED],
            refusals: FREE_REFUSALS,
        },
        handle: list,
    }
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    catalogue("leadmagic.jobs.countries", &["/v1/jobs/countries", "/v1/reference/job-country"], "ids of countries for the jobs finder"),
    catalogue("leadmagic.jobs.regions", &["/v1/jobs/regions", "/v1/reference/job-regions"], "ids of regions for the jobs finder"),
    catalogue(
        "leadmagic.jobs.job-types",
        &["/v1/jobs/job-types", "/v1/jobs/types", "/v1/reference/job-types"],
        "ids of job types for the jobs finder",
    ),
    catalogue(
        "leadmagic.jobs.company-types",
        &["/v1/jobs/company-types", "/v1/reference/job-company-types"],
        "ids of company types for the jobs finder",
    ),
    catalogue("leadmagic.jobs.industries", &["/v1/jobs/industries", "/v1/reference/job-industry"], "ids of industries for the jobs finder"),
    catalogue("leadmagic.legacy.job-country", &["/job-country"], "ids of countries, by the unversioned route"),
    catalogue("leadmagic.legacy.job-types", &["/job-types"], "ids of job types, by the unversioned route"),
];

/// The list of the document that decides in the world's revision. It is data, and nothing that a client does changes it.
fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let printed = evidence::of(Provider::Leadmagic, call.revision, Some(call.spec.id), LISTED.name).expect("every outcome has a fixture");
    Ok(with_balance(call, key, Credits::ZERO, Reply::text(LISTED, printed.compact_body())))
}
