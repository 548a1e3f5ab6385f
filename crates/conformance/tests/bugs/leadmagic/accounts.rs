//! Accounts, keys and months.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{FINDER, VALID_KEY, VALIDATION, add_to, balance_falls, body, set_number};
use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "looking-costs",
        what: "Reading the balance anew costs a hundredth of a credit.",
        caught_by: "leadmagic.credits.get.looking-is-free",
        act: |turn| balance_falls(turn, |turn, _| turn.is("POST", "/v1/credits/refresh"), 1),
    },
    Bug {
        name: "month-counts-requests",
        what: "What was used this month grows by one a request, whatever it cost.",
        caught_by: "leadmagic.credits.get.the-month-counts-what-the-balance-loses",
        act: |turn| {
            if turn.is("POST", VALIDATION) {
                turn.count("calls", 1);
            }
            let mut answer = turn.answer()?;
            let more = turn.count("calls", 0) * 95;
            if turn.is_exactly("GET", "/v1/credits") {
                add_to(&mut answer, "used_this_month", more);
            }
            Ok(answer)
        },
    },
    Bug {
        name: "month-in-local-time",
        what: "The month turns at a midnight that lies five hours after the one of UTC.",
        caught_by: "leadmagic.credits.get.the-month-begins-anew",
        act: |turn| {
            let mut answer = turn.answer()?;
            let is_new = turn.is_exactly("GET", "/v1/credits") && answer.body.contains("\"used_this_month\":0");
            if is_new && turn.count("hours", 1) <= 5 {
                set_number(&mut answer, "used_this_month", "2500.05");
            }
            Ok(answer)
        },
    },
    Bug {
        name: "balance-looked-at-after-the-lookup",
        what: "Without credits a miss is answered, since it would cost nothing.",
        caught_by: "leadmagic.any.without-credits-nothing-is-looked-up",
        act: |turn| {
            if turn.key() == Some("NO_CREDITS_API_KEY") && body(turn).contains("not-found") {
                turn.set_key(VALID_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "analytics-of-another-account",
        what: "The analytics of one account are those of another.",
        caught_by: "leadmagic.any.accounts-share-nothing",
        act: |turn| {
            if turn.key() == Some("RATE_LIMITED_API_KEY") && turn.is("GET", "/v1/analytics") {
                turn.set_key(VALID_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "worlds-share-a-balance",
        what: "What was spent in one world is missing in every other.",
        caught_by: "leadmagic.credits.get.worlds-share-nothing",
        act: |turn| {
            static SPENT: AtomicI64 = AtomicI64::new(0);
            if turn.is("POST", FINDER) {
                SPENT.fetch_add(100, Ordering::Relaxed);
                turn.count("own", 100);
            }
            let mut answer = turn.answer()?;
            if turn.is_exactly("GET", "/v1/credits") {
                add_to(&mut answer, "credits", turn.count("own", 0) - SPENT.load(Ordering::Relaxed));
            }
            Ok(answer)
        },
    },
    Bug {
        name: "expired-key-accepted",
        what: "Nobody looks at when a key expires.",
        caught_by: "leadmagic.any.an-expired-key-stays-refused",
        act: |turn| {
            if turn.key() == Some("EXPIRED_API_KEY") {
                turn.set_key(VALID_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "revoked-key-accepted-for-a-second",
        what: "A key that was replaced still works until a cache forgets it.",
        caught_by: "leadmagic.any.a-revoked-key-is-refused-at-once",
        act: |turn| {
            if turn.key() == Some("REVOKED_API_KEY") && turn.count("calls", 1) <= 2 {
                turn.set_key(VALID_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "revoked-key-told-apart",
        what: "The 401 says that the key was replaced.",
        caught_by: "leadmagic.any.one-401-for-every-cause",
        act: |turn| {
            let revoked = turn.key() == Some("REVOKED_API_KEY");
            if revoked { turn.answer_with("Invalid or missing API key", "This API key was replaced") } else { turn.answer() }
        },
    },
    Bug {
        name: "absent-key-called-invalid",
        what: "A request without a key is told that its key is invalid.",
        caught_by: "leadmagic.any.absent-and-unknown-keys-are-told-apart",
        act: |turn| turn.answer_with("missing_authentication", "invalid_api_key"),
    },
    Bug {
        name: "refused-key-counted",
        what: "What is asked with a key that does not work stands in the analytics.",
        caught_by: "leadmagic.any.a-refused-key-changes-nothing",
        act: |turn| {
            let mut answer = turn.answer()?;
            let more = turn.count("refused", i64::from(answer.status == 401)) * 100;
            if turn.is("GET", "/v1/analytics/summary") {
                add_to(&mut answer, "total_api_requests", more);
            }
            Ok(answer)
        },
    },
    Bug {
        name: "header-name-in-one-case",
        what: "The key is found in X-API-Key alone, spelled so.",
        caught_by: "leadmagic.any.the-headers-name-has-any-case",
        act: |turn| {
            for header in turn.request.headers.to_mut() {
                if header.0 != "X-API-Key" && header.0.eq_ignore_ascii_case("X-API-Key") {
                    header.0 = "X-Other".into();
                }
            }
            turn.answer()
        },
    },
];
