//! Requests that are no call of their provider.

use mock_providers::server::shareable;

use super::{Claim, Found, RestsOn, Seen, Subject};
use crate::compare::Difference;

pub(super) const KNOWN_ROUTES: Claim = Claim {
    name: "known_routes_only",
    sentence: "every request is a call that the documents have, by its path and by its method",
    unmet: "nothing was sent",
    rests_on: RestsOn::Documents,
    judge: known_routes,
};

fn known_routes<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let asked = seen.entries.iter().filter(|entry| entry.provider == subject.provider).count();
    let mut found = Found { looked_at: asked, ..Found::default() };
    for entry in subject.entries(seen) {
        let request = format!("{} {}", entry.request.method, shareable::path(entry.request.path()));
        let meant = entry.nearest.map(|spec| format!("perhaps {} {}", spec.method, spec.paths[0]));
        let documented = meant.unwrap_or_else(|| "a documented call".to_owned());
        let (at, remark) = match entry.outcome().name {
            "unknown_route" => ("path", None),
            "wrong_method" => ("method", None),
            "options" => continue,
            "not_emulated" => ("", Some(format!("{request} is documented, and not emulated"))),
            // What was too large, too slow or broken off says more of the connection than of the program.
            name => ("", Some(format!("{request} ended in {} {name}", entry.outcome().status))),
        };
        match remark {
            Some(remark) => found.remark_once(&remark),
            None => found.breaks(Difference { at: at.into(), expected: documented, found: request }, &[entry]),
        }
    }
    found
}
