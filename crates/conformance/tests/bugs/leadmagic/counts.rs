//! Limits, and what is counted.

use super::{JOBS, add_to, changed, changed_count, header, set_header};
use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "calls-of-all-products-counted-together",
        what: "RateLimit-Remaining of one product falls with the calls of another.",
        caught_by: "leadmagic.email-validation.check.calls-left-fall-by-one",
        act: |turn| {
            let calls = turn.count("calls", i64::from(turn.is("POST", "/v1/people")));
            let mut answer = turn.answer()?;
            if let Some(limit) = header(&answer, "ratelimit-limit").and_then(|text| text.parse::<i64>().ok()) {
                set_header(&mut answer, "ratelimit-remaining", (limit - calls).to_string());
            }
            Ok(answer)
        },
    },
    Bug {
        name: "reset-as-a-timestamp",
        what: "RateLimit-Reset is the second at which the minute ends, since 1970.",
        caught_by: "leadmagic.email-validation.check.the-reset-is-seconds-to-wait",
        act: |turn| changed_count(turn, "ratelimit-reset", |wait_s| 1_768_471_200 + wait_s),
    },
    Bug {
        name: "reset-in-milliseconds",
        what: "RateLimit-Reset is told in milliseconds.",
        caught_by: "leadmagic.email-validation.check.the-reset-is-seconds-to-wait",
        act: |turn| changed_count(turn, "ratelimit-reset", |wait_s| wait_s * 1_000),
    },
    Bug {
        name: "soft-limit-enforced",
        what: "A call too many is refused where limits are soft.",
        caught_by: "leadmagic.jobs-finder.search.a-soft-limit-lets-through",
        act: |turn| {
            if turn.is("POST", JOBS) && turn.count("calls", 1) > 100 {
                turn.set_key("RATE_LIMITED_API_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "hard-limit-off-by-one",
        what: "The last call of the minute is refused already.",
        caught_by: "leadmagic.jobs-finder.search.a-hard-limit-refuses-one-too-many",
        act: |turn| {
            if turn.is("POST", JOBS) && turn.count("calls", 1) == 100 {
                turn.set_key("RATE_LIMITED_API_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "retry-after-in-milliseconds",
        what: "Retry-After is told in milliseconds.",
        caught_by: "leadmagic.jobs-finder.search.a-hard-limit-refuses-one-too-many",
        act: |turn| changed_count(turn, "retry-after", |wait_s| wait_s * 1_000),
    },
    Bug {
        name: "looking-counted-as-a-request",
        what: "A look at the balance is a request in the analytics.",
        caught_by: "leadmagic.credits.get.looking-uses-up-no-call",
        act: |turn| {
            let more = turn.count("looks", i64::from(turn.is_exactly("GET", "/v1/credits"))) * 100;
            let mut answer = turn.answer()?;
            if turn.is("GET", "/v1/analytics/summary") {
                add_to(&mut answer, "total_api_requests", more);
            }
            Ok(answer)
        },
    },
    Bug {
        name: "dashboard-lags-behind",
        what: "The dashboard does not know the last request yet.",
        caught_by: "leadmagic.analytics.summary.seven-views-agree",
        act: |turn| {
            if turn.is("GET", "/v1/analytics/dashboard") { turn.answer_with("\"requests\":4", "\"requests\":3") } else { turn.answer() }
        },
    },
    Bug {
        name: "answered-called-successful",
        what: "Every request that was answered is a successful one.",
        caught_by: "leadmagic.analytics.summary.found-and-missed-are-told-apart",
        act: |turn| {
            let mut answer = turn.answer()?;
            if turn.is("GET", "/v1/analytics/summary") {
                answer.body = answer
                    .body
                    .replace("successful_requests\":1,", "successful_requests\":3,")
                    .replace("failed_requests\":2", "failed_requests\":0");
            }
            Ok(answer)
        },
    },
    Bug {
        name: "day-told-twice",
        what: "The first day of a period is in its list twice.",
        caught_by: "leadmagic.analytics.usage.days-add-up-to-the-period",
        act: |turn| {
            let usage = turn.is("GET", "/v1/analytics/usage");
            changed(turn, usage, |body| {
                let days = body["daily"].as_array_mut().expect("days");
                days.extend(days.first().cloned());
            })
        },
    },
    Bug {
        name: "days-ignored",
        what: "A period has thirty days, whatever is asked for.",
        caught_by: "leadmagic.analytics.usage.a-period-leaves-out-what-is-older",
        act: |turn| {
            if turn.is("GET", "/v1/analytics/usage?days=") {
                turn.request.target = "/v1/analytics/usage".into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "products-by-another-name",
        what: "The analytics name products as paths do, with hyphens.",
        caught_by: "leadmagic.analytics.products.each-product-has-its-own-sum",
        act: |turn| turn.answer_with("\"email_validation\":", "\"email-validation\":"),
    },
];
