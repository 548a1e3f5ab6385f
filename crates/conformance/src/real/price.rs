//! The highest documented price of a call, in the provider's own credits.
//!
//! It is an upper bound: the generations of documents disagree, and the dearest counts; what is paid by the row is counted
//! with as many rows as the request may ask for. A paid operation without a price here is never called.

use mock_providers::core::fields::Kind;
use mock_providers::core::operation::{Effect, Spec};
use rust_decimal::Decimal;
use serde_json::Value;

/// Hundredths of a credit.
enum Price {
    Call(i64),
    /// By the row, and never less than the second number for the call.
    Row(i64, i64),
}

use Price::{Call, Row};

/// What the operation's id ends in or is, and what it costs. Of two that fit, the longer counts.
///
/// Documented: the price tables of the four generations of `LeadMagic`; `SendPilot`'s sample of an extraction, two credits a lead;
/// Magnetite's refusal for want of credits.
const PRICES: &[(&str, Price)] = &[
    ("magnetite.generation.start", Call(100)),
    ("magnetite.project-generation.start", Call(100)),
    ("sendpilot.searches.create", Row(100, 100)),
    ("sendpilot.extractions.create", Row(200, 200)),
    ("leadmagic.email-validation.check", Call(100)),
    ("leadmagic.legacy.email-validate", Call(100)),
    ("leadmagic.email-finder.find", Call(100)),
    ("leadmagic.legacy.email-finder", Call(100)),
    ("leadmagic.personal-email.find", Call(200)),
    ("leadmagic.legacy.personal-email-finder", Call(200)),
    ("leadmagic.profile-email.find", Call(500)),
    ("leadmagic.legacy.b2b-social-email", Call(500)),
    ("leadmagic.email-profile.find", Call(1000)),
    ("leadmagic.legacy.b2b-profile", Call(1000)),
    ("leadmagic.mobile.find", Call(500)),
    ("leadmagic.legacy.mobile-finder", Call(500)),
    ("leadmagic.profile-search.find", Call(100)),
    ("leadmagic.legacy.profile-search", Call(100)),
    ("leadmagic.role-finder.find", Call(200)),
    ("leadmagic.legacy.role-finder", Call(200)),
    ("leadmagic.employee-finder.list", Row(5, 100)),
    ("leadmagic.legacy.employee-finder", Row(5, 100)),
    ("leadmagic.job-change-detector.check", Call(300)),
    ("leadmagic.legacy.job-change-detector", Call(300)),
    ("leadmagic.company-search.find", Call(100)),
    ("leadmagic.legacy.company-search", Call(100)),
    ("leadmagic.company-funding.find", Call(400)),
    ("leadmagic.legacy.company-funding", Call(400)),
    ("leadmagic.competitors-search.find", Call(500)),
    ("leadmagic.legacy.competitors-search", Call(500)),
    ("leadmagic.technographics.find", Call(100)),
    ("leadmagic.legacy.technographics", Call(100)),
    ("leadmagic.jobs-finder.search", Row(100, 100)),
    ("leadmagic.legacy.jobs-finder", Row(100, 100)),
    ("leadmagic.google-ads.search", Row(100, 100)),
    ("leadmagic.legacy.google-searchads", Row(100, 100)),
    ("leadmagic.meta-ads.search", Row(100, 100)),
    ("leadmagic.legacy.meta-searchads", Row(100, 100)),
    ("leadmagic.b2b-ads.search", Row(100, 100)),
    ("leadmagic.legacy.b2b-searchads", Row(100, 100)),
    ("leadmagic.b2b-ads.details", Call(200)),
    ("leadmagic.legacy.b2b-ad-details", Call(200)),
    // A person, and the address and the number that may come with it.
    ("leadmagic.people.search", Row(700, 700)),
    ("leadmagic.companies.search", Row(100, 100)),
    ("leadmagic.companies.lookalike", Call(500)),
    ("leadmagic.jobs.search", Row(100, 100)),
    ("leadmagic.jobs.export", Row(100, 100)),
];

