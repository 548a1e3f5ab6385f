//! Whether an address takes mail: five findings, and two for what is no address.

use http::Method;

use super::State;
use super::account::Success;
use super::edition::{Edition, Era, Product};
use super::errors::{INVALID_FIELD, lookup_refusals};
use super::lookup::{Finding, Lookup, Scene};
use super::shape::Facts;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{City, Company, Magic};

/// Valid, with mail server and company drawn from the directory.
const VALID: Outcome = Outcome::new("valid", 200);
/// Valid, and a document prints mail server and company.
const VALID_ENRICHED: Outcome = Outcome::new("valid_enriched", 200);
const VALID_CATCH_ALL: Outcome = Outcome::new("valid_catch_all", 200);
const INVALID: Outcome = Outcome::new("invalid", 200);
const CATCH_ALL: Outcome = Outcome::new("catch_all", 200);
const UNKNOWN: Outcome = Outcome::new("unknown", 200);
const NON_COMPLIANT: Outcome = Outcome::new("non_compliant", 200);
const MALFORMED: Outcome = Outcome::new("malformed", 200);

const SUCCESSES: &[Outcome] = &[VALID, VALID_ENRICHED, VALID_CATCH_ALL, INVALID, CATCH_ALL, UNKNOWN, NON_COMPLIANT, MALFORMED];

const REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

const BODY: &[FieldSpec] = &[required("email", TEXT), optional("first_name", TEXT), optional("last_name", TEXT)];

const LOOKUP: Lookup<String> = Lookup {
    product: Product::EmailValidation,
    read: |body| body.text("email").map(|email| email.to_lowercase()).ok_or(&["email"]),
    units_max: |_, _| 1,
    find,
};

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.email-validation.check",
            method: Method::POST,
            paths: &[
                "/v1/people/email-validation",
                "/v1/email-validation",
                "/v1/emails/validate",
                "/v1/email/verify",
                "/verify-email",
                "/validate-email",
            ],
            summary: "whether an address takes mail, and whose it is",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: SUCCESSES,
            refusals: REFUSALS,
        },
        handle: check,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.email-validate",
            method: Method::POST,
            paths: &["/email-validate"],
            summary: "whether an address takes mail, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: SUCCESSES,
            refusals: REFUSALS,
        },
        handle: check,
    },
];

fn check(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    LOOKUP.answer(call)
}

/// What was found about an address. Documented: v1-1.4.34, the table of statuses, messages and prices.
struct Row {
    outcome: Outcome,
    status: &'static str,
    message: &'static str,
    paid: bool,
}

const ROWS: [Row; 7] = [
    Row { outcome: VALID, status: "valid", message: "Email is valid.", paid: true },
    Row {
        outcome: VALID_CATCH_ALL,
        status: "valid_catch_all",
        message: "Email is valid (catch-all domain with engagement data).",
        paid: true,
    },
    Row { outcome: INVALID, status: "invalid", message: "Email is invalid.", paid: true },
    Row {
        outcome: CATCH_ALL,
        status: "catch_all",
        message: "Domain accepts all emails (catch-all). Unable to verify specific address.",
        paid: false,
    },
    Row { outcome: UNKNOWN, status: "unknown", message: "Unable to determine email validity.", paid: false },
    Row { outcome: NON_COMPLIANT, status: "invalid", message: "Email is invalid (RFC non-compliant format).", paid: true },
    Row { outcome: MALFORMED, status: "invalid", message: "Email is invalid (malformed address).", paid: true },
];

/// Addresses that documents give a finding without printing the whole answer.
const DESCRIBED: [(&str, Outcome); 3] =
    [("nobody@company.com", INVALID), ("jane@slow.example", UNKNOWN), ("jane@catchall.example", CATCH_ALL)];

fn find(email: &String, scene: &Scene) -> Finding {
    let later = matches!(scene.edition.era, Era::April2026 | Era::Contract2026);
    let outcome = match outcome(email) {
        // From April 2026 on there are three statuses, and a host that takes everything is unknown.
        CATCH_ALL | VALID_CATCH_ALL if later => UNKNOWN,
        other => other,
    };
    let row = ROWS.iter().find(|row| row.outcome == outcome).expect("every outcome has its row");
    // A slip of syntax is charged until 1.4.34, and free from April 2026 on.
    let paid = row.paid && !(later && [NON_COMPLIANT, MALFORMED].contains(&outcome));
    let facts = Facts::new().with("email", email).with("email_status", row.status).with("message", row.message);
    let (like, facts) = if outcome == VALID {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let company = scene.directory.company(domain);
        // The seed's sibling page has other names for the same.
        let facts = facts
            .with("status", row.status)
            .with("domain", &company.domain)
            .with("company.name", &company.name)
            .with("company.domain", &company.domain)
            .with("company.linkedin_url", format!("https://linkedin.com/company/{}", company.handle));
        (VALID_ENRICHED, company_block(facts, &company, scene.edition))
    } else {
        (outcome, facts)
    };
    let success = if outcome == UNKNOWN { Success::Missed } else { Success::Found };
    Finding::Answer { outcome, like, success, units: u64::from(paid), facts }
}

