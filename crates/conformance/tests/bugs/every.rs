//! Bugs of any operation. Each is caught in one operation here; the others have the same claim.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use conformance::target::Response;

use crate::planted::{Bug, Turn};

/// Goes on from run to run, as a bad source of randomness does.
static RUNS: AtomicU64 = AtomicU64::new(0);

fn is_broken(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_err()
}

fn with_status(turn: &mut Turn<'_>, is_so: bool, status: u16) -> Result<Response, String> {
    let mut response = turn.answer()?;
    if is_so {
        response.status = status;
    }
    Ok(response)
}

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "html-error-page",
        what: "Refusals are a page for people.",
        caught_by: "leadterra.sender-pools.list.any-request-gets-an-answer-of-the-provider",
        act: |turn| {
            let mut response = turn.answer()?;
            if response.status >= 400 {
                response.headers = vec![("content-type".into(), "text/html".into())];
                response.body = format!("<html><body><h1>{}</h1></body></html>", response.status);
            }
            Ok(response)
        },
    },
    Bug {
        name: "truncated-json",
        what: "Every answer ends before its last byte.",
        caught_by: "leadmagic.credits.get.any-request-gets-an-answer-of-the-provider",
        act: |turn| {
            let mut response = turn.answer()?;
            response.body.pop();
            Ok(response)
        },
    },
    Bug {
        name: "error-500-on-odd-bytes",
        what: "A body that is no UTF-8 ends in 500.",
        caught_by: "leadmagic.email-validation.check.any-request-gets-an-answer-of-the-provider",
        act: |turn| {
            let odd = std::str::from_utf8(&turn.body).is_err();
            with_status(turn, odd, 500)
        },
    },
    Bug {
        name: "slow-answer",
        what: "An answer takes half a minute.",
        caught_by: "sendpilot.campaigns.list.any-request-gets-an-answer-of-the-provider",
        act: |turn| Ok(Response { took: Duration::from_secs(30), ..turn.answer()? }),
    },
    Bug {
        name: "json-called-text",
        what: "The body is JSON and the content type is plain text.",
        caught_by: "magnetite.health.get.any-request-gets-an-answer-of-the-provider",
        act: |turn| {
            let mut response = turn.answer()?;
            response.headers = vec![("content-type".into(), "text/plain".into())];
            Ok(response)
        },
    },
    Bug {
        name: "empty-200",
        what: "A success has no body.",
        caught_by: "leadterra.sender-accounts.list.any-request-gets-an-answer-of-the-provider",
        act: |turn| {
            let mut response = turn.answer()?;
            if response.status == 200 {
                response.body.clear();
            }
            Ok(response)
        },
    },
    Bug {
        name: "malformed-json-accepted",
        what: "A body that is no JSON gets 200, as an empty one would.",
        caught_by: "leadmagic.email-finder.find.malformed-json-is-refused",
        act: |turn| {
            let broken = !turn.body.is_empty() && is_broken(&turn.body);
            with_status(turn, broken, 200)
        },
    },
    Bug {
        name: "refusal-is-charged",
        what: "A refused validation costs what a good one does.",
        caught_by: "leadmagic.email-validation.check.a-refusal-changes-nothing",
        act: |turn| {
            let answer = turn.answer()?;
            if turn.is("POST", "/v1/people/email-validation") && answer.status == 400 {
                turn.count("charged", 1);
            }
            if turn.is("GET", "/v1/credits") && turn.count("charged", 0) > 0 {
                return turn.answer_with("10000", "9999.95");
            }
            Ok(answer)
        },
    },
    Bug {
        name: "error-500-on-a-long-field",
        what: "A field of more than a thousand characters ends in 500.",
        caught_by: "leadmagic.profile-search.find.a-refusal-changes-nothing",
        act: |turn| {
            let long = turn.body.len() > 1_000;
            with_status(turn, long, 500)
        },
    },
    Bug {
        name: "unknown-path-in-another-dialect",
        what: "A path that no operation has gets the 404 of the web framework.",
        caught_by: "leadmagic.any.unknown-paths-get-the-providers-own-404",
        act: |turn| {
            let mut response = turn.answer()?;
            if response.status == 404 {
                response.body = r#"{"detail":"Not Found"}"#.into();
            }
            Ok(response)
        },
    },
    Bug {
        name: "head-is-another-method",
        what: "HEAD gets 405 where GET gets 200.",
        caught_by: "leadmagic.credits.get.head-answers-as-get",
        act: |turn| {
            let head = turn.request.method == "HEAD";
            with_status(turn, head, 405)
        },
    },
    Bug {
        name: "key-in-another-case-accepted",
        what: "Keys are compared without regard to case.",
        caught_by: "leadmagic.credits.get.a-key-with-a-slip-is-refused",
        act: |turn| {
            if let Some(key) = turn.key().filter(|key| key.eq_ignore_ascii_case("YOUR_API_KEY")).map(str::to_uppercase) {
                turn.set_key(&key);
            }
            turn.answer()
        },
    },
    Bug {
        name: "key-with-a-suffix-accepted",
        what: "A key is good when it begins with a good one.",
        caught_by: "leadterra.sender-pools.list.a-key-with-a-slip-is-refused",
        act: |turn| {
            if turn.key().is_some_and(|key| key.starts_with("Bearer sk_live_YOUR_KEY")) {
                turn.set_key("Bearer sk_live_YOUR_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "answer-differs-from-run-to-run",
        what: "A body has a number that no seed decides.",
        caught_by: "leadmagic.credits.get.the-same-request-gets-the-same-answer",
        act: |turn| {
            let run = RUNS.fetch_add(1, Ordering::Relaxed);
            let mut response = turn.answer()?;
            if let Some(rest) = response.body.strip_prefix('{') {
                response.body = format!("{{\"request\":{run},{rest}");
            }
            Ok(response)
        },
    },
    Bug {
        name: "revoked-key-accepted-by-one-operation",
        what: "The technographics do not look whether a key was taken back.",
        caught_by: "leadmagic.any.revoked-keys-are-refused-everywhere-in-the-same-words",
        act: |turn| {
            if turn.request.target.contains("technographics") && turn.key() == Some("REVOKED_API_KEY") {
                turn.set_key("YOUR_API_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "expired-key-refused-in-other-words",
        what: "One operation tells an expired key in words of its own.",
        caught_by: "leadmagic.any.expired-keys-are-refused-everywhere-in-the-same-words",
        act: |turn| {
            if turn.request.target.contains("technographics") {
                return turn.answer_with("API key", "Key");
            }
            turn.answer()
        },
    },
];
