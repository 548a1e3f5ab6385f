//! Where the key stands: in its header, in its form, and nowhere else.

use mock_providers::core::operation::Check;
use mock_providers::core::request::Request;
use mock_providers::providers::Provider;
use mock_providers::server::journal::Entry;

use super::{Claim, Found, RestsOn, Seen, Subject, header_text};
use crate::compare::Difference;

pub(super) const ONLY_IN_ITS_HEADER: Claim = Claim {
    name: "key_only_in_its_header",
    sentence: "the key is sent in its header, and never in a URL, a body, another header or to another provider",
    unmet: "nothing was sent",
    rests_on: RestsOn::Documents,
    judge: only_in_its_header,
};

pub(super) const IN_DOCUMENTED_FORM: Claim = Claim {
    name: "key_in_documented_form",
    sentence: "the key's header is the documented one, sent once, with Bearer before the key where the documents have it and bare elsewhere",
    unmet: "no key was sent",
    rests_on: RestsOn::Documents,
    judge: in_documented_form,
};

/// Parameters that carry keys elsewhere. What stands in one is shown to nobody.
const KEY_PARAMETERS: [&str; 10] =
    ["api_key", "apikey", "api-key", "x-api-key", "key", "token", "access_token", "auth", "authorization", "secret"];
/// Shorter texts than any key stand in paths and bodies by chance.
const KEY_LETTERS_MIN: usize = 8;

/// Whether a parameter of that name carries a key that the documents do not have there.
pub(super) fn carries_a_key(name: &str) -> bool {
    KEY_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn only_in_its_header<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let own = |secret: &str| seen.keys.iter().any(|(provider, known)| *provider == subject.provider && known == secret);
    let mut secrets: Vec<(Provider, &str)> = Vec::new();
    for (provider, secret) in seen.keys {
        // The documents' placeholders serve several providers.
        let is_ours = own(secret);
        if secret.len() >= KEY_LETTERS_MIN
            && (*provider == subject.provider || !is_ours)
            && secrets.iter().all(|(_, known)| known != secret)
        {
            secrets.push((*provider, secret));
        }
    }
    let mut found = Found::default();
    for entry in subject.entries(seen) {
        found.looked_at += 1;
        for place in misplaced(entry, &secrets) {
            let header = subject.provider.profile().key_header;
            found.breaks(Difference { at: place.0, expected: format!("the key in {header} alone"), found: place.1 }, &[entry]);
        }
    }
    found
}

/// Places that hold a key and must not, and which key it is. Never the key itself.
fn misplaced(entry: &Entry, secrets: &[(Provider, &str)]) -> Vec<(String, String)> {
    let mut places = Vec::new();
    let request = &entry.request;
    let holds = |text: &[u8], secret: &str| text.windows(secret.len()).any(|part| part == secret.as_bytes());
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(&request.target).collect();
    for (provider, secret) in secrets {
        let whose = if *provider == entry.provider { "the key".to_owned() } else { format!("the key of {provider}") };
        if holds(&decoded, secret) {
            places.push(("URL".to_owned(), whose.clone()));
        }
        if holds(&request.body, secret) {
            places.push(("body".to_owned(), whose.clone()));
        }
        for line in request.headers.iter() {
            let is_its_own = line.name.eq_ignore_ascii_case(entry.provider.profile().key_header.as_bytes()) && *provider == entry.provider;
            if !is_its_own && holds(line.value, secret) {
                places.push((format!("header {}", header_text(line.name)), whose.clone()));
            }
        }
    }
    if places.iter().all(|(place, _)| place != "URL") {
        let documented = |name: &str| entry.operation.is_some_and(|spec| spec.query.iter().any(|field| field.name == name));
        let named = request.query().find(|(name, value)| !value.is_empty() && carries_a_key(name) && !documented(name));
        if let Some((name, _)) = named {
            places.push(("URL".to_owned(), format!("a parameter {name}")));
        }
    }
    places
}

fn in_documented_form<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let profile = subject.provider.profile();
    let needs_a_key = subject.spec.is_none_or(|spec| spec.refusals.iter().any(|refusal| refusal.check == Check::Header));
    let documented = format!("{}: {}KEY", profile.key_header, profile.key_scheme);
    let mut found = Found::default();
    let mut without = 0_usize;
    for entry in subject.entries(seen) {
        let sent = entry.request.headers.any(&[profile.key_header]).count();
        let other = other_key_header(&entry.request, profile.key_header);
        let wrong = match (sent, other) {
            (0, Some(other)) if needs_a_key => format!("{other}: ..."),
            (0, _) => {
                without += usize::from(needs_a_key);
                continue;
            }
            (1, _) if has_form(&entry.request, profile.key_header, profile.key_scheme) => {
                found.looked_at += 1;
                continue;
            }
            (1, _) if profile.key_scheme.is_empty() => format!("{}: Bearer KEY", profile.key_header),
            (1, _) => format!("{}: KEY, without {}before it", profile.key_header, profile.key_scheme),
            (n, _) => format!("{} {n} times in one request", profile.key_header),
        };
        found.looked_at += 1;
        found.breaks(Difference { at: format!("header {}", profile.key_header), expected: documented.clone(), found: wrong }, &[entry]);
    }
    if without > 0 {
        found.remarks.push(format!("{without} sent without a key, as a test of a 401 would be"));
    }
    found
}

fn has_form(request: &Request, header: &str, scheme: &str) -> bool {
    let Some(line) = request.headers.get(header) else { return false };
    let value = line.trimmed();
    let starts = |scheme: &[u8]| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if scheme.is_empty() { !starts(b"bearer ") } else { starts(scheme.as_bytes()) }
}

/// The header in which a key of another API would be.
fn other_key_header(request: &Request, documented: &str) -> Option<&'static str> {
    ["X-API-Key", "Authorization", "Api-Key"]
        .into_iter()
        .find(|name| !name.eq_ignore_ascii_case(documented) && request.headers.get(name).is_some())
}
