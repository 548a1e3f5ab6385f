//! What a company's site is built with: rows with their category, plain names by the unversioned route, and a bare list in
//! what one client noted.

use std::collections::BTreeMap;

use http::Method;

use super::State;
use super::company::{Asked, Route, absent, several};
use super::edition::Product;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, required};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};

const BODY: &[FieldSpec] = &[required("company_domain", TEXT)];

const LOOKUP: Lookup<Asked> =
    Lookup { product: Product::Technographics, read, units_max: |_, _| 1, find: |asked, scene| find(asked, scene, Route::Versioned) };

const UNVERSIONED: Lookup<Asked> = Lookup { find: |asked, scene| find(asked, scene, Route::Unversioned), ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.technographics.find",
            method: Method::POST,
            paths: &[
                "/v1/companies/technographics",
                "/v1/companies/company-technographics",
                "/v1/technographics",
                "/company-tech",
                "/technology",
            ],
            summary: "what a company's site is built with",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, RESOURCE_GONE)]),
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.technographics",
            method: Method::POST,
            paths: &["/technographics"],
            summary: "what a company's site is built with, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: |call| UNVERSIONED.answer(call),
    },
];

#[derive(Clone, Copy, Debug)]
struct Technology {
    name: &'static str,
    category: &'static str,
    website: &'static str,
    description: &'static str,
    /// What belongs to it.
    parts: &'static [&'static str],
}

const fn technology(
    name: &'static str,
    category: &'static str,
    website: &'static str,
    description: &'static str,
    parts: &'static [&'static str],
) -> Technology {
    Technology { name, category, website, description, parts }
}

const TECHNOLOGIES: [Technology; 16] = [
    technology("Matomo", "Analytics", "matomo.org", "Web analytics", &["Matomo Tag Manager"]),
    technology("Fastly", "CDN", "fastly.com", "Content delivery network", &[]),
    technology("Vue.js", "JavaScript Framework", "vuejs.org", "JavaScript framework", &["Vue Router"]),
    technology("nginx", "Web Server", "nginx.org", "Web server", &[]),
    technology("WordPress", "CMS", "wordpress.org", "Content management system", &["WooCommerce"]),
    technology("HubSpot", "Marketing Automation", "hubspot.com", "Marketing automation", &["HubSpot Forms"]),
    technology("Zendesk", "Customer Support", "zendesk.com", "Help desk", &["Zendesk Chat"]),
    technology("Plausible", "Analytics", "plausible.io", "Web analytics without cookies", &[]),
    technology("Akamai", "CDN", "akamai.com", "Content delivery network", &[]),
    technology("Svelte", "JavaScript Framework", "svelte.dev", "JavaScript framework", &["SvelteKit"]),
    technology("Caddy", "Web Server", "caddyserver.com", "Web server", &[]),
    technology("Ghost", "CMS", "ghost.org", "Publishing platform", &[]),
    technology("Mailchimp", "Marketing Automation", "mailchimp.com", "Newsletters", &["Mailchimp Forms"]),
    technology("Intercom", "Customer Support", "intercom.com", "Customer messaging", &[]),
    technology("Braintree", "Payments", "braintreepayments.com", "Card payments", &[]),
    technology("Redis", "Database", "redis.io", "In-memory data store", &[]),
];

fn read(body: &Object<'_>) -> Result<Asked, &'static [&'static str]> {
    Asked::domain(body, "company_domain").ok_or(&["company_domain"])
}

fn find(asked: &Asked, scene: &Scene, route: Route) -> Finding {
    let domain = asked.company(scene.directory).domain;
    if let Some(absent) = absent(asked.magic(), route) {
        return match absent {
            Finding::Gone(outcome) => Finding::Gone(outcome),
            Finding::Answer { .. } => Finding::missed(Facts::new().with("company_domain", domain)),
        };
    }
    let dice = scene.directory.dice(&format!("technologies of {domain}"));
    let wanted = usize::try_from(3 + dice.pick("how many", 6)).unwrap_or(3);
    let technologies = several(dice, "technologies", &TECHNOLOGIES, wanted);
    // One client noted a bare list, without a price.
    if scene.edition.label == "client-observed-2026" && route == Route::Versioned {
        return Finding::drawn(1, Facts::new().each("", technologies.iter().map(noted_row).collect()));
    }
    let mut categories: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for technology in &technologies {
        categories.entry(technology.category).or_default().push(technology.name);
    }
    let facts = Facts::new().with("company_domain", domain).with("categories", categories);
    Finding::drawn(
        1,
        match route {
            Route::Versioned => facts.each("technologies", technologies.iter().map(row).collect()),
            Route::Unversioned => facts.with("technologies", technologies.iter().map(|t| t.name).collect::<Vec<&str>>()),
        },
    )
}

fn row(technology: &Technology) -> Facts {
    Facts::new().with("name", technology.name).with("category", technology.category).with("website", technology.website)
}

fn noted_row(technology: &Technology) -> Facts {
    Facts::new()
        .with("name", technology.name)
        .with("description", technology.description)
        .with("categories", [technology.category])
        .with("sub_technologies", technology.parts)
}
