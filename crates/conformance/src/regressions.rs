//! Requests that once broke a claim about every request, kept in a file and asked again as cases of their own.

use std::fmt::Write as _;

use mock_providers::KeyRole;
use mock_providers::providers::Provider;
use serde::Deserialize;
use toml::Spanned;

use crate::case::{Case, Proof, Source};
use crate::compare::Difference;
use crate::odd_bytes::{escaped, unescaped};
use crate::property::without_example;
use crate::run::{Report, Verdict};
use crate::trial::{Ask, Credential};

const HEAD: &str = "\
# Requests that once broke a claim: `conformance run --regressions FILE` asks each again. In a body \\xNN is a byte, \\n a line
# feed and \\\\ a backslash.
";

/// A file of kept requests.
#[derive(Clone, Debug)]
pub struct Regressions {
    /// The file, as it was named.
    file: String,
    /// As it was read, to be added to.
    text: String,
    kept: Vec<Regression>,
}

/// A request and the claim that it broke.
#[derive(Clone, Debug)]
struct Regression {
    /// The claim's case.
    case: String,
    name: String,
    ask: Ask,
    /// The first difference, when it was kept.
    found: String,
    /// 1-based, in the file.
    line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    regression: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    case: Spanned<String>,
    name: Spanned<String>,
    method: String,
    target: String,
    /// A role.
    key: Option<Spanned<String>>,
    /// Instead of scheme and key.
    key_text: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<Spanned<String>>,
    #[serde(default)]
    found: String,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {what}\n  found: {found}\n  hint: {hint}")]
pub struct RegressionError {
    /// As it was named.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// What is wrong.
    pub what: &'static str,
    /// What stands there.
    pub found: String,
    /// What to do.
    pub hint: String,
}

impl Regressions {
    /// Reads the text of a file; an empty one has no requests.
    ///
    /// Fails with the line of the first mistake.
    pub fn read(file: &str, text: &str) -> Result<Self, RegressionError> {
        let line_of = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
        };
        let error = |line, what, found: &str, hint: &str| RegressionError {
            file: file.to_owned(),
            line,
            what,
            found: found.to_owned(),
            hint: hint.to_owned(),
        };
        let parsed: File = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| line_of(span.start));
            error(
                line,
                "the file does not parse",
                e.message(),
                "each [[regression]] has case, name, method and target, and may have key or key_text, headers, body and found",
            )
        })?;
        let mut kept: Vec<Regression> = Vec::new();
        for entry in parsed.regression {
            let line = line_of(entry.span().start);
            let entry = entry.into_inner();
            let name = entry.name.get_ref();
            let name_line = line_of(entry.name.span().start);
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                return Err(error(name_line, "the name is no name", name, "use letters, digits and dashes: it ends the case's id"));
            }
            if kept.iter().any(|other| other.case == *entry.case.get_ref() && other.name == *name) {
                return Err(error(name_line, "the name stands twice for one case", name, "remove one of the two, or rename it"));
            }
            let credential = match (entry.key, entry.key_text) {
                (Some(role), None) => {
                    let known = KeyRole::ALL.into_iter().find(|known| known.name() == role.get_ref());
                    let names = || KeyRole::ALL.map(KeyRole::name).join(", ");
                    let role_line = line_of(role.span().start);
                    let known =
                        known.ok_or_else(|| error(role_line, "unknown role of a key", role.get_ref(), &format!("known: {}", names())))?;
                    Credential::Role(known)
                }
                (None, Some(text)) => Credential::Text(text),
                (None, None) => Credential::None,
                (Some(_), Some(text)) => {
                    return Err(error(
                        line,
                        "there are both key and key_text",
                        &text,
                        "keep key for a role, or key_text for the header's value",
                    ));
                }
            };
            let body = match entry.body {
                None => Vec::new(),
                Some(body) => unescaped(body.get_ref()).ok_or_else(|| {
                    let body_line = line_of(body.span().start);
                    error(body_line, "the body has an unknown escape", body.get_ref(), "write \\xNN for a byte, \\n and \\\\")
                })?,
            };
            let ask = Ask { method: entry.method.into(), target: entry.target, credential, headers: entry.headers, body };
            kept.push(Regression { case: entry.case.into_inner(), name: name.clone(), ask, found: entry.found, line });
        }
        Ok(Self { file: file.to_owned(), text: text.to_owned(), kept })
    }

    /// One case a request, beside the case of its claim: `<claim's id>.regression-<name>`.
    ///
    /// Fails when there is no such claim among `cases`, or it is about no request alone.
    pub fn cases(&self, cases: &[Case]) -> Result<Vec<Case>, RegressionError> {
        self.kept.iter().map(|kept| self.case(kept, cases)).collect()
    }

    fn case(&self, kept: &Regression, cases: &[Case]) -> Result<Case, RegressionError> {
        let error = |what, hint: &str| RegressionError {
            file: self.file.clone(),
            line: kept.line,
            what,
            found: kept.case.clone(),
            hint: hint.to_owned(),
        };
        let known = cases.iter().find(|case| case.id == kept.case);
        let claim =
            known.ok_or_else(|| error("there is no such case", "`conformance list` shows the ids; remove what is no longer claimed"))?;
        let Proof::Calls(check) = &claim.proof else {
            return Err(error("the case is about one request already", "name the case of a claim about every request"));
        };
        if let Credential::Role(role) = kept.ask.credential
            && !has_role(claim.provider, role)
        {
            return Err(error("the provider has no key of that role", "name the role of a key that the provider has"));
        }
        let check = check.of_one(kept.ask.clone());
        let check = check.ok_or_else(|| error("the case is not about every request", "name the case of a claim about every request"))?;
        Ok(Case {
            id: format!("{}.regression-{}", claim.id, kept.name),
            claim: format!("{} Once it was otherwise for this request: {}.", claim.claim, kept.found),
            source: Source { file: self.file.clone(), line: kept.line, document: claim.source.document.clone() },
            proof: Proof::Calls(check),
            ..claim.clone()
        })
    }

    /// The file with the requests of this run's failures behind those it had, and how many they are. A request that is kept
    /// already, or that was asked as a regression, is not added again.
    pub fn with_failures(&self, report: &Report<'_>) -> (String, usize) {
        let mut text = if self.text.is_empty() { HEAD.to_owned() } else { self.text.clone() };
        let mut added = 0;
        for result in &report.results {
            let (Verdict::Failed(differences), Some(ask)) = (&result.verdict, &result.smallest) else { continue };
            let id = &result.case.id;
            let known = |kept: &Regression| kept.ask == *ask && (kept.case == *id || id.starts_with(&format!("{}.regression-", kept.case)));
            if is_kept(id) || self.kept.iter().any(known) {
                continue;
            }
            // The request itself stands above it.
            let found = differences.first().map(|first| Difference { at: without_example(&first.at).to_owned(), ..first.clone() });
            let found = found.map(|found| found.to_string()).unwrap_or_default();
            push(&mut text, id, ask, &found);
            added += 1;
        }
        (text, added)
    }
}

