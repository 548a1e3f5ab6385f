//! What a run may do: the target file and the options, held against a case and against each request as it would leave.

use std::collections::BTreeSet;

use fixtures::{Evidence, RequestText};
use http::Method;
use mock_providers::core::operation::{Effect, Spec, match_template};
use mock_providers::providers::{Provider, evidence};
use reqwest::Url;
use rust_decimal::Decimal;
use serde_json::Value;

use super::created;
use super::price;
use crate::case::Case;
use crate::target::Need;
use crate::target::file::{Permitted, Recipient, TargetFile};

/// What a run may do.
#[derive(Clone, Debug)]
pub struct Terms {
    file: TargetFile,
    allowed: Vec<Effect>,
    /// What every name and address that is made begins with.
    prefix: String,
}

/// A request as the terms see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The operation, or `<provider>.any`.
    pub operation: String,
    /// As sent.
    pub method: String,
    /// The path's template, or the path itself where no operation has it.
    pub path: String,
    /// What it does outside.
    pub effect: Effect,
    /// The most credits that it can cost.
    pub credits_max: Decimal,
    /// Addresses and profile URLs in it, for a call that may contact or write people down.
    pub recipients: Vec<String>,
}

impl Terms {
    /// Free reads, and of the other effects those that `allow` has. The file must allow each as well.
    pub fn new(file: TargetFile, allow: &[Effect], prefix: &str) -> Self {
        let allowed = [Effect::FreeRead].iter().chain(allow).copied().collect();
        Self { file, allowed, prefix: prefix.to_owned() }
    }

    /// The target file.
    pub const fn file(&self) -> &TargetFile {
        &self.file
    }

    /// What every name and address that is made begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Why a case is not asked; none when it is.
    pub fn declines(&self, case: &Case) -> Option<String> {
        let provider = case.provider;
        let Some(permitted) = self.file.of(provider) else { return Some(format!("the target file has no [{provider}]")) };
        if case.evidence == Evidence::Assumed {
            return Some("is assumed, and the real API is not held to what no document says".to_owned());
        }
        if case.revision != permitted.revision {
            return Some(format!("is of revision {}, and the target file names {}", case.revision, permitted.revision));
        }
        self.forbids(provider, case.effect).or_else(|| case.needs.iter().find_map(|need| self.lacks(provider, *need)))
    }

    /// Why a case that needs this is skipped.
    pub fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        match need {
            Need::World | Need::Clock => Some(format!("needs {need}, and the real API has none")),
            _ => self.file.lacks(provider, need),
        }
    }

    fn forbids(&self, provider: Provider, effect: Effect) -> Option<String> {
        let name = effect.name();
        if !self.allowed.contains(&effect) {
            return Some(format!("is a {name}; --allow {name} lets it run"));
        }
        self.file.forbids(provider, effect)
    }

    /// Reads a request as it would leave. Errors say why it may not.
    pub fn inspect(&self, provider: Provider, request: &RequestText, body: &[u8]) -> Result<Seen, String> {
        let permitted = self.file.of(provider).ok_or_else(|| format!("the target file has no [{provider}]"))?;
        let host = provider.profile().host;
        let url = pinned(host, &request.target)?;
        if let Some((name, _)) = request.headers.iter().find(|(name, _)| redirects(name)) {
            return Err(format!("the header {name} could send the call elsewhere"));
        }
        let method = if request.method == "HEAD" { "GET" } else { &*request.method };
        let Some((spec, template)) = operation(provider, method, url.path()) else { return unmatched(provider, request, &url) };
        if let Some(reason) = self.forbids(provider, spec.effect) {
            return Err(reason);
        }
        let credits_max = price::most(spec, body).ok_or_else(|| format!("no document says what {} costs at most", spec.id))?;
        let mut recipients = Vec::new();
        if spec.effect >= Effect::Write {
            recipients = people(&url, body);
            if let Some(stranger) = recipients.iter().find(|found| !permitted.recipients.iter().any(|known| known.is(found))) {
                return Err(format!("{stranger} is not among the target file's {provider}.recipients"));
            }
            if let Some(field) = called_back(body) {
                return Err(format!("its {field} would have the API call an address, which no documented call takes back"));
            }
        }
        if spec.effect == Effect::ContactsPeople && recipients.is_empty() {
            return Err(format!("{} contacts people, and the request names nobody: whom it reaches cannot be checked", spec.id));
        }
        let (operation, path) = (spec.id.to_owned(), template.to_owned());
        Ok(Seen { operation, method: request.method.to_string(), path, effect: spec.effect, credits_max, recipients })
    }

    /// The request with the target's own objects and recipients in place of the documents', and the run's prefix on what it makes.
    pub fn adapt(&self, provider: Provider, request: &RequestText, body: &[u8]) -> (RequestText, Vec<u8>) {
        let Some(permitted) = self.file.of(provider) else { return (request.clone(), body.to_vec()) };
        let mut request = request.clone();
        request.target = with_objects(&request.target, permitted).into();
        let Ok(text) = std::str::from_utf8(body) else { return (request, body.to_vec()) };
        let mut text = permitted
            .objects
            .iter()
            .fold(text.to_owned(), |text, (documented, own)| text.replace(&format!("\"{documented}\""), &format!("\"{own}\"")));
        let path = request.target.split('?').next().unwrap_or_default();
        if let Some((spec, _)) =
            operation(provider, &request.method, path).filter(|(spec, _)| spec.effect >= Effect::Write || created::is_named(spec.id))
        {
            for (at, found) in found_in(&text).into_iter().enumerate().filter(|_| spec.effect >= Effect::Write) {
                if let Some(own) = self.recipient(permitted, &found, at) {
                    text = text.replace(&found, &own);
                }
            }
            text = created::with_prefix(spec.id, &text, &self.prefix);
        }
        request.body = text.clone().into();
        (request, text.into_bytes())
    }

    /// Who stands for the documents' person number `at`.
    fn recipient(&self, permitted: &Permitted, found: &str, at: usize) -> Option<String> {
        if permitted.recipients.iter().any(|known| known.is(found)) {
            return None;
        }
        let Some((local, _)) = found.split_once('@') else {
            let profiles = || permitted.recipients.iter().filter(|known| matches!(known, Recipient::Profile(_)));
            return profiles().nth(at % profiles().count().max(1)).map(ToString::to_string);
        };
        let domain = permitted.recipients.iter().find_map(|known| match known {
            Recipient::Domain(domain) => Some(format!("{}{local}@{domain}", self.prefix)),
            _ => None,
        });
        let addresses = || permitted.recipients.iter().filter(|known| matches!(known, Recipient::Address(_)));
        domain.or_else(|| addresses().nth(at % addresses().count().max(1)).map(ToString::to_string))
    }
}

