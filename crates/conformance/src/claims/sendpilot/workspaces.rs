//! Keys and workspaces: whose everything is, and what a key that has lost its worth still opens.

use mock_providers::KeyRole;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use serde_json::json;

use super::calls::{EMPTY, OF_OTHER, SEED, VENDOR_FILE, adding, lead, lead_field, leads_of, left, searching, setting, total_of, words};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Credential, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim("sendpilot.any", "an-expired-key-opens-nothing", "Every operation refuses an expired key in the words for an unknown one.")
            .effect(Effect::ContactsPeople)
            .derived(VENDOR_FILE)
            .needs([Need::Key(KeyRole::Expired)])
            .checked_by(|trial| opens_nothing(trial, KeyRole::Expired)),
        claim("sendpilot.any", "a-revoked-key-opens-nothing", "Every operation refuses a revoked key in the words for an unknown one.")
            .effect(Effect::ContactsPeople)
            .documented(SEED)
            .needs([Need::Key(KeyRole::Revoked)])
            .checked_by(|trial| opens_nothing(trial, KeyRole::Revoked)),
        claim("sendpilot.leads.add", "a-refused-key-changes-nothing", "Leads sent with a key that is refused are not added.")
            .derived(SEED)
            .needs([Need::World, Need::Key(KeyRole::Revoked)])
            .checked_by(a_refused_key_changes_nothing),
        claim(
            "sendpilot.any",
            "a-foreign-id-is-403-and-an-unknown-one-404",
            "What another workspace owns is refused with 403, and what nobody owns with 404, while what is one's own is shown.",
        )
        .derived(SEED)
        .needs([Need::World])
        .under(&["seed", "openapi-1.0"])
        .checked_by(a_foreign_id_is_403_and_an_unknown_one_404),
        claim(
            "sendpilot.leads.list",
            "a-list-has-the-own-workspace-alone",
            "A lead that another workspace adds is in none of one's own lists.",
        )
        .documented(SEED)
        .effect(Effect::ContactsPeople)
        .needs([Need::World, Need::Key(KeyRole::OtherWorkspace)])
        .checked_by(a_list_has_the_own_workspace_alone),
        claim(
            "sendpilot.leads.update-status",
            "another-workspace-cannot-change-a-lead",
            "The key of another workspace is refused a lead that is not its own, and the lead stays as it was.",
        )
        .documented(SEED)
        .needs([Need::World, Need::Key(KeyRole::OtherWorkspace)])
        .checked_by(another_workspace_cannot_change_a_lead),
        claim(
            "sendpilot.credits.get",
            "each-workspace-pays-for-itself",
            "What one workspace pays leaves the balance of another as it was.",
        )
        .derived(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Key(KeyRole::NoCredits)])
        .checked_by(each_workspace_pays_for_itself),
        claim(
            "sendpilot.me.get",
            "a-key-lacks-its-scopes-alone",
            "A key without scopes is refused where one is named, and opens everything else.",
        )
        .derived(VENDOR_FILE)
        .needs([Need::World, Need::Key(KeyRole::Restricted)])
        .under(&["openapi-1.0"])
        .checked_by(a_key_lacks_its_scopes_alone),
    ]
    .concat()
}

/// A refusal proves nothing about a target that refuses everything.
fn good_key_works(trial: &mut Trial<'_>) -> Checked {
    trial.given(&Ask::get("/v1/campaigns")).map(|_| ())
}

fn opens_nothing(trial: &mut Trial<'_>, role: KeyRole) -> Checked {
    good_key_works(trial)?;
    for spec in Provider::Sendpilot.operations() {
        let path: Vec<&str> = spec.paths[0].split('/').map(|part| if part.starts_with('{') { "unknown" } else { part }).collect();
        // Without a body: whoever takes the key has nothing to act on.
        let ask = Ask::new(spec.method.as_str().to_owned(), path.join("/"));
        let unknown = trial.call(&ask.clone().credential(Credential::Text("sp_live_UNKNOWN_KEY".into())))?;
        let refused = trial.call(&ask.key(role))?;
        refused.status(401)?;
        require(unknown.body == refused.body, format!("body of {}", spec.id), unknown.body, refused.body)?;
    }
    Ok(())
}

