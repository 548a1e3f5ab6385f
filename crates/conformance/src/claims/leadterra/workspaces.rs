//! Keys and workspaces: what a key sees, and what a refused call leaves alone.

use mock_providers::KeyRole;
use mock_providers::core::operation::Effect;
use serde_json::json;

use super::{AUTHENTICATION, FAMILIES, campaign, campaign_by, counted, counters, enroll, pause, refused, start, stats, suppress, under};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadterra.campaigns.stats",
            "another-workspaces-campaign-is-not-found",
            "A campaign of another workspace is not found by any call, as though there were none of that id.",
        )
        .effect(Effect::ContactsPeople)
        .derived(AUTHENTICATION)
        .needs([Need::Key(KeyRole::OtherWorkspace)])
        .under(FAMILIES)
        .checked_by(another_workspaces_campaign),
        claim(
            "leadterra.suppression-list.add",
            "holds-in-its-own-workspace-only",
            "An address that one workspace has suppressed can be enrolled in another.",
        )
        .effect(Effect::ContactsPeople)
        .derived("https://docs.leadterra.co/api-reference/suppression-list")
        .needs([Need::World, Need::Key(KeyRole::OtherWorkspace)])
        .checked_by(suppression_is_of_a_workspace),
        claim("leadterra.any", "a-refused-key-changes-nothing", "What a revoked, unknown or restricted key asks for does not happen.")
            .derived(AUTHENTICATION)
            .effect(mock_providers::core::operation::Effect::ContactsPeople)
            .needs([Need::World, Need::Key(KeyRole::Revoked), Need::Key(KeyRole::Restricted)])
            .checked_by(a_refused_key_changes_nothing),
        claim("leadterra.any", "a-revoked-key-is-refused-everywhere", "A revoked key gets a 401 from every list, as an unknown one does.")
            .documented(AUTHENTICATION)
            .needs([Need::Key(KeyRole::Revoked)])
            .under(FAMILIES)
            .checked_by(a_revoked_key_is_refused_everywhere),
        claim("leadterra.webhooks.create", "each-has-an-id-of-its-own", "Two webhooks have two ids, and each echoes its own events.")
            .derived("https://docs.leadterra.co/api-reference/webhooks")
            .needs([Need::World])
            .under(FAMILIES)
            .checked_by(each_webhook_has_an_id),
    ]
    .concat()
}

fn another_workspaces_campaign(trial: &mut Trial<'_>) -> Checked {
    let id = campaign_by(trial, KeyRole::OtherWorkspace, 1)?;
    trial.given(&stats(&id).key(KeyRole::OtherWorkspace))?;
    for ask in [stats, start, pause, |id: &str| enroll(id, &["ann.conformance@example.com"])] {
        let foreign = trial.call(&ask(&id))?;
        refused(&foreign, 404, "campaign_not_found")?;
        let unknown = trial.call(&ask("camp_of_nobody_at_all"))?;
        require(foreign.body == unknown.body, "body", unknown.body, foreign.body)?;
    }
    Ok(())
}

fn suppression_is_of_a_workspace(trial: &mut Trial<'_>) -> Checked {
    trial.given(&suppress(&["ann.conformance@example.com"]))?;
    let id = campaign_by(trial, KeyRole::OtherWorkspace, 1)?;
    let answer = trial.call(&enroll(&id, &["ann.conformance@example.com"]).key(KeyRole::OtherWorkspace))?;
    let enrolled = counted(answer.status(200)?, "enrolled")?;
    require(enrolled == 1, "$.enrolled", "1", enrolled.to_string())
}

fn a_refused_key_changes_nothing(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    for (role, status) in [(KeyRole::Revoked, 401), (KeyRole::Restricted, 403)] {
        trial.call(&enroll(&id, &["ann.conformance@example.com"]).key(role))?.status(status)?;
    }
    let unknown = crate::trial::Credential::Text("Bearer sk_live_NOBODYS_KEY".into());
    trial.call(&enroll(&id, &["ann.conformance@example.com"]).credential(unknown))?.status(401)?;
    counters(trial, &id, &[("totalEnrolled", 0)])
}

fn a_revoked_key_is_refused_everywhere(trial: &mut Trial<'_>) -> Checked {
    for list in ["/v1/sender-pools", "/v1/sender-accounts", "/v1/replies", "/v1/sdrs", "/v1/sdr/inbox", "/v1/sdr/gmail/status"] {
        trial.given(&Ask::get(list))?;
        let revoked = trial.call(&Ask::get(list).key(KeyRole::Revoked))?;
        refused(&revoked, 401, "authentication_failed")?;
        let unknown = crate::trial::Credential::Text("Bearer sk_live_NOBODYS_KEY".into());
        let unknown = trial.call(&Ask::get(list).credential(unknown))?;
        require(revoked.body == unknown.body, "body", unknown.body, revoked.body)?;
    }
    Ok(())
}

fn each_webhook_has_an_id(trial: &mut Trial<'_>) -> Checked {
    let mut ids = Vec::new();
    for events in [json!(["reply.received", "message.sent"]), json!(["campaign.started"])] {
        let answer = trial.given(&Ask::post("/v1/webhooks", &json!({"url": "https://hooks.example.com/in", "events": events})))?;
        answer.is(&under(&answer, "webhook", ".events"), events)?.is(&under(&answer, "webhook", ".status"), "active")?;
        let id = answer.text(&under(&answer, "webhook", ".id"))?.to_owned();
        require(id.starts_with("wh_"), "id", "one that begins with wh_", &*id)?;
        ids.push(id);
    }
    require(ids[0] != ids[1], "id of the second webhook", "another than the first one's", &*ids[1])
}
