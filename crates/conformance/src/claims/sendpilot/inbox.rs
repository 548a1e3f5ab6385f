//! The inbox: who is written to, what a thread keeps, and what of an account's day is left.

use mock_providers::core::operation::Effect;
use serde_json::{Value, json};

use super::calls::{DAY_S, EMPTY, SENDER, added, lead_field, profile, same, words, writing};
use crate::case::Case;
use crate::claim::{Claim, claim};
use crate::target::Need;
use crate::trial::{Ask, Checked, Stop, Trial, require};

const GET_CONVERSATIONS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-conversations";
const GET_MESSAGES: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-messages";
const POST_SEND: &str = "https://docs.sendpilot.ai/api-reference/endpoint/post-send-message";
const POST_SEND_TO_LEAD: &str = "https://docs.sendpilot.ai/api-reference/endpoint/post-send-to-lead";
const POST_CONNECT: &str = "https://docs.sendpilot.ai/api-reference/endpoint/post-connect";
const QUOTA_NAMES: &str = "the vendor's file tells of daily quotas with use, rest and reset; no document has their names";

/// A second account of the workspace.
const SECOND: &str = "sender_def456";

pub(super) fn cases() -> Vec<Case> {
    [threads(), messages_sent(), days()].concat()
}

fn inbox_claim(operation: &str, name: &str, sentence: &str) -> Claim {
    claim(operation, name, sentence).effect(Effect::ContactsPeople).needs([Need::World])
}

fn threads() -> Vec<Case> {
    [
        inbox_claim(
            "sendpilot.inbox.conversations",
            "a-message-is-the-last-of-its-thread",
            "A message is the last of its thread, and the list shows its first hundred characters, sent at the same time.",
        )
        .derived(GET_CONVERSATIONS)
        .under(&["seed", "v1-late"])
        .checked_by(a_message_is_the_last_of_its_thread),
        inbox_claim(
            "sendpilot.inbox.conversations",
            "the-latest-is-first",
            "The thread that was last written in is the first of the list.",
        )
        .assumed("clients report it of the list: https://github.com/louiscarterfraburst/carterco; no document says it")
        .needs([Need::Clock])
        .checked_by(the_latest_is_first),
        inbox_claim(
            "sendpilot.inbox.conversations",
            "tokens-lead-to-each-thread-once",
            "Continuation tokens lead to each thread once, and the last page has none.",
        )
        .derived(GET_CONVERSATIONS)
        .checked_by(tokens_lead_to_each_thread_once),
        inbox_claim(
            "sendpilot.inbox.conversations",
            "each-thread-is-of-one-account",
            "The lists of each account hold together the threads of the whole list, and none of another account.",
        )
        .derived(GET_CONVERSATIONS)
        .checked_by(each_thread_is_of_one_account),
        inbox_claim(
            "sendpilot.inbox.messages",
            "tokens-lead-to-each-message-once",
            "Continuation tokens lead to each message of a thread once, from the oldest to the newest.",
        )
        .derived(GET_MESSAGES)
        .checked_by(tokens_lead_to_each_message_once),
    ]
    .concat()
}

fn messages_sent() -> Vec<Case> {
    [
        inbox_claim(
            "sendpilot.inbox.send",
            "a-stranger-gets-no-message",
            "A message to somebody who is no connection is refused, and opens no thread.",
        )
        .derived(POST_SEND)
        .checked_by(a_stranger_gets_no_message),
        inbox_claim(
            "sendpilot.inbox.send",
            "a-message-moves-its-lead",
            "A message makes its lead MESSAGE_SENT, and the campaign counts it.",
        )
        .derived(POST_SEND)
        .checked_by(a_message_moves_its_lead),
        inbox_claim(
            "sendpilot.inbox.send-to-lead",
            "names-are-filled-in-from-the-lead",
            "In a message to a lead {{firstName}} and {{lastName}} are the lead's, and the thread holds the message so.",
        )
        .documented(POST_SEND_TO_LEAD)
        .checked_by(names_are_filled_in_from_the_lead),
        inbox_claim(
            "sendpilot.inbox.connect",
            "nobody-is-asked-twice",
            "Who has been asked, or is connected, is not asked again: the answer is a success, and nothing of the day is used.",
        )
        .derived(POST_CONNECT)
        .checked_by(nobody_is_asked_twice),
    ]
    .concat()
}

