//! LinkedIn profiles as clients write them.

/// Whether the text is the address of a page on LinkedIn, with or without scheme, or the short form `in/<name>`.
///
/// Decided: no document says which addresses are taken. Clients send vanity URLs, encoded ids and the short form with a query.
pub(super) fn is_profile(text: &str) -> bool {
    let path = same_profile(text);
    let path = match path.split_once("linkedin.com/") {
        // A subdomain names a country.
        Some((host, rest)) if host.is_empty() || host.ends_with('.') && !host.contains('/') => rest,
        _ => return false,
    };
    ["in/", "pub/", "sales/lead/", "sales/people/"].iter().any(|kind| path.strip_prefix(kind).is_some_and(|rest| !rest.is_empty()))
        && !path.contains(char::is_whitespace)
}

/// The form in which two addresses of one profile are equal: lower case, without scheme, `www.`, query, fragment and last slash.
/// The short form `in/<name>` gets its host.
///
/// Decided: the documents say that a profile is in a campaign once, and not when two addresses are one profile.
pub(super) fn same_profile(text: &str) -> String {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_lowercase();
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    if rest.starts_with("in/") { format!("linkedin.com/{rest}") } else { rest.to_owned() }
}

/// The name at the end of the address, in lower case.
pub(super) fn handle(text: &str) -> String {
    same_profile(text).rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_profile_are_equal() {
        let forms = [
            "https://www.linkedin.com/in/john-doe",
            "http://linkedin.com/in/John-Doe/",
            "https://www.linkedin.com/in/john-doe/?trk=x#top",
            " LINKEDIN.com/in/john-doe ",
            "in/John-Doe?miniProfileUrn=urn",
        ];
        for form in forms {
            assert_eq!(same_profile(form), "linkedin.com/in/john-doe");
            assert!(is_profile(form), "{form}");
        }
        assert_ne!(same_profile("https://www.linkedin.com/in/john-doe-2"), same_profile(forms[0]));
    }

    #[test]
    fn what_is_no_page_of_a_person_is_no_profile() {
        for good in ["in/x?miniProfileUrn=urn", "https://de.linkedin.com/in/x", "https://www.linkedin.com/sales/lead/ACw,x"] {
            assert!(is_profile(good), "{good}");
        }
        let bad = ["", "not-a-url", "https://example.com/in/x", "https://www.linkedin.com/", "https://www.linkedin.com/in/", "in/"];
        for bad in bad.into_iter().chain([
            "https://notlinkedin.com/in/x",
            "https://www.linkedin.com/company/x",
            "https://evil.example/linkedin.com/in/x",
        ]) {
            assert!(!is_profile(bad), "{bad}");
        }
    }
}
