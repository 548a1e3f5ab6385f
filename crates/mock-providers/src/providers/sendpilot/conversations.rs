//! `/inbox/conversations` and the messages of one.

use std::borrow::Cow;

use http::Method;
use serde::Serialize;

use super::auth::{self, caller_naming};
use super::campaigns::{LIMIT, PAGE_NUMBER, Place};
use super::errors::{self, checked_query, error, foreign, validation_failed};
use super::inbox::sender_owner;
use super::revision::Edition;
use super::state::{State, Tenant, iso};
use super::threads::{Direction, SAMPLE_ORDER, Thread};
use crate::core::fields::{FieldSpec, Query, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const CONVERSATIONS: Outcome = Outcome::new("conversations", 200);
const MESSAGES: Outcome = Outcome::new("messages", 200);
const MISSING_ACCOUNT: Outcome = Outcome::new("missing_account", 400);
const UNKNOWN_ACCOUNT: Outcome = Outcome::new("unknown_account", 404);
const FOREIGN_ACCOUNT: Outcome = Outcome::new("foreign_account", 403);
const UNKNOWN_CONVERSATION: Outcome = Outcome::new("unknown_conversation", 404);
const FOREIGN_CONVERSATION: Outcome = Outcome::new("foreign_conversation", 403);

const TOKEN: FieldSpec = optional("continuationToken", TEXT);

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.conversations",
            method: Method::GET,
            paths: &["/api/v1/inbox/conversations", "/v1/inbox/conversations"],
            summary: "threads of one sender or of all, the latest first",
            effect: Effect::FreeRead,
            query: &[optional("accountId", TEXT), LIMIT, TOKEN, PAGE_NUMBER],
            body: &[],
            successes: &[CONVERSATIONS],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::HEALTH,
                errors::BAD_QUERY,
                Refusal::new(Check::Query, FOREIGN_ACCOUNT),
                Refusal::new(Check::Query, UNKNOWN_ACCOUNT),
            ],
        },
        handle: list,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.messages",
            method: Method::GET,
            paths: &["/api/v1/inbox/conversations/{conversationId}/messages", "/v1/inbox/conversations/{conversationId}/messages"],
            summary: "messages of one thread, the oldest first",
            effect: Effect::FreeRead,
            // The account is required, with a refusal of its own; what else is wrong gets the general one.
            query: &[required("accountId", TEXT), LIMIT, TOKEN],
            body: &[],
            successes: &[MESSAGES],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                Refusal::new(Check::Query, MISSING_ACCOUNT),
                errors::BAD_QUERY,
                Refusal::new(Check::Query, FOREIGN_ACCOUNT),
                Refusal::new(Check::Query, UNKNOWN_ACCOUNT),
                Refusal::new(Check::PathId, UNKNOWN_CONVERSATION),
                Refusal::new(Check::PathId, FOREIGN_CONVERSATION),
            ],
        },
        handle: messages,
    },
];

