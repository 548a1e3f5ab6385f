//! Leads: one record an address in a workspace, and its place in each campaign. `POST /v1/campaigns/{id}/leads/bulk`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use http::Method;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::State;
use super::auth::{refusals, tenant};
use super::campaigns::find;
use super::errors::{
    CAMPAIGN_NOT_FOUND, INVALID_FIELD, Invalid, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, fields, invalid_request, object,
    unprocessable,
};
use super::family::wrapped;
use super::register::Place;
use super::sending;
use super::workspace::Workspace;
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const ENROLLED: Outcome = Outcome::new("enrolled", 200);
const INVALID_LEADS: Outcome = Outcome::new("invalid_leads", 422);

/// Documented: leads-bulk. Every other key of a lead is kept as a variable.
const BODY: &[FieldSpec] = &[required("leads", Kind::Array { min: 1, max: usize::MAX })];

/// Documented: the standard fields are text.
const STANDARD: [&str; 4] = ["firstName", "lastName", "company", "jobTitle"];

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.leads.bulk",
        method: Method::POST,
        paths: &["/v1/campaigns/{id}/leads/bulk"],
        summary: "make or update leads by address and enroll them",
        effect: Effect::ContactsPeople,
        query: &[],
        body: BODY,
        successes: &[ENROLLED],
        refusals: &refusals::<_, 12>([
            Refusal::new(Check::PathId, CAMPAIGN_NOT_FOUND),
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, INVALID_LEADS),
        ]),
    },
    handle: bulk,
}];

/// Every lead of a workspace, found by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Leads {
    rows: Vec<Lead>,
    by_address: HashMap<Arc<str>, Place>,
}

/// A person with an address.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    /// In lower case: addresses match in any.
    pub(super) address: Arc<str>,
    /// The other fields as one JSON object, as they were sent.
    fields: Box<str>,
    /// One a campaign, in the order of campaigns.
    enrollments: Vec<Enrollment>,
}

/// A lead's place in one campaign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enrollment {
    pub(super) campaign: Place,
    /// Mails it has got; the next one is the step of that number, from 0.
    pub(super) step: Place,
    pub(super) standing: Standing,
    /// Whether anything came back, whatever its standing is since.
    pub(super) replied: bool,
    /// Whether a mail bounced, whatever its standing is since.
    pub(super) bounced: bool,
}

/// Whether a lead still gets mail of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Waiting,
    /// Had every step.
    Finished,
    /// Suppressed.
    Left,
    Replied,
    Bounced,
}

impl Lead {
    /// The fields as they were sent.
    pub(super) fn fields(&self) -> Option<&RawValue> {
        serde_json::from_str(&self.fields).ok()
    }

    pub(super) fn enrollments(&self) -> &[Enrollment] {
        &self.enrollments
    }

    pub(super) fn enrollment_mut(&mut self, campaign: Place) -> Option<&mut Enrollment> {
        let at = self.enrollments.binary_search_by_key(&campaign, |enrollment| enrollment.campaign).ok()?;
        Some(&mut self.enrollments[at])
    }

    /// The values of tokens by name, those of `customFields` too, read once however many are asked for.
    fn values(&self) -> HashMap<String, &RawValue> {
        let own = self.fields().and_then(Object::of_raw).unwrap_or_default();
        let custom = own.raw("customFields").and_then(Object::of_raw).unwrap_or_default();
        let given = custom.iter().chain(own.iter()).filter(|(_, raw)| raw.get() != "null");
        given.map(|(name, raw)| (name.to_owned(), raw)).collect()
    }

    /// First and last name, or what stands before the address's `@`. A blank name is none.
    pub(super) fn name(&self) -> String {
        const CHARACTERS_MAX: usize = 254;
        let values = self.values();
        let names = ["firstName", "lastName"].into_iter().filter_map(|name| values.get(name).map(|raw| text_of(raw)));
        let names: Vec<_> = names.filter(|name| !name.trim().is_empty()).collect();
        let Some(first) = names.first() else { return self.address.split('@').next().unwrap_or_default().to_owned() };
        let mut text = String::new();
        push(&mut text, first.trim(), CHARACTERS_MAX);
        for name in &names[1..] {
            push(&mut text, " ", CHARACTERS_MAX);
            push(&mut text, name.trim(), CHARACTERS_MAX);
        }
        text
    }

