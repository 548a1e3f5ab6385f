//! Replies: a filter is a part of the whole, and pages meet each reply once.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::case::Case;
use crate::claim::claim;
use crate::trial::{Answer, Ask, Checked, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadterra.replies.list",
            "the-campaigns-lists-make-up-the-whole",
            "Filtered by a campaign the list has that campaign's replies and no others, in the same order.",
        )
        .derived("https://docs.leadterra.co/api-reference/replies")
        .under(&["seed", "quickstart-v1", "guides-v1", "concepts-v1"])
        .checked_by(the_campaigns_lists_make_up_the_whole),
        claim(
            "leadterra.replies.list",
            "pages-meet-each-reply-once",
            "Walking the pages meets each reply once, the newest first, and the total stays the same.",
        )
        .derived("https://docs.leadterra.co/guides/monitor-replies")
        .under(&["guides-v1"])
        .checked_by(pages_meet_each_reply_once),
    ]
    .concat()
}

fn rows(answer: &Answer) -> Checked<&[Value]> {
    let place = ["$.replies", "$.data", "$"].into_iter().find(|place| answer.find(place).is_some_and(Value::is_array));
    answer.items(place.unwrap_or("$"))
}

fn the_campaigns_lists_make_up_the_whole(trial: &mut Trial<'_>) -> Checked {
    let whole = trial.given(&Ask::get("/v1/replies"))?;
    let mut campaigns: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows(&whole)? {
        campaigns.entry(row["campaignId"].as_str().unwrap_or_default().to_owned()).or_default().push(&row["id"]);
    }
    for (campaign, expected) in campaigns {
        let part = trial.call(&Ask::get(format!("/v1/replies?campaignId={campaign}")))?;
        let found: Vec<&Value> = rows(part.status(200)?)?.iter().map(|row| &row["id"]).collect();
        require(found == expected, format!("replies of {campaign}"), format!("{expected:?}"), format!("{found:?}"))?;
    }
    Ok(())
}

fn pages_meet_each_reply_once(trial: &mut Trial<'_>) -> Checked {
    let whole = trial.given(&Ask::get("/v1/replies"))?;
    let all = whole.items("$.replies")?;
    let times: Vec<&str> = all.iter().filter_map(|row| row["receivedAt"].as_str()).collect();
    require(times.is_sorted_by(|one, next| one >= next), "$.replies", "the newest first", format!("{times:?}"))?;
    whole.is("$.pagination.total", all.len())?;
    let mut met = Vec::new();
    for page in 1..=all.len() {
        let answer = trial.call(&Ask::get(format!("/v1/replies?page={page}&perPage=1")))?;
        answer.status(200)?.is("$.pagination.total", all.len())?.is("$.pagination.page", page)?.is("$.pagination.perPage", 1)?;
        met.extend(answer.items("$.replies")?.iter().cloned());
    }
    require(met == all, "replies of all pages", format!("{all:?}"), format!("{met:?}"))?;
    let beyond = trial.call(&Ask::get(format!("/v1/replies?page={}&perPage=1", all.len() + 1)))?;
    let left = beyond.items("$.replies")?.len();
    require(left == 0, "$.replies", "nothing on the page behind the last", left.to_string())
}
