//! What a call costs.

use conformance::target::Response;
use rust_decimal::Decimal;

use super::{FINDER, JOBS, PEOPLE, VALIDATION, balance_falls, header, number, set_header, set_number, without_header};
use crate::planted::{Bug, Turn};

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "credit-not-charged-on-a-hit",
        what: "A valid address is found, and the balance stays.",
        caught_by: "leadmagic.email-validation.check.a-valid-address-is-charged-once",
        act: |turn| {
            if turn.is("POST", VALIDATION) {
                turn.count("refunded", 1);
            }
            let answer = turn.answer();
            if turn.is("GET", "/v1/credits") && turn.count("refunded", 0) > 0 {
                return turn.answer_with("9999.95", "10000");
            }
            answer
        },
    },
    Bug {
        name: "credit-charged-on-a-miss",
        what: "An address of which nothing can be told is called free, and the balance falls all the same.",
        caught_by: "leadmagic.email-validation.check.what-cannot-be-told-is-free",
        act: |turn| balance_falls(turn, |turn, answer| turn.is("POST", VALIDATION) && answer.contains("\"credits_consumed\":0,"), 5),
    },
    Bug {
        name: "price-of-last-year",
        what: "In April 2026 a validation still costs 0.05.",
        caught_by: "leadmagic.email-validation.check.a-validation-costs-a-quarter",
        act: |turn| turn.answer_with("\"credits_consumed\":0.25", "\"credits_consumed\":0.05"),
    },
    Bug {
        name: "price-of-another-product",
        what: "The address of a profile is charged like the address of a person.",
        caught_by: "leadmagic.any.a-hit-costs-the-price-of-its-page",
        act: |turn| {
            if turn.is("POST", "/v1/people/b2b-profile-email") { turn.answer_with("_consumed\":5", "_consumed\":1") } else { turn.answer() }
        },
    },
    Bug {
        name: "miss-charged-like-a-hit",
        what: "A role that nobody has costs what a found one costs.",
        caught_by: "leadmagic.any.a-miss-is-free",
        act: |turn| {
            if turn.is("POST", "/v1/people/role-finder") { turn.answer_with("_consumed\":0", "_consumed\":2") } else { turn.answer() }
        },
    },
    Bug {
        name: "refused-request-charged",
        what: "The credit that was set aside for a request is kept when its body is refused.",
        caught_by: "leadmagic.any.a-refused-request-is-free",
        act: |turn| balance_falls(turn, |turn, answer| turn.is("POST", "/v1/people") && answer.contains("\"status\":400"), 100),
    },
    Bug {
        name: "float-drift",
        what: "The balance is kept as a binary float.",
        caught_by: "leadmagic.email-validation.check.a-thousand-calls-leave-no-drift",
        act: |turn| drifts(turn, |calls| (0..calls).fold(10_000.0_f64, |balance, _| balance - 0.05).to_string()),
    },
    Bug {
        name: "drift-of-single-precision",
        what: "The balance is a float of single precision, and is told in whole hundredths: it is right for some calls.",
        caught_by: "leadmagic.email-validation.check.a-thousand-calls-leave-no-drift",
        act: |turn| drifts(turn, |calls| format!("{:.2}", (0..calls).fold(10_000.0_f32, |balance, _| balance - 0.05))),
    },
    Bug {
        name: "repeat-is-free",
        what: "A question that was asked before is answered from a cache, and not charged.",
        caught_by: "leadmagic.email-finder.find.the-same-question-is-charged-again",
        act: |turn| {
            if turn.is("POST", FINDER) && turn.count("asked", 1) > 1 {
                turn.answer_with("_consumed\":1", "_consumed\":0")
            } else {
                turn.answer()
            }
        },
    },
    Bug {
        name: "price-header-lost",
        what: "X-Credits-Cost is missing.",
        caught_by: "leadmagic.email-finder.find.headers-tell-price-and-balance",
        act: |turn| without_header(turn, "x-credits-cost"),
    },
    Bug {
        name: "balance-header-before-the-charge",
        what: "X-Credits-Remaining is the balance from before the call.",
        caught_by: "leadmagic.email-finder.find.headers-tell-price-and-balance",
        act: |turn| {
            let mut answer = turn.answer()?;
            let cost: Decimal = header(&answer, "x-credits-cost").and_then(|text| text.parse().ok()).unwrap_or_default();
            let left: Option<Decimal> = header(&answer, "x-credits-remaining").and_then(|text| text.parse().ok());
            if let Some(left) = left {
                set_header(&mut answer, "x-credits-remaining", format!("{:.2}", left + cost));
            }
            Ok(answer)
        },
    },
    Bug {
        name: "page-charged-as-one",
        what: "A page of postings costs a credit, however many rows it has.",
        caught_by: "leadmagic.jobs-finder.search.each-row-costs-a-credit",
        act: |turn| if turn.is("POST", JOBS) { turn.answer_with("_consumed\":3", "_consumed\":1") } else { turn.answer() },
    },
    Bug {
        name: "employee-charged-a-credit",
        what: "An employee costs a whole credit.",
        caught_by: "leadmagic.employee-finder.list.twenty-rows-cost-a-credit",
        act: |turn| {
            if turn.is("POST", "/v1/people/employee-finder") { turn.answer_with("_consumed\":1", "_consumed\":20") } else { turn.answer() }
        },
    },
    Bug {
        name: "negative-verdict-is-free",
        what: "A person who never worked there costs nothing.",
        caught_by: "leadmagic.job-change-detector.check.every-verdict-is-charged",
        act: |turn| {
            let mut answer = turn.answer()?;
            if answer.body.contains("NEVER_WORKED_THERE") {
                answer.body = answer.body.replace("_consumed\":3", "_consumed\":0");
            }
            Ok(answer)
        },
    },
    Bug {
        name: "unversioned-route-has-its-own-balance",
        what: "What an unversioned route charges is not taken from the balance.",
        caught_by: "leadmagic.legacy.email-validate.an-unversioned-route-spends-the-same-credits",
        act: |turn| balance_falls(turn, |turn, _| turn.is("POST", "/email-validate"), -5),
    },
    Bug {
        name: "people-at-the-first-price",
        what: "The later pages' search of people charges 0.05 for a person, as the first ones did.",
        caught_by: "leadmagic.people.search.each-person-is-charged@v3-2026-b",
        act: |turn| if turn.is("POST", PEOPLE) { turn.answer_with("_consumed\":4", "_consumed\":0.2") } else { turn.answer() },
    },
    Bug {
        name: "people-by-the-search",
        what: "A search of people costs the same, however many it finds.",
        caught_by: "leadmagic.people.search.each-person-is-charged",
        act: |turn| if turn.is("POST", PEOPLE) { turn.answer_with("_consumed\":0.2", "_consumed\":0.05") } else { turn.answer() },
    },
    Bug {
        name: "companies-alike-charged-by-the-row",
        what: "Each company alike costs a credit.",
        caught_by: "leadmagic.companies.lookalike.companies-alike-cost-five-together",
        act: |turn| {
            let rows = number(turn, "limit").unwrap_or(0);
            if turn.is("POST", "/v3/companies/lookalike") {
                turn.answer_with("_consumed\":5", &format!("_consumed\":{rows}"))
            } else {
                turn.answer()
            }
        },
    },
];

/// The balance is what it drifts to after so many validations.
fn drifts(turn: &mut Turn<'_>, balance: impl Fn(i64) -> String) -> Result<Response, String> {
    if turn.is("POST", VALIDATION) {
        turn.count("calls", 1);
    }
    let mut answer = turn.answer()?;
    if turn.is_exactly("GET", "/v1/credits") {
        set_number(&mut answer, "credits", &balance(turn.count("calls", 0)));
    }
    Ok(answer)
}