/// Whether the case of this id is a request from a file.
pub(crate) fn is_kept(id: &str) -> bool {
    id.contains(".regression-")
}

fn has_role(provider: Provider, role: KeyRole) -> bool {
    provider.profile().keys.iter().any(|key| key.role == role)
}

fn push(text: &mut String, case: &str, ask: &Ask, found: &str) {
    // A JSON string is a basic string of TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let _ = writeln!(text, "\n[[regression]]\ncase = {}\nname = \"{}\"", quoted(case), name(ask));
    let _ = writeln!(text, "method = {}\ntarget = {}", quoted(&ask.method), quoted(&ask.target));
    match &ask.credential {
        Credential::Role(role) => writeln!(text, "key = \"{role}\"").unwrap_or_default(),
        Credential::Text(value) => writeln!(text, "key_text = {}", quoted(value)).unwrap_or_default(),
        Credential::None => {}
    }
    if !ask.headers.is_empty() {
        let headers = ask.headers.iter().map(|(name, value)| format!("[{}, {}]", quoted(name), quoted(value)));
        let _ = writeln!(text, "headers = [{}]", headers.collect::<Vec<_>>().join(", "));
    }
    if !ask.body.is_empty() {
        let _ = writeln!(text, "body = {}", quoted(&escaped(&ask.body)));
    }
    let _ = writeln!(text, "found = {}", quoted(found));
}