fn a_refused_key_changes_nothing(trial: &mut Trial<'_>) -> Checked {
    let ask = adding(EMPTY, &[lead("ada-example")]);
    let refused = [Credential::Role(KeyRole::Revoked), Credential::Text("sp_live_UNKNOWN_KEY".into()), Credential::None];
    for credential in refused {
        trial.call(&ask.clone().credential(credential))?.status(401)?;
        let held = leads_of(trial, EMPTY)?.len();
        require(held == 0, "$.leads", "no lead", held.to_string())?;
    }
    trial.given(&ask)?.is("$.leadsAdded", 1)?;
    Ok(())
}

fn a_foreign_id_is_403_and_an_unknown_one_404(trial: &mut Trial<'_>) -> Checked {
    for (before, own, foreign, after) in [
        ("/v1/campaigns/", EMPTY, OF_OTHER, ""),
        ("/v1/leads/", "lead_abc123", "lead_of_other", ""),
        ("/v1/lead-database/searches/", "search_abc123xyz", "search_of_other", "/status"),
        ("/v1/lead-database/searches/", "search_abc123xyz", "search_of_other", "/results"),
        ("/v1/lead-extractor/campaigns/", "camp_abc123xyz", "camp_extracted_by_other", "/status"),
        ("/v1/lead-extractor/campaigns/", "camp_abc123xyz", "camp_extracted_by_other", "/results"),
    ] {
        trial.given(&Ask::get(format!("{before}{own}{after}")))?;
        trial.call(&Ask::get(format!("{before}{foreign}{after}")))?.status(403)?.is("$.error", "Forbidden")?;
        trial.call(&Ask::get(format!("{before}unknown{after}")))?.status(404)?.is("$.error", "Not Found")?;
    }
    Ok(())
}

fn a_list_has_the_own_workspace_alone(trial: &mut Trial<'_>) -> Checked {
    let before = total_of(trial, "")?;
    trial.given(&adding(OF_OTHER, &[lead("zoe-elsewhere")]).key(KeyRole::OtherWorkspace))?;
    let after = total_of(trial, "")?;
    require(before == after, "$.pagination.total", before.to_string(), after.to_string())?;
    let (leads, _) = super::calls::walk(trial, "/v1/leads", 100, "$.leads", "$.pagination")?;
    let foreign = leads.iter().find(|lead| lead["campaignId"] == OF_OTHER);
    require(foreign.is_none(), "$.leads[*].campaignId", "the own workspace's", foreign.map(ToString::to_string).unwrap_or_default())?;
    let campaigns = trial.given(&Ask::get("/v1/campaigns?limit=100"))?;
    let ids = words(campaigns.items("$.data")?, "id");
    require(!ids.iter().any(|id| id == OF_OTHER), "$.data[*].id", "the own workspace's", ids.join(" "))
}

fn another_workspace_cannot_change_a_lead(trial: &mut Trial<'_>) -> Checked {
    let ask = setting("lead_abc123", &json!({ "status": "DONE" }));
    let before = lead_field(trial, "lead_abc123", "status")?;
    trial.call(&ask.clone().key(KeyRole::OtherWorkspace))?.status(403)?;
    let after = lead_field(trial, "lead_abc123", "status")?;
    require(before == after, "$.status", before, after)?;
    trial.given(&ask)?.is("$.status", "DONE")?;
    Ok(())
}

fn each_workspace_pays_for_itself(trial: &mut Trial<'_>) -> Checked {
    let credits = Ask::get("/v1/credits");
    let poor = credits.clone().key(KeyRole::NoCredits);
    let (own, others) = (left(&trial.given(&credits)?)?, left(&trial.given(&poor)?)?);
    trial.given(&searching(10))?;
    trial.call(&searching(1).key(KeyRole::NoCredits))?.status(403)?;
    let (found, expected) = ((left(&trial.given(&credits)?)?, left(&trial.given(&poor)?)?), (own - 10, others));
    require(found == expected, "what is left of each", format!("{expected:?}"), format!("{found:?}"))
}

fn a_key_lacks_its_scopes_alone(trial: &mut Trial<'_>) -> Checked {
    for (path, scope) in [("me", "workspace:read"), ("senders/quotas", "senders:read"), ("lead-database/filters", "leads:read")] {
        let ask = Ask::get(format!("/v1/{path}"));
        trial.given(&ask)?;
        trial.call(&ask.key(KeyRole::Restricted))?.status(403)?.is("$.message", format!("Key lacks {scope}"))?;
    }
    for path in ["campaigns", "leads/lead_123", "inbox/senders", "inbox/conversations", "credits"] {
        trial.call(&Ask::get(format!("/v1/{path}")).key(KeyRole::Restricted))?.status(200)?;
    }
    Ok(())
}
