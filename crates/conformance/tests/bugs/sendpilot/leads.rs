//! Campaigns and their leads.

use serde_json::{Value, json};

use crate::planted::Bug;
use crate::sendpilot::{add, canned, drop_parameter, each_lead, edited, edited_at, parameter, replaced_at, sent};

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "sendpilot-pause-not-in-the-list",
        what: "A campaign that was paused is still started in the list.",
        caught_by: "sendpilot.campaigns.update.a-paused-campaign-is-shown-as-paused",
        act: |turn| replaced_at(turn, "GET", "/v1/campaigns?", "PAUSED", "STARTED"),
    },
    Bug {
        name: "sendpilot-second-pause-accepted",
        what: "A paused campaign may be paused again.",
        caught_by: "sendpilot.campaigns.update.a-second-pause-changes-nothing",
        act: |turn| {
            let response = turn.answer()?;
            let accepted = json!({ "success": true, "newStatus": "paused" });
            Ok(if turn.request.method == "PATCH" && response.status == 400 { canned(200, &accepted) } else { response })
        },
    },
    Bug {
        name: "sendpilot-resume-begins-anew",
        what: "Resuming a campaign sets its leads back to PENDING.",
        caught_by: "sendpilot.campaigns.update.a-lead-goes-on-where-it-stood",
        act: |turn| {
            if sent(turn)["action"] == "resume" {
                turn.count("resumed", 1);
            }
            if turn.count("resumed", 0) == 0 {
                return turn.answer();
            }
            edited_at(turn, "GET", "/v1/leads", |body| each_lead(body, |lead| lead["status"] = "PENDING".into()))
        },
    },
    Bug {
        name: "sendpilot-paused-campaign-goes-on",
        what: "A pause is confirmed, and the campaign asks its leads all the same.",
        caught_by: "sendpilot.campaigns.update.a-paused-campaign-asks-nobody",
        act: |turn| {
            if sent(turn)["action"] == "pause" {
                return Ok(canned(200, &json!({ "success": true, "action": "pause", "newStatus": "paused" })));
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-campaign-pages-counted-from-zero",
        what: "The second page of campaigns is the first one again.",
        caught_by: "sendpilot.campaigns.list.pages-hold-each-campaign-once",
        act: |turn| {
            let page = parameter(turn, "page").and_then(|page| page.parse::<u32>().ok()).filter(|page| *page > 1);
            if let Some(page) = page.filter(|_| turn.is_exactly("GET", "/v1/campaigns")) {
                turn.request.target = turn.request.target.replace(&format!("page={page}"), &format!("page={}", page - 1)).into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-campaign-filter-ignored",
        what: "A list of paused campaigns has them all.",
        caught_by: "sendpilot.campaigns.list.each-campaign-has-one-of-the-states",
        act: |turn| {
            if turn.is_exactly("GET", "/v1/campaigns") {
                drop_parameter(turn, "status");
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-stale-number-of-leads",
        what: "A campaign's number of leads is the one that was first asked for.",
        caught_by: "sendpilot.campaigns.get.the-total-is-that-of-its-leads",
        act: |turn| {
            let mut first = turn.memory.get("first").and_then(|text| text.parse::<i64>().ok());
            let answer = edited_at(turn, "GET", "/v1/campaigns/", |body| {
                first = first.or_else(|| body["totalLeads"].as_i64());
                body["totalLeads"] = first.into();
            });
            first.map(|first| turn.memory.insert("first".into(), first.to_string()));
            answer
        },
    },
    Bug {
        name: "sendpilot-duplicate-accepted",
        what: "A profile that the campaign has is counted as added.",
        caught_by: "sendpilot.leads.add.a-duplicate-is-skipped",
        act: |turn| {
            edited_at(turn, "POST", "/v1/leads", |body| {
                let skipped = body["duplicatesSkipped"].take().as_i64().unwrap_or(0);
                add(&mut body["leadsAdded"], skipped);
                body["duplicatesSkipped"] = 0.into();
            })
        },
    },
    Bug {
        name: "sendpilot-duplicate-in-one-request-accepted",
        what: "Entries are compared with the campaign, and not with each other.",
        caught_by: "sendpilot.leads.add.a-duplicate-in-one-request-is-skipped",
        act: |turn| {
            let several = sent(turn)["leads"].as_array().is_some_and(|leads| leads.len() > 1);
            if !several {
                return turn.answer();
            }
            edited_at(turn, "POST", "/v1/leads", |body| {
                let skipped = body["duplicatesSkipped"].take().as_i64().unwrap_or(0);
                add(&mut body["leadsAdded"], skipped);
                body["duplicatesSkipped"] = 0.into();
            })
        },
    },
    Bug {
        name: "sendpilot-upsert-that-erases",
        what: "A duplicate takes the place of the lead, and what it does not name is gone.",
        caught_by: "sendpilot.leads.add.a-duplicate-erases-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("POST", "/v1/leads") && !response.body.contains("\"duplicatesSkipped\":0") {
                turn.count("erased", 1);
            }
            if turn.count("erased", 0) == 0 {
                return Ok(response);
            }
            edited_at(turn, "GET", "/v1/leads", |body| {
                each_lead(body, |lead| ["firstName", "lastName", "company"].into_iter().for_each(|name| lead[name] = Value::Null));
            })
        },
    },
    Bug {
        name: "sendpilot-duplicate-across-campaigns",
        what: "A profile of one campaign is skipped in another.",
        caught_by: "sendpilot.leads.add.two-campaigns-may-have-one-profile",
        act: |turn| {
            if turn.is("POST", "/v1/leads") && turn.count("requests", 1) > 1 {
                let skipped = json!({ "success": true, "leadsAdded": 0, "duplicatesSkipped": 1, "invalidEntries": 0 });
                return Ok(canned(201, &skipped));
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-title-forgotten",
        what: "A new lead has no title.",
        caught_by: "sendpilot.leads.add.a-new-lead-waits-with-what-was-sent",
        act: |turn| edited_at(turn, "GET", "/v1/leads", |body| each_lead(body, |lead| lead["title"] = Value::Null)),
    },
    Bug {
        name: "sendpilot-invalid-entry-counted-as-duplicate",
        what: "An entry without a profile is counted among the duplicates.",
        caught_by: "sendpilot.leads.add.each-entry-is-counted-once",
        act: |turn| {
            edited_at(turn, "POST", "/v1/leads", |body| {
                let invalid = body["invalidEntries"].take().as_i64().unwrap_or(0);
                add(&mut body["duplicatesSkipped"], invalid);
                body["invalidEntries"] = 0.into();
            })
        },
    },
    Bug {
        name: "sendpilot-page-overlap",
        what: "Each page of leads but the first begins with the last lead of the one before.",
        caught_by: "sendpilot.leads.list.pages-neither-overlap-nor-leave-a-gap",
        act: |turn| {
            if !turn.is("GET", "/v1/leads?") {
                return turn.answer();
            }
            let before = turn.memory.get("last").and_then(|text| serde_json::from_str::<Value>(text).ok());
            let first_page = parameter(turn, "page").is_none_or(|page| page == "1");
            let mut last = None;
            let answer = edited(turn, |body| {
                let Some(leads) = body["leads"].as_array_mut().filter(|leads| !leads.is_empty()) else { return };
                last = leads.last().cloned();
                if let (false, Some(before)) = (first_page, before) {
                    leads[0] = before;
                }
            });
            last.map(|last| turn.memory.insert("last".into(), last.to_string()));
            answer
        },
    },
    Bug {
        name: "sendpilot-page-gap",
        what: "Each page of leads but the first leaves out its first one.",
        caught_by: "sendpilot.leads.list.pages-neither-overlap-nor-leave-a-gap",
        act: |turn| {
            if parameter(turn, "page").is_none_or(|page| page == "1") {
                return turn.answer();
            }
            edited_at(turn, "GET", "/v1/leads?", |body| {
                if let Some(leads) = body["leads"].as_array_mut().filter(|leads| !leads.is_empty()) {
                    leads.remove(0);
                }
            })
        },
    },
    Bug {
        name: "sendpilot-wrong-total",
        what: "The total of a list is the number of leads on its page.",
        caught_by: "sendpilot.leads.list.the-total-is-how-many-there-are",
        act: |turn| {
            edited_at(turn, "GET", "/v1/leads?", |body| {
                body["pagination"]["total"] = body["leads"].as_array().map_or(0, Vec::len).into();
            })
        },
    },
    Bug {
        name: "sendpilot-status-filter-ignored",
        what: "A list of one status has leads of all.",
        caught_by: "sendpilot.leads.list.each-lead-has-one-status",
        act: |turn| {
            drop_parameter(turn, "status");
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-all-leads-are-of-one-campaign",
        what: "Without a campaign the list has the first campaign's leads.",
        caught_by: "sendpilot.leads.list.without-a-campaign-it-has-all-of-them",
        act: |turn| {
            if turn.is("GET", "/v1/leads?") && parameter(turn, "campaignId").is_none() {
                turn.request.target = format!("{}&campaignId=clxxx123456", turn.request.target).into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-seconds-for-milliseconds",
        what: "A lead alone has its times without milliseconds, and in a list with them.",
        caught_by: "sendpilot.leads.get.a-lead-is-told-alike-alone-and-in-a-list",
        act: |turn| replaced_at(turn, "GET", "/v1/leads/", ".000Z", "Z"),
    },
    Bug {
        name: "sendpilot-filter-knows-no-status-set-by-hand",
        what: "A list of one status passes over leads that were set to it.",
        caught_by: "sendpilot.leads.update-status.what-is-set-is-read-back",
        act: |turn| {
            if turn.is("GET", "/v1/leads?") && parameter(turn, "status").as_deref() == Some("DONE") {
                turn.request.target = turn.request.target.replace("status=DONE", "status=BLOCKED").into();
            }
            turn.answer()
        },
    },
    Bug {
        name: "sendpilot-previous-status-is-the-new-one",
        what: "An update tells the new status twice.",
        caught_by: "sendpilot.leads.update-status.the-previous-status-is-the-one-before",
        act: |turn| edited_at(turn, "PATCH", "/v1/leads/", |body| body["previousStatus"] = body["status"].clone()),
    },
    Bug {
        name: "sendpilot-status-set-though-refused",
        what: "A status that may not be set is refused after the lead was touched.",
        caught_by: "sendpilot.leads.update-status.a-refused-status-changes-nothing",
        act: |turn| {
            let response = turn.answer()?;
            if turn.is("PATCH", "/v1/leads/") && response.status == 400 {
                turn.body = br#"{"status":"DONE"}"#.to_vec();
                turn.answer()?;
            }
            Ok(response)
        },
    },
    Bug {
        name: "sendpilot-created-with-every-update",
        what: "An update moves the time of creation as well.",
        caught_by: "sendpilot.leads.update-status.an-update-moves-one-of-two-times",
        act: |turn| edited_at(turn, "GET", "/v1/leads", |body| each_lead(body, |lead| lead["createdAt"] = lead["updatedAt"].clone())),
    },
    Bug {
        name: "sendpilot-one-axis-for-two",
        what: "A custom status takes the place of the status.",
        caught_by: "sendpilot.leads.update-status.the-two-axes-are-apart",
        act: |turn| {
            edited_at(turn, "GET", "/v1/leads/", |body| {
                if body["customLeadStatus"] != "LEAD" {
                    body["status"] = body["customLeadStatus"].clone();
                }
            })
        },
    },
];