/// Documented: get-conversations.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Conversation<'a> {
    id: &'a str,
    account_id: &'a str,
    participants: [Participant<'a>; 1],
    last_message: Last<'a>,
    last_activity_at: String,
    unread_count: u32,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Participant<'a> {
    id: &'a str,
    name: &'a str,
    profile_url: &'a str,
    /// Printed as an address; of somebody new it is one in a reserved domain.
    profile_picture: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Last<'a> {
    content: &'a str,
    sent_at: String,
    direction: &'static str,
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

fn conversation<'a>(tenant: &'a Tenant, thread: &'a Thread) -> Conversation<'a> {
    let person = &thread.person;
    Conversation {
        id: &thread.id,
        account_id: tenant.senders[usize::from(thread.sender)].sample.id,
        participants: [Participant {
            id: &person.participant,
            name: &person.name,
            profile_url: &person.profile,
            profile_picture: person
                .picture
                .map_or_else(|| format!("https://pictures.example/{}.jpg", person.participant).into(), Into::into),
        }],
        last_message: Last {
            content: &thread.preview,
            sent_at: iso(thread.active_ms),
            direction: thread.messages.last().map_or("sent", |message| word(message.direction)),
        },
        last_activity_at: iso(thread.active_ms),
        unread_count: thread.unread,
        created_at: iso(thread.created_ms),
        updated_at: iso(thread.active_ms),
    }
}

#[derive(Serialize)]
struct List<'a, P> {
    conversations: Vec<Conversation<'a>>,
    pagination: P,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ByToken {
    continuation_token: Option<String>,
    limit: usize,
    has_more: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ByNumber {
    page: usize,
    limit: usize,
    total: usize,
    total_pages: usize,
    has_more: bool,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_account)?;
    let refuse = || validation_failed(errors::INVALID_QUERY);
    let query = checked_query(call, refuse)?;
    let before = query.text("continuationToken").map(|token| read_token(token).ok_or_else(refuse)).transpose()?;
    let sender = query.text("accountId").map(|id| account(call.state, workspace, id, "Account not found")).transpose()?;
    let limit = query.count("limit").unwrap_or(20);
    let edition = call.state.edition;
    if edition == Edition::Field && limit >= 50 {
        call.lint("field-report", "one client reports 500 for a limit of 50 and more, although 100 is documented");
        return Err(auth::server_error());
    }
    let tenant = call.state.tenant(workspace);
    if edition == Edition::PageNumbers {
        let (total, page) = (tenant.inbox.count(sender), query.count("page").unwrap_or(1));
        let rows = Place::new(total, page, limit).rows();
        let has_more = rows.end < total;
        let found = tenant.inbox.newest(sender, u64::MAX).skip(rows.start).take(rows.len());
        let conversations = found.map(|thread| conversation(tenant, thread)).collect();
        let pagination = ByNumber { page, limit, total, total_pages: total.div_ceil(limit), has_more };
        return Ok(Reply::json(CONVERSATIONS, &List { conversations, pagination }));
    }
    let mut found: Vec<&Thread> = tenant.inbox.newest(sender, before.unwrap_or(u64::MAX)).take(limit + 1).collect();
    let follows = found.len() > limit;
    found.truncate(limit);
    let printed = before.is_none() && matches!(found[..], [only] if only.order == SAMPLE_ORDER);
    let (has_more, continuation_token) = more(found.last().map(|thread| thread.order), follows || printed);
    let conversations = found.into_iter().map(|thread| conversation(tenant, thread)).collect();
    let pagination = ByToken { continuation_token, limit, has_more };
    Ok(Reply::json(CONVERSATIONS, &List { conversations, pagination }))
}

/// Whether there is more, and the token that leads there.
///
/// Both printed pages are shorter than their limit and say that there is more. So a first page of nothing but what is
/// printed says so, and the one behind it is empty. All others look one row ahead.
fn more(last: Option<u64>, follows: bool) -> (bool, Option<String>) {
    (follows, last.filter(|_| follows).map(token))
}

/// Documented: messages print another order of the two than conversations, and no limit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OneThread<'a> {
    conversation_id: &'a str,
    messages: Vec<Row<'a>>,
    pagination: Continued,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Continued {
    has_more: bool,
    continuation_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    content: &'a str,
    sender: Member<'a>,
    recipient: Member<'a>,
    direction: &'static str,
    sent_at: String,
    read_status: &'static str,
    content_type: &'static str,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    id: &'a str,
    name: &'a str,
    profile_url: &'a str,
}

fn messages(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    const NOT_FOUND: &str = "Conversation or account not found";
    let workspace = caller_naming(call, |call| {
        owner_of_account(call).or_else(|| call.state.owner(|tenant| tenant.inbox.find(call.param(0)).is_some()))
    })?;
    let refuse = || validation_failed(errors::INVALID_QUERY);
    let id = Query::of(call.request).text("accountId").map(str::to_owned);
    let id = id.ok_or_else(|| error(MISSING_ACCOUNT, "Missing accountId parameter"))?;
    let query = checked_query(call, refuse)?;
    let after = query.text("continuationToken").map(|token| read_token(token).ok_or_else(refuse)).transpose()?;
    let sender = account(call.state, workspace, &id, NOT_FOUND)?;
    let tenant = call.state.tenant(workspace);
    let Some(thread) = tenant.inbox.find(call.param(0)).filter(|thread| thread.sender == sender) else {
        let elsewhere = call.state.owner(|tenant| tenant.inbox.find(call.param(0)).is_some()).filter(|owner| *owner != workspace);
        return Err(elsewhere.map_or_else(|| error(UNKNOWN_CONVERSATION, NOT_FOUND), |_| foreign(FOREIGN_CONVERSATION)));
    };
    let first = after.map_or(0, |after| thread.messages.partition_point(|message| message.order <= after));
    let rest = &thread.messages[first..];
    let found = &rest[..query.count("limit").unwrap_or(50).min(rest.len())];
    let last = found.last().map(|message| message.order);
    let printed = after.is_none() && last == Some(SAMPLE_ORDER);
    let (has_more, continuation_token) = more(last, found.len() < rest.len() || printed);
    let account = tenant.senders[usize::from(sender)].sample;
    let ours = Member { id: account.member, name: account.name, profile_url: account.profile };
    let theirs = Member { id: &thread.person.member, name: &thread.person.name, profile_url: &thread.person.profile };
    let rows = found.iter().map(|message| {
        let (sender, recipient) = if message.direction == Direction::Sent { (ours, theirs) } else { (theirs, ours) };
        Row {
            id: &message.id,
            content: &message.text,
            sender,
            recipient,
            direction: word(message.direction),
            sent_at: iso(message.at_ms),
            read_status: if message.read { "read" } else { "unread" },
            content_type: "TEXT",
        }
    });
    let pagination = Continued { has_more, continuation_token };
    Ok(Reply::json(MESSAGES, &OneThread { conversation_id: &thread.id, messages: rows.collect(), pagination }))
}

fn owner_of_account(call: &Call<'_, State>) -> Option<Workspace> {
    sender_owner(call.state, Query::of(call.request).text("accountId")?)
}

/// The number of the sender that a query names.
fn account(state: &State, workspace: Workspace, id: &str, unknown: &str) -> Result<u16, Reply> {
    state.tenant(workspace).sender(id).ok_or_else(|| match sender_owner(state, id) {
        Some(_) => foreign(FOREIGN_ACCOUNT),
        None => error(UNKNOWN_ACCOUNT, unknown),
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A token in the printed form: `{"continuation":"<number>"}` in base64.
fn token(order: u64) -> String {
    let text = format!("{{\"continuation\":\"{order}\"}}");
    let mut token = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = ALPHABET[bits >> (18 - 6 * at) & 63];
            token.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    token
}

/// The number in a token; none when we have not made it.
fn read_token(token: &str) -> Option<u64> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in token.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 & 0xff_ffff | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("{\"continuation\":\"")?.strip_suffix("\"}")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_printed_and_reads_back() {
        assert_eq!(token(1_708_784_200_000), "eyJjb250aW51YXRpb24iOiIxNzA4Nzg0MjAwMDAwIn0=");
        for order in [0, 7, 42, 1_708_784_200_001, u64::MAX] {
            assert_eq!(read_token(&token(order)), Some(order));
        }
        assert_eq!((read_token("nonsense"), read_token("***"), read_token("")), (None, None, None));
    }
}
