//! One answer alone: its status, keys, values and headers.

use crate::planted::Bug;
use crate::sendpilot::{edited_at, replaced_at};

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "sendpilot-wrong-status",
        what: "Leads are added with 200 in place of 201.",
        caught_by: "sendpilot.leads.added",
        act: |turn| {
            let mut response = turn.answer()?;
            if turn.is("POST", "/v1/leads") || turn.is("POST", "/api/v1/leads") {
                response.status = 200;
            }
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-swapped-error-dialect",
        what: "An error is an object of code and message below one key.",
        caught_by: "sendpilot.any.invalid_key",
        act: |turn| {
            let mut response = turn.answer()?;
            if response.status == 401 {
                r#"{"error":{"code":"invalid_key","message":"Invalid API key"}}"#.clone_into(&mut response.body);
            }
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-reordered-key",
        what: "An error has its reason phrase before its message.",
        caught_by: "sendpilot.any.missing_key",
        act: |turn| {
            let (from, to) =
                (r#""message":"Invalid API key","error":"Unauthorized""#, r#""error":"Unauthorized","message":"Invalid API key""#);
            turn.answer_with(from, to)
        },
    },
    Bug {
        name: "sendpilot-renamed-key",
        what: "The name of a campaign's id in the answer to an update is id.",
        caught_by: "sendpilot.campaigns.paused",
        act: |turn| turn.answer_with("\"campaignId\":", "\"id\":"),
    },
    Bug {
        name: "sendpilot-wrong-enum-case",
        what: "The state that a campaign is resumed to is in upper case.",
        caught_by: "sendpilot.campaigns.resumed",
        act: |turn| turn.answer_with("\"newStatus\":\"started\"", "\"newStatus\":\"STARTED\""),
    },
    Bug {
        name: "sendpilot-missing-key",
        what: "Messages have no readStatus.",
        caught_by: "sendpilot.inbox.messages",
        act: |turn| {
            let mut response = turn.answer_with("\"readStatus\":\"read\",", "")?;
            response.body = response.body.replace("\"readStatus\":\"unread\",", "");
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-extra-key",
        what: "A balance has a key that no document has.",
        caught_by: "sendpilot.credits.balance",
        act: |turn| turn.answer_with("{\"globalCredits\":", "{\"plan\":\"pro\",\"globalCredits\":"),
    },
    Bug {
        name: "sendpilot-number-as-string",
        what: "A campaign's number of leads is a string.",
        caught_by: "sendpilot.campaigns.campaign",
        act: |turn| {
            let mut response = turn.answer()?;
            for total in ["150", "75"] {
                response.body = response.body.replace(&format!("\"totalLeads\":{total}"), &format!("\"totalLeads\":\"{total}\""));
            }
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-null-against-absent",
        what: "Errors of entries are null where no entry failed.",
        caught_by: "sendpilot.leads.added",
        act: |turn| replaced_at(turn, "POST", "/", "\"invalidEntries\":0}", "\"invalidEntries\":0,\"errors\":null}"),
    },
    Bug {
        name: "sendpilot-absent-against-null",
        what: "The next reset is left out where there is none.",
        caught_by: "sendpilot.credits.no_subscription",
        act: |turn| turn.answer_with(",\"nextResetDate\":null", ""),
    },
    Bug {
        name: "sendpilot-lost-header",
        what: "A caller over the limit is not told when to come back.",
        caught_by: "sendpilot.credits.rate_limited",
        act: |turn| {
            let mut response = turn.answer()?;
            response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("retry-after"));
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-empty-string-against-null",
        what: "The token behind the last page of conversations is empty in place of null.",
        caught_by: "sendpilot.inbox.conversations_end",
        act: |turn| {
            edited_at(turn, "GET", "/", |body| {
                if body["pagination"]["continuationToken"].is_null() {
                    body["pagination"]["continuationToken"] = "".into();
                }
            })
        },
    },
];