/// Fields that say how many rows are wanted.
const ROW_FIELDS: [&str; 4] = ["limit", "per_page", "page_size", "size"];
/// Where neither the request nor the operation's table bounds the rows. The largest page that any document names.
const ROWS_MAX: i64 = 10_000;

/// The most that a call with this body can cost; none when no document lets us say.
pub(super) fn most(spec: &Spec, body: &[u8]) -> Option<Decimal> {
    let price = PRICES.iter().find(|(id, _)| *id == spec.id).map(|(_, price)| price);
    match price {
        None if spec.effect == Effect::PaidRead => None,
        None => Some(Decimal::ZERO),
        Some(Call(hundredths)) => Some(Decimal::new(*hundredths, 2)),
        Some(Row(hundredths, least)) => {
            let rows = rows(spec, body);
            Some(Decimal::new(hundredths.checked_mul(rows)?.max(*least), 2))
        }
    }
}

/// The rows that a request may get. A number that the request does not give, or not as a whole number, counts as the largest.
fn rows(spec: &Spec, body: &[u8]) -> i64 {
    let asked: Option<Value> = serde_json::from_slice(body).ok();
    let given = |name: &str| asked.as_ref().and_then(|asked| asked.get(name)).and_then(Value::as_i64).filter(|rows| *rows > 0);
    // Two fields of one name are read in more than one way.
    let once = |name: &str| String::from_utf8_lossy(body).matches(&format!("\"{name}\"")).count() == 1;
    let largest = |name: &str| {
        let max = spec.body.iter().find(|field| field.name == name).map(|field| match field.kind {
            Kind::Integer { max, .. } => max.min(ROWS_MAX),
            _ => ROWS_MAX,
        });
        max.unwrap_or(ROWS_MAX)
    };
    let known: Vec<&str> = ROW_FIELDS.into_iter().filter(|name| spec.body.iter().any(|field| field.name == *name)).collect();
    let wanted = known.iter().filter_map(|name| given(name).filter(|_| once(name)).map(|rows| rows.min(largest(name))));
    // One field that bounds the rows is enough; without any, the table's own bound.
    wanted.max().unwrap_or_else(|| known.iter().map(|name| largest(name)).max().unwrap_or(ROWS_MAX))
}

#[cfg(test)]
mod tests {
    use mock_providers::providers::Provider;

    use super::*;

    fn price(id: &str, body: &str) -> String {
        let (_, spec) = Provider::operation(id).unwrap();
        most(spec, body.as_bytes()).unwrap().normalize().to_string()
    }

    #[test]
    fn every_paid_operation_has_a_highest_price() {
        let without = |spec: &&Spec| spec.effect == Effect::PaidRead && most(spec, b"").is_none_or(|price| price <= Decimal::ZERO);
        let missing: Vec<&str> = Provider::ALL.iter().flat_map(|p| p.operations()).filter(without).map(|spec| spec.id).collect();
        assert_eq!(missing, [""; 0]);
        let unknown: Vec<&str> = PRICES.iter().map(|(id, _)| *id).filter(|id| Provider::operation(id).is_none()).collect();
        assert_eq!(unknown, [""; 0]);
    }

    #[test]
    fn a_price_by_the_row_is_counted_with_the_most_rows() {
        assert_eq!(price("leadmagic.email-validation.check", "{}"), "1");
        assert_eq!(price("sendpilot.extractions.create", r#"{"limit": 100}"#), "200");
        assert_eq!(price("sendpilot.searches.create", r#"{"limit": 100}"#), "100");
        assert_eq!(price("sendpilot.searches.create", r#"{"limit": "100"}"#), "10000");
        assert_eq!(price("sendpilot.searches.create", r#"{"limit": 1, "limit": 500}"#), "10000");
        assert_eq!(price("leadmagic.credits.get", ""), "0");
    }
}
