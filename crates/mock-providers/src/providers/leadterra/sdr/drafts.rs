//! Drafts: written for a thread, checked by guardrails, sent through the representative's Gmail.

use http::Method;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::super::State;
use super::super::auth::{NO_SDR, refusals, representative};
use super::super::errors::{INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, flat, sdr_fields, sdr_object};
use super::super::family::data;
use super::super::leads::address;
use super::super::register::Place;
use super::followups::THREAD_NOT_FOUND;
use super::gmail::Connection;
use super::inbox::Thread;
use super::sample;
use crate::core::body::Field;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const GENERATED: Outcome = Outcome::new("generated", 200);
const SENT: Outcome = Outcome::new("sent", 200);
const DRAFT_NOT_FOUND: Outcome = Outcome::new("draft_not_found", 404);
const BLOCKED: Outcome = Outcome::new("blocked", 422);
const GMAIL_DISCONNECTED: Outcome = Outcome::new("gmail_disconnected", 409);
const ALREADY_SENT: Outcome = Outcome::new("already_sent", 409);

/// Documented: sdr-drafts-generate.
const GENERATE_BODY: &[FieldSpec] =
    &[required("threadId", TEXT), optional("instructions", TEXT), optional("variantCount", Kind::Integer { min: 1, max: 3 })];

/// Documented: sdr-drafts-send.
const SEND_BODY: &[FieldSpec] =
    &[optional("finalBodyHtml", TEXT), optional("finalBodyText", TEXT), optional("additionalCc", Kind::Texts { min: 0, max: usize::MAX })];

pub(in super::super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadterra.sdr.drafts-generate",
            method: Method::POST,
            paths: &["/v1/sdr/drafts/generate"],
            summary: "draft answers to a thread",
            effect: Effect::Write,
            query: &[],
            body: GENERATE_BODY,
            successes: &[GENERATED],
            refusals: &refusals::<_, 12>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, MISSING_FIELD),
                Refusal::new(Check::Validation, INVALID_FIELD),
                Refusal::new(Check::Validation, THREAD_NOT_FOUND),
            ]),
        },
        handle: generate,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.drafts-send",
            method: Method::POST,
            paths: &["/v1/sdr/drafts/{draftId}/send"],
            summary: "send a draft through the representative's Gmail",
            effect: Effect::ContactsPeople,
            query: &[],
            body: SEND_BODY,
            successes: &[SENT],
            refusals: &refusals::<_, 14>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::PathId, DRAFT_NOT_FOUND),
                Refusal::new(Check::State, GMAIL_DISCONNECTED),
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, INVALID_FIELD),
                Refusal::new(Check::Duplicate, ALREADY_SENT),
                Refusal::new(Check::Validation, BLOCKED),
            ]),
        },
        handle: send,
    },
];

/// A text that guardrails block, whatever else it says.
pub(in super::super) const BLOCKED_TEXT: &str = "guardrails-block";

/// A draft that is sent as though the mailbox had lost its connection.
pub(in super::super) const WITHOUT_GMAIL: &str = "draft_without_gmail";

/// An answer to a thread that somebody may send.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Draft {
    pub(in super::super) id: Box<str>,
    pub(in super::super) body_text: String,
    pub(in super::super) body_html: String,
    pub(in super::super) subject: Box<str>,
    #[serde(skip)]
    pub(in super::super) thread: Place,
    #[serde(skip)]
    pub(in super::super) sent: bool,
}

/// Three ways to answer. The first is the sample's; the others are decided.
const VARIANTS: [(&str, &str, u8); 3] = [
    ("thanks for the reply...", "Direct response", 85),
    ("happy to help with that...", "Consultative answer", 78),
    ("a short answer first, and more on a call...", "Brief answer with a call", 71),
];

impl Draft {
    /// Way number `variant` to answer a thread.
    pub(in super::super) fn of(id: &str, (place, thread): (Place, &Thread), variant: usize) -> Self {
        let first = thread.contact_name.split(' ').next().unwrap_or_default();
        let body_text = format!("Hi {first}, {}", VARIANTS[variant].0);
        let body_html = format!("<p>{}</p>", body_text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        Self { id: id.into(), body_text, body_html, subject: thread.subject.clone(), thread: place, sent: false }
    }
}

/// Hundredths, always with two decimals: the sample prints `0.90`.
#[derive(Clone, Copy)]
struct Hundredths(u8);

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Insight<'a> {
    draft_id: &'a str,
    approach: &'static str,
    /// From 0 to 1.
    confidence: Hundredths,
    rationale: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generated<'a> {
    drafts: &'a [Draft],
    insights: Vec<Insight<'a>>,
    /// Rules of the admin; the fake has none.
    applied_rules: [&'a str; 0],
}

fn generate(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let request = call.request;
    let object = sdr_object(request)?;
    sdr_fields(GENERATE_BODY, &object)?;
    let named = object.text("threadId").unwrap_or_default();
    let edition = call.state.edition;
    let desk = &mut call.state.of(tenant).desk;
    let place = desk.threads.find(sample(&named)).ok_or_else(|| flat(THREAD_NOT_FOUND, "Thread not found"))?;
    let variants = object.field("variantCount").integer().and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
    let thread = &desk.threads[place];
    let topic = topic(&thread.last_message);
    let instructed = if object.text("instructions").is_some() { "; follows the instructions" } else { "" };
    let drafts: Vec<Draft> =
        (0..variants).map(|variant| Draft::of(&edition.id(&mut call.common.ids, "draft_"), (place, thread), variant)).collect();
    let insights = drafts.iter().zip(VARIANTS).map(|(draft, (_, approach, confidence))| Insight {
        draft_id: &draft.id,
        approach,
        confidence: Hundredths(confidence),
        rationale: format!("Prospect asked about {topic}{instructed}"),
    });
    let reply = data(GENERATED, &Generated { drafts: &drafts, insights: insights.collect(), applied_rules: [] });
    for draft in drafts {
        let id = draft.id.clone();
        desk.drafts.push(&id, draft);
    }
    call.lint_unknown_fields(&object);
    Ok(reply)
}

/// What somebody asked about, by the words they used.
fn topic(message: &str) -> &'static str {
    let message = message.to_lowercase();
    let topics = [("pric", "pricing"), ("cost", "pricing"), ("call", "a call"), ("meet", "a meeting"), ("demo", "a demo")];
    topics.into_iter().find(|(word, _)| message.contains(word)).map_or("more details", |(_, topic)| topic)
}

