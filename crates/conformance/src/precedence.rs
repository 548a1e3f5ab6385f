//! Which refusal wins: one case for each pair of neighbouring refusals that one request can deserve both.
//!
//! The request is composed of exchanges. It begins as the operation's good request; then the part that the later refusal
//! looks at comes from that refusal's exchange, and the part of the earlier one from its.

use std::borrow::Cow;

use fixtures::{Evidence, Exchange, Header, RequestText};
use mock_providers::core::operation::{Check, Part, Refusal, Spec};
use mock_providers::providers::{Provider, Revision};

use crate::case::{Case, CaseError, Documented, control};
use crate::exchanges::Exchanges;

const PARTS: [Part; 5] = [Part::Credential, Part::Path, Part::Query, Part::ContentType, Part::Body];

/// The operation's cases, under the default revision.
pub(crate) fn cases(provider: Provider, spec: &'static Spec, exchanges: Exchanges<'_>) -> Result<Vec<Case>, CaseError> {
    let revision = &provider.profile().revisions[0];
    spec.precedence_pairs().map(|(first, second)| compose(provider, spec, revision, exchanges, (first, second))).collect()
}

fn compose(
    provider: Provider,
    spec: &'static Spec,
    revision: &'static Revision,
    exchanges: Exchanges<'_>,
    (first, second): (Refusal, Refusal),
) -> Result<Case, CaseError> {
    let id = format!("{}.precedence.{}-before-{}", spec.id, first.outcome.name, second.outcome.name);
    let good = exchanges.good(spec, revision)?;
    let exchange_of = |refusal: Refusal| {
        let deciding = exchanges.deciding(provider, spec.id, refusal.outcome.name, revision);
        // What is told once for all operations is refused for that part by its making.
        let told_once = deciding.filter(|exchange| exchange.operation != spec.id);
        let of_its_document = |e: &&Exchange| deciding.is_some_and(|deciding| deciding.revision == e.revision);
        let own = || {
            let mut candidates = exchanges.of(spec.id, revision).filter(|e| e.outcome == refusal.outcome.name).filter(of_its_document);
            candidates.find(|exchange| isolates(provider, refusal.check, good, exchange))
        };
        told_once.or_else(own).ok_or_else(|| CaseError::NotComposable {
            pair: id.clone(),
            outcome: refusal.outcome.name,
            good: good.id.to_string(),
            part: refusal.check.part(),
        })
    };
    let (winner, loser) = (exchange_of(first)?, exchange_of(second)?);
    let mut request = good.request.clone();
    replace(&mut request, provider, second.check.part(), &loser.request);
    replace(&mut request, provider, first.check.part(), &winner.request);
    let mut before = exchanges.before(winner)?;
    let rest = [exchanges.before(loser)?, exchanges.before(good)?].concat();
    for step in rest {
        if before.iter().all(|earlier| earlier.id != step.id) {
            before.push(step);
        }
    }
    let claim = format!(
        "A request to {} that deserves both {} and {} gets {}: {}.",
        spec.id, first.outcome.name, second.outcome.name, first.outcome.name, first.outcome.status
    );
    let wait_s = winner.wait_s.max(loser.wait_s);
    let documented = Documented { before, wait_s, request, exchange: winner.clone(), control: Some(control(spec, revision, exchanges)?) };
    let case = Case::new(id, claim, provider, revision, documented);
    // Documents print refusals one at a time; none says which of two wins.
    Ok(Case { operation: spec.id.into(), evidence: Evidence::Assumed, effect: spec.effect, ..case })
}

/// Whether the exchange is refused for the part that the check looks at and nothing else, so that the part can be taken alone.
fn isolates(provider: Provider, check: Check, good: &Exchange, refused: &Exchange) -> bool {
    let differs = |part: &Part| part_of(&good.request, provider, *part) != part_of(&refused.request, provider, *part);
    let changed: Vec<Part> = PARTS.into_iter().filter(differs).collect();
    match check {
        // Refused for what happened before it, maybe with the very same body.
        Check::Duplicate => !refused.after.is_empty() && changed.iter().all(|part| *part == check.part()),
        _ => changed == [check.part()],
    }
}

/// A part as text lines; no lines when it is absent.
fn part_of(request: &RequestText, provider: Provider, part: Part) -> Vec<&str> {
    let (path, query) = split_target(&request.target);
    match part {
        Part::Path => vec![path],
        Part::Query => query.into_iter().collect(),
        Part::Body => vec![&request.body],
        Part::Credential | Part::ContentType => {
            let name = header_of(provider, part);
            request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value).collect()
        }
    }
}

