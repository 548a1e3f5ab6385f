//! Searches and extractions: what they cost, how they end, and what they bring. The balance that pays for them.

use jiff::Timestamp;
use mock_providers::core::operation::Effect;
use serde_json::{Value, json};

use super::calls::{DAY_S, VENDOR_FILE, left, same, searching, words};
use crate::case::Case;
use crate::claim::{Claim, claim};
use crate::target::{CLOCK, Need};
use crate::trial::{Ask, Checked, Stop, Trial, require};

const GET_CREDITS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-credits";
const SEARCH_STATUS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-lead-database-search-status";
const EXTRACTION_EVENT: &str = "https://docs.sendpilot.ai/webhooks/events/lead-extractor-job-completed";

/// One revision of each form of the balance.
const BOTH_BALANCES: &[&str] = &["seed", "openapi-1.0"];

pub(super) fn cases() -> Vec<Case> {
    [searches(), extractions(), balance()].concat()
}

fn paid(operation: &str, name: &str, sentence: &str) -> Claim {
    claim(operation, name, sentence).effect(Effect::PaidRead).needs([Need::World])
}

fn searches() -> Vec<Case> {
    [
        paid(
            "sendpilot.searches.create",
            "a-search-takes-what-it-estimates",
            "A search takes its limit from what is left, at once, and estimates that.",
        )
        .derived(VENDOR_FILE)
        .under(BOTH_BALANCES)
        .checked_by(a_search_takes_what_it_estimates),
        paid(
            "sendpilot.searches.create",
            "a-search-beyond-the-quota-takes-nothing",
            "A search for more than is left is refused and takes nothing; one for all that is left is begun.",
        )
        .derived(VENDOR_FILE)
        .under(BOTH_BALANCES)
        .checked_by(a_search_beyond_the_quota_takes_nothing),
        paid(
            "sendpilot.searches.status",
            "a-search-begins-pending-and-ends-completed",
            "A search is pending at first, and completed with all that it found in the end.",
        )
        .derived(SEARCH_STATUS)
        .needs([Need::Clock])
        .checked_by(a_search_begins_pending_and_ends_completed),
        paid(
            "sendpilot.searches.status",
            "progress-never-falls",
            "While a search runs, what is found and its share of the limit never fall, nor pass the limit.",
        )
        .derived(SEARCH_STATUS)
        .needs([Need::Clock])
        .checked_by(progress_never_falls),
        paid(
            "sendpilot.searches.results",
            "offsets-lead-to-each-result-once",
            "Pages by offset hold together what one page holds; has_more is true on all but the last.",
        )
        .derived(VENDOR_FILE)
        .needs([Need::Clock])
        .checked_by(offsets_lead_to_each_result_once),
    ]
    .concat()
}

fn extractions() -> Vec<Case> {
    [
        paid(
            "sendpilot.extractions.create",
            "enrichment-costs-as-much-again",
            "An extraction costs a credit a lead, and another with enrichment; the balance falls by its estimate.",
        )
        .derived(EXTRACTION_EVENT)
        .checked_by(enrichment_costs_as_much_again),
        paid(
            "sendpilot.extractions.results",
            "enriched-only-holds-those-with-an-address",
            "With enriched_only the results are the leads that have an address, as many as the status counts as enriched.",
        )
        .derived(VENDOR_FILE)
        .needs([Need::Clock])
        .checked_by(enriched_only_holds_those_with_an_address),
    ]
    .concat()
}

fn balance() -> Vec<Case> {
    [
        paid(
            "sendpilot.credits.get",
            "the-parts-make-the-whole",
            "The parts of a balance make up its whole, before and after something was paid.",
        )
        .derived(GET_CREDITS)
        .under(BOTH_BALANCES)
        .checked_by(the_parts_make_the_whole),
        paid(
            "sendpilot.credits.get",
            "what-was-bought-outlives-the-month",
            "When the month begins anew nothing of it is used, and what was bought is as it was.",
        )
        .documented(GET_CREDITS)
        .needs([Need::Clock])
        .under(&["v1-late"])
        .checked_by(what_was_bought_outlives_the_month),
        paid("sendpilot.credits.get", "looking-costs-nothing", "Filters, status and results cost nothing.")
            .derived(VENDOR_FILE)
            .under(BOTH_BALANCES)
            .checked_by(looking_costs_nothing),
    ]
    .concat()
}

