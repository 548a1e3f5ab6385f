//! Addresses: their form, and what the part before the `@` asks for.

/// Something before one `@`, and a host with a dot after it. No document says what counts as an address.
pub(super) fn looks_like_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.contains('@')
            && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]".contains(c))
            && local.split('.').all(|part| !part.is_empty())
            && host.contains('.')
            && host.split('.').all(|part| !part.is_empty())
    })
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It completes.
    Completes,
    /// It fails, each retry fails, and so it fails for good.
    Fails,
    /// It fails as often as there are retries; the last retry completes.
    Retries,
    /// It stops in the middle, and nothing is heard of it any more.
    GetsStuck,
    /// It waits as the documents show it, for good.
    Waits,
}

/// The local part that is refused at once: the documented 422.
const REFUSED: &str = "generation-failed";

/// What an address asks for; `None` when the call is to be refused. A `+` and what follows, case, and the kind of separator
/// do not count.
pub(super) fn fate(address: &str) -> Option<Fate> {
    let local = address.split('@').next().unwrap_or_default().split('+').next().unwrap_or_default();
    match local.to_lowercase().replace(['_', '.'], "-").as_str() {
        REFUSED => None,
        "fail" => Some(Fate::Fails),
        "retry" => Some(Fate::Retries),
        "stuck" => Some(Fate::GetsStuck),
        _ => Some(Fate::Completes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_and_a_host_with_a_dot() {
        for good in ["jo@acme.com", "jo+1@mail.acme.co.uk", "ü@x.de"] {
            assert!(looks_like_address(good), "{good}");
        }
        for bad in [
            "",
            "jo",
            "@acme.com",
            "jo@acme",
            "jo@.com",
            "jo@acme.",
            "jo@b@c.d",
            "j o@acme.com",
            "jo@acme..",
            "jo@acme.com.",
            "<jo@acme.com>",
            "jo@a..com",
            ".jo@acme.com",
            "jo\0@acme.com",
        ] {
            assert!(!looks_like_address(bad), "{bad}");
        }
    }

    #[test]
    fn the_local_part_says_what_becomes_of_a_job() {
        assert_eq!(fate("jo@acme.com"), Some(Fate::Completes));
        assert_eq!(fate("FAIL+7@acme.com"), Some(Fate::Fails));
        assert_eq!(fate("failure@acme.com"), Some(Fate::Completes));
        assert_eq!(fate("Generation_Failed@acme.com"), None);
    }
}
