//! Keys, workspaces, worlds, ids and times.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use crate::planted::Bug;
use crate::sendpilot::{GOOD_KEY, add, canned, each_lead, edited_at, sent};

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "sendpilot-prefix-with-a-state-of-its-own",
        what: "Leads that were added below /api/v1 are not shown below /v1.",
        caught_by: "sendpilot.any.both-prefixes-lead-to-one-state",
        act: |turn| {
            let older = turn.count("older", i64::from(turn.is("POST", "/api/v1/leads")));
            edited_at(turn, "GET", "/v1/leads", |body| {
                if older > 0 {
                    body["leads"] = json!([]);
                }
            })
        },
    },
    Bug {
        name: "sendpilot-id-without-prefix",
        what: "The id of a message is the bare one.",
        caught_by: "sendpilot.any.ids-begin-as-printed",
        act: |turn| turn.answer_with("\"messageId\":\"msg_", "\"messageId\":\""),
    },
    Bug {
        name: "sendpilot-local-time-for-utc",
        what: "Times are those of a clock an hour to the east, and have a Z all the same.",
        caught_by: "sendpilot.any.times-are-utc",
        act: |turn| turn.answer_with("2026-01-15T10:", "2026-01-15T11:"),
    },
    Bug {
        name: "sendpilot-clock-stands-still",
        what: "Whatever happens has the time at which the server began.",
        caught_by: "sendpilot.any.a-day-later-is-a-day-later",
        act: |turn| turn.answer_with("2026-01-16T", "2026-01-15T"),
    },
    Bug {
        name: "sendpilot-worlds-share-their-leads",
        what: "A list counts the leads of every world.",
        caught_by: "sendpilot.any.a-world-knows-nothing-of-another",
        act: |turn| {
            static ADDED: AtomicI64 = AtomicI64::new(0);
            let added = i64::from(turn.is("POST", "/v1/leads"));
            let all = ADDED.fetch_add(added, Ordering::Relaxed) + added;
            edited_at(turn, "GET", "/v1/leads?", |body| add(&mut body["pagination"]["total"], all))
        },
    },
    Bug {
        name: "sendpilot-expired-key-accepted",
        what: "A key works after its day.",
        caught_by: "sendpilot.any.an-expired-key-opens-nothing",
        act: |turn| {
            if turn.key() == Some("sp_live_EXPIRED_KEY") {
                turn.set_key(GOOD_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-revoked-key-may-read",
        what: "A key that was taken back still reads the balance.",
        caught_by: "sendpilot.any.a-revoked-key-opens-nothing",
        act: |turn| {
            if turn.key() == Some("sp_live_REVOKED_KEY") && turn.request.target.ends_with("/credits") {
                turn.set_key(GOOD_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-refused-key-writes",
        what: "Leads are added before the key is looked at.",
        caught_by: "sendpilot.leads.add.a-refused-key-changes-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("POST", "/v1/leads") && response.status == 401 && turn.key().is_some() {
                turn.set_key(GOOD_KEY);
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-403-and-404-swapped",
        what: "What another workspace owns is not there, and what nobody owns is forbidden.",
        caught_by: "sendpilot.any.a-foreign-id-is-403-and-an-unknown-one-404",
        act: |turn| {
            let response = turn.answer()?;
            Ok(match response.status {
                403 => canned(404, &json!({ "statusCode": 404, "message": "Campaign not found", "error": "Not Found" })),
                404 => canned(403, &json!({ "statusCode": 403, "message": "API key does not have permission", "error": "Forbidden" })),
                _ => response,
            })
        },
    },
    Bug {
        name: "sendpilot-other-workspaces-data",
        what: "The list of all leads has those that another workspace added.",
        caught_by: "sendpilot.leads.list.a-list-has-the-own-workspace-alone",
        act: |turn| {
            edited_at(turn, "GET", "/v1/leads?limit=100&page=1", |body| {
                let foreign = json!({ "id": "lead_of_other", "campaignId": "camp_of_other_workspace", "status": "PENDING" });
                body["leads"].as_array_mut().into_iter().for_each(|leads| leads.push(foreign.clone()));
            })
        },
    },
    Bug {
        name: "sendpilot-other-workspace-may-write",
        what: "A status is set without asking whose lead it is.",
        caught_by: "sendpilot.leads.update-status.another-workspace-cannot-change-a-lead",
        act: |turn| {
            if turn.is("PATCH", "/v1/leads/") {
                turn.set_key(GOOD_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-one-purse-for-all-workspaces",
        what: "The balance of a workspace is the first one's.",
        caught_by: "sendpilot.credits.get.each-workspace-pays-for-itself",
        act: |turn| {
            if turn.is("GET", "/v1/credits") {
                turn.set_key(GOOD_KEY);
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-key-without-scopes-is-shut-out",
        what: "A key without scopes is refused where none is named.",
        caught_by: "sendpilot.me.get.a-key-lacks-its-scopes-alone",
        act: |turn| {
            let refused = json!({ "statusCode": 403, "message": "Key lacks leads:read", "error": "Forbidden" });
            let restricted = turn.key() == Some("sp_live_RESTRICTED_KEY") && turn.is("GET", "/v1/leads/");
            if restricted { Ok(canned(403, &refused)) } else { turn.answer() }
        },
    },
    Bug {
        name: "sendpilot-message-undoes-an-outcome",
        what: "A message to a lead sets it to MESSAGE_SENT, whatever a client has set by hand.",
        caught_by: "sendpilot.any.any-sequence-of-calls-leaves-what-its-model-holds",
        act: |turn| {
            let written = sent(turn)["recipientLinkedinUrl"].as_str().map(str::to_owned);
            written.map(|profile| turn.memory.insert(profile, "written to".into()));
            let memory = turn.memory.clone();
            edited_at(turn, "GET", "/v1/leads?", |body| {
                each_lead(body, |lead| {
                    let written = lead["linkedinUrl"].as_str().is_some_and(|profile| memory.contains_key(profile));
                    if written && lead["status"] != "PENDING" {
                        lead["status"] = Value::from("MESSAGE_SENT");
                    }
                });
            })
        },
    },
];
