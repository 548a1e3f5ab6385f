//! What a run makes: it carries the run's prefix, and is written down before the call that makes it.
//!
//! None of the four APIs documents a call that deletes a campaign, a lead, a search or a suppressed address. So nothing can be
//! removed here; `conformance sweep` lists what is left, and the person removes it where the provider's own pages allow it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::terms::Seen;

/// What every prefix begins with.
pub const MARK: &str = "conformance-";

/// Operations that make something with a name of its own.
const NAMED: &[&str] = &["leadterra.campaigns.create", "sendpilot.searches.create", "sendpilot.extractions.create"];

/// Lists in which a provider shows what was made: its path. The others document no such list.
pub(crate) const LISTS: &[(Provider, &str)] =
    &[(Provider::Sendpilot, "/v1/campaigns?limit=100"), (Provider::Sendpilot, "/v1/leads?limit=100")];

/// The most pages of a list that are read: 5000 rows.
pub(crate) const PAGES_MAX: usize = 50;

/// The path of a list's page, counted from 1.
pub(crate) fn page(list: &str, number: usize) -> String {
    format!("{list}&page={number}")
}

/// Whether a list ends with this page. Errors say why that cannot be known.
pub(crate) fn is_last(body: &str, number: usize) -> Result<bool, String> {
    let answer: Value = serde_json::from_str(body).map_err(|e| format!("page {number} is no JSON: {e}"))?;
    let rows = rows(&answer).ok_or_else(|| format!("page {number} has no list"))?;
    let pages = ["/pagination/totalPages", "/meta/totalPages"].iter().find_map(|at| answer.pointer(at)?.as_u64());
    Ok(rows.is_empty() || pages.is_some_and(|pages| pages <= number as u64))
}

fn rows(answer: &Value) -> Option<&Vec<Value>> {
    ["data", "campaigns", "leads"].iter().find_map(|name| answer.get(name)?.as_array())
}

/// A row of a list that carries the prefix of some run, or names what a run wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its id; none when it has no text there.
    pub id: Option<String>,
    /// The texts that tell, each once.
    pub texts: Vec<String>,
}

/// The rows of a page that a run has left: those with the mark of any run in them, and those with one of these texts as a whole.
pub fn shown(body: &str, known: &[String]) -> Vec<Shown> {
    let Ok(answer) = serde_json::from_str::<Value>(body) else { return Vec::new() };
    let same = |one: &str, other: &str| one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'));
    let tells = |text: &str| text.contains(MARK) || known.iter().any(|one| same(one, text));
    let row = |row: &Value| {
        let mut texts = Vec::new();
        texts_of(row, &mut |text| {
            let text = printable(text);
            if tells(&text) && !texts.contains(&text) {
                texts.push(text);
            }
        });
        (!texts.is_empty()).then(|| Shown { id: row.get("id").and_then(Value::as_str).map(printable), texts })
    };
    rows(&answer).into_iter().flatten().filter_map(row).collect()
}

fn texts_of(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, visit)),
        Value::Object(fields) => fields.values().for_each(|value| texts_of(value, visit)),
        _ => {}
    }
}

/// For a terminal: short, and without what could steer it.
fn printable(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// How a person removes what an operation made, or a list shows: no document has a call for it.
pub fn by_hand(provider: Provider, topic: &str, found_by: &str) -> String {
    format!(
        "sign in to {provider} as the owner of the key, look among the {topic} for {found_by}, and delete it there; where the pages cannot, ask its support"
    )
}

/// The prefix of a run.
pub fn prefix(run: &str) -> String {
    format!("{MARK}{run}-")
}

pub(super) fn is_named(operation: &str) -> bool {
    NAMED.contains(&operation)
}

/// The body with the prefix before the name of what it makes. Bodies of other operations stay.
pub(super) fn with_prefix(operation: &str, body: &str, prefix: &str) -> String {
    if !is_named(operation) {
        return body.to_owned();
    }
    let Some(at) = body.find("\"name\"") else { return body.to_owned() };
    let rest = &body[at + 6..];
    let value = rest.trim_start().strip_prefix(':').map(str::trim_start).and_then(|value| value.strip_prefix('"'));
    let Some(value) = value.filter(|value| !value.starts_with('"')) else { return body.to_owned() };
    let (before, after) = body.split_at(body.len() - value.len());
    format!("{before}{prefix}{after}")
}

/// Something that a call was about to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The prefix of the run.
    pub prefix: String,
    /// The provider.
    pub provider: String,
    /// What made it.
    pub operation: String,
    /// Who stands in it.
    pub recipients: Vec<String>,
    /// The id that the answer gave; none before there was one.
    pub id: Option<String>,
    /// The answer's status; none when the call was not answered, and the thing may be there or not.
    pub status: Option<u16>,
}

/// The file of what was made, a line before each call and one after it.
#[derive(Debug)]
pub struct Created {
    file: File,
    prefix: String,
}

impl Created {
    /// Adds to the file, which is made where there is none.
    pub fn open(place: &Path, prefix: &str) -> io::Result<Self> {
        Ok(Self { file: OpenOptions::new().create(true).append(true).open(place)?, prefix: prefix.to_owned() })
    }