/// The path and query with own ids in place of the documents'.
fn with_objects(target: &str, permitted: &Permitted) -> String {
    let own = |segment: &str| permitted.objects.get(segment).cloned().unwrap_or_else(|| segment.to_owned());
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let path: Vec<String> = path.split('/').map(own).collect();
    let value = |pair: &str| pair.split_once('=').map_or_else(|| pair.to_owned(), |(name, value)| format!("{name}={}", own(value)));
    match query {
        None => path.join("/"),
        Some(query) => format!("{}?{}", path.join("/"), query.split('&').map(value).collect::<Vec<_>>().join("&")),
    }
}

/// The URL that a request goes to, as a client reads it. Errors when that is not the documented host.
pub(crate) fn pinned(host: &str, target: &str) -> Result<Url, String> {
    let url = Url::parse(&format!("https://{host}{target}")).map_err(|e| format!("{target:?} makes no URL: {e}"))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none() && url.fragment().is_none();
    if !target.starts_with('/') || url.host_str() != Some(host) || !plain {
        return Err(format!("{target:?} leads away from {host}"));
    }
    Ok(url)
}

/// Whether a header can have a request answered by another host or as another method.
fn redirects(name: &str) -> bool {
    ["host", "x-forwarded-host", "x-original-url", "x-rewrite-url", "x-http-method-override", "x-http-method", "x-method-override"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// The operation that takes a request, and the template of its path. A path without variables goes first.
pub(crate) fn operation(provider: Provider, method: &str, path: &str) -> Option<(&'static Spec, &'static str)> {
    let fits = |with_variables: bool| {
        provider.operations().filter(|spec| spec.method == method).find_map(|spec| {
            let template = spec.paths.iter().find(|t| t.contains('{') == with_variables && match_template(t, path).is_some())?;
            Some((spec, *template))
        })
    };
    fits(false).or_else(|| fits(true))
}

/// A request that no operation takes. Only reading is safe there, and not where a documented call stands that we know no price of.
fn unmatched(provider: Provider, request: &RequestText, url: &Url) -> Result<Seen, String> {
    let Ok(method) = Method::from_bytes(request.method.as_bytes()) else { return Err("its method is none".to_owned()) };
    if !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Err(format!("no operation takes {} {}, and what it would do is not known", request.method, url.path()));
    }
    let unknown = provider.profile().not_emulated.iter().find(|row| match_template(row.path, url.path()).is_some());
    if let Some(row) = unknown {
        return Err(format!("{} {} is documented without what it takes and costs", row.method, row.path));
    }
    Ok(Seen {
        operation: evidence::any_operation(provider).to_owned(),
        method: request.method.to_string(),
        path: url.path().to_owned(),
        effect: Effect::FreeRead,
        credits_max: Decimal::ZERO,
        recipients: Vec::new(),
    })
}

/// Everyone named in a request, once: in its path and query, and in its body, as it stands and as JSON reads it.
fn people(url: &Url, body: &[u8]) -> Vec<String> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let raw = String::from_utf8_lossy(body).into_owned();
    let mut found = found_in(&decoded(url.path()));
    found.extend(found_in(&decoded(url.query().unwrap_or_default())));
    let mut unescaped = Vec::new();
    if let Ok(value) = serde_json::from_str::<Value>(&raw) {
        texts(&value, "", &mut |name, text| {
            unescaped.extend(found_in(text));
            let name = name.to_ascii_lowercase();
            if (name.contains("linkedin") || name.contains("profile")) && !text.is_empty() {
                unescaped.push(text.to_owned());
            }
        });
    }
    // An escape hides an @ from whoever reads the bytes; the bytes count where JSON has two readings.
    found.extend(found_in(&raw.replace("\\u0040", "@")));
    found.extend(unescaped);
    let mut met = BTreeSet::new();
    found.retain(|one| met.insert(one.to_lowercase()));
    found
}

