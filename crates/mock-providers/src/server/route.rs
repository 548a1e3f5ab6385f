//! Which provider, and which world, a request is for.

use crate::providers::Provider;

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'t> {
    /// To a provider, with the path that its operations know.
    Provider {
        /// The provider.
        provider: Provider,
        /// The world named in the path, if one is.
        world: Option<&'t str>,
        /// Path and query without prefixes; begins with `/`.
        target: &'t str,
    },
    /// To the control API.
    Control,
    /// Nowhere.
    Nowhere,
}

/// The path prefix of the control API.
pub const CONTROL_PREFIX: &str = "/__mock";

/// Finds the way by host, then by path prefix, then by the single provider of `--only`.
///
/// `/w/<world>/<provider>` goes to that world even without a key; `/<provider>` lets the key decide.
pub fn route<'t>(host: Option<&str>, target: &'t str, only: Option<Provider>) -> Route<'t> {
    let target = if target.starts_with('/') { target } else { "/" };
    if let Some(provider) = host.and_then(Provider::by_host) {
        return Route::Provider { provider, world: None, target };
    }
    if below(target, CONTROL_PREFIX).is_some() {
        return Route::Control;
    }
    if let Some(rest) = target.strip_prefix("/w/")
        && let Some((world, _)) = rest.split_once('/')
        && let Some((provider, target)) = provider_prefix(&rest[world.len()..])
    {
        return Route::Provider { provider, world: Some(world), target };
    }
    if let Some((provider, target)) = provider_prefix(target) {
        return Route::Provider { provider, world: None, target };
    }
    only.map_or(Route::Nowhere, |provider| Route::Provider { provider, world: None, target })
}

fn provider_prefix(target: &str) -> Option<(Provider, &str)> {
    Provider::ALL.into_iter().find_map(|provider| {
        let rest = below(
            target,
            match provider {
                Provider::Magnetite => "/magnetite",
                Provider::Leadmagic => "/leadmagic",
                Provider::Sendpilot => "/sendpilot",
                Provider::Leadterra => "/leadterra",
            },
        )?;
        Some((provider, rest))
    })
}

/// What follows a prefix of whole segments; `/` when nothing does.
fn below<'t>(target: &'t str, prefix: &str) -> Option<&'t str> {
    let rest = target.strip_prefix(prefix)?;
    match rest.as_bytes().first() {
        None => Some("/"),
        Some(b'/') => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, target: &str, only: Option<Provider>, expected: Option<(Provider, Option<&str>, &str)>) {
        let expected = expected.map_or(Route::Nowhere, |(provider, world, target)| Route::Provider { provider, world, target });
        assert_eq!(route(Some(host), target, only), expected, "{host} {target}");
    }

    #[test]
    fn the_way_is_found_by_host_prefix_or_only() {
        use Provider::{Leadmagic, Magnetite, Sendpilot};
        check("api.leadmagic.io", "/v1/credits", None, Some((Leadmagic, None, "/v1/credits")));
        check("API.sendpilot.AI:443", "/v1/campaigns?page=1", None, Some((Sendpilot, None, "/v1/campaigns?page=1")));
        check("magnetite.ai", "/__mock/health", None, Some((Magnetite, None, "/__mock/health")));
        check("localhost", "/leadmagic/v1/credits", None, Some((Leadmagic, None, "/v1/credits")));
        check("localhost", "/leadmagic", None, Some((Leadmagic, None, "/")));
        check("localhost", "/leadmagics/v1", None, None);
        check("localhost", "/w/w1/magnetite/api/health", None, Some((Magnetite, Some("w1"), "/api/health")));
        check("localhost", "/w/w1/nobody/api/health", None, None);
        check("localhost", "/v1/credits", Some(Leadmagic), Some((Leadmagic, None, "/v1/credits")));
        check("localhost", "/v1/credits", None, None);
        assert_eq!(route(None, "/__mock/health", Some(Leadmagic)), Route::Control);
        assert_eq!(route(None, "*", None), Route::Nowhere);
    }
}
