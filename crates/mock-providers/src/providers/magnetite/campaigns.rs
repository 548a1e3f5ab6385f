//! Campaigns and their leads, packed: a campaign may have a million.
//!
//! A lead costs its values as sent, two bytes a field, and some 40 to 70 bytes for its id, its place and its address in the
//! index. Nothing is ever moved as a whole but the two tables of numbers.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::leads::BODY;
use crate::core::body::{Field, Object};
use crate::core::ids::{Ids, fnv1a};
use crate::core::key::Workspace;
use crate::core::simulation::CannotSimulate;

/// Every campaign there is: the placeholder of the documents, the id of their webhook sample, and one of another account.
pub(super) const CAMPAIGNS: [(&str, Workspace); 3] =
    [("YOUR_CAMPAIGN_ID", Workspace::Home), ("campaign_abc123", Workspace::Home), ("campaign_of_another_account", Workspace::Other)];

/// Bytes after which a new chunk is begun.
const CHUNK: usize = 64 * 1024;

/// Stands for a name that is not in the table of fields; the name follows.
const OTHER_NAME: u8 = u8::MAX;

/// Leads by campaign.
#[derive(Clone, Debug, Default)]
pub(super) struct Campaigns([Leads; CAMPAIGNS.len()]);

/// The leads of one campaign, in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Leads {
    rows: Vec<Row>,
    /// Bodies, one after the other; a body lies in one chunk.
    chunks: Vec<Vec<u8>>,
    /// Rows by the hash of their address.
    by_address: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    /// Rows whose hash is that of another address.
    twins: HashMap<Box<str>, u32>,
    /// Meetings by row.
    meetings: BTreeMap<u32, Vec<Meeting>>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// The letters and digits of its id, as a number.
    id: u64,
    chunk: u32,
    offset: u32,
}

/// A meeting that a lead has booked. Documented: the sample of the webhooks page.
#[derive(Clone, Debug, Serialize)]
struct Meeting {
    id: String,
    /// Decided: the fourth day after the booking, at the same time.
    scheduled_at: Timestamp,
    /// Minutes.
    duration: u32,
    title: String,
    booked_at: Timestamp,
}

impl Campaigns {
    /// The leads of one of [`CAMPAIGNS`].
    pub(super) fn leads_mut(&mut self, campaign: &str) -> &mut Leads {
        let at = CAMPAIGNS.iter().position(|(id, _)| *id == campaign).unwrap_or_default();
        &mut self.0[at]
    }

    /// A lead books a meeting; gives the meeting's id. `contact` is a mail address, or a profile as it was sent.
    pub(super) fn book(&mut self, campaign: Option<&str>, contact: &str, ids: &mut Ids, now: Timestamp) -> Result<String, CannotSimulate> {
        let known = CAMPAIGNS.map(|(id, _)| id).join(", ");
        if let Some(campaign) = campaign.filter(|campaign| CAMPAIGNS.iter().all(|(id, _)| id != campaign)) {
            return Err(CannotSimulate::new(format!("magnetite has no campaign {campaign}"), format!("its campaigns are: {known}")));
        }
        let among = CAMPAIGNS.iter().zip(&mut self.0).filter(|((id, _), _)| campaign.is_none_or(|campaign| campaign == *id));
        let found = among.map(|(_, leads)| leads).find_map(|leads| leads.find_contact(contact).map(|row| (leads, row)));
        let (leads, row) = found.ok_or_else(|| {
            CannotSimulate::new(
                format!("no campaign that was looked at has a lead {contact}"),
                format!("add the lead first: POST /api/campaigns/{{campaignId}}/leads; the campaigns are: {known}"),
            )
        })?;
        let id = ids.alnum("meeting_", 12);
        let meeting = Meeting {
            id: id.clone(),
            scheduled_at: now.checked_add(SignedDuration::from_hours(4 * 24)).unwrap_or(Timestamp::MAX),
            duration: 30,
            title: format!("Discovery Call with {}", leads.text(row, "companyName")),
            booked_at: now,
        };
        leads.meetings.entry(row).or_default().push(meeting);
        Ok(id)
    }

