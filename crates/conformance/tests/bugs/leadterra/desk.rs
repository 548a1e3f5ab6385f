//! Bugs of the replies and of a representative's desk.

use super::{edited, kept};
use crate::planted::Bug;

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "leadterra-filter-ignored",
        what: "The list of replies is the same whatever campaign is asked for.",
        caught_by: "leadterra.replies.list.the-campaigns-lists-make-up-the-whole",
        act: |turn| {
            if turn.is("GET", "/v1/replies") {
                turn.request.target = "/v1/replies".into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "reply-page-counted-from-0",
        what: "The first page of replies comes twice, and the last one never.",
        caught_by: "leadterra.replies.list.pages-meet-each-reply-once",
        act: |turn| {
            turn.request.target = turn.request.target.replace("page=2", "page=1").replace("page=3", "page=2").into();
            turn.answer()
        },
    },
    Bug {
        name: "leadterra-total-of-the-page",
        what: "The total is how many replies the page has.",
        caught_by: "leadterra.replies.list.pages-meet-each-reply-once",
        act: |turn| {
            let mut response = turn.answer()?;
            if turn.is("GET", "/v1/replies") {
                response.body = edited(&response.body, |body| {
                    body["pagination"]["total"] = body["replies"].as_array().map_or(0, Vec::len).into();
                });
            }
            Ok(response)
        },
    },
    Bug {
        name: "inbox-without-new-threads",
        what: "The inbox is what it was when it was first asked for.",
        caught_by: "leadterra.replies.assign.puts-a-thread-into-the-inbox",
        act: |turn| if turn.is("GET", "/v1/sdr/inbox") { kept(turn, "inbox") } else { turn.answer() },
    },
    Bug {
        name: "reply-forwarded-twice",
        what: "A reply that was forwarded is forwarded again without a word.",
        caught_by: "leadterra.replies.assign.forwards-once-unless-forced",
        act: |turn| {
            let response = turn.answer()?;
            if response.status == 409 {
                turn.body = String::from_utf8_lossy(&turn.body).replacen('{', r#"{"forceForward":true,"#, 1).into_bytes();
                return turn.answer();
            }
            Ok(response)
        },
    },
    Bug {
        name: "inbox-page-gap",
        what: "Every page of the inbox but the first leaves out a thread.",
        caught_by: "leadterra.sdr.inbox.pages-meet-each-thread-once",
        act: |turn| {
            if !turn.request.target.ends_with("offset=0") {
                turn.request.target = turn.request.target.replace("offset=", "offset=1").into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "more-behind-the-last-page",
        what: "The last page of the inbox says that there is more.",
        caught_by: "leadterra.sdr.inbox.pages-meet-each-thread-once",
        act: |turn| turn.answer_with("\"hasMore\":false", "\"hasMore\":true"),
    },
    Bug {
        name: "completed-follow-up-still-due",
        what: "A follow-up that is completed stays on the list.",
        caught_by: "leadterra.sdr.followup-complete.takes-it-off-the-list",
        act: |turn| if turn.is("GET", "/v1/sdr/followups/due") { with_all_that_was_due(turn) } else { turn.answer() },
    },
    Bug {
        name: "upcoming-follow-ups-always-shown",
        what: "Follow-ups that are not due yet are on the list without being asked for.",
        caught_by: "leadterra.sdr.followup-reschedule.is-due-at-its-new-time",
        act: |turn| {
            turn.request.target = turn.request.target.replace("includeUpcoming=false", "includeUpcoming=true").into();
            turn.answer()
        },
    },
    Bug {
        name: "insights-of-one-draft",
        what: "Every insight is about the first draft.",
        caught_by: "leadterra.sdr.drafts-generate.each-variant-is-a-draft",
        act: |turn| {
            let mut response = turn.answer()?;
            if turn.is("POST", "/v1/sdr/drafts/generate") {
                response.body = edited(&response.body, |body| {
                    let first = body["data"]["drafts"][0]["id"].clone();
                    for insight in body["data"]["insights"].as_array_mut().into_iter().flatten() {
                        insight["draftId"] = first.clone();
                    }
                });
            }
            Ok(response)
        },
    },
];

/// A list that only grows.
fn with_all_that_was_due(turn: &mut crate::planted::Turn<'_>) -> Result<conformance::target::Response, String> {
    let mut response = turn.answer()?;
    let longest = turn.memory.entry("due".to_owned()).or_default();
    if longest.len() < response.body.len() {
        longest.clone_from(&response.body);
    }
    response.body.clone_from(longest);
    Ok(response)
}