    /// Writes down what a call is about to make. It is on the disk before the call leaves. None when it makes nothing.
    pub(crate) fn before(&mut self, provider: Provider, seen: &Seen) -> io::Result<Option<Made>> {
        if seen.effect < Effect::Write && !is_named(&seen.operation) {
            return Ok(None);
        }
        let made = Made {
            prefix: self.prefix.clone(),
            provider: provider.name().to_owned(),
            operation: seen.operation.clone(),
            recipients: seen.recipients.clone(),
            id: None,
            status: None,
        };
        self.write(&made)?;
        Ok(Some(made))
    }

    /// Writes down what came of it.
    pub(crate) fn after(&mut self, made: Made, status: u16, body: &str) -> io::Result<()> {
        let answer: Option<Value> = serde_json::from_str(body).ok();
        let id = answer.and_then(|answer| {
            let known = ["id", "prospectId", "leadId", "jobId"];
            known.iter().find_map(|name| answer.get(name).or_else(|| answer.get("data")?.get(name))?.as_str().map(str::to_owned))
        });
        self.write(&Made { id, status: Some(status), ..made })
    }

    fn write(&mut self, made: &Made) -> io::Result<()> {
        let line = serde_json::to_string(made).expect("text and numbers are JSON") + "\n";
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()
    }
}

/// What runs have left, by their file. A line that was cut short is told as it is.
pub fn leftovers(place: &Path) -> io::Result<Vec<Result<Made, String>>> {
    let text = std::fs::read_to_string(place)?;
    let mut left: Vec<Result<Made, String>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<Made>(line) {
            // The second line of a call takes the place of the first; a refusal made nothing.
            Ok(made) if made.status.is_some() => {
                let first = |known: &Result<Made, String>| {
                    known
                        .as_ref()
                        .is_ok_and(|known| known.status.is_none() && known.prefix == made.prefix && known.operation == made.operation)
                };
                if let Some(at) = left.iter().position(first) {
                    drop(left.remove(at));
                }
                // A server that fails may have made it all the same.
                if !made.status.is_some_and(|status| (400..500).contains(&status)) {
                    left.push(Ok(made));
                }
            }
            Ok(made) => left.push(Ok(made)),
            Err(_) => left.push(Err(line.to_owned())),
        }
    }
    Ok(left)
}

/// Where a run writes when nobody names a place.
pub fn default_place() -> PathBuf {
    PathBuf::from("conformance-created.ndjson")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_the_prefix_and_nothing_else_does() {
        let body = "{\"name\" : \"Q1\", \"limit\": 1}";
        assert_eq!(with_prefix("leadterra.campaigns.create", body, "conformance-1-"), "{\"name\" : \"conformance-1-Q1\", \"limit\": 1}");
        assert_eq!(with_prefix("leadterra.leads.bulk", body, "conformance-1-"), body);
        // Without a name the call is refused, and that is what the case is about.
        assert_eq!(with_prefix("leadterra.campaigns.create", "{\"name\": \"\"}", "conformance-1-"), "{\"name\": \"\"}");
        assert_eq!(with_prefix("leadterra.campaigns.create", "{\"name\": 5}", "conformance-1-"), "{\"name\": 5}");
    }

    #[test]
    fn a_list_ends_where_it_says_or_with_an_empty_page() {
        assert_eq!(is_last(r#"{"data": [1], "meta": {"totalPages": 2}}"#, 1), Ok(false));
        assert_eq!(is_last(r#"{"data": [1], "meta": {"totalPages": 2}}"#, 2), Ok(true));
        assert_eq!(is_last(r#"{"leads": [1], "pagination": {"totalPages": 1}}"#, 1), Ok(true));
        assert_eq!(is_last(r#"{"campaigns": [1]}"#, 7), Ok(false));
        assert_eq!(is_last(r#"{"campaigns": []}"#, 8), Ok(true));
        assert_eq!(is_last("{}", 1), Err("page 1 has no list".to_owned()));
        assert!(is_last("<html>", 3).unwrap_err().starts_with("page 3 is no JSON: "));
    }

    #[test]
    fn a_row_is_found_by_the_mark_of_any_run_or_by_what_the_file_names() {
        let body = r#"{"leads": [{"id": "l1", "tags": ["conformance-old-x"]}, {"id": "l2", "url": "https://In/Me/"}, {"id": "l3", "note": "https://in/me/2"},
                       {"name": "a conformance-\u001b[2J"}]}"#;
        let found = shown(body, &["https://in/me".to_owned()]);
        let told: Vec<String> = found.iter().map(|row| format!("{:?} {}", row.id.as_deref(), row.texts.join(" "))).collect();
        assert_eq!(told, ["Some(\"l1\") conformance-old-x", "Some(\"l2\") https://In/Me/", "None a conformance-\u{fffd}[2J"]);
    }

    #[test]
    fn a_cut_line_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("created.ndjson");
        std::fs::write(&place, "{\"prefix\":\"conformance-1-\",\"prov").unwrap();
        assert_eq!(leftovers(&place).unwrap(), [Err("{\"prefix\":\"conformance-1-\",\"prov".to_owned())]);
    }
}
