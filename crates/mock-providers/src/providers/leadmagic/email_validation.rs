//! `POST /v1/people/email-validation`: five findings, and two for what is no address.

use serde::Serialize;

use super::State;
use super::auth;
use super::credits::{charge, require};
use super::errors::{error, unreadable};
use crate::core::body::{Field, Object};
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const VALID: Outcome = Outcome::new("valid", 200);
/// Valid, and the mail server and the company are told.
pub(super) const VALID_ENRICHED: Outcome = Outcome::new("valid_enriched", 200);
pub(super) const VALID_CATCH_ALL: Outcome = Outcome::new("valid_catch_all", 200);
pub(super) const INVALID: Outcome = Outcome::new("invalid", 200);
pub(super) const CATCH_ALL: Outcome = Outcome::new("catch_all", 200);
pub(super) const UNKNOWN: Outcome = Outcome::new("unknown", 200);
pub(super) const NON_COMPLIANT: Outcome = Outcome::new("non_compliant", 200);
pub(super) const MALFORMED: Outcome = Outcome::new("malformed", 200);
pub(super) const MISSING_EMAIL: Outcome = Outcome::new("missing_email", 400);

pub(super) const BODY: &[FieldSpec] = &[required("email", TEXT), optional("first_name", TEXT), optional("last_name", TEXT)];

/// What was found about an address. Documented: v1-1.4.34, the table of statuses, messages and prices.
struct Finding {
    outcome: Outcome,
    status: &'static str,
    message: &'static str,
    paid: bool,
}

const FINDINGS: [Finding; 7] = [
    Finding { outcome: VALID, status: "valid", message: "Email is valid.", paid: true },
    Finding {
        outcome: VALID_CATCH_ALL,
        status: "valid_catch_all",
        message: "Email is valid (catch-all domain with engagement data).",
        paid: true,
    },
    Finding { outcome: INVALID, status: "invalid", message: "Email is invalid.", paid: true },
    Finding {
        outcome: CATCH_ALL,
        status: "catch_all",
        message: "Domain accepts all emails (catch-all). Unable to verify specific address.",
        paid: false,
    },
    Finding { outcome: UNKNOWN, status: "unknown", message: "Unable to determine email validity.", paid: false },
    Finding { outcome: NON_COMPLIANT, status: "invalid", message: "Email is invalid (RFC non-compliant format).", paid: true },
    Finding { outcome: MALFORMED, status: "invalid", message: "Email is invalid (malformed address).", paid: true },
];

/// Addresses whose local part asks for a finding, whatever stands after a plus sign.
const MAGIC_LOCAL_PARTS: [(&str, Outcome); 4] =
    [("invalid", INVALID), ("catch-all", CATCH_ALL), ("valid-catch-all", VALID_CATCH_ALL), ("unknown", UNKNOWN)];

/// The addresses of the documents' own examples, with their findings.
const DOCUMENTED: [(&str, Outcome); 2] = [("nobody@company.com", INVALID), ("jane@slow.example", UNKNOWN)];

/// Documented: v1-1.4.34, fields in printed order. What is not known about an address is left out.
#[derive(Serialize)]
struct Validation<'a> {
    email: &'a str,
    email_status: &'static str,
    credits_consumed: Credits,
    message: &'static str,
    #[serde(flatten)]
    known: Option<&'static Known>,
}

/// Mail server and company of an address that the documents print.
#[derive(Serialize)]
struct Known {
    mx_record: &'static str,
    mx_provider: &'static str,
    mx_security_gateway: bool,
    company_name: &'static str,
    company_industry: &'static str,
    company_size: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    founding: Option<Founding>,
    company_profile_url: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
}

#[derive(Serialize)]
struct Founding {
    company_founded: u16,
    company_location: Location,
}

