//! What must not happen twice: a deed whose answer was lost, and a price that was paid.

use std::time::Duration;

use fixtures::Evidence;
use mock_providers::core::operation::Effect;
use rust_decimal::Decimal;

use super::failures::failures;
use super::{Among, Kind, Ready, first_offered, gateway_page, kind, line, lines, stands_for_its_kind};
use crate::client::case::ClientCase;
use crate::client::encounter::{DEADLINE, Encounter};
use crate::client::stage::{Act, Answer, Entry, Sent};
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(ready: &Ready) -> Vec<ClientCase> {
    match (kind(ready.spec()), ready.spec().effect) {
        (Kind::Write, _) => writes(ready),
        (_, Effect::PaidRead) => vec![paid(ready)],
        _ => Vec::new(),
    }
}

fn writes(ready: &Ready) -> Vec<ClientCase> {
    let failed = failures(ready).swap_remove(0);
    let deed = match ready.spec().effect {
        Effect::ContactsPeople => "A call that reaches people",
        _ => "A write",
    };
    let why = "what was done is not known to the client, and no document has a way to ask for it only once";
    let acts = [
        ("acts-once-after-500", "was done, though the answer is a 500,", Act::answered(Answer::WorldThen(failed.message))),
        ("acts-once-after-a-page-with-504", "was done, though a gateway answers 504,", Act::answered(Answer::WorldThen(gateway_page(504)))),
        ("acts-once-after-a-lost-answer", "was done, though its connection was reset then,", Act::reset_after()),
        (
            "acts-once-after-half-an-answer",
            "was done, though its connection ended in the middle of the answer,",
            Act::world().sent(Sent::CutShort),
        ),
    ];
    let mut cases: Vec<ClientCase> = acts
        .into_iter()
        .map(|(name, what, act)| {
            let claim = format!("{deed} that {what} is not done again.");
            let check = move |ready: &Ready, encounter: &mut Encounter<'_>| acts_once(ready, encounter, act.clone(), DEADLINE);
            ready.case(name, claim, check).known(Evidence::Assumed, why)
        })
        .collect();
    if ACTS_AGAIN.contains(&ready.spec().id) {
        let claim = format!("{deed} that was done, though no answer comes in time, is not done again (1 real second).");
        let silent = |ready: &Ready, encounter: &mut Encounter<'_>| {
            let all = Among::All.operations(encounter.provider());
            first_offered(encounter, all.filter(|spec| ACTS_AGAIN.contains(&spec.id)))?;
            acts_once(ready, encounter, Act::world().sent(Sent::Never), Duration::from_secs(1))
        };
        cases.push(ready.case("acts-once-without-an-answer", claim, silent).known(Evidence::Assumed, why));
    }
    cases
}

/// The operations whose good request does a second deed when it is sent again. The others are refused then, or change nothing.
pub(super) const ACTS_AGAIN: [&str; 8] = [
    "magnetite.generation.start",
    "magnetite.project-generation.start",
    "sendpilot.inbox.send",
    "sendpilot.inbox.send-to-lead",
    "leadterra.campaigns.create",
    "leadterra.webhooks.create",
    "leadterra.sdr.followup-schedule",
    "leadterra.sdr.drafts-generate",
];

/// The first request is acted upon, and its answer is lost. Whatever the client says of it, no second one acts.
fn acts_once(ready: &Ready, encounter: &mut Encounter<'_>, lost: Act, deadline: Duration) -> Checked {
    ready.prepare(encounter)?;
    encounter.script([lost], Act::world());
    let (outcome, journal) = ready.call(encounter, deadline)?;
    let acted: Vec<&Entry> = journal.iter().filter(|entry| entry.acted).collect();
    if let [first, second, ..] = acted[..] {
        return Err(Stop::broken("requests", format!("one that acts: {}", deed(first)), format!("another that acts: {}", deed(second))));
    }
    outcome.map(drop)
}

/// A request, and what it was about.
fn deed(entry: &Entry) -> String {
    const SHOWN_MAX: usize = 160;
    let body = String::from_utf8_lossy(&entry.body);
    let shown: String = body.chars().take(SHOWN_MAX).collect();
    let more = if shown.len() < body.len() { "..." } else { "" };
    format!("{} {shown}{more}", line(entry)).trim_end().to_owned()
}

/// Each lost answer has a price; a client that must have it may pay once more.
fn paid(ready: &Ready) -> ClientCase {
    const PAID_MAX: usize = 2;
    let claim = "A lookup that costs credits, and whose answer is lost each time, is tried again once at the most.";
    let check = |ready: &Ready, encounter: &mut Encounter<'_>| {
        stands_for_its_kind(encounter, Among::All, |spec| spec.effect == Effect::PaidRead)?;
        ready.prepare(encounter)?;
        encounter.script([], Act::reset_after());
        let (outcome, journal) = ready.call(encounter, DEADLINE)?;
        let paid: Vec<&Entry> = journal.iter().filter(|entry| entry.credits > Decimal::ZERO).collect();
        let credits: Decimal = paid.iter().map(|entry| entry.credits).sum();
        let expected = format!("{PAID_MAX} that cost credits at the most");
        let found = || format!("{} for {} credits: {}", paid.len(), credits.normalize(), lines(paid.iter().copied()));
        require(paid.len() <= PAID_MAX, "requests", expected, found())?;
        outcome.map(drop)
    };
    ready
        .case("pays-twice-at-most", claim, check)
        .known(Evidence::Assumed, "each request that is answered is charged; nobody knows of a lost answer")
}
