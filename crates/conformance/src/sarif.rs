//! SARIF 2.1.0, as code scanning reads it: rules, and findings at a file and line.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// A kind of finding.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// One sentence.
    pub(crate) says: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Error,
    Warning,
    Note,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// Of one of the rules.
    pub(crate) rule: String,
    pub(crate) level: Level,
    pub(crate) message: String,
    /// Where it is in the API: `<operation>/<outcome>`.
    pub(crate) name: String,
    /// File and 1-based line.
    pub(crate) place: Option<(String, u32)>,
    /// A name with its version, and what is the same for the same finding in another run.
    pub(crate) fingerprint: (&'static str, String),
}

/// The whole document.
pub(crate) fn document(rules: &[Rule], findings: &[Finding]) -> String {
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    let driver = json!({"name": "conformance", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    });
    serde_json::to_string_pretty(&document).expect("text and numbers are JSON") + "\n"
}

fn rule(Rule { id, says, help }: &Rule) -> Value {
    let mut rule = json!({"id": id, "shortDescription": {"text": says}});
    if let Some(help) = help {
        rule["help"] = json!({"text": help});
    }
    rule
}

fn result(finding: &Finding) -> Value {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": finding.name}]});
    if let Some((file, line)) = &finding.place {
        location["physicalLocation"] = json!({"artifactLocation": {"uri": uri(file)}, "region": {"startLine": line}});
    }
    json!({
        "ruleId": finding.rule,
        "level": level,
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {finding.fingerprint.0: finding.fingerprint.1},
    })
}

/// A file's name as a reference of RFC 3986: relative, or with `file:` where it begins at the root.
fn uri(file: &str) -> String {
    let scheme = if file.starts_with('/') { "file://" } else { "" };
    file.bytes().fold(scheme.to_owned(), |mut uri, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri
    })
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_file_becomes_a_reference() {
        assert_eq!(uri("fixtures/leadmagic/credits.toml"), "fixtures/leadmagic/credits.toml");
        assert_eq!(uri("/my copy/é%:1.toml"), "file:///my%20copy/%C3%A9%25%3A1.toml");
    }
}
