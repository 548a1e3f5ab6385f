//! What is about a person: by the key it stands at, or by how it looks.

use std::ops::Range;

use super::disguise::View;
use crate::compare::kind::{is_email, is_profile_url};

/// What a value says of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Personal {
    Email,
    Name,
    Phone,
    Profile,
    Address,
}

impl Personal {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Profile => "profile",
            Self::Address => "address",
        }
    }

    /// What stands at a key such as `first_name`, `contactName` or `mobilePhone`.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        let key = plain(key);
        let is = |words: &[&str]| words.iter().any(|word| key == *word);
        let ends = |words: &[&str]| words.iter().any(|word| key.ends_with(word));
        match () {
            () if ends(&["email", "emailaddress", "mail"]) => Some(Self::Email),
            () if ends(&["phone", "phonenumber", "mobile", "mobilenumber", "telephone", "tel", "whatsapp", "fax"]) => Some(Self::Phone),
            () if ends(&["profileurl", "linkedinurl", "linkedin", "profilelink", "linkedinprofile", "twitterurl", "githuburl"])
                && !key.contains("company") =>
            {
                Some(Self::Profile)
            }
            () if is(&[
                "street",
                "address",
                "address1",
                "address2",
                "streetaddress",
                "postaladdress",
                "zip",
                "zipcode",
                "postalcode",
                "postcode",
            ]) || key.starts_with("addressline")
                || ends(&["streetaddress", "postaladdress"]) =>
            {
                Some(Self::Address)
            }
            () if ends(&["name", "surname", "nickname"]) && !ends(NAMES_OF_THINGS) => Some(Self::Name),
            () if is(&["firstnames", "lastnames", "fullnames", "names", "contactperson"]) => Some(Self::Name),
            () => None,
        }
    }

    /// What of the value is looked for elsewhere. A bare `name` may be any word, so it has to be several.
    pub(super) fn learned<'v>(self, key: &str, value: &'v str) -> Vec<&'v str> {
        let is_word = !value.contains(char::is_whitespace);
        let of_person = plain(key) != "name";
        let long = |part: &&str| part.chars().count() >= 3;
        match self {
            Self::Name if of_person => [value].into_iter().chain(value.split_whitespace()).filter(long).collect(),
            _ if is_word && !of_person => Vec::new(),
            _ => Some(value).filter(long).into_iter().collect(),
        }
    }
}

const NAMES_OF_THINGS: &[&str] = &[
    "companyname",
    "domainname",
    "filename",
    "hostname",
    "campaignname",
    "projectname",
    "eventname",
    "fieldname",
    "listname",
    "poolname",
    "jobname",
    "technologyname",
    "industryname",
    "cityname",
    "countryname",
    "statename",
    "regionname",
    "workspacename",
    "accountname",
    "planname",
    "filtername",
    "categoryname",
    "schoolname",
    "pagename",
    "templatename",
    "typename",
    "keyname",
    "organizationname",
];

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Addresses, phones and pages of people anywhere in a text.
pub(super) fn found(view: &View) -> Vec<(Personal, Range<usize>)> {
    let mut found = Vec::new();
    let chars = &view.0;
    for (at, (c, _)) in chars.iter().enumerate() {
        let place = match c {
            '@' => email(view, at).map(|place| (Personal::Email, place)),
            '/' => profile(view, at).map(|place| (Personal::Profile, place)),
            '+' => phone(view, at).map(|place| (Personal::Phone, place)),
            _ => None,
        };
        found.extend(place);
    }
    found
}

fn before(view: &View, at: usize, belongs: impl Fn(char) -> bool) -> usize {
    at - view.0[..at].iter().rev().take_while(|(c, _)| belongs(*c)).count()
}

fn behind(view: &View, at: usize, belongs: impl Fn(char) -> bool) -> usize {
    at + view.0[at..].iter().take_while(|(c, _)| belongs(*c)).count()
}

fn email(view: &View, at: usize) -> Option<Range<usize>> {
    let start = before(view, at, |c| c.is_alphanumeric() || "._%+-'".contains(c));
    let mut end = behind(view, at + 1, |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    while end > at + 1 && !view.0[end - 1].0.is_ascii_alphanumeric() {
        end -= 1;
    }
    is_email(&view.text(start..end)).then_some(start..end)
}

/// From the first slash of `linkedin.com/in/ada`, with or without a scheme.
fn profile(view: &View, at: usize) -> Option<Range<usize>> {
    let belongs = |c: char| !c.is_whitespace() && !"\"'<>,;()[]{}|\\".contains(c);
    let host = before(view, at, |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let scheme = ["https://", "http://"].iter().find_map(|scheme| {
        let start = host.checked_sub(scheme.len())?;
        (view.text(start..host).eq_ignore_ascii_case(scheme)).then_some(start)
    });
    let start = scheme.unwrap_or(host);
    let end = behind(view, at, |c| belongs(c) && c != '&');
    (at > host && is_profile_url(&view.text(start..end))).then_some(start..end)
}

fn phone(view: &View, at: usize) -> Option<Range<usize>> {
    if at > 0 && view.0[at - 1].0.is_alphanumeric() {
        return None;
    }
    let mut end = behind(view, at + 1, |c| c.is_ascii_digit() || " -.()".contains(c));
    while end > at && !view.0[end - 1].0.is_ascii_digit() {
        end -= 1;
    }
    let digits = view.0[at..end].iter().filter(|(c, _)| c.is_ascii_digit()).count();
    (8..=15).contains(&digits).then_some(at..end)
}

/// Not within a longer word.
pub(super) fn stands_alone(view: &View, chars: &Range<usize>) -> bool {
    let is_letter = |at: Option<usize>| at.and_then(|at| view.0.get(at)).is_some_and(|(c, _)| c.is_alphanumeric());
    !is_letter(chars.start.checked_sub(1)) && !is_letter(Some(chars.end))
}
