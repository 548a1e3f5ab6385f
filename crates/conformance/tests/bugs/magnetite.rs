//! Bugs of a `Magnetite`.

use conformance::target::Response;

use crate::planted::{Bug, Turn};

const CAMPAIGN: &str = "/api/campaigns/YOUR_CAMPAIGN_ID/leads";
const JOB: &str = "/api/generation/";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "duplicate-lead-accepted",
        what: "A lead that is in the campaign already is added again.",
        caught_by: "magnetite.leads.add.an-address-joins-a-campaign-once",
        act: |turn| turn.answer_with_status(409, 200),
    },
    Bug {
        name: "lead-addresses-compared-by-case",
        what: "An address in capitals is another lead.",
        caught_by: "magnetite.leads.add.an-address-in-capitals-is-a-duplicate",
        act: |turn| {
            let text = String::from_utf8_lossy(&turn.body).replace("Jane.Conformance", "capital.jane");
            turn.body = text.into_bytes();
            turn.answer()
        },
    },
    Bug {
        name: "one-list-of-leads-for-all-campaigns",
        what: "A lead of one campaign is a duplicate in every other one.",
        caught_by: "magnetite.leads.add.campaigns-do-not-share-leads",
        act: |turn| {
            turn.request.target = turn.request.target.replace("campaign_abc123", "YOUR_CAMPAIGN_ID").into();
            turn.answer()
        },
    },
    Bug {
        name: "refused-lead-is-kept",
        what: "A lead without its company is refused, and kept all the same.",
        caught_by: "magnetite.leads.add.a-refused-lead-is-not-added",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("POST", CAMPAIGN) && response.status == 400 {
                turn.body = String::from_utf8_lossy(&turn.body).replacen('{', r#"{"companyName":"Acme","#, 1).into_bytes();
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "key-checked-after-the-work",
        what: "What a refused key adds is added before the key is looked at.",
        caught_by: "magnetite.leads.add.a-refused-key-adds-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("POST", CAMPAIGN) && response.status == 401 {
                turn.set_key("Bearer YOUR_API_KEY");
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "swapped-error-dialect",
        what: "Campaigns answer in the structured errors of the projects.",
        caught_by: "magnetite.any.each-path-keeps-its-dialect",
        act: |turn| {
            let mut response = turn.answer()?;
            if turn.is("POST", CAMPAIGN) && response.status == 401 {
                response.body = structured("MISSING_AUTH_HEADER", "Authorization header is required");
            }
            Ok(response)
        },
    },
    Bug {
        name: "job-progress-goes-back",
        what: "A job at 80 percent is shown at 20 again.",
        caught_by: "magnetite.jobs.get.never-goes-back",
        act: |turn| turn.answer_with("\"progressPercentage\":80", "\"progressPercentage\":20"),
    },
    Bug {
        name: "seconds-for-milliseconds",
        what: "A job's times are seconds.",
        caught_by: "magnetite.jobs.get.times-are-milliseconds",
        act: |turn| edited_job(turn, |job| ["createdAt", "updatedAt"].iter().for_each(|name| job[*name] = seconds(&job[*name]).into())),
    },
    Bug {
        name: "processing-time-in-milliseconds",
        what: "A job's processing time is in milliseconds, as its times are.",
        caught_by: "magnetite.jobs.get.times-are-milliseconds",
        act: |turn| edited_job(turn, |job| job["processingTime"] = (job["processingTime"].as_i64().unwrap_or_default() * 1_000).into()),
    },
    Bug {
        name: "job-by-lead-is-stale",
        what: "By its lead a job is shown as it was when it was first asked for.",
        caught_by: "magnetite.jobs.get_by_lead.answers-as-the-job-does",
        act: |turn| if turn.is("GET", "/api/leads/") { kept(turn, "by lead") } else { turn.answer() },
    },
    Bug {
        name: "jobs-of-other-workspaces-shown",
        what: "A job is found with any valid key.",
        caught_by: "magnetite.jobs.get.another-workspaces-job-is-not-found",
        act: |turn| {
            if turn.is("GET", JOB) && turn.key() == Some("Bearer OTHER_WORKSPACE_API_KEY") {
                turn.set_key("Bearer YOUR_API_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "job-of-an-address-reused",
        what: "An address that has a job gets that job again.",
        caught_by: "magnetite.generation.start.each-call-is-a-job-of-its-own",
        act: |turn| if turn.is("POST", "/api/projects/generate") { kept(turn, "job") } else { turn.answer() },
    },
    Bug {
        name: "project-of-the-path-lost",
        what: "A job that was started below its project's path has no project.",
        caught_by: "magnetite.project-generation.start.is-the-same-call",
        act: |turn| {
            if turn.is("POST", "/api/projects/") && !turn.is_exactly("POST", "/api/projects/generate") {
                turn.count("by path", 1);
            }
            let lost = turn.count("by path", 0) > 0;
            edited_job(turn, |job| {
                if lost {
                    job["projectId"] = "default".into();
                }
            })
        },
    },
    Bug {
        name: "job-without-credits",
        what: "A project without credits may start one job.",
        caught_by: "magnetite.generation.start.without-credits-nothing-starts",
        act: |turn| {
            if turn.is("POST", "/api/projects/generate") && turn.key() == Some("Bearer NO_CREDITS_API_KEY") && turn.count("free", 1) == 1 {
                turn.set_key("Bearer YOUR_API_KEY");
            }
            turn.answer()
        },
    },
    Bug {
        name: "wait-told-too-short",
        what: "The 429 tells half of the seconds that are to be waited.",
        caught_by: "magnetite.leads.add.ten-a-minute",
        act: |turn| turn.answer_with("\"retryAfter\":60", "\"retryAfter\":30"),
    },
    Bug {
        name: "remaining-calls-counted-before-the-call",
        what: "X-RateLimit-Remaining does not count the call that it comes with.",
        caught_by: "magnetite.leads.add.ten-a-minute",
        act: |turn| {
            let mut response = turn.answer()?;
            for (name, value) in &mut response.headers {
                if name == "x-ratelimit-remaining" {
                    *value = (value.parse::<u32>().unwrap_or_default() + 1).to_string();
                }
            }
            Ok(response)
        },
    },
    Bug {
        name: "one-window-for-all-calls",
        what: "Looking at a job counts with starting one.",
        caught_by: "magnetite.generation.start.status-counts-apart",
        act: |turn| {
            let mut response = turn.answer()?;
            if turn.is("POST", "/api/projects/generate") && response.status == 429 {
                turn.count("used up", 1);
            }
            if turn.is("GET", JOB) && turn.count("used up", 0) > 0 {
                response.status = 429;
            }
            Ok(response)
        },
    },
    Bug {
        name: "one-window-for-all-keys",
        what: "Calls are counted by address, not by key.",
        caught_by: "magnetite.leads.add.keys-count-apart",
        act: |turn| {
            turn.set_key("Bearer YOUR_API_KEY");
            turn.answer()
        },
    },
    Bug {
        name: "magnetite-reset-in-milliseconds",
        what: "X-RateLimit-Reset is in milliseconds.",
        caught_by: "magnetite.jobs.get.its-limit-ends-within-a-minute",
        act: |turn| {
            let mut response = turn.answer()?;
            let reset = response.headers.iter_mut().find(|(name, _)| name == "x-ratelimit-reset");
            if let Some((_, value)) = reset {
                value.push_str("000");
            }
            Ok(response)
        },
    },
    Bug {
        name: "lost-window-header",
        what: "X-RateLimit-Window is not there.",
        caught_by: "magnetite.jobs.get.its-limit-ends-within-a-minute",
        act: |turn| {
            let mut response = turn.answer()?;
            response.headers.retain(|(name, _)| name != "x-ratelimit-window");
            Ok(response)
        },
    },
    Bug {
        name: "expired-key-in-words-of-an-invalid-one",
        what: "An expired key gets the code of an invalid one.",
        caught_by: "magnetite.generation.expired_key",
        act: |turn| turn.answer_with("API_KEY_EXPIRED", "INVALID_API_KEY"),
    },
    Bug {
        name: "foreign-campaign-not-found",
        what: "Another account's campaign gets a 404.",
        caught_by: "magnetite.leads.foreign_campaign",
        act: |turn| turn.answer_with_status(403, 404),
    },
    Bug {
        name: "magnetite-null-left-out",
        what: "A job's error is absent where it should be null.",
        caught_by: "magnetite.jobs.queued",
        act: |turn| turn.answer_with("\"error\":null,", ""),
    },
    Bug {
        name: "retry-count-as-text",
        what: "A job's count of retries is a string.",
        caught_by: "magnetite.jobs.queued",
        act: |turn| turn.answer_with("\"retryCount\":0", "\"retryCount\":\"0\""),
    },
    Bug {
        name: "job-status-in-capitals",
        what: "A job's status is QUEUED.",
        caught_by: "magnetite.jobs.queued",
        act: |turn| turn.answer_with("\"status\":\"queued\"", "\"status\":\"QUEUED\""),
    },
];

fn structured(code: &str, message: &str) -> String {
    format!(r#"{{"success":false,"error":{{"code":"{code}","message":"{message}"}}}}"#)
}

fn seconds(value: &serde_json::Value) -> i64 {
    value.as_i64().unwrap_or_default() / 1_000
}

/// The answer with another job in it, if there is one in it.
fn edited_job(turn: &mut Turn<'_>, edit: impl FnOnce(&mut serde_json::Value)) -> Result<Response, String> {
    let mut response = turn.answer()?;
    if let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&response.body)
        && body.get("job").is_some()
    {
        edit(&mut body["job"]);
        response.body = body.to_string();
    }
    Ok(response)
}

/// The first body of that name, again and again.
fn kept(turn: &mut Turn<'_>, name: &str) -> Result<Response, String> {
    let mut response = turn.answer()?;
    let first = turn.memory.entry(name.to_owned()).or_insert_with(|| response.body.clone());
    response.body.clone_from(first);
    Ok(response)
}