    /// A subject with its `{{tokens}}` replaced. Documented: what is missing renders as nothing.
    ///
    /// It ends at the longest subject: a short template and a large lead would otherwise fill the memory.
    pub(super) fn render(&self, template: &str) -> String {
        let mut text = String::new();
        let values = if template.contains("{{") { self.values() } else { HashMap::new() };
        let mut rest = template;
        while let Some((before, tail)) = rest.split_once("{{") {
            if push(&mut text, before, SUBJECT_CHARACTERS_MAX) {
                return text;
            }
            let Some((token, tail)) = tail.split_once("}}") else {
                rest = &rest[before.len()..];
                break;
            };
            rest = tail;
            let full = match token.trim() {
                "email" => push(&mut text, &self.address, SUBJECT_CHARACTERS_MAX),
                token => values.get(token).is_some_and(|raw| push(&mut text, &text_of(raw), SUBJECT_CHARACTERS_MAX)),
            };
            if full {
                return text;
            }
        }
        push(&mut text, rest, SUBJECT_CHARACTERS_MAX);
        text
    }
}

/// Decided: the longest subject that a mail has, as a line of a mail is at most so long.
pub(super) const SUBJECT_CHARACTERS_MAX: usize = 998;

/// A value's text; a number or a list is its JSON.
fn text_of(raw: &RawValue) -> Cow<'_, str> {
    match Field::of(raw) {
        Field::Text(text) => text,
        Field::Other { raw, .. } => raw.into(),
        Field::Absent => "".into(),
    }
}

/// Adds what still fits into so many characters; says whether it is full now.
fn push(text: &mut String, more: &str, characters_max: usize) -> bool {
    let room = characters_max.saturating_sub(text.chars().count());
    let cut = more.char_indices().nth(room);
    text.push_str(cut.map_or(more, |(end, _)| &more[..end]));
    cut.is_some()
}

impl Index<Place> for Leads {
    type Output = Lead;

    fn index(&self, place: Place) -> &Lead {
        &self.rows[place as usize]
    }
}

impl IndexMut<Place> for Leads {
    fn index_mut(&mut self, place: Place) -> &mut Lead {
        &mut self.rows[place as usize]
    }
}

impl Leads {
    pub(super) fn find(&self, address: &str) -> Option<Place> {
        self.by_address.get(address).copied()
    }

    pub(super) fn rows(&self) -> &[Lead] {
        &self.rows
    }

    /// Makes a lead, or overwrites those of its fields that are given; says whether it is new.
    pub(super) fn upsert(&mut self, address: &str, given: &Object<'_>) -> (Place, bool) {
        if let Some(place) = self.find(address) {
            let row = &mut self[place];
            row.fields = merged(&row.fields, given);
            return (place, false);
        }
        let place = Place::try_from(self.rows.len()).expect("a world holds fewer than four thousand million leads");
        let address: Arc<str> = address.into();
        self.rows.push(Lead { address: Arc::clone(&address), fields: merged("{}", given), enrollments: Vec::new() });
        self.by_address.insert(address, place);
        (place, true)
    }
}

/// A JSON object with some of its members replaced or added; the address is kept apart.
fn merged(before: &str, given: &Object<'_>) -> Box<str> {
    let raw: Option<&RawValue> = serde_json::from_str(before).ok();
    let before = raw.and_then(Object::of_raw).unwrap_or_default();
    let mut members: Vec<(&str, &str)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, raw) in before.iter().chain(given.iter().filter(|(name, _)| *name != "email")) {
        let place = *places.entry(name).or_insert(members.len());
        if place == members.len() {
            members.push((name, raw.get()));
        } else {
            members[place].1 = raw.get();
        }
    }
    let mut text = String::from("{");
    for (at, (name, raw)) in members.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(name).expect("text is JSON"));
        text.push(':');
        text.push_str(raw);
    }
    text.push('}');
    text.into_boxed_str()
}

