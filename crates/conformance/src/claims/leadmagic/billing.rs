//! What each call costs: a hit its price, a miss and a refusal nothing.

use rust_decimal::Decimal;
use serde_json::json;

use super::{EARLY, LIMITS, PAGES, UNKNOWN, VALID, balance, costs, find_at, hundredths, refused, same, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    [charges(), prices()].concat()
}

/// When something is charged, and what tells of it.
fn charges() -> Vec<Case> {
    [
        claim(
            "leadmagic.email-validation.check",
            "a-valid-address-is-charged-once",
            "A valid address costs what the answer says, and the balance falls by that.",
        )
        .derived("https://leadmagic.io/docs/reference/email-validation")
        .needs([Need::World])
        .under(&["seed", "v1-1.4.34", "v1-2026-04"])
        .checked_by(a_valid_address_is_charged_once),
        claim(
            "leadmagic.email-validation.check",
            "what-cannot-be-told-is-free",
            "An address of which nothing certain can be told costs nothing.",
        )
        .documented("docs.leadmagic.io, Email Validation (public copy)")
        .needs([Need::World])
        .under(EARLY)
        .checked_by(what_cannot_be_told_is_free),
        claim("leadmagic.any", "a-refused-request-is-free", "A request that is refused with 400 or 404 takes nothing from the balance.")
            .derived(PAGES)
            .effect(Effect::PaidRead)
            .needs([Need::World])
            .checked_by(a_refused_request_is_free),
        claim(
            "leadmagic.email-validation.check",
            "a-thousand-calls-leave-no-drift",
            "A thousand valid addresses take exactly 50 credits, and none of the balances between has a fraction too long.",
        )
        .derived("docs.leadmagic.io, Email Validation (public copy)")
        .needs([Need::World])
        .checked_by(a_thousand_calls_leave_no_drift),
        claim(
            "leadmagic.email-finder.find",
            "the-same-question-is-charged-again",
            "The same question has the same answer and is charged again.",
        )
        .assumed("no document speaks of idempotency or of free repeats, and the vendor warns that a request that timed out may be charged")
        .needs([Need::World])
        .checked_by(the_same_question_is_charged_again),
        claim(
            "leadmagic.email-finder.find",
            "headers-tell-price-and-balance",
            "X-Credits-Cost is what the answer says that it cost, and X-Credits-Remaining the balance after it, with two decimals.",
        )
        .derived(LIMITS)
        .needs([Need::World])
        .checked_by(headers_tell_price_and_balance),
    ]
    .concat()
}

/// How much each product charges.
fn prices() -> Vec<Case> {
    [
        claim(
            "leadmagic.email-validation.check",
            "a-validation-costs-a-quarter",
            "From April 2026 on a valid and an invalid address cost 0.25, and one that breaks the rules of syntax nothing.",
        )
        .documented("https://leadmagic.mintlify.app/v1/reference/email-validation")
        .needs([Need::World])
        .under(&["v1-2026-04"])
        .checked_by(a_validation_costs_a_quarter),
        claim("leadmagic.any", "a-hit-costs-the-price-of-its-page", "What is found costs the price that the product's page names.")
            .documented(PAGES)
            .effect(Effect::PaidRead)
            .needs([Need::World])
            .under(EARLY)
            .checked_by(|trial| PRODUCTS.iter().try_for_each(|product| costs(trial, &product.hit(), hundredths(product.price)).map(drop))),
        claim("leadmagic.any", "a-miss-is-free", "What is not found is answered with 200 and costs nothing, whatever the product.")
            .documented(PAGES)
            .effect(Effect::PaidRead)
            .needs([Need::World])
            .under(&["seed", "v1-1.4.34", "v1-2026-04"])
            .checked_by(|trial| PRODUCTS.iter().try_for_each(|product| costs(trial, &product.miss(), Decimal::ZERO).map(drop))),
        claim("leadmagic.jobs-finder.search", "each-row-costs-a-credit", "A page of postings costs a credit for each row that it has.")
            .documented("public copy of the documentation, 'Jobs - Jobs Finder'")
            .needs([Need::World])
            .checked_by(each_row_costs_a_credit),
        claim(
            "leadmagic.employee-finder.list",
            "twenty-rows-cost-a-credit",
            "An employee costs 0.05, so that a list of default length costs 1.",
        )
        .documented("public copy of the documentation, 'People - Employee Finder'")
        .needs([Need::World])
        .checked_by(twenty_rows_cost_a_credit),
        claim(
            "leadmagic.job-change-detector.check",
            "every-verdict-is-charged",
            "The check of a job costs 3, whether the person moved, stayed or never worked there.",
        )
        .documented("public copy of the documentation, 'Contact - Job Change Detector'")
        .needs([Need::World])
        .under(&["seed", "v1-1.4.34", "v1-2026-04"])
        .checked_by(every_verdict_is_charged),
        claim(
            "leadmagic.people.search",
            "each-person-is-charged",
            "A search costs by the person: 0.05 on the first pages, 1 on the later ones, where contact details cost 6 more.",
        )
        .documented("https://leadmagic.io/v1/reference/people-search")
        .needs([Need::World])
        .under(&["v3-2026-a", "v3-2026-b"])
        .checked_by(each_person_is_charged),
        claim(
            "leadmagic.companies.lookalike",
            "companies-alike-cost-five-together",
            "Companies alike cost 5 together, however many there are, and nothing if there is none.",
        )
        .derived("v3-2026-b, list of endpoints")
        .needs([Need::World])
        .checked_by(companies_alike_cost_five_together),
    ]
    .concat()
}