fn texts(value: &Value, name: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(name, text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, visit)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            visit("", name);
            texts(value, name, visit);
        }),
        _ => {}
    }
}

/// Words with an @ in them, and URLs of profiles. A word too many refuses a call; a word too few would let one through.
fn found_in(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "\"'<>()[]{},;\\".contains(c);
    let is_person = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        word.contains('@') || lower.contains("linkedin.com/") || lower.contains("lnkd.in/")
    };
    // `mailto:me@x` and `to=me@x` name the same person.
    let bare = |word: &str| {
        if word.contains('@') {
            word.rsplit([':', '=', '&', '/']).next().unwrap_or(word).trim_end_matches('.').to_owned()
        } else {
            word.to_owned()
        }
    };
    let mut met = BTreeSet::new();
    text.split(ends).filter(is_person).map(bare).filter(|word| met.insert(word.clone())).collect()
}

/// The field that holds an address for the API to call.
fn called_back(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let mut field = None;
    texts(&value, "", &mut |name, text| {
        let lower = name.to_ascii_lowercase();
        if (lower == "url" || lower.contains("webhook") || lower.contains("callback")) && text.contains("://") {
            field.get_or_insert_with(|| name.to_owned());
        }
    });
    field
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const FILE: &str = "
[leadmagic]
[sendpilot]
allow = [\"free-read\", \"write\", \"contacts-people\"]
objects.camp_xyz789 = \"camp_own\"
recipients = [\"https://www.linkedin.com/in/me\"]
[magnetite]
allow = [\"free-read\", \"contacts-people\"]
objects.YOUR_CAMPAIGN_ID = \"cmp_own\"
recipients = [\"@own.example\", \"me@elsewhere.example\"]
[leadterra]
allow = [\"free-read\", \"write\", \"contacts-people\"]
recipients = [\"me@own.example\"]
";

    fn terms(allow: &[Effect]) -> Terms {
        Terms::new(TargetFile::parse(Path::new("t.toml"), FILE).unwrap(), allow, "conformance-r1-")
    }

    fn request(line: &str, body: &str) -> RequestText {
        let (method, target) = line.split_once(' ').unwrap();
        RequestText {
            method: method.to_owned().into(),
            target: target.to_owned().into(),
            headers: Vec::new().into(),
            body: body.to_owned().into(),
        }
    }

    #[track_caller]
    fn check(provider: Provider, line: &str, body: &str, expected: Result<&str, &str>) {
        let found = terms(&crate::target::file::EFFECTS).inspect(provider, &request(line, body), body.as_bytes());
        let found = found.map(|seen| format!("{} {} {}", seen.operation, seen.path, seen.recipients.join(" ")));
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.trim_end(), expected),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{reason}"),
            _ => panic!("{line}: {found:?}"),
        }
    }

    #[test]
    fn a_request_is_seen_as_it_would_leave() {
        use Provider::{Leadmagic, Leadterra, Magnetite, Sendpilot};
        check(Leadmagic, "GET /v1/credits", "", Ok("leadmagic.credits.get /v1/credits"));
        check(Leadmagic, "GET /v1/nothing/../credits", "", Ok("leadmagic.credits.get /v1/credits"));
        check(Leadmagic, "GET @example.com/v1/credits", "", Err("leads away from api.leadmagic.io"));
        check(Leadmagic, "GET .example.com/v1/credits", "", Err("leads away"));
        check(Leadmagic, "GET :8443/v1/credits", "", Err("leads away"));
        check(Leadmagic, "GET /v1/none", "", Ok("leadmagic.any /v1/none"));
        check(Leadmagic, "POST /v1/none", "", Err("no operation takes POST /v1/none"));
        check(Leadmagic, "DELETE /v1/credits", "", Err("no operation takes DELETE"));
        check(Leadmagic, "GET /bulk/jobs", "", Err("is documented without what it takes and costs"));
        check(Leadmagic, "POST /v1/people/email-finder", "{}", Err("leadmagic.allow does not have it"));
        let lead = "/api/campaigns/cmp_own/leads";
        check(
            Magnetite,
            &format!("POST {lead}"),
            "{\"email\": \"a@own.example\"}",
            Ok("magnetite.leads.add /api/campaigns/{campaignId}/leads a@own.example"),
        );
        for body in [
            "{\"email\": \"a@other.example\"}",
            "{\"email\": \"a@own.example\", \"note\": \"cc b@other.example\"}",
            "{\"email\": \"a@own.example\", \"x\": \"b\\u0040other.example\"}",
            "{\"email\": \"a@own.example.other.example\"}",
            "{\"email\": \"a@own.example\", \"b@other.example\": 1",
        ] {
            check(Magnetite, &format!("POST {lead}"), body, Err("is not among the target file's magnetite.recipients"));
        }
        check(
            Magnetite,
            &format!("POST {lead}?cc=b%40other.example"),
            "{\"email\": \"a@own.example\"}",
            Err("b@other.example is not among"),
        );
        check(Magnetite, &format!("POST {lead}"), "{}", Err("names nobody"));
        check(Leadterra, "POST /v1/campaigns/camp_1/start", "", Err("names nobody"));
        check(Leadterra, "POST /v1/webhooks", "{\"url\": \"https://your-app.com/x\"}", Err("its url would have the API call"));
        let leads = |profile: &str| format!("{{\"leads\": [{{\"linkedinUrl\": \"{profile}\"}}]}}");
        check(
            Sendpilot,
            "POST /v1/leads",
            &leads("https://www.linkedin.com/in/me"),
            Ok("sendpilot.leads.add /v1/leads https://www.linkedin.com/in/me"),
        );
        check(Sendpilot, "POST /v1/leads", &leads("https://www.linkedin.com/in/me2"), Err("is not among"));
        check(Sendpilot, "POST /v1/leads", &leads("john-doe"), Err("john-doe is not among"));
    }

    #[test]
    fn each_effect_is_allowed_by_itself_and_by_the_file() {
        let body = "{\"email\": \"a@own.example\"}";
        let add = request("POST /api/campaigns/cmp_own/leads", body);
        for allow in [&[][..], &[Effect::PaidRead], &[Effect::Write], &[Effect::PaidRead, Effect::Write]] {
            let reason = terms(allow).inspect(Provider::Magnetite, &add, body.as_bytes()).unwrap_err();
            assert_eq!(reason, "is a contacts-people; --allow contacts-people lets it run");
        }
        assert!(terms(&[Effect::ContactsPeople]).inspect(Provider::Magnetite, &add, body.as_bytes()).is_ok());
    }

    #[test]
    fn what_stands_in_the_documents_becomes_what_the_file_names() {
        let body = "{\"companyName\": \"Acme\", \"email\": \"john@acme.com\"}";
        let (sent, bytes) =
            terms(&[]).adapt(Provider::Magnetite, &request("POST /api/campaigns/YOUR_CAMPAIGN_ID/leads", body), body.as_bytes());
        assert_eq!(sent.target, "/api/campaigns/cmp_own/leads");
        assert_eq!(String::from_utf8(bytes).unwrap(), "{\"companyName\": \"Acme\", \"email\": \"conformance-r1-john@own.example\"}");
        let body = "{\"campaignId\": \"camp_xyz789\", \"leads\": [{\"linkedinUrl\": \"https://www.linkedin.com/in/john-doe\"}]}";
        let (_, bytes) = terms(&[]).adapt(Provider::Sendpilot, &request("POST /v1/leads", body), body.as_bytes());
        let expected = "{\"campaignId\": \"camp_own\", \"leads\": [{\"linkedinUrl\": \"https://www.linkedin.com/in/me\"}]}";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