/// Puts a lead into a campaign, at its first step; a lead that is there already keeps its place. Says whether it is new there.
///
/// Documented: guides/enroll-leads. Fills the first queue at once if the campaign runs.
pub(super) fn enroll(workspace: &mut Workspace, campaign: Place, lead: Place, now: Timestamp) -> bool {
    let row = &mut workspace.leads[lead];
    let Err(at) = row.enrollments.binary_search_by_key(&campaign, |enrollment| enrollment.campaign) else { return false };
    // Most leads are in one campaign only: no room for more until there are.
    row.enrollments.reserve_exact(1);
    row.enrollments.insert(at, Enrollment { campaign, step: 0, standing: Standing::Waiting, replied: false, bounced: false });
    workspace.campaigns[campaign].counts.enrolled += 1;
    sending::enqueue(workspace, campaign, lead, now);
    true
}

/// The address in lower case, if it is one: something before one `@`, and a host with a dot in it.
pub(super) fn address(text: &str) -> Option<String> {
    const CHARACTERS_MAX: usize = 254;
    let address = text.trim().to_lowercase();
    let (local, host) = address.split_once('@')?;
    let fits = !local.is_empty()
        && !host.contains('@')
        && address.chars().count() <= CHARACTERS_MAX
        && !address.contains(|c: char| c.is_whitespace() || c.is_control())
        && host.split('.').count() > 1
        && host.split('.').all(|label| !label.is_empty());
    fits.then_some(address)
}

/// A lead of the request.
struct Incoming<'a> {
    address: String,
    fields: Object<'a>,
}

#[derive(Default)]
struct Tally {
    enrolled: usize,
    updated: usize,
    skipped: usize,
}

/// Documented: leads-bulk; the last name is cut off there and assumed. Suppressed addresses are in none of the three.
#[derive(Serialize)]
struct Reference {
    enrolled: usize,
    updated: usize,
    total: usize,
}
/// Documented: guides/enroll-leads names the three; what is around them is cut off.
#[derive(Serialize)]
struct Guide {
    enrolled: usize,
    updated: usize,
    skipped: usize,
}

fn bulk(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let (id, now, request) = (call.param(0).to_owned(), call.now, call.request);
    let campaign = find(call.state.of(tenant), &id)?;
    let object = object(request)?;
    fields(BODY, &object)?;
    let incoming = incoming(&object)?;
    call.lint_unknown_fields(&object);

    let edition = call.state.edition;
    let workspace = call.state.of(tenant);
    let mut tally = Tally::default();
    for Incoming { address, fields } in &incoming {
        if workspace.suppressed.contains(address.as_str()) {
            tally.skipped += 1;
            continue;
        }
        let (lead, unknown) = workspace.leads.upsert(address, fields);
        let entered = enroll(workspace, campaign, lead, now);
        let new = if edition.lead_is_of_campaign() { entered } else { unknown };
        *(if new { &mut tally.enrolled } else { &mut tally.updated }) += 1;
    }
    sending::run(workspace, &mut call.common.ledger, now);
    let Tally { enrolled, updated, skipped } = tally;
    Ok(match edition.result() {
        Some(name) => wrapped(ENROLLED, Some(name), &Guide { enrolled, updated, skipped }),
        None => Reply::json(ENROLLED, &Reference { enrolled, updated, total: enrolled + updated }),
    })
}