fn days() -> Vec<Case> {
    [
        inbox_claim(
            "sendpilot.senders.quotas",
            "a-message-uses-one-of-its-account",
            "A message uses one of the day of the account that sends it, and nothing of another account or quota.",
        )
        .assumed(QUOTA_NAMES)
        .checked_by(a_message_uses_one_of_its_account),
        inbox_claim(
            "sendpilot.inbox.send",
            "a-day-ends-with-its-quota-and-the-next-begins-anew",
            "As many messages are sent as are left of the day, the next is refused with 429, and the day after it is sent.",
        )
        .assumed(QUOTA_NAMES)
        .needs([Need::Clock])
        .checked_by(a_day_ends_with_its_quota_and_the_next_begins_anew),
    ]
    .concat()
}

/// Somebody whom every account may write to.
fn friend(name: &str) -> String {
    format!("connected-{name}")
}

/// All rows that continuation tokens lead to. Two pages more than there are rows is too many.
fn walk_by_token(trial: &mut Trial<'_>, target: &str, rows: &str, rows_max: usize) -> Checked<Vec<Value>> {
    let (mut all, mut token) = (Vec::new(), String::new());
    for _ in 0..rows_max + 2 {
        let answer = trial.given(&Ask::get(format!("{target}{token}")))?;
        all.extend_from_slice(answer.items(rows)?);
        if answer.at("$.pagination.hasMore")? == false {
            answer.is("$.pagination.continuationToken", Value::Null)?;
            return Ok(all);
        }
        let next = answer.text("$.pagination.continuationToken")?;
        token = format!("&continuationToken={}", next.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"));
    }
    Err(Stop::broken("$.pagination.hasMore", "false on the last page", format!("true after {} rows", all.len())))
}

fn threads_of(trial: &mut Trial<'_>, account: &str) -> Checked<Vec<Value>> {
    let answer = trial.given(&Ask::get(format!("/v1/inbox/conversations?limit=100{account}")))?;
    Ok(answer.items("$.conversations")?.to_vec())
}

/// The thread that the account has with a person.
fn thread_with(trial: &mut Trial<'_>, account: &str, who: &str) -> Checked<Value> {
    let threads = threads_of(trial, &format!("&accountId={account}"))?;
    let found = threads.into_iter().find(|thread| thread["participants"][0]["profileUrl"] == profile(who));
    found.ok_or_else(|| Stop::broken("$.conversations", format!("a thread with {who}"), "none"))
}

fn messages_of(thread: &Value) -> String {
    let text = |name: &str| thread[name].as_str().unwrap_or_default().to_owned();
    format!("/v1/inbox/conversations/{}/messages?accountId={}", text("id"), text("accountId"))
}

fn a_message_is_the_last_of_its_thread(trial: &mut Trial<'_>) -> Checked {
    let (who, text) = (friend("ada"), format!("Hello Ada! {}", "ä".repeat(120)));
    let sent = trial.given(&writing(SENDER, &who, &text))?;
    let shown: String = text.chars().take(100).collect();
    let thread = thread_with(trial, SENDER, &who)?;
    let (found, expected) = (&thread["lastMessage"], json!({ "content": shown, "sentAt": sent.text("$.timestamp")?, "direction": "sent" }));
    require(*found == expected, "$.conversations[?].lastMessage", expected.to_string(), found.to_string())?;
    let messages = trial.given(&Ask::get(messages_of(&thread)))?;
    let last = messages.items("$.messages")?.last().cloned().unwrap_or_default();
    let (expected, found) = (json!([sent.at("$.messageId")?, text, "sent"]), json!([last["id"], last["content"], last["direction"]]));
    require(expected == found, "$.messages[-1]", expected.to_string(), found.to_string())
}

fn the_latest_is_first(trial: &mut Trial<'_>) -> Checked {
    let (ada, bob) = (friend("ada"), friend("bob"));
    for who in [&ada, &bob, &ada] {
        trial.wait(60)?;
        trial.given(&writing(SENDER, who, "Hello"))?;
        let threads = threads_of(trial, "")?;
        let first = threads.first().map_or(&Value::Null, |thread| &thread["participants"][0]["profileUrl"]);
        require(*first == profile(who), "$.conversations[0].participants[0].profileUrl", profile(who), first.to_string())?;
        let times = words(&threads, "lastActivityAt");
        require(times.is_sorted_by(|a, b| a >= b), "$.conversations[*].lastActivityAt", "the latest first", times.join(" "))?;
    }
    Ok(())
}

fn write_to_five(trial: &mut Trial<'_>) -> Checked {
    for (name, sender) in [("ada", SENDER), ("bob", SECOND), ("cleo", SENDER), ("dan", SENDER), ("eve", SECOND)] {
        trial.given(&writing(sender, &friend(name), "Hello"))?;
    }
    Ok(())
}

fn tokens_lead_to_each_thread_once(trial: &mut Trial<'_>) -> Checked {
    write_to_five(trial)?;
    let whole = words(&threads_of(trial, "")?, "id");
    for limit in [1, 2, 5] {
        let target = format!("/v1/inbox/conversations?limit={limit}");
        let pages = words(&walk_by_token(trial, &target, "$.conversations", whole.len())?, "id");
        same(format!("$.conversations[*].id, {limit} a page"), &whole, &pages)?;
    }
    Ok(())
}

fn each_thread_is_of_one_account(trial: &mut Trial<'_>) -> Checked {
    write_to_five(trial)?;
    let senders = trial.given(&Ask::get("/v1/inbox/senders"))?;
    let (accounts, mut parts) = (words(senders.items("$.senders")?, "id"), Vec::new());
    for account in accounts {
        let threads = threads_of(trial, &format!("&accountId={account}"))?;
        let odd = threads.iter().find(|thread| thread["accountId"] != *account);
        require(odd.is_none(), "$.conversations[*].accountId", &*account, odd.map(Value::to_string).unwrap_or_default())?;
        parts.extend(words(&threads, "id"));
    }
    let mut whole = words(&threads_of(trial, "")?, "id");
    parts.sort();
    whole.sort();
    same("$.conversations[*].id", &whole, &parts)
}

fn tokens_lead_to_each_message_once(trial: &mut Trial<'_>) -> Checked {
    let (who, texts) = (friend("ada"), ["one", "two", "three", "four", "five"]);
    for text in texts {
        trial.given(&writing(SENDER, &who, text))?;
    }
    let thread = thread_with(trial, SENDER, &who)?;
    for limit in [1, 2, 5] {
        let target = format!("{}&limit={limit}", messages_of(&thread));
        let found = words(&walk_by_token(trial, &target, "$.messages", texts.len())?, "content");
        same(format!("$.messages[*].content, {limit} a page"), &texts.map(str::to_owned), &found)?;
    }
    Ok(())
}

fn a_stranger_gets_no_message(trial: &mut Trial<'_>) -> Checked {
    let before = threads_of(trial, "")?.len();
    trial.given(&writing(SENDER, &friend("ada"), "Hello"))?;
    trial.call(&writing(SENDER, "stranger-example", "Hello"))?.status(400)?;
    let after = threads_of(trial, "")?.len();
    require(after == before + 1, "$.conversations", format!("{} threads", before + 1), after.to_string())
}

fn a_message_moves_its_lead(trial: &mut Trial<'_>) -> Checked {
    let who = friend("ada");
    let id = added(trial, EMPTY, &json!({ "linkedinUrl": profile(&who) }))?;
    let campaign = Ask::get(format!("/v1/campaigns/{EMPTY}"));
    for sent in 1..=2 {
        trial.given(&writing(SENDER, &who, "Hello"))?;
        let status = lead_field(trial, &id, "status")?;
        require(status == "MESSAGE_SENT", "$.status", "MESSAGE_SENT", status)?;
        trial.given(&campaign)?.is("$.metrics.messagesSent", sent)?;
    }
    Ok(())
}

fn names_are_filled_in_from_the_lead(trial: &mut Trial<'_>) -> Checked {
    let who = friend("ada");
    let id = added(trial, EMPTY, &json!({ "linkedinUrl": profile(&who), "firstName": "Ada", "lastName": "Example" }))?;
    let body = json!({ "senderId": SENDER, "message": "Dear {{firstName}} {{lastName}}, dear {{firstName}}!" });
    trial.given(&Ask::post(format!("/v1/inbox/send/lead/{id}"), &body))?.is("$.leadId", &*id)?;
    let thread = thread_with(trial, SENDER, &who)?;
    trial.given(&Ask::get(messages_of(&thread)))?.is("$.messages[0].content", "Dear Ada Example, dear Ada!")?;
    Ok(())
}

/// Of an account's day: what is used of requests and of messages.
fn used(trial: &mut Trial<'_>, account: &str) -> Checked<(i64, i64)> {
    let answer = trial.given(&Ask::get("/v1/senders/quotas"))?;
    let at = words(answer.items("$.senders")?, "id").iter().position(|id| id == account);
    let at = at.ok_or_else(|| Stop::broken("$.senders[*].id", account, "no such account"))?;
    for quota in ["connections", "messages", "likes"] {
        let part = |name: &str| answer.integer(&format!("$.senders[{at}].{quota}.{name}"));
        let (limit, used, remaining) = (part("limit")?, part("used")?, part("remaining")?);
        require(used + remaining == limit, format!("$.senders[{at}].{quota}"), limit.to_string(), format!("{used} + {remaining}"))?;
    }
    Ok((answer.integer(&format!("$.senders[{at}].connections.used"))?, answer.integer(&format!("$.senders[{at}].messages.used"))?))
}

fn nobody_is_asked_twice(trial: &mut Trial<'_>) -> Checked {
    let ask = |who: &str| Ask::post("/v1/inbox/connect", &json!({ "senderId": SENDER, "recipientLinkedinUrl": profile(who) }));
    let (before, _) = used(trial, SENDER)?;
    let steps = [("stranger-example", "sent", 1), ("stranger-example", "sent", 1), ("connected-ada", "already_connected", 1)];
    for (who, status, more) in steps {
        trial.call(&ask(who))?.status(201)?.is("$.success", true)?.is("$.status", status)?;
        let (now, _) = used(trial, SENDER)?;
        require(now == before + more, "$.senders[0].connections.used", (before + more).to_string(), now.to_string())?;
    }
    Ok(())
}

fn a_message_uses_one_of_its_account(trial: &mut Trial<'_>) -> Checked {
    let ((requests, messages), second) = (used(trial, SENDER)?, used(trial, SECOND)?);
    for sent in 1..=3 {
        trial.given(&writing(SENDER, &friend("ada"), "Hello"))?;
        let (expected, found) = ((requests, messages + sent), used(trial, SENDER)?);
        require(expected == found, "$.senders[0]", format!("{expected:?} used"), format!("{found:?}"))?;
    }
    let found = used(trial, SECOND)?;
    require(found == second, "$.senders[1]", format!("{second:?} used"), format!("{found:?}"))
}

fn a_day_ends_with_its_quota_and_the_next_begins_anew(trial: &mut Trial<'_>) -> Checked {
    let quotas = trial.given(&Ask::get("/v1/senders/quotas"))?;
    let left = quotas.integer("$.senders[0].messages.remaining")?;
    require((1..=500).contains(&left), "$.senders[0].messages.remaining", "a few", left.to_string())?;
    let ask = writing(SENDER, &friend("ada"), "Hello");
    for _ in 0..left {
        trial.call(&ask)?.status(201)?;
    }
    trial.call(&ask)?.status(429)?.is("$.message", "Daily message limit exceeded")?;
    trial.wait(DAY_S)?;
    trial.call(&ask)?.status(201)?;
    let (_, used) = used(trial, SENDER)?;
    require(used == 1, "$.senders[0].messages.used", "1", used.to_string())
}