    /// The campaigns for people to read: how many leads there are, the first of them, and who has booked a meeting.
    pub(super) fn describe(&self, shown_max: usize) -> Value {
        let campaign = |((id, owner), leads): (&(&str, Workspace), &Leads)| {
            let shown: Vec<Value> = (0..).zip(&leads.rows).take(shown_max).map(|(at, row)| leads.describe(at, *row)).collect();
            let booked = leads.meetings.keys().take(shown_max).map(|at| leads.describe(*at, leads.rows[*at as usize]));
            let campaign = json!({
                "workspace": format!("{owner:?}").to_lowercase(),
                "lead_count": leads.rows.len(), "leads": shown,
                "booked_count": leads.meetings.len(), "booked": booked.collect::<Vec<_>>(),
            });
            (id.to_string(), campaign)
        };
        CAMPAIGNS.iter().zip(&self.0).map(campaign).collect()
    }
}

impl Leads {
    /// The row with that address, in lower case and without space around it.
    pub(super) fn find(&self, address: &str) -> Option<u32> {
        let row = *self.by_address.get(&fnv1a(address))?;
        if self.address(row) == address { Some(row) } else { self.twins.get(address).copied() }
    }

    /// Adds a lead whose address is not there yet.
    pub(super) fn add(&mut self, id: &str, address: &str, sent: &Object<'_>) {
        let body = packed(sent);
        if self.chunks.last().is_none_or(|chunk| chunk.len() + body.len() > CHUNK) {
            self.chunks.push(Vec::new());
        }
        let chunk = self.chunks.len() - 1;
        let offset = self.chunks[chunk].len();
        self.chunks[chunk].extend_from_slice(&body);
        let at = number(self.rows.len());
        self.rows.push(Row { id: id_number(id), chunk: number(chunk), offset: number(offset) });
        if let std::collections::hash_map::Entry::Vacant(free) = self.by_address.entry(fnv1a(address)) {
            free.insert(at);
        } else {
            self.twins.insert(address.into(), at);
        }
    }

    /// The first row with that mail address or profile.
    fn find_contact(&self, contact: &str) -> Option<u32> {
        let address = contact.trim().to_lowercase();
        // Profiles are looked for one by one: only a simulation asks for them.
        let by_profile = || (0..number(self.rows.len())).find(|row| !contact.is_empty() && self.text(*row, "linkedInUrl") == contact);
        self.find(&address).or_else(|| if contact.contains('@') { None } else { by_profile() })
    }

    fn address(&self, row: u32) -> String {
        self.text(row, "email").trim().to_lowercase()
    }

    /// A field's text; empty when it is absent or no string. The last one of a name counts.
    fn text(&self, row: u32, name: &str) -> String {
        let last = self.fields(self.rows[row as usize]).filter(|(known, _)| *known == name).last();
        let raw = last.and_then(|(_, raw)| serde_json::from_str::<&RawValue>(raw).ok());
        match raw.map(Field::of) {
            Some(Field::Text(text)) => text.into_owned(),
            _ => String::new(),
        }
    }

    fn fields(&self, row: Row) -> Fields<'_> {
        let mut fields = Fields { rest: &self.chunks[row.chunk as usize][row.offset as usize..], left: 0 };
        fields.left = fields.number();
        fields
    }

    fn describe(&self, at: u32, row: Row) -> Value {
        let fields: Vec<String> = self.fields(row).map(|(name, raw)| format!("{}:{raw}", Value::from(name))).collect();
        let sent = format!("{{{}}}", fields.join(","));
        // Nested deeper than a reader goes, it is shown as text.
        let sent: Value = serde_json::from_str(&sent).unwrap_or(Value::String(sent));
        let mut lead = json!({ "id": format!("prospect_{}", id_text(row.id)), "sent": sent });
        if let Some(meetings) = self.meetings.get(&at) {
            lead["meetings"] = json!(meetings);
        }
        lead
    }
}

/// A body's fields in order, repeated names too: their number, then for each its place in the table of fields, or its name,
/// and its value as sent.
fn packed(sent: &Object<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    push_number(&mut body, sent.iter().count());
    for (name, raw) in sent.iter() {
        let known = BODY.iter().position(|field| field.name == name).and_then(|at| u8::try_from(at).ok());
        body.push(known.unwrap_or(OTHER_NAME));
        if known.is_none() {
            push_text(&mut body, name);
        }
        push_text(&mut body, raw.get());
    }
    body
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    push_number(body, text.len());
    body.extend_from_slice(text.as_bytes());
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn push_number(body: &mut Vec<u8>, mut n: usize) {
    while n > 0x7f {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits fit a byte")]
        body.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most seven bits are left")]
    body.push(n as u8);
}

/// Reads what [`packed`] wrote.
struct Fields<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Fields<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().expect("a packed body is whole");
        self.rest = rest;
        *first
    }

    fn number(&mut self) -> usize {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            n |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return n;
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> &'a str {
        let length = self.number();
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        std::str::from_utf8(text).expect("text was packed")
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = match self.byte() {
            OTHER_NAME => self.text(),
            at => BODY[usize::from(at)].name,
        };
        Some((name, self.text()))
    }
}