/// The leads of a request, each address once: of several the last one counts. One that is wrong refuses them all.
fn incoming<'a>(object: &Object<'a>) -> Result<Vec<Incoming<'a>>, Reply> {
    let items = object.field("leads").items().unwrap_or_default();
    let mut incoming: Vec<Incoming<'a>> = Vec::with_capacity(items.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut wrong = Vec::new();
    for (index, raw) in items.into_iter().enumerate() {
        let Some(lead) = Object::of_raw(raw) else {
            return Err(invalid_request(INVALID_FIELD, &format!("leads[{index}] must be an object")));
        };
        let email = match lead.field("email") {
            Field::Text(email) if !email.trim().is_empty() => email,
            field if field.is_nullish() || matches!(field, Field::Text(_)) => {
                return Err(invalid_request(MISSING_FIELD, &format!("leads[{index}].email is required")));
            }
            _ => {
                wrong.push(Invalid { index: Some(index), field: None, email: None, message: "email must be a string".into() });
                continue;
            }
        };
        let odd = STANDARD.iter().find(|name| !lead.field(name).is_nullish() && lead.field(name).type_of() != "string");
        let message = match (address(&email), odd) {
            (None, _) => "Invalid email format".into(),
            (_, Some(name)) => format!("{name} must be a string").into(),
            (Some(address), None) => {
                if let Some(place) = places.get(&address) {
                    incoming[*place].fields = lead;
                } else {
                    places.insert(address.clone(), incoming.len());
                    incoming.push(Incoming { address, fields: lead });
                }
                continue;
            }
        };
        wrong.push(Invalid { index: Some(index), field: None, email: Some(email), message });
    }
    if wrong.is_empty() { Ok(incoming) } else { Err(unprocessable(INVALID_LEADS, &wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_merge_and_tokens_render() {
        let mut leads = Leads::default();
        let given = |text: &'static str| Object::of_raw(serde_json::from_str(text).unwrap()).unwrap();
        leads.upsert("a@b.co", &given(r#"{"firstName":"Ava","company":"X","n":1.50,"customFields":{"deal \"x\"":"y"}}"#));
        let (place, new) = leads.upsert("a@b.co", &given(r#"{"company":"Y","more":null}"#));
        assert!(!new);
        let lead = &leads[place];
        assert_eq!(
            lead.render("{{firstName}} of {{ company }}, {{n}} {{deal \"x\"}}{{missing}} {{email}} {{"),
            "Ava of Y, 1.50 y a@b.co {{"
        );
        assert_eq!(&*lead.fields, r#"{"firstName":"Ava","company":"Y","n":1.50,"customFields":{"deal \"x\"":"y"},"more":null}"#);
    }

    #[test]
    fn a_rendered_subject_ends_at_the_longest_one() {
        let mut leads = Leads::default();
        let large = format!(r#"{{"a":"{}","n":5,"customFields":{{"n":6,"m":7}}}}"#, "\u{e9}".repeat(100_000));
        let (place, _) = leads.upsert("a@b.co", &Object::of_raw(serde_json::from_str(&large).unwrap()).unwrap());
        let lead = &leads[place];
        for template in ["{{a}}".repeat(100_000), "x".repeat(100_000), "{{none}}{{a}}".repeat(100_000)] {
            assert_eq!(lead.render(&template).chars().count(), SUBJECT_CHARACTERS_MAX);
        }
        assert_eq!(lead.render(&"{{none}}".repeat(100_000)), "");
        assert_eq!(lead.render("{{n}}{{m}} {{{{m}}"), "57 ");
        assert_eq!(lead.render("a {{ {{ b"), "a {{ {{ b");
    }

    #[test]
    fn a_blank_name_is_none() {
        let mut leads = Leads::default();
        let mut name = |fields: &'static str| {
            let (place, _) = leads.upsert("jo@b.co", &Object::of_raw(serde_json::from_str(fields).unwrap()).unwrap());
            leads[place].name()
        };
        assert_eq!(name(r#"{"firstName":" ","lastName":""}"#), "jo");
        assert_eq!(name(r#"{"lastName":" Ray "}"#), "Ray");
        assert_eq!(name(r#"{"firstName":"Jo"}"#), "Jo Ray");
    }

    #[test]
    fn an_address_is_read_in_any_case() {
        assert_eq!(address(" Jo@Example.COM ").as_deref(), Some("jo@example.com"));
        for wrong in ["", "jo", "@example.com", "jo@", "jo@example", "jo@example.", "a b@example.com", "a@b@c.de", "jo@.com"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