fn credits(trial: &mut Trial<'_>) -> Checked<i64> {
    left(&trial.given(&Ask::get("/v1/credits"))?)
}

fn search(trial: &mut Trial<'_>, limit: i64) -> Checked<String> {
    Ok(trial.given(&searching(limit))?.text("$.id")?.to_owned())
}

fn extracting(limit: i64, mode: &str) -> Ask {
    let urls = ["https://www.linkedin.com/search/results/people/?keywords=founder"];
    let body = json!({ "name": "Founders", "urls": urls, "limit": limit, "mode": mode, "url_type": "linkedin_search" });
    Ask::post("/v1/lead-extractor/campaigns", &body)
}

fn a_search_takes_what_it_estimates(trial: &mut Trial<'_>) -> Checked {
    let mut before = credits(trial)?;
    for limit in [1, 40, 250] {
        let estimate = trial.given(&searching(limit))?.integer("$.estimated_quota")?;
        require(estimate == limit, "$.estimated_quota", limit.to_string(), estimate.to_string())?;
        let after = credits(trial)?;
        require(before - limit == after, "what is left", (before - limit).to_string(), after.to_string())?;
        before = after;
    }
    Ok(())
}

fn a_search_beyond_the_quota_takes_nothing(trial: &mut Trial<'_>) -> Checked {
    let before = credits(trial)?;
    trial.call(&searching(before + 1))?.status(403)?;
    let after = credits(trial)?;
    require(before == after, "what is left", before.to_string(), after.to_string())?;
    trial.call(&searching(before))?.status(201)?;
    let after = credits(trial)?;
    require(after == 0, "what is left", "0", after.to_string())?;
    trial.call(&searching(1))?.status(403)?;
    Ok(())
}

fn a_search_begins_pending_and_ends_completed(trial: &mut Trial<'_>) -> Checked {
    let id = search(trial, 7)?;
    let status = Ask::get(format!("/v1/lead-database/searches/{id}/status"));
    trial.given(&status)?.is("$.id", &*id)?.is("$.status", "pending")?.is("$.progress.found", 0)?;
    trial.wait(DAY_S)?;
    let done = trial.given(&status)?;
    done.is("$.status", "completed")?.is("$.progress.percent_complete", 100)?;
    let found = done.integer("$.progress.found")?;
    let results = trial.given(&Ask::get(format!("/v1/lead-database/searches/{id}/results")))?;
    results.is("$.search_id", &*id)?.is("$.total", found)?;
    let rows = results.items("$.leads")?.len();
    require(i64::try_from(rows) == Ok(found), "$.leads", format!("{found} leads"), rows.to_string())
}

fn progress_never_falls(trial: &mut Trial<'_>) -> Checked {
    let limit = 40;
    let id = search(trial, limit)?;
    let (mut found, mut share) = (0, 0);
    for _ in 0..24 {
        let answer = trial.given(&Ask::get(format!("/v1/lead-database/searches/{id}/status")))?;
        let (now, percent) = (answer.integer("$.progress.found")?, answer.integer("$.progress.percent_complete")?);
        require((found..=limit).contains(&now), "$.progress.found", format!("{found} to {limit}"), now.to_string())?;
        require((share..=100).contains(&percent), "$.progress.percent_complete", format!("{share} to 100"), percent.to_string())?;
        (found, share) = (now, percent);
        trial.wait(5)?;
    }
    Ok(())
}

fn offsets_lead_to_each_result_once(trial: &mut Trial<'_>) -> Checked {
    let id = search(trial, 25)?;
    trial.wait(DAY_S)?;
    let results = format!("/v1/lead-database/searches/{id}/results");
    let whole = trial.given(&Ask::get(format!("{results}?limit=100")))?;
    whole.is("$.has_more", false)?;
    let expected = words(whole.items("$.leads")?, "id");
    for limit in [1, 10, 25] {
        let mut found = Vec::new();
        while found.len() < expected.len() {
            let page = trial.given(&Ask::get(format!("{results}?limit={limit}&offset={}", found.len())))?;
            page.is("$.offset", found.len())?.is("$.total", expected.len())?;
            let ids = words(page.items("$.leads")?, "id");
            require(!ids.is_empty(), format!("$.leads from {}", found.len()), "a lead", "none")?;
            found.extend(ids);
            page.is("$.has_more", found.len() < expected.len())?;
        }
        same(format!("$.leads[*].id, {limit} a page"), &expected, &found)?;
    }
    Ok(())
}