/// A hash that is one already.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

const ALNUM: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The twelve letters and digits after the prefix, as a number: 36 to the 12th fits.
fn id_number(id: &str) -> u64 {
    let digit = |letter: u8| ALNUM.iter().position(|known| *known == letter).unwrap_or_default() as u64;
    id.bytes().skip("prospect_".len()).fold(0, |n, letter| n * 36 + digit(letter))
}

fn id_text(mut n: u64) -> String {
    let mut letters = [0; 12];
    for letter in letters.iter_mut().rev() {
        *letter = ALNUM[(n % 36) as usize];
        n /= 36;
    }
    letters.map(char::from).iter().collect()
}

/// A place in a table: four thousand million leads are more than a machine holds.
fn number(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2 to the 32nd")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::request::Request;
    use http::Method;

    fn add(leads: &mut Leads, id: &str, address: &str, body: String) {
        let request = Request::new(Method::POST, "/").body(body);
        leads.add(id, address, &Object::of(&request).unwrap());
    }

    #[test]
    fn a_lead_is_unpacked_as_it_was_sent() {
        let mut leads = Leads::default();
        let long = "x".repeat(70_000);
        let body = format!(r#"{{"email":"Jo@Acme.com ","companyName":"A","é\"":{{"b":1.50}},"email":"last@acme.com","notes":"{long}"}}"#);
        add(&mut leads, "prospect_099qgpxgmq5s", "last@acme.com", body.clone());
        add(&mut leads, "prospect_aaaaaaaaaaaa", "b@acme.com", r#"{"email":"b@acme.com"}"#.into());
        assert_eq!(leads.text(0, "email"), "last@acme.com");
        assert_eq!((leads.find("last@acme.com"), leads.find("jo@acme.com"), leads.find("b@acme.com")), (Some(0), None, Some(1)));
        let shown = leads.describe(0, leads.rows[0]);
        assert_eq!(shown["id"], "prospect_099qgpxgmq5s");
        assert_eq!(shown["sent"], serde_json::from_str::<Value>(&body).unwrap());
        assert_eq!(leads.describe(1, leads.rows[1])["id"], "prospect_aaaaaaaaaaaa");
    }

    #[test]
    fn addresses_of_one_hash_are_kept_apart() {
        let mut leads = Leads::default();
        add(&mut leads, "prospect_aaaaaaaaaaaa", "a@acme.com", r#"{"email":"a@acme.com"}"#.into());
        // As if both had the hash of the second.
        leads.by_address.insert(fnv1a("b@acme.com"), 0);
        assert_eq!(leads.find("b@acme.com"), None);
        add(&mut leads, "prospect_aaaaaaaaaaab", "b@acme.com", r#"{"email":"b@acme.com"}"#.into());
        assert_eq!((leads.find("a@acme.com"), leads.find("b@acme.com")), (Some(0), Some(1)));
    }

    #[test]
    fn many_leads_take_little_room() {
        const LEADS: usize = 20_000;
        let mut leads = Leads::default();
        for at in 0..LEADS {
            let body = format!(r#"{{"companyName": "Acme Corp", "contactName": "John Smith", "email": "john{at}@acme.com"}}"#);
            add(&mut leads, "prospect_aaaaaaaaaaaa", &format!("john{at}@acme.com"), body);
        }
        let chunks: usize = leads.chunks.iter().map(Vec::capacity).sum();
        let bytes = chunks + leads.rows.capacity() * size_of::<Row>() + leads.by_address.capacity() * 8 / 7 * (size_of::<(u64, u32)>() + 1);
        assert!(bytes / LEADS < 160, "{} bytes a lead", bytes / LEADS);
        assert_eq!(leads.find("john777@acme.com"), Some(777));
        assert!(leads.twins.is_empty());
    }
}