/// A product as it is asked for: something found, something not found, and the price of the former in hundredths.
struct Product {
    path: &'static str,
    hit: &'static str,
    miss: &'static str,
    price: i64,
}

impl Product {
    fn hit(&self) -> Ask {
        self.ask(self.hit)
    }

    fn miss(&self) -> Ask {
        self.ask(self.miss)
    }

    fn ask(&self, body: &'static str) -> Ask {
        Ask::new("POST", self.path).header("Content-Type", "application/json").bytes(body)
    }
}

const fn product(path: &'static str, hit: &'static str, miss: &'static str, price: i64) -> Product {
    Product { path, hit, miss, price }
}

const JANE: &str = r#"{"profile_url":"linkedin.com/in/jane-doe-at-acme_example"}"#;
const NOBODY: &str = r#"{"profile_url":"linkedin.com/in/not-found"}"#;
const ACME: &str = r#"{"company_domain":"acme.example"}"#;
const NOWHERE: &str = r#"{"company_domain":"not-found.example"}"#;

const PRODUCTS: &[Product] = &[
    product("/v1/people/email-validation", r#"{"email":"someone@acme.example"}"#, r#"{"email":"unknown@acme.example"}"#, 5),
    product(
        "/v1/people/email-finder",
        r#"{"full_name":"Jane Doe","domain":"acme.example"}"#,
        r#"{"full_name":"Jane Doe","domain":"not-found.example"}"#,
        100,
    ),
    product("/v1/people/personal-email-finder", JANE, NOBODY, 200),
    product("/v1/people/b2b-profile-email", JANE, NOBODY, 500),
    product("/v1/people/b2b-profile", r#"{"work_email":"jane.doe@acme.example"}"#, r#"{"work_email":"not-found@acme.example"}"#, 1_000),
    product("/v1/people/mobile-finder", JANE, NOBODY, 500),
    product("/v1/people/profile-search", JANE, NOBODY, 100),
    product(
        "/v1/people/role-finder",
        r#"{"job_title":"CEO","company_domain":"acme.example"}"#,
        r#"{"job_title":"CEO","company_domain":"not-found.example"}"#,
        200,
    ),
    product("/v1/companies/company-search", ACME, NOWHERE, 100),
    product("/v1/companies/company-funding", ACME, NOWHERE, 400),
    product("/v1/companies/competitors-search", ACME, NOWHERE, 500),
    product("/v1/companies/technographics", ACME, NOWHERE, 100),
    product("/v1/ads/google-ads-search", ACME, NOWHERE, 20),
    product("/v1/ads/meta-ads-search", ACME, NOWHERE, 20),
    product("/v1/ads/b2b-ads-search", ACME, NOWHERE, 20),
    product(
        "/v1/ads/b2b-ads-details",
        r#"{"ad_url":"https://www.linkedin.com/ad-library/detail/12345"}"#,
        r#"{"ad_url":"not-found"}"#,
        200,
    ),
];

fn a_valid_address_is_charged_once(trial: &mut Trial<'_>) -> Checked {
    let before = balance(trial)?;
    let answer = trial.given(&validate(VALID))?;
    let charged = answer.decimal("$.credits_consumed")?;
    let after = balance(trial)?;
    require(charged > Decimal::ZERO && before - charged == after, "$.credits", (before - charged).to_string(), after.to_string())
}

fn what_cannot_be_told_is_free(trial: &mut Trial<'_>) -> Checked {
    for (email, status) in [("catch-all@acme.example", "catch_all"), (UNKNOWN, "unknown")] {
        costs(trial, &validate(email), Decimal::ZERO)?.is("$.email_status", status)?;
    }
    Ok(())
}

fn a_validation_costs_a_quarter(trial: &mut Trial<'_>) -> Checked {
    for (email, status, price) in
        [(VALID, "valid", 25), ("invalid@acme.example", "invalid", 25), (UNKNOWN, "unknown", 0), ("two..dots@acme.example", "invalid", 0)]
    {
        costs(trial, &validate(email), hundredths(price))?.is("$.email_status", status)?;
    }
    Ok(())
}

fn a_refused_request_is_free(trial: &mut Trial<'_>) -> Checked {
    let raw = |path: &'static str, body: &'static str| product(path, body, body, 0).hit();
    let before = balance(trial)?;
    for ask in [
        raw("/v1/people/email-validation", "{}"),
        raw("/v1/people/email-validation", r#"{"email":7}"#),
        raw("/v1/people/email-validation", r#"{"email":"#),
        raw("/v1/people/email-finder", r#"{"full_name":"Jane Doe"}"#),
        raw("/v1/jobs/jobs-finder", r#"{"company_name":"Acme","per_page":51}"#),
        raw("/v1/people/b2b-profile-email", r#"{"profile_url":"linkedin.com/in/gone"}"#),
        raw("/v1/people/no-such-product", r#"{"email":"someone@acme.example"}"#),
    ] {
        refused(trial, &ask)?;
        same(balance(trial)?, before, format!("$.credits after {}", ask.target))?;
    }
    Ok(())
}

fn a_thousand_calls_leave_no_drift(trial: &mut Trial<'_>) -> Checked {
    let before = balance(trial)?;
    for call in 1..=1_000_i64 {
        trial.given(&validate(VALID))?;
        if call % 50 == 0 {
            let answer = trial.given(&Ask::get("/v1/credits"))?;
            same(answer.decimal("$.credits")?, before - hundredths(5 * call), format!("$.credits after {call} calls"))?;
        }
    }
    Ok(())
}

fn the_same_question_is_charged_again(trial: &mut Trial<'_>) -> Checked {
    let first = costs(trial, &find_at("acme.example"), hundredths(100))?;
    for _ in 0..2 {
        let again = costs(trial, &find_at("acme.example"), hundredths(100))?;
        same(&*again.body, &*first.body, "body")?;
    }
    Ok(())
}

fn headers_tell_price_and_balance(trial: &mut Trial<'_>) -> Checked {
    for ask in [find_at("acme.example"), find_at("not-found.example"), validate(VALID)] {
        let answer = trial.given(&ask)?;
        let (cost, told) = (answer.header("X-Credits-Cost")?, answer.decimal("$.credits_consumed")?);
        require(cost.parse() == Ok(told), "header X-Credits-Cost", told.to_string(), cost)?;
        let (remaining, left) = (answer.header("X-Credits-Remaining")?, balance(trial)?);
        same(&*remaining, &*format!("{left:.2}"), "header X-Credits-Remaining")?;
    }
    Ok(())
}

fn each_row_costs_a_credit(trial: &mut Trial<'_>) -> Checked {
    let page =
        |rows: usize, page: u32| Ask::post("/v1/jobs/jobs-finder", &json!({ "company_name": "Acme", "per_page": rows, "page": page }));
    for rows in [1, 3, 2] {
        let answer = costs(trial, &page(rows, 1), Decimal::from(rows))?;
        same(answer.items("$.results")?.len(), rows, "rows of $.results")?;
    }
    // Behind the last page there is nothing to pay for.
    costs(trial, &page(3, 1_000), Decimal::ZERO).map(drop)
}

fn twenty_rows_cost_a_credit(trial: &mut Trial<'_>) -> Checked {
    let path = "/v1/people/employee-finder";
    let answer = costs(trial, &Ask::post(path, &json!({ "company_domain": "acme.example" })), Decimal::ONE)?;
    same(answer.items("$.employees")?.len(), 20, "rows of $.employees")?;
    costs(trial, &Ask::post(path, &json!({ "company_domain": "acme.example", "limit": 3 })), hundredths(15)).map(drop)
}

fn every_verdict_is_charged(trial: &mut Trial<'_>) -> Checked {
    for (handle, status) in
        [("no-change", "NO_CHANGE"), ("job-change-detected", "JOB_CHANGE_DETECTED"), ("never-worked-there", "NEVER_WORKED_THERE")]
    {
        let body = json!({ "profile_url": format!("linkedin.com/in/{handle}"), "company_domain": "acme.example" });
        let answer = costs(trial, &Ask::post("/v1/people/job-change-detector", &body), Decimal::from(3))?;
        answer.is("$.status", status)?.is("$.job_change_detected", status == "JOB_CHANGE_DETECTED")?;
    }
    Ok(())
}

fn each_person_is_charged(trial: &mut Trial<'_>) -> Checked {
    let people = |rows: i64, contacts: bool| {
        let mut body = json!({ "company_domain": "acme.example", "limit": rows });
        if contacts {
            body["include_contact_details"] = json!(true);
        }
        Ask::post("/v3/people/search", &body)
    };
    let price = if trial.revision() == "v3-2026-a" { 5 } else { 100 };
    for rows in [1, 4] {
        costs(trial, &people(rows, false), hundredths(price * rows))?;
    }
    if price == 100 {
        costs(trial, &people(2, true), hundredths(2 * 700))?;
    }
    Ok(())
}

fn companies_alike_cost_five_together(trial: &mut Trial<'_>) -> Checked {
    let path = "/v3/companies/lookalike";
    for rows in [1, 9] {
        costs(trial, &Ask::post(path, &json!({ "company_domain": "acme.com", "limit": rows })), Decimal::from(5))?;
    }
    costs(trial, &Ask::post(path, &json!({ "company_domain": "not-found.example" })), Decimal::ZERO).map(drop)
}