fn enrichment_costs_as_much_again(trial: &mut Trial<'_>) -> Checked {
    let left = |trial: &mut Trial<'_>| trial.given(&Ask::get("/v1/credits"))?.integer("$.globalCredits.remaining");
    for (mode, cost) in [("extraction_only", 100), ("with_enrichment", 200)] {
        let before = left(trial)?;
        trial.given(&extracting(100, mode))?.is("$.estimated_credits", cost)?;
        let after = left(trial)?;
        require(before - cost == after, "$.globalCredits.remaining", (before - cost).to_string(), after.to_string())?;
    }
    Ok(())
}

fn enriched_only_holds_those_with_an_address(trial: &mut Trial<'_>) -> Checked {
    let id = trial.given(&extracting(40, "with_enrichment"))?.text("$.id")?.to_owned();
    trial.wait(DAY_S)?;
    let base = format!("/v1/lead-extractor/campaigns/{id}");
    let enriched = trial.given(&Ask::get(format!("{base}/status")))?.integer("$.progress.enriched")?;
    let all = trial.given(&Ask::get(format!("{base}/results?limit=100")))?;
    let with_address: Vec<Value> = all.items("$.leads")?.iter().filter(|row| !row["email"].is_null()).cloned().collect();
    let only = trial.given(&Ask::get(format!("{base}/results?limit=100&enriched_only=true")))?;
    only.is("$.total", enriched)?;
    let (expected, found) = (words(&with_address, "id"), words(only.items("$.leads")?, "id"));
    same("$.leads[*].id", &expected, &found)
}

/// Holds a balance's whole to its parts.
fn adds_up(trial: &mut Trial<'_>) -> Checked {
    let answer = trial.given(&Ask::get("/v1/credits"))?;
    let sums: &[[&str; 3]] = if answer.find("$.available").is_some() {
        &[["$.available", "$.subscription", "$.purchased"]]
    } else {
        &[
            ["$.globalCredits.balance", "$.globalCredits.used", "$.globalCredits.remaining"],
            ["$.leadDatabase.quota", "$.leadDatabase.used", "$.leadDatabase.remaining"],
        ]
    };
    for [whole, one, other] in sums {
        let sum = answer.integer(one)? + answer.integer(other)?;
        answer.is(whole, sum)?;
    }
    Ok(())
}

fn the_parts_make_the_whole(trial: &mut Trial<'_>) -> Checked {
    adds_up(trial)?;
    for limit in [1_000, 4_000] {
        trial.given(&searching(limit))?;
        trial.given(&extracting(limit / 10, "with_enrichment"))?;
        adds_up(trial)?;
    }
    Ok(())
}

fn what_was_bought_outlives_the_month(trial: &mut Trial<'_>) -> Checked {
    let credits = Ask::get("/v1/credits");
    trial.given(&searching(100))?;
    let before = trial.given(&credits)?;
    let used = before.integer("$.used")?;
    require(used >= 100, "$.used", "100 or more", used.to_string())?;
    let reset = before.text("$.nextResetDate")?;
    let seconds = reset.parse::<Timestamp>().ok().zip(CLOCK.parse().ok()).map(|(reset, now)| reset.duration_since(now).as_secs());
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    trial.wait(seconds.ok_or_else(|| Stop::broken("$.nextResetDate", "a time to come", reset))?)?;
    let after = trial.given(&credits)?;
    after.is("$.used", 0)?.is("$.purchased", before.integer("$.purchased")?)?;
    let next = after.text("$.nextResetDate")?;
    require(next > reset, "$.nextResetDate", format!("after {reset}"), next)
}

fn looking_costs_nothing(trial: &mut Trial<'_>) -> Checked {
    let id = search(trial, 10)?;
    let before = credits(trial)?;
    for target in
        ["filters".to_owned(), "filters?filter=seniority_levels".into(), format!("searches/{id}/status"), format!("searches/{id}/results")]
    {
        trial.given(&Ask::get(format!("/v1/lead-database/{target}")))?;
        let after = credits(trial)?;
        require(before == after, format!("what is left after {target}"), before.to_string(), after.to_string())?;
    }
    Ok(())
}
