//! A target file: what a person lets the suite use and do, a table a provider. It names keys, and never holds one.
//!
//! ```toml
//! [sendpilot]
//! base_url = "https://api.sendpilot.ai"
//! revision = "seed"
//! keys.valid = "SENDPILOT_API_KEY"
//! objects.camp_abc123 = "camp_of_my_own"
//! allow = ["free-read", "write"]
//! recipients = ["@my-domain.example", "me@elsewhere.example", "https://www.linkedin.com/in/me"]
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mock_providers::KeyRole;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use serde::Deserialize;
use toml::Spanned;

use super::Need;
use super::http::BaseUrl;

/// Every effect, the harmless one first.
pub const EFFECTS: [Effect; 4] = [Effect::FreeRead, Effect::PaidRead, Effect::Write, Effect::ContactsPeople];

/// What may be used and done, by provider.
#[derive(Clone, Debug, Default)]
pub struct TargetFile {
    providers: Vec<Permitted>,
}

/// What may be used and done with one provider.
#[derive(Clone, Debug)]
pub struct Permitted {
    /// The provider.
    pub provider: Provider,
    /// Where it is asked; without one, the documented host.
    pub place: Place,
    /// The revision that it is held to; without one, the default.
    pub revision: &'static str,
    /// Names of environment variables.
    pub keys: Vec<(KeyRole, String)>,
    /// What exists, by the documented id that it stands for.
    pub objects: BTreeMap<String, String>,
    /// Effects of calls. Free reads are allowed where the file has no list.
    pub allow: Vec<Effect>,
    /// Who may be contacted or written down.
    pub recipients: Vec<Recipient>,
    /// What its table says beside the place, by the fields' names.
    pub says: Vec<&'static str>,
}

/// Where a provider is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At its documented host.
    Real,
    /// At a server on this machine.
    Loopback(BaseUrl),
}

/// Who may be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// This address.
    Address(String),
    /// Every address of this domain, written `@my-domain.example`. Only these can carry the prefix of a run.
    Domain(String),
    /// The owner of this profile.
    Profile(String),
}

impl Recipient {
    /// Whether it is this address or profile URL.
    pub fn is(&self, found: &str) -> bool {
        let found = found.to_ascii_lowercase();
        match self {
            Self::Address(address) | Self::Profile(address) => address.eq_ignore_ascii_case(&found),
            Self::Domain(domain) => found.rsplit_once('@').is_some_and(|(_, of)| domain.eq_ignore_ascii_case(of)),
        }
    }
}

/// A target file that is not used.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {what}\n  hint: {hint}", file.display())]
pub struct FileError {
    /// As it was named.
    pub file: PathBuf,
    /// 1-based.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
}

/// A key that the file names, and the environment does not have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not set, and the target file names it as the {role} key of {provider}\n  hint: put the key into the environment")]
pub struct NoKey {
    /// Whose.
    pub provider: Provider,
    /// Which.
    pub role: KeyRole,
    /// The variable.
    pub variable: String,
}