#[derive(Serialize)]
struct Location {
    name: &'static str,
    locality: &'static str,
    region: &'static str,
    metro: &'static str,
    country: &'static str,
    continent: &'static str,
    street_address: &'static str,
    address_line_2: Option<&'static str>,
    postal_code: &'static str,
    geo: &'static str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the document's")]
struct Profile {
    company_profile_id: &'static str,
    company_facebook_url: &'static str,
    company_twitter_url: &'static str,
    company_type: &'static str,
}

/// The two addresses whose whole answer is printed.
static KNOWN: [(&str, Known); 2] = [
    (
        "john@company.com",
        Known {
            mx_record: "aspmx.l.google.com",
            mx_provider: "Google Workspace",
            mx_security_gateway: false,
            company_name: "Company Inc",
            company_industry: "Technology",
            company_size: "51-200",
            founding: None,
            company_profile_url: "https://www.linkedin.com/company/company-inc",
            profile: None,
        },
    ),
    (
        "jesse@leadmagic.io",
        Known {
            mx_record: "aspmx.l.google.com",
            mx_provider: "Google Workspace",
            mx_security_gateway: false,
            company_name: "Leadmagic",
            company_industry: "",
            company_size: "11-50",
            founding: Some(Founding {
                company_founded: 2022,
                company_location: Location {
                    name: "boston, massachusetts, united states",
                    locality: "boston",
                    region: "massachusetts",
                    metro: "boston, massachusetts",
                    country: "united states",
                    continent: "north america",
                    street_address: "1 seaport lane",
                    address_line_2: None,
                    postal_code: "02210",
                    geo: "42.35,-71.06",
                },
            }),
            company_profile_url: "leadmagichq",
            profile: Some(Profile {
                company_profile_id: "75153174",
                company_facebook_url: "",
                company_twitter_url: "",
                company_type: "private",
            }),
        },
    ),
];

pub(super) fn check(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = auth::key(call)?;
    let object = Object::of(call.request).map_err(unreadable)?;
    let email = match object.field("email") {
        Field::Text(text) if !text.trim().is_empty() => text.trim().to_lowercase(),
        Field::Absent => return Err(error(MISSING_EMAIL, "VALIDATION_ERROR", "The email field is required but was not provided.")),
        _ => return Err(error(MISSING_EMAIL, "VALIDATION_ERROR", "Email format is invalid. Expected format: user@domain.com")),
    };
    call.lint_unknown_fields(&object);
    let price = Credits::hundredths(5);
    require(call, &key, price)?;
    let finding = finding(&email);
    let consumed = if finding.paid { price } else { Credits::ZERO };
    charge(call, &key, consumed);
    let known = KNOWN.iter().find(|(address, _)| *address == email).map(|(_, known)| known);
    Ok(Reply::json(
        if known.is_some() { VALID_ENRICHED } else { finding.outcome },
        &Validation { email: &email, email_status: finding.status, credits_consumed: consumed, message: finding.message, known },
    ))
}

fn finding(email: &str) -> &'static Finding {
    let outcome = outcome(email);
    FINDINGS.iter().find(|finding| finding.outcome == outcome).expect("every outcome has its row")
}

fn outcome(email: &str) -> Outcome {
    let Some((local, domain)) = email.rsplit_once('@') else { return MALFORMED };
    if !is_compliant(local, domain) {
        return NON_COMPLIANT;
    }
    if let Some((_, outcome)) = DOCUMENTED.iter().find(|(address, _)| *address == email) {
        return *outcome;
    }
    let word = local.split('+').next().unwrap_or_default().replace('_', "-");
    MAGIC_LOCAL_PARTS.iter().find(|(magic, _)| *magic == word).map_or(VALID, |(_, outcome)| *outcome)
}

/// The documents' list of syntax failures: illegal character, no domain, double dots, no top-level domain.
fn is_compliant(local: &str, domain: &str) -> bool {
    let legal_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let legal_domain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let dotted = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    dotted(local) && dotted(domain) && domain.contains('.') && local.chars().all(legal_local) && domain.chars().all(legal_domain)
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
            ("johncompany.com", MALFORMED),
        ] {
            assert_eq!(outcome(email), expected, "{email}");
        }
    }
}
