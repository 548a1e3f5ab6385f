//! The inbox and the days of its accounts.

use serde_json::{Value, json};

use crate::planted::Bug;
use crate::sendpilot::{add, canned, drop_parameter, edited_at, parameter};

/// Uses more of an account's quota.
fn use_up(quota: &mut Value, more: i64) {
    add(&mut quota["used"], more);
    add(&mut quota["remaining"], -more);
}

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "sendpilot-preview-counted-in-bytes",
        what: "The list of conversations shows a hundred bytes of a message, not a hundred characters.",
        caught_by: "sendpilot.inbox.conversations.a-message-is-the-last-of-its-thread",
        act: |turn| {
            edited_at(turn, "GET", "/v1/inbox/conversations?", |body| {
                for thread in body["conversations"].as_array_mut().into_iter().flatten() {
                    let text = thread["lastMessage"]["content"].as_str().unwrap_or_default();
                    let bytes = text.as_bytes().iter().take(100).copied().collect::<Vec<u8>>();
                    thread["lastMessage"]["content"] = String::from_utf8_lossy(&bytes).into();
                }
            })
        },
    },
    Bug {
        name: "sendpilot-latest-thread-last",
        what: "The list of conversations begins with the oldest.",
        caught_by: "sendpilot.inbox.conversations.the-latest-is-first",
        act: |turn| {
            edited_at(turn, "GET", "/v1/inbox/conversations?", |body| {
                body["conversations"].as_array_mut().into_iter().for_each(|threads| threads.reverse());
            })
        },
    },
    Bug {
        name: "sendpilot-cursor-reuse",
        what: "A page's continuation token is the one that led to it.",
        caught_by: "sendpilot.inbox.conversations.tokens-lead-to-each-thread-once",
        act: |turn| {
            let token = parameter(turn, "continuationToken").map(|token| token.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/"));
            edited_at(turn, "GET", "/v1/inbox/conversations?", |body| {
                if let (Some(token), true) = (token, body["pagination"]["hasMore"] == true) {
                    body["pagination"]["continuationToken"] = token.into();
                }
            })
        },
    },
    Bug {
        name: "sendpilot-account-ignored",
        what: "The list of an account's conversations has those of all accounts.",
        caught_by: "sendpilot.inbox.conversations.each-thread-is-of-one-account",
        act: |turn| {
            if turn.is_exactly("GET", "/v1/inbox/conversations") {
                drop_parameter(turn, "accountId");
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-last-message-lost-between-pages",
        what: "A page of messages that says there is more leaves out its last message.",
        caught_by: "sendpilot.inbox.messages.tokens-lead-to-each-message-once",
        act: |turn| {
            edited_at(turn, "GET", "/v1/inbox/conversations/", |body| {
                if body["pagination"]["hasMore"] == true {
                    body["messages"].as_array_mut().and_then(Vec::pop);
                }
            })
        },
    },
    Bug {
        name: "sendpilot-stranger-is-written-to",
        what: "Anybody is written to, connected or not.",
        caught_by: "sendpilot.inbox.send.a-stranger-gets-no-message",
        act: |turn| {
            let response = turn.answer()?;
            let accepted = json!({ "success": true, "messageId": "msg_000000000000", "status": "sent" });
            Ok(if turn.is("POST", "/v1/inbox/send") && response.status == 400 { canned(201, &accepted) } else { response })
        },
    },
    Bug {
        name: "sendpilot-message-not-counted",
        what: "A campaign does not count the messages that a client sends.",
        caught_by: "sendpilot.inbox.send.a-message-moves-its-lead",
        act: |turn| edited_at(turn, "GET", "/v1/campaigns/", |body| body["metrics"]["messagesSent"] = 0.into()),
    },
    Bug {
        name: "sendpilot-first-name-filled-in-once",
        what: "Of a name that is asked for twice the first is filled in, and the second left.",
        caught_by: "sendpilot.inbox.send-to-lead.names-are-filled-in-from-the-lead",
        act: |turn| turn.answer_with("dear Ada!", "dear {{firstName}}!"),
    },
    Bug {
        name: "sendpilot-second-request-uses-the-day",
        what: "Who has been asked is asked again, and the day's quota falls.",
        caught_by: "sendpilot.inbox.connect.nobody-is-asked-twice",
        act: |turn| {
            let asked = turn.count("asked", i64::from(turn.is("POST", "/v1/inbox/connect")));
            edited_at(turn, "GET", "/v1/senders/quotas", |body| use_up(&mut body["senders"][0]["connections"], (asked - 1).max(0)))
        },
    },
    Bug {
        name: "sendpilot-one-quota-for-all-accounts",
        what: "A message uses one of every account's day.",
        caught_by: "sendpilot.senders.quotas.a-message-uses-one-of-its-account",
        act: |turn| {
            let sent = turn.count("sent", i64::from(turn.is("POST", "/v1/inbox/send")));
            edited_at(turn, "GET", "/v1/senders/quotas", |body| use_up(&mut body["senders"][1]["messages"], sent))
        },
    },
    Bug {
        name: "sendpilot-day-never-begins-anew",
        what: "An account that has reached its quota stays shut.",
        caught_by: "sendpilot.inbox.send.a-day-ends-with-its-quota-and-the-next-begins-anew",
        act: |turn| {
            let response = turn.answer()?;
            let shut = turn.count("shut", i64::from(response.status == 429));
            let refused = json!({ "statusCode": 429, "message": "Daily message limit exceeded", "error": "Too Many Requests" });
            Ok(if shut > 0 && turn.is("POST", "/v1/inbox/send") { canned(429, &refused) } else { response })
        },
    },
];