impl Permitted {
    /// The keys: role, the documents' key, and what the environment has in place of it.
    pub(crate) fn own_keys(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<(KeyRole, &'static str, String)>, NoKey> {
        let mut keys = Vec::new();
        for (role, name) in &self.keys {
            let key = variable(name).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
            let key = key.ok_or_else(|| NoKey { provider: self.provider, role: *role, variable: name.clone() })?;
            let specs = self.provider.profile().keys.iter().filter(|spec| spec.role == *role);
            keys.extend(specs.map(|spec| (*role, spec.documentation, key.clone())));
        }
        Ok(keys)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    base_url: Option<Spanned<String>>,
    revision: Option<Spanned<String>>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    objects: BTreeMap<String, Spanned<String>>,
    allow: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    recipients: Vec<Spanned<String>>,
}

/// What is wrong, where, and what to do. The text itself is told only where it cannot be a key.
struct Wrong(Range<usize>, String, &'static str);

impl TargetFile {
    /// Reads a file that was named `file`. Errors have its line.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileError> {
        let error = |Wrong(span, what, hint)| {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            FileError { file: file.to_owned(), line, what, hint }
        };
        let tables: BTreeMap<Spanned<String>, Table> = toml::from_str(text).map_err(|e| {
            let hint = "a table a provider, with base_url, revision, keys, objects, allow and recipients; texts in quotes";
            error(Wrong(e.span().unwrap_or(0..0), e.message().to_owned(), hint))
        })?;
        let providers = tables.into_iter().map(|(name, table)| permitted(&name, table)).collect::<Result<_, _>>().map_err(error)?;
        Ok(Self { providers })
    }

    /// What may be used and done with the provider; none when the file does not name it.
    pub fn of(&self, provider: Provider) -> Option<&Permitted> {
        self.providers.iter().find(|permitted| permitted.provider == provider)
    }

    /// Every provider that it names.
    pub fn providers(&self) -> impl Iterator<Item = &Permitted> {
        self.providers.iter()
    }

    /// Why nothing with this effect is done; none when the file allows it.
    pub fn forbids(&self, provider: Provider, effect: Effect) -> Option<String> {
        let Some(permitted) = self.of(provider) else { return Some(format!("the target file has no [{provider}]")) };
        let name = effect.name();
        (!permitted.allow.contains(&effect)).then(|| format!("is a {name}, and the target file's {provider}.allow does not have it"))
    }

    /// Why a case that needs this is skipped; none when the file has it. Worlds and clocks are no matter of files.
    pub fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        let Some(permitted) = self.of(provider) else { return Some(format!("the target file has no [{provider}]")) };
        match need {
            Need::World | Need::Clock => None,
            Need::Key(role) => (!permitted.keys.iter().any(|(known, _)| *known == role))
                .then(|| format!("needs {need}, and the target file has no {provider}.keys.{role}")),
            Need::Object(id) => {
                (!permitted.objects.contains_key(id)).then(|| format!("needs {need}, and the target file has no {provider}.objects.{id}"))
            }
        }
    }
}

fn permitted(name: &Spanned<String>, table: Table) -> Result<Permitted, Wrong> {
    let provider = Provider::by_name(name.as_ref()).ok_or_else(|| {
        Wrong(
            name.span(),
            format!("unknown provider {:?}", name.as_ref()),
            "the tables are [magnetite], [leadmagic], [sendpilot] and [leadterra]",
        )
    })?;
    let profile = provider.profile();
    let fields = [
        ("revision", table.revision.is_some()),
        ("keys", !table.keys.is_empty()),
        ("objects", !table.objects.is_empty()),
        ("allow", table.allow.is_some()),
        ("recipients", !table.recipients.is_empty()),
    ];
    let says = fields.into_iter().filter(|(_, is_there)| *is_there).map(|(field, _)| field).collect();
    let place = table.base_url.map_or(Ok(Place::Real), |url| place(provider, &url))?;
    let revision = match &table.revision {
        None => profile.revisions[0].label,
        Some(label) => {
            let known = profile.revisions.iter().find(|revision| revision.label == label.as_ref());
            let unknown = || format!("{provider} has no revision {:?}", label.as_ref());
            known.ok_or_else(|| Wrong(label.span(), unknown(), "`mock-providers list` shows the revisions"))?.label
        }
    };
    let key = |(role, variable): (&Spanned<String>, &Spanned<String>)| {
        let known = profile.keys.iter().map(|key| key.role).find(|known| known.name() == role.as_ref());
        let role = known.ok_or_else(|| {
            let hint = "the roles are those that `mock-providers list` shows for the provider, such as valid";
            Wrong(role.span(), format!("{provider} has no key of role {:?}", role.as_ref()), hint)
        })?;
        if is_variable(variable.as_ref()) {
            return Ok((role, variable.as_ref().clone()));
        }
        // What stands there may be a key, so it is not repeated.
        let hint =
            "write the variable's name in capitals with underscores, such as LEADMAGIC_API_KEY, and put the key into the environment";
        Err(Wrong(variable.span(), format!("the {role} key is not the name of an environment variable"), hint))
    };
    let keys = table.keys.iter().map(key).collect::<Result<_, _>>()?;
    let object = |(documented, own): (String, Spanned<String>)| {
        if is_id(own.as_ref()) {
            return Ok((documented, own.into_inner()));
        }
        let hint = "an id has letters, digits, and _ - . between them";
        Err(Wrong(own.span(), format!("{:?} is no id in place of {documented}", own.as_ref()), hint))
    };
    let objects = table.objects.into_iter().map(object).collect::<Result<_, _>>()?;
    let effect = |name: Spanned<String>| {
        let known = EFFECTS.into_iter().find(|effect| effect.name() == name.as_ref());
        let hint = "the effects are free-read, paid-read, write and contacts-people";
        known.ok_or_else(|| Wrong(name.span(), format!("unknown effect {:?}", name.as_ref()), hint))
    };
    let allow = table.allow.map_or(Ok(vec![Effect::FreeRead]), |names| names.into_iter().map(effect).collect())?;
    let recipients = table.recipients.into_iter().map(|text| recipient(&text)).collect::<Result<_, _>>()?;
    Ok(Permitted { provider, place, revision, keys, objects, allow, recipients, says })
}

fn place(provider: Provider, url: &Spanned<String>) -> Result<Place, Wrong> {
    let host = provider.profile().host;
    if url.as_ref().trim_end_matches('/') == format!("https://{host}") {
        return Ok(Place::Real);
    }
    let loopback = format!("{provider}={}", url.as_ref()).parse::<BaseUrl>();
    let hint = "write https:// and the documented host of this provider, or a loopback address";
    loopback.map(Place::Loopback).map_err(|error| Wrong(url.span(), error.to_string(), hint))
}

fn recipient(text: &Spanned<String>) -> Result<Recipient, Wrong> {
    let found = text.as_ref().as_str();
    let is_plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@\"'<>,;*".contains(c));
    match found.split_once('@') {
        None if found.starts_with("https://") && !found.contains(char::is_whitespace) => Ok(Recipient::Profile(found.to_owned())),
        Some(("", domain)) if is_plain(domain) && domain.contains('.') => Ok(Recipient::Domain(domain.to_owned())),
        Some((local, domain)) if is_plain(local) && is_plain(domain) && domain.contains('.') => Ok(Recipient::Address(found.to_owned())),
        _ => {
            let hint = "write an address of your own, a domain of your own as @my-domain.example, or the https URL of your own profile";
            Err(Wrong(text.span(), format!("{found:?} is no recipient"), hint))
        }
    }
}