/// Documented: sdr-drafts-send.
#[derive(Serialize)]
struct Guardrails {
    blocked: bool,
    issues: Vec<&'static str>,
    scores: Scores,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scores {
    overall: Hundredths,
    readability: Hundredths,
    personalization: Hundredths,
    link_quality: Hundredths,
}

impl Guardrails {
    /// Looks at a mail. Decided: what blocks is the magic text, a token that was left in, and a suppressed recipient.
    fn of(text: &str, thread: &Thread, suppressed: bool) -> Self {
        let first = thread.contact_name.split(' ').next().unwrap_or_default();
        let issues: Vec<&'static str> = [
            (text.contains(BLOCKED_TEXT), "Personalization score below threshold"),
            (text.contains("{{"), "Unresolved token"),
            (suppressed, "Recipient is on the suppression list"),
        ]
        .into_iter()
        .filter_map(|(applies, issue)| applies.then_some(issue))
        .collect();
        let personalization = match text {
            _ if text.contains(BLOCKED_TEXT) => 20,
            _ if !first.is_empty() && text.contains(first) => 95,
            _ => 60,
        };
        let link_quality = if text.contains("http://") { 40 } else { 90 };
        let readability = 88;
        let overall = u8::try_from((2 * u16::from(personalization) + readability + u16::from(link_quality)) / 4).unwrap_or(100);
        let readability = Hundredths(88);
        let scores = Scores {
            overall: Hundredths(overall),
            readability,
            personalization: Hundredths(personalization),
            link_quality: Hundredths(link_quality),
        };
        Self { blocked: !issues.is_empty(), issues, scores }
    }
}

fn send(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Sent {
        message_id: String,
        guardrails: Guardrails,
    }
    #[derive(Serialize)]
    struct Refused {
        error: &'static str,
        guardrails: Guardrails,
    }
    let tenant = representative(call)?;
    let (request, now) = (call.request, call.now);
    let named = sample(call.param(0)).to_owned();
    let workspace = call.state.of(tenant);
    let place = workspace.desk.drafts.find(&named).ok_or_else(|| flat(DRAFT_NOT_FOUND, "Draft not found"))?;
    if workspace.desk.representatives[0].gmail.connection == Connection::Disconnected || named == WITHOUT_GMAIL {
        return Err(flat(GMAIL_DISCONNECTED, "Gmail is not connected"));
    }
    let object = sdr_object(request)?;
    sdr_fields(SEND_BODY, &object)?;
    let mut copies = Vec::new();
    for raw in object.field("additionalCc").items().unwrap_or_default() {
        let Field::Text(text) = Field::of(raw) else { continue };
        copies.push(address(&text).ok_or_else(|| flat(INVALID_FIELD, "additionalCc must hold email addresses"))?);
    }
    let draft = &workspace.desk.drafts[place];
    if draft.sent {
        return Err(flat(ALREADY_SENT, "Draft was already sent"));
    }
    let (html, text) = (object.text("finalBodyHtml"), object.text("finalBodyText"));
    let words = match (&html, &text) {
        (None, None) => draft.body_text.clone(),
        (html, text) => [html.as_deref(), text.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n"),
    };
    let thread_place = draft.thread;
    let thread = &workspace.desk.threads[thread_place];
    let contact = thread.contact_email.clone();
    let guardrails = Guardrails::of(&words, thread, workspace.suppressed.contains(&contact));
    if guardrails.blocked {
        return Err(Reply::json(BLOCKED, &Refused { error: "Draft blocked by guardrails", guardrails }));
    }
    workspace.desk.drafts[place].sent = true;
    let thread = &mut workspace.desk.threads[thread_place];
    thread.status = "awaiting_reply";
    thread.last_message_at = now;
    call.lint_unknown_fields(&object);
    call.common.ledger.contact(call.spec.id, &contact);
    for copy in &copies {
        call.common.ledger.contact(call.spec.id, copy);
    }
    Ok(data(SENT, &Sent { message_id: call.common.ids.hex("", 16), guardrails }))
}