pub(crate) fn replace(request: &mut RequestText, provider: Provider, part: Part, from: &RequestText) {
    let (path, query) = split_target(&request.target);
    let (other_path, other_query) = split_target(&from.target);
    match part {
        Part::Path => request.target = join_target(other_path, query),
        Part::Query => request.target = join_target(path, other_query),
        Part::Body => request.body.clone_from(&from.body),
        Part::Credential | Part::ContentType => {
            let is_part = |header: &&Header| header.0.eq_ignore_ascii_case(header_of(provider, part));
            let kept = request.headers.iter().filter(|header| !is_part(header));
            request.headers = kept.chain(from.headers.iter().filter(is_part)).cloned().collect();
        }
    }
}

const fn header_of(provider: Provider, part: Part) -> &'static str {
    match part {
        Part::ContentType => "content-type",
        _ => provider.profile().key_header,
    }
}

fn split_target(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

fn join_target(path: &str, query: Option<&str>) -> Cow<'static, str> {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")).into()
}

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;

    use super::*;
    use crate::case;

    #[track_caller]
    fn check(id: &str, expected: &str) {
        let cases = &*case::ALL;
        let case = cases.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("no case {id}"));
        let documented = case.documented().unwrap();
        let RequestText { method, target, headers, body } = &documented.request;
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(format!("{method} {target} | {} | {body} -> {}", headers.join(", "), documented.exchange.id), expected);
    }

    #[test]
    fn a_request_takes_each_refusal_s_part_and_nothing_else() {
        check(
            "magnetite.leads.add.precedence.missing_key-before-unknown_campaign",
            "POST /api/campaigns/campaign_that_does_not_exist/leads | Content-Type: application/json \
             | {\"companyName\": \"Acme Corp\", \"contactName\": \"John Smith\", \"email\": \"john@acme.com\"} -> magnetite.leads.missing_key",
        );
        check(
            "leadmagic.email-validation.check.precedence.wrong_content_type-before-malformed_json",
            "POST /v1/people/email-validation | X-API-Key: YOUR_API_KEY, Content-Type: text/plain \
             | {\"email\": \"john@company.com\" -> leadmagic.any.wrong_content_type",
        );
        check(
            "leadterra.sender-pools.list.precedence.no_workspace-before-unexpected_parameter",
            "GET /v1/sender-pools?unexpected=1 | Authorization: Bearer sk_live_NO_WORKSPACE_KEY |  -> leadterra.sender-pools.no_workspace",
        );
    }

    #[test]
    fn the_exchange_refused_for_that_part_alone_is_taken() {
        // The first exchange of that outcome has another path, and the scope is a matter of the key.
        check(
            "magnetite.leads.add.precedence.foreign_campaign-before-wrong_content_type",
            "POST /api/campaigns/YOUR_CAMPAIGN_ID/leads \
             | Content-Type: application/x-www-form-urlencoded, Authorization: Bearer OTHER_WORKSPACE_API_KEY \
             | {\"companyName\": \"Acme Corp\", \"contactName\": \"John Smith\", \"email\": \"john@acme.com\"} \
             -> magnetite.leads.foreign_campaign_by_other_key",
        );
    }

    #[test]
    fn a_duplicate_is_known_by_what_came_before() {
        let exchange = |id: &str| EXCHANGES.iter().find(|exchange| exchange.id == id).unwrap();
        let (good, duplicate) = (exchange("magnetite.leads.added"), exchange("magnetite.leads.duplicate"));
        assert!(isolates(Provider::Magnetite, Check::Duplicate, good, duplicate));
        assert!(!isolates(Provider::Magnetite, Check::Duplicate, good, good));
    }

    #[test]
    fn every_pair_of_every_operation_is_composed() {
        let pairs: usize = Provider::ALL.iter().flat_map(|p| p.operations()).map(|spec| spec.precedence_pairs().count()).sum();
        let composed = case::ALL.iter().filter(|case| case.id.contains(".precedence.")).count();
        assert!(pairs > 0);
        assert_eq!(composed, pairs);
    }

    #[test]
    fn a_pair_without_an_exchange_is_named() {
        let without: Vec<Exchange> = EXCHANGES.iter().filter(|e| e.outcome != "unknown_campaign").cloned().collect();
        let error = case::cases(&without).unwrap_err().to_string();
        assert!(error.contains("magnetite.leads.add.precedence.missing_key-before-unknown_campaign"), "{error}");
        assert!(error.contains("no exchange of outcome unknown_campaign"), "{error}");
    }
}