/// Capitals, digits and underscores, with an underscore: a key seldom looks like that.
fn is_variable(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    plain && text.len() <= 64 && text.contains('_') && text.starts_with(|c: char| c.is_ascii_uppercase())
}

/// One segment of a path, with nothing in it that a path has a use for.
fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    plain && text.bytes().any(|b| b.is_ascii_alphanumeric()) && text.len() <= 200
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) | Self::Profile(text) => f.write_str(text),
            Self::Domain(domain) => write!(f, "@{domain}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, line: usize, what: &str) {
        let error = TargetFile::parse(Path::new("t.toml"), text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("t.toml:{line}: ")) && error.contains(what) && error.contains("\n  hint: "), "{error}");
    }

    #[test]
    fn a_file_that_says_something_else_is_refused_with_its_line() {
        check("[leadmagik]\n", 1, "unknown provider \"leadmagik\"");
        check("[leadmagic]\nbase = 1\n", 2, "unknown field `base`");
        check("[leadmagic]\nbase_url = \"https://api.sendpilot.ai\"\n", 2, "is the real API");
        check("[leadmagic]\nbase_url = \"http://api.leadmagic.io\"\n", 2, "is the real API");
        check("[leadmagic]\nbase_url = \"https://api.leadmagic.io.example.com\"\n", 2, "is not this machine");
        check("[leadmagic]\nrevision = \"v9\"\n", 2, "leadmagic has no revision \"v9\"");
        check("[leadmagic]\n\nkeys.admin = \"A_KEY\"\n", 3, "no key of role \"admin\"");
        check("[leadmagic]\nallow = [\"free-read\", \"all\"]\n", 2, "unknown effect \"all\"");
        check("[leadmagic]\nobjects.camp_1 = \"../v1/other\"\n", 2, "is no id in place of camp_1");
        check("[leadmagic]\nobjects.camp_1 = \"..\"\n", 2, "is no id");
        check("[leadmagic]\nrecipients = [\"*\"]\n", 2, "\"*\" is no recipient");
        check("[leadmagic]\nrecipients = [\"me@localhost\"]\n", 2, "is no recipient");
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_not_repeated() {
        for key in ["sk_live_4f9a", "4f9a77c0", "A1B2C3D4E5", "q_b", "_Q9", "Bearer A_B"] {
            let text = format!("[leadterra]\nkeys.valid = \"{key}\"\n");
            check(&text, 2, "the valid key is not the name of an environment variable");
            let error = TargetFile::parse(Path::new("t.toml"), &text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains(key), "{error}");
        }
    }

    #[test]
    fn what_the_file_lacks_is_named() {
        let text = "[sendpilot]\nkeys.valid = \"SENDPILOT_API_KEY\"\nobjects.camp_1 = \"camp_own\"\n";
        let file = TargetFile::parse(Path::new("t.toml"), text).unwrap();
        let lacks = |provider, need| file.lacks(provider, need).unwrap_or_default();
        assert_eq!(lacks(Provider::Sendpilot, Need::Key(KeyRole::Valid)), "");
        assert_eq!(lacks(Provider::Sendpilot, Need::Object("camp_1")), "");
        assert!(lacks(Provider::Sendpilot, Need::Key(KeyRole::Expired)).ends_with("no sendpilot.keys.expired"));
        assert!(lacks(Provider::Sendpilot, Need::Object("camp_2")).ends_with("no sendpilot.objects.camp_2"));
        assert_eq!(lacks(Provider::Leadmagic, Need::Key(KeyRole::Valid)), "the target file has no [leadmagic]");
        assert_eq!(file.of(Provider::Sendpilot).unwrap().allow, [Effect::FreeRead]);
    }
}
