//! Bugs of a `Leadterra`: what it answers and keeps. Those of its replies and its representatives' desk are in `desk`.

mod desk;
mod wording;

use conformance::target::Response;
use serde_json::Value;

use crate::planted::{Bug, Turn};

/// Every bug, a list a topic.
pub(crate) const BUGS: [&[Bug]; 3] = [STATE, desk::BUGS, wording::BUGS];

const STATE: &[Bug] = &[
    Bug {
        name: "new-campaign-has-samples-in-it",
        what: "A new campaign has the counters of a demonstration.",
        caught_by: "leadterra.campaigns.create.a-new-one-has-counted-nothing",
        act: |turn| turn.answer_with("\"totalEnrolled\":0,\"sent\":0", "\"totalEnrolled\":1,\"sent\":0"),
    },
    Bug {
        name: "id-without-prefix",
        what: "A campaign's id is without camp_.",
        caught_by: "leadterra.campaigns.create.each-has-an-id-of-its-own",
        act: |turn| turn.answer_with("\"camp_", "\""),
    },
    Bug {
        name: "no-op-that-changes-state",
        what: "A running campaign that is started again begins a new run.",
        caught_by: "leadterra.campaigns.start.of-a-running-campaign-changes-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if is_call(turn, "/start") && response.status == 200 && turn.count("started", 1) > 1 {
                repeat_as(turn, "/start", "/pause")?;
                return turn.answer();
            }
            Ok(response)
        },
    },
    Bug {
        name: "start-of-nobody-accepted",
        what: "A campaign without leads starts.",
        caught_by: "leadterra.campaigns.start.needs-a-lead",
        act: |turn| {
            let mut response = turn.answer()?;
            if response.status == 400 && is_call(turn, "/start") {
                response.status = 200;
            }
            Ok(response)
        },
    },
    Bug {
        name: "only-the-first-lead-gets-mail",
        what: "The counters know one mail where two left.",
        caught_by: "leadterra.campaigns.start.sends-the-first-mail-once",
        act: |turn| turn.answer_with("\"sent\":2,\"delivered\":2", "\"sent\":1,\"delivered\":1"),
    },
    Bug {
        name: "pause-again-moves-the-time",
        what: "A second pause has a time of its own.",
        caught_by: "leadterra.campaigns.pause.of-a-paused-campaign-changes-nothing",
        act: |turn| {
            if is_call(turn, "/pause") && turn.count("paused", 1) > 1 {
                repeat_as(turn, "/pause", "/start")?;
            }
            turn.answer()
        },
    },
    Bug {
        name: "draft-becomes-paused",
        what: "A draft that is paused is paused.",
        caught_by: "leadterra.campaigns.pause.of-a-draft-leaves-it-a-draft",
        act: |turn| turn.answer_with("\"status\":\"draft\",\"pausedAt\":null", "\"status\":\"paused\",\"pausedAt\":null"),
    },
    Bug {
        name: "pause-in-name-only",
        what: "A campaign that says it is paused goes on sending.",
        caught_by: "leadterra.campaigns.pause.holds-mail-until-the-next-start",
        act: |turn| {
            let response = turn.answer()?;
            if is_call(turn, "/pause") {
                repeat_as(turn, "/pause", "/start")?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "volume-never-drawn",
        what: "The pools can always send as much as at the start.",
        caught_by: "leadterra.sender-pools.list.mail-takes-volume",
        act: |turn| if turn.is("GET", "/v1/sender-pools") { kept(turn, "pools") } else { turn.answer() },
    },
    Bug {
        name: "pool-of-a-removed-account",
        what: "A pool names an account that is gone.",
        caught_by: "leadterra.sender-pools.list.names-accounts-that-exist",
        act: |turn| if turn.is("GET", "/v1/sender-pools") { turn.answer_with("sa_01HXYZ002", "sa_gone") } else { turn.answer() },
    },
    Bug {
        name: "duplicate-lead-enrolled-again",
        what: "A lead that comes again is another lead.",
        caught_by: "leadterra.leads.bulk.a-lead-that-comes-again-is-enrolled-once",
        act: |turn| {
            if is_call(turn, "/leads/bulk") && turn.count("requests", 1) > 1 {
                renamed(turn, "again+");
            }
            turn.answer()
        },
    },
    Bug {
        name: "leads-compared-by-case",
        what: "An address in capitals is another lead.",
        caught_by: "leadterra.leads.bulk.an-address-in-capitals-is-the-same-lead",
        act: |turn| {
            if String::from_utf8_lossy(&turn.body).contains("Example.COM") {
                renamed(turn, "capital.");
            }
            turn.answer()
        },
    },
    Bug {
        name: "wrong-total",
        what: "The total leaves out what was updated.",
        caught_by: "leadterra.leads.bulk.its-total-is-the-sum",
        act: |turn| turn.answer_with("\"updated\":1,\"total\":3", "\"updated\":1,\"total\":2"),
    },
    Bug {
        name: "good-half-of-a-refused-request-kept",
        what: "Of a request that was refused, the valid leads are enrolled.",
        caught_by: "leadterra.leads.bulk.one-invalid-lead-refuses-them-all",
        act: |turn| {
            let response = turn.answer()?;
            if response.status == 422 {
                turn.body = String::from_utf8_lossy(&turn.body).replace(r#",{"email":"not-an-address"}"#, "").into_bytes();
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "stats-are-cached",
        what: "A running campaign's counters are those of the first look.",
        caught_by: "leadterra.leads.bulk.a-running-campaign-mails-a-new-lead",
        act: |turn| if is_call(turn, "/stats") { kept(turn, "stats") } else { turn.answer() },
    },
    Bug {
        name: "upsert-that-erases",
        what: "A lead that comes again loses every field that is not in the request.",
        caught_by: "leadterra.leads.bulk.erases-no-field-that-is-not-given",
        act: |turn| {
            let body = serde_json::from_slice::<Value>(&turn.body);
            if let (true, Ok(mut body)) = (is_call(turn, "/leads/bulk"), body) {
                for lead in body["leads"].as_array_mut().into_iter().flatten() {
                    for name in ["firstName", "lastName", "company", "jobTitle"] {
                        lead[name] = lead[name].take();
                    }
                }
                turn.body = body.to_string().into_bytes();
            }
            turn.answer()
        },
    },
    Bug {
        name: "suppression-ignored",
        what: "Suppressed addresses are counted and forgotten.",
        caught_by: "leadterra.suppression-list.add.a-suppressed-address-is-not-enrolled",
        act: |turn| {
            if turn.is("POST", "/v1/suppression-list") {
                renamed(turn, "forgotten+");
            }
            turn.answer()
        },
    },
    Bug {
        name: "suppression-only-at-enrollment",
        what: "An address that is suppressed in the middle of a sequence gets the rest of it.",
        caught_by: "leadterra.suppression-list.add.ends-sequences-that-run",
        act: |turn| {
            if turn.is("POST", "/v1/suppression-list") && turn.count("enrolled", 0) > 0 {
                renamed(turn, "later+");
            }
            if is_call(turn, "/leads/bulk") {
                turn.count("enrolled", 1);
            }
            turn.answer()
        },
    },
    Bug {
        name: "suppression-counts-all",
        what: "Addresses that are on the list already are counted again.",
        caught_by: "leadterra.suppression-list.add.counts-each-address-once",
        act: |turn| {
            if turn.is("POST", "/v1/suppression-list") && turn.count("requests", 1) > 1 {
                renamed(turn, "again+");
            }
            turn.answer()
        },
    },
    Bug {
        name: "campaigns-of-other-workspaces-shown",
        what: "A campaign's counters are shown to any key.",
        caught_by: "leadterra.campaigns.stats.another-workspaces-campaign-is-not-found",
        act: |turn| {
            let response = turn.answer()?;
            if is_call(turn, "/stats") && response.status == 404 {
                turn.set_key("Bearer sk_live_OTHER_WORKSPACE_KEY");
                return turn.answer();
            }
            Ok(response)
        },
    },
    Bug {
        name: "403-for-404",
        what: "Another workspace's campaign gets a 403, which tells that it is there.",
        caught_by: "leadterra.campaigns.stats.another-workspaces-campaign-is-not-found",
        act: |turn| turn.answer_with_status(404, 403),
    },
    Bug {
        name: "404-for-403",
        what: "A restricted key gets a 404.",
        caught_by: "leadterra.any.a-refused-key-changes-nothing",
        act: |turn| turn.answer_with_status(403, 404),
    },
    Bug {
        name: "suppression-of-all-workspaces",
        what: "What one workspace suppresses, no other can enroll.",
        caught_by: "leadterra.suppression-list.add.holds-in-its-own-workspace-only",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("POST", "/v1/suppression-list") {
                turn.set_key("Bearer sk_live_OTHER_WORKSPACE_KEY");
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "refused-key-still-enrolls",
        what: "What a refused key enrolls is enrolled before the key is looked at.",
        caught_by: "leadterra.any.a-refused-key-changes-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if matches!(response.status, 401 | 403) {
                turn.set_key("Bearer sk_live_YOUR_KEY");
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "revoked-key-accepted",
        what: "A revoked key still reads.",
        caught_by: "leadterra.any.a-revoked-key-is-refused-everywhere",
        act: |turn| {
            if turn.key() == Some("Bearer sk_live_REVOKED_KEY") {
                turn.set_key("Bearer sk_live_YOUR_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "one-webhook-a-workspace",
        what: "A second webhook is the first one.",
        caught_by: "leadterra.webhooks.create.each-has-an-id-of-its-own",
        act: |turn| if turn.is("POST", "/v1/webhooks") { kept(turn, "webhook") } else { turn.answer() },
    },
    Bug {
        name: "held-mail-not-counted",
        what: "A paused campaign has nothing queued.",
        caught_by: "leadterra.campaigns.stats.any-sequence-of-calls-counts-as-the-model-does",
        act: |turn| {
            let campaign = turn.request.target.split('/').nth(3).unwrap_or_default().to_owned();
            let mut response = turn.answer()?;
            if response.status == 200 && is_call(turn, "/pause") {
                turn.memory.insert(campaign.clone(), "paused".into());
            } else if is_call(turn, "/start") {
                turn.memory.remove(&campaign);
            }
            if is_call(turn, "/stats") && turn.memory.contains_key(&campaign) {
                response.body = edited(&response.body, |body| body["queued"] = 0.into());
            }
            Ok(response)
        },
    },
];

/// Whether it is a call of a campaign.
fn is_call(turn: &Turn<'_>, call: &str) -> bool {
    turn.request.target.split('?').next().is_some_and(|path| path.ends_with(call))
}

/// The same request once more, at another path; the next one is at its own again.
fn repeat_as(turn: &mut Turn<'_>, from: &str, to: &str) -> Result<Response, String> {
    let own = turn.request.target.clone();
    turn.request.target = own.replace(from, to).into();
    let response = turn.answer();
    turn.request.target = own;
    response
}

/// Puts something before every address of the body.
fn renamed(turn: &mut Turn<'_>, prefix: &str) {
    let mut text = String::from_utf8_lossy(&turn.body).into_owned();
    for name in ["ann.", "ben.", "cat.", "dan.", "Ann."] {
        text = text.replace(&format!("\"{name}"), &format!("\"{prefix}{name}"));
    }
    turn.body = text.into_bytes();
}

/// The first body of that name, again and again.
fn kept(turn: &mut Turn<'_>, name: &str) -> Result<Response, String> {
    let mut response = turn.answer()?;
    let first = turn.memory.entry(name.to_owned()).or_insert_with(|| response.body.clone());
    response.body.clone_from(first);
    Ok(response)
}

/// The body with a value changed, if it is JSON.
fn edited(body: &str, edit: impl FnOnce(&mut Value)) -> String {
    serde_json::from_str(body).map_or_else(
        |_| body.to_owned(),
        |mut value: Value| {
            edit(&mut value);
            value.to_string()
        },
    )
}
