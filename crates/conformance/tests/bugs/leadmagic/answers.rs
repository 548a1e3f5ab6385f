//! Bugs of one answer, each caught by the exchange that prints it.

use super::{VALIDATION, body, changed_count, without_header};
use crate::planted::Bug;

const CREDITS: &str = "/v1/credits";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "unauthorized-as-forbidden",
        what: "A request without a key gets 403.",
        caught_by: "leadmagic.credits.missing_key",
        act: |turn| {
            let answer = turn.answer()?;
            Ok(if answer.status == 401 { conformance::target::Response { status: 403, ..answer } } else { answer })
        },
    },
    Bug {
        name: "missing-field-as-unprocessable",
        what: "A body without its field gets 422.",
        caught_by: "leadmagic.email-validation.missing_field",
        act: |turn| {
            let answer = turn.answer()?;
            Ok(if answer.status == 400 { conformance::target::Response { status: 422, ..answer } } else { answer })
        },
    },
    Bug {
        name: "miss-as-404",
        what: "A role that nobody has gets 404.",
        caught_by: "leadmagic.role-finder.not_found",
        act: |turn| {
            let answer = turn.answer()?;
            let miss = answer.body.contains("No matching role found");
            Ok(if miss { conformance::target::Response { status: 404, ..answer } } else { answer })
        },
    },
    Bug {
        name: "key-in-camel-case",
        what: "The month's use is told as usedThisMonth.",
        caught_by: "leadmagic.credits.balance",
        act: |turn| turn.answer_with("used_this_month", "usedThisMonth"),
    },
    Bug {
        name: "key-of-the-sibling-page",
        what: "The status of an address is told as status.",
        caught_by: "leadmagic.email-validation.valid",
        act: |turn| turn.answer_with("\"email_status\":", "\"status\":"),
    },
    Bug {
        name: "balance-key-missing",
        what: "What was used this month is not told.",
        caught_by: "leadmagic.credits.balance",
        act: |turn| turn.answer_with(",\"used_this_month\":2500", ""),
    },
    Bug {
        name: "message-missing",
        what: "A validation has no message.",
        caught_by: "leadmagic.email-validation.unknown",
        act: |turn| turn.answer_with(",\"message\":\"Unable to determine email validity.\"", ""),
    },
    Bug {
        name: "balance-key-extra",
        what: "The balance has a plan beside it.",
        caught_by: "leadmagic.credits.balance",
        act: |turn| turn.answer_with("{\"credits\":", "{\"plan\":\"growth\",\"credits\":"),
    },
    Bug {
        name: "meta-on-success",
        what: "An answer has the meta that only errors have.",
        caught_by: "leadmagic.email-validation.unknown",
        act: |turn| turn.answer_with("email validity.\"}", "email validity.\",\"meta\":{}}"),
    },
    Bug {
        name: "keys-reordered",
        what: "The month's use is told before the balance.",
        caught_by: "leadmagic.credits.balance",
        act: |turn| turn.answer_with("\"credits\":10000,\"used_this_month\":2500", "\"used_this_month\":2500,\"credits\":10000"),
    },
    Bug {
        name: "price-before-the-status",
        what: "A validation tells its price before its status.",
        caught_by: "leadmagic.email-validation.unknown",
        act: |turn| {
            turn.answer_with("\"email_status\":\"unknown\",\"credits_consumed\":0", "\"credits_consumed\":0,\"email_status\":\"unknown\"")
        },
    },
    Bug {
        name: "balance-as-a-string",
        what: "The balance is a string.",
        caught_by: "leadmagic.credits.balance",
        act: |turn| turn.answer_with("\"credits\":10000", "\"credits\":\"10000\""),
    },
    Bug {
        name: "price-as-a-string",
        what: "The price of a validation is a string.",
        caught_by: "leadmagic.email-validation.valid",
        act: |turn| turn.answer_with("\"credits_consumed\":0.05", "\"credits_consumed\":\"0.05\""),
    },
    Bug {
        name: "region-id-as-a-string",
        what: "The id of a region is a string, as that of a country is.",
        caught_by: "leadmagic.jobs-regions.v1",
        act: |turn| turn.answer_with("\"id\":1,", "\"id\":\"1\","),
    },
    Bug {
        name: "nulls-left-out",
        what: "What is null is left out of a role that nobody has.",
        caught_by: "leadmagic.role-finder.not_found",
        act: |turn| turn.answer_with("\"first_name\":null,\"last_name\":null,", ""),
    },
    Bug {
        name: "empty-text-for-null",
        what: "A message of an account that is not frozen is an empty text.",
        caught_by: "leadmagic.credits.2026-04",
        act: |turn| turn.answer_with("\"credit_freeze_message\":null", "\"credit_freeze_message\":\"\""),
    },
    Bug {
        name: "verdict-in-lower-case",
        what: "The verdict on a job is no_change.",
        caught_by: "leadmagic.job-change-detector.no_change",
        act: |turn| turn.answer_with("\"NO_CHANGE\"", "\"no_change\""),
    },
    Bug {
        name: "status-in-upper-case",
        what: "The status of an address is VALID.",
        caught_by: "leadmagic.email-validation.valid",
        act: |turn| turn.answer_with("\"email_status\":\"valid\"", "\"email_status\":\"VALID\""),
    },
    Bug {
        name: "dialect-of-the-unversioned-routes",
        what: "A key of nobody gets the flat error of the unversioned routes.",
        caught_by: "leadmagic.credits.invalid_key",
        act: |turn| {
            let mut answer = turn.answer()?;
            if answer.status == 401 {
                answer.body = r#"{"error":"Bad Request","message":"API key is missing or invalid."}"#.into();
            }
            Ok(answer)
        },
    },
    Bug {
        name: "dialect-of-the-first-pages",
        what: "Under 1.4.34 a key of nobody gets the nested error of the first pages.",
        caught_by: "leadmagic.errors.401-invalid_api_key",
        act: |turn| {
            let mut answer = turn.answer()?;
            if answer.status == 401 {
                answer.body = r#"{"error":{"code":"UNAUTHORIZED","message":"Invalid or missing API key","status":401}}"#.into();
            }
            Ok(answer)
        },
    },
    Bug {
        name: "retry-after-lost",
        what: "A 429 does not say when to come again.",
        caught_by: "leadmagic.email-finder.rate_limited",
        act: |turn| without_header(turn, "retry-after"),
    },
    Bug {
        name: "error-as-plain-json",
        what: "An error is application/json, not application/problem+json.",
        caught_by: "leadmagic.errors.429-rate_limit_exceeded",
        act: |turn| {
            let mut answer = turn.answer()?;
            super::set_header(&mut answer, "content-type", "application/json".into());
            Ok(answer)
        },
    },
    Bug {
        name: "reset-of-a-refusal-as-a-timestamp",
        what: "RateLimit-Reset of a 429 is the second at which the minute ends, since 1970.",
        caught_by: "leadmagic.errors.429-rate_limit_exceeded",
        act: |turn| changed_count(turn, "ratelimit-reset", |wait_s| 1_768_471_200 + wait_s),
    },
    Bug {
        name: "balance-looked-at-before-the-body",
        what: "Without credits a body that is no JSON gets 402.",
        caught_by: "leadmagic.email-validation.check.precedence.malformed_json-before-insufficient_credits",
        act: |turn| {
            let poor = turn.key() == Some("NO_CREDITS_API_KEY") && turn.is("POST", VALIDATION);
            if poor && !body(turn).ends_with('}') {
                turn.body = br#"{"email":"someone@acme.example"}"#.to_vec();
            }
            turn.answer()
        },
    },
    Bug {
        name: "html-for-an-unknown-route",
        what: "A path that is none gets a page of HTML.",
        caught_by: "leadmagic.any.unknown_route",
        act: |turn| {
            let mut answer = turn.answer()?;
            if answer.status == 404 && !turn.is("GET", CREDITS) {
                answer.body = "<html><body>404 Not Found</body></html>".into();
            }
            Ok(answer)
        },
    },
];