/// A name that is the same for the same request: FNV-1a over its parts.
fn name(ask: &Ask) -> String {
    let parts = format!("{}\n{}\n{:?}\n{:?}\n{}", ask.method, ask.target, ask.credential, ask.headers, escaped(&ask.body));
    let hash = parts.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use fixtures::RequestText;

    use super::*;
    use crate::case::ALL;
    use crate::run::run;
    use crate::target::Response;
    use crate::target::embedded::Embedded;
    use crate::target::planted::Planted;

    const CLAIM: &str = "leadmagic.email-validation.check.any-request-gets-an-answer-of-the-provider";

    fn fails_on_odd_bytes(request: &RequestText, response: &mut Response) {
        if request.body.contains('\u{fffd}') {
            response.status = 500;
        }
    }

    #[test]
    fn a_shrunk_failure_is_kept_and_asked_again() {
        let claim: Vec<Case> = ALL.iter().filter(|case| case.id == CLAIM).cloned().collect();
        let empty = Regressions::read("kept.toml", "").unwrap();
        let (text, added) = empty.with_failures(&run(&claim, &Planted(fails_on_odd_bytes)));
        assert_eq!(added, 1, "{text}");
        assert!(text.contains("\\xff") || text.contains("\\x"), "{text}");
        assert!(!text.contains("smallest example"), "{text}");
        let kept = Regressions::read("kept.toml", &text).unwrap();
        let again = kept.cases(&ALL).unwrap();
        assert_eq!(again.len(), 1);
        assert!(again[0].id.starts_with(&format!("{CLAIM}.regression-")), "{}", again[0].id);
        assert_eq!((&*again[0].source.file, again[0].source.line), ("kept.toml", 4));
        let broken = run(&again, &Planted(fails_on_odd_bytes));
        assert!(matches!(broken.results[0].verdict, Verdict::Failed(_)));
        assert_eq!(kept.with_failures(&broken), (text.clone(), 0));
        assert_eq!(kept.with_failures(&run(&claim, &Planted(fails_on_odd_bytes))), (text, 0));
        assert!(run(&again, &Embedded).nothing_failed());
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let outcome = Regressions::read("kept.toml", text).and_then(|kept| kept.cases(&ALL));
        let error = outcome.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let entry = |lines: &str| format!("[[regression]]\ncase = \"{CLAIM}\"\nmethod = \"GET\"\ntarget = \"/\"\n{lines}");
        check("\n[[regression]]\ncase = 1", "kept.toml:3: the file does not parse");
        check(&entry("name = \"a b\""), "kept.toml:5: the name is no name\n  found: a b\n  hint: ");
        check(&entry("name = \"a\"\nkey = \"good\""), "kept.toml:6: unknown role of a key\n  found: good\n  hint: known: valid, ");
        check(&entry("name = \"a\"\nkey = \"no_sdr\""), "kept.toml:1: the provider has no key of that role");
        check(&entry("name = \"a\"\nbody = '\\q'"), "kept.toml:6: the body has an unknown escape");
        check(&entry("name = \"a\"\nkey = \"valid\"\nkey_text = \"b\""), "kept.toml:1: there are both key and key_text");
        check(&format!("{0}\n{0}", entry("name = \"a\"")), "kept.toml:10: the name stands twice");
        check(&entry("name = \"a\"").replace(CLAIM, "leadmagic.nothing"), "kept.toml:1: there is no such case");
        check(&entry("name = \"a\"").replace(CLAIM, "leadmagic.credits.balance"), "kept.toml:1: the case is about one request already");
    }
}