/// Mail server and company in every spelling that an edition prints.
pub(super) fn company_block(facts: Facts, company: &Company, edition: &Edition) -> Facts {
    let lower = edition.era != Era::April2026 && edition.era != Era::Contract2026;
    let City { city, region, country, continent, postal_code, .. } = company.place;
    let spelled = |text: &str| if lower { text.to_lowercase() } else { text.to_owned() };
    facts
        .with("is_domain_catch_all", false)
        .with("mx_record", format!("mx1.{}", company.domain))
        .with("mx_provider", "Google Workspace")
        .with("mx_security_gateway", false)
        .with("company_name", &company.name)
        .with("company_industry", company.industry)
        .with("company_size", company.size)
        .with("company_founded", company.founded)
        .with("company_location.name", spelled(&format!("{city}, {region}, {country}")))
        .with("company_location.locality", spelled(city))
        .with("company_location.region", spelled(region))
        .with("company_location.metro", spelled(city))
        .with("company_location.country", spelled(country))
        .with("company_location.continent", spelled(continent))
        .with("company_location.street_address", spelled(&format!("{} main street", 1 + company.number % 900)))
        .with("company_location.address_line_2", None::<&str>)
        .with("company_location.postal_code", postal_code)
        .with("company_location.geo", None::<&str>)
        .with("company_profile_url", &company.handle)
        .with("company_profile_id", company.number.to_string())
        .with("company_linkedin_url", format!("linkedin.com/company/{}", company.handle))
        .with("company_linkedin_id", company.number.to_string())
        .with("company_facebook_url", None::<&str>)
        .with("company_twitter_url", None::<&str>)
        .with("company_type", spelled("Private"))
}

fn outcome(email: &str) -> Outcome {
    let Some((local, domain)) = email.rsplit_once('@') else { return MALFORMED };
    if !is_compliant(local, domain) {
        return NON_COMPLIANT;
    }
    if let Some((_, outcome)) = DESCRIBED.iter().find(|(address, _)| *address == email) {
        return *outcome;
    }
    // A host may be asked for by its first label as well, as the finder of addresses takes it.
    match Magic::of(local).or_else(|| Magic::of(domain.split('.').next().unwrap_or_default())) {
        Some(Magic::Invalid | Magic::NotFound) => INVALID,
        Some(Magic::CatchAll) => CATCH_ALL,
        Some(Magic::ValidCatchAll) => VALID_CATCH_ALL,
        Some(Magic::Unknown) => UNKNOWN,
        _ => VALID,
    }
}

/// Whether a text is an address by the documents' rules of syntax.
pub(super) fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| is_compliant(local, domain))
}

/// The documents' list of syntax failures: illegal character, no domain, double dots, no top-level domain.
fn is_compliant(local: &str, domain: &str) -> bool {
    let legal_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let legal_domain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let dotted = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    let labels = || domain.split('.').all(|label| !label.starts_with('-') && !label.ends_with('-'));
    let top_level = || domain.rsplit('.').next().is_some_and(|label| label.chars().any(char::is_alphabetic));
    let short_enough = local.chars().count() <= 64 && domain.chars().count() <= 255;
    short_enough
        && labels()
        && top_level()
        && dotted(local)
        && dotted(domain)
        && domain.contains('.')
        && local.chars().all(legal_local)
        && domain.chars().all(legal_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_the_documents_say() {
        for (email, expected) in [
            ("test@example.com", VALID),
            ("invalid@example.com", INVALID),
            ("invalid+7@example.com", INVALID),
            ("catch_all@example.com", CATCH_ALL),
            ("valid-catch-all@example.com", VALID_CATCH_ALL),
            ("unknown@example.com", UNKNOWN),
            ("john..doe@company.com", NON_COMPLIANT),
            ("a b@company.com", NON_COMPLIANT),
            ("a@b@company.com", NON_COMPLIANT),
            ("john@company", NON_COMPLIANT),
            ("@company.com", NON_COMPLIANT),
            ("john@", NON_COMPLIANT),
            ("a@-b.com", NON_COMPLIANT),
            ("a@1.2.3.4", NON_COMPLIANT),
            ("johncompany.com", MALFORMED),
        ] {
            assert_eq!(outcome(email), expected, "{email}");
        }
    }
}
