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

use super::terms::Seen;

/// What every prefix begins with.
pub const MARK: &str = "conformance-";

/// Operations that make something with a name of its own.
const NAMED: &[&str] = &["leadterra.campaigns.create", "sendpilot.searches.create", "sendpilot.extractions.create"];

/// Lists in which a provider shows what was made: its path. The others document no such list.
pub(crate) const LISTS: &[(Provider, &str)] =
    &[(Provider::Sendpilot, "/v1/campaigns?limit=100"), (Provider::Sendpilot, "/v1/leads?limit=100")];

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
        let answer: Option<serde_json::Value> = serde_json::from_str(body).ok();
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

/// Words of an answer that carry the prefix of some run, each once.
pub fn marked(body: &str) -> Vec<String> {
    let mut found: Vec<String> = body
        .split(['"', ',', '<', '>', '\n'])
        .filter(|text| text.contains(MARK))
        .map(|text| text.chars().take(200).collect::<String>())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
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
    fn a_cut_line_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("created.ndjson");
        std::fs::write(&place, "{\"prefix\":\"conformance-1-\",\"prov").unwrap();
        assert_eq!(leftovers(&place).unwrap(), [Err("{\"prefix\":\"conformance-1-\",\"prov".to_owned())]);
    }
}
