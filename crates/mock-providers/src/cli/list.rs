//! `mock-providers list`.

use std::fmt::Write;

use clap::Args;

use super::{parse_provider, parse_revision, print, revisions};
use crate::providers::Provider;
use crate::server::listing::{self, ProviderListing};

/// What to list.
#[derive(Args)]
pub(super) struct List {
    /// Only this provider
    #[arg(long, value_name = "NAME", value_parser = parse_provider)]
    provider: Option<Provider>,
    /// A revision of a provider's documents; may be given once for each provider
    #[arg(long, value_name = "PROVIDER=LABEL", value_parser = parse_revision)]
    revision: Vec<(Provider, String)>,
    /// As JSON, with notes and fixture ids
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self) -> Result<(), String> {
        let revisions = revisions(&self.revision);
        let listings: Vec<ProviderListing> = Provider::ALL
            .into_iter()
            .filter(|p| self.provider.is_none_or(|only| only == *p))
            .map(|p| listing::provider(p, revisions))
            .collect();
        if self.json {
            let text = serde_json::to_string_pretty(&listings).map_err(|e| e.to_string())?;
            return print(&format!("{text}\n"));
        }
        print(&listings.iter().map(table).collect::<Vec<_>>().join("\n"))
    }
}

fn table(listing: &ProviderListing) -> String {
    let mut text = String::new();
    let profile = listing.provider.profile();
    let _ = writeln!(text, "{} ({}), revision {}", profile.title, listing.host, listing.revision);
    if listing.revisions.len() > 1 {
        let _ = writeln!(text, "  revisions: {}", listing.revisions.join(", "));
    }
    let header = format!("{}: {}", profile.key_header, profile.key_scheme);
    for (role, secret) in &listing.keys {
        let _ = writeln!(text, "  key {role:<16} {header}{secret}");
    }
    for operation in &listing.operations {
        let way = operation.method.map_or_else(String::new, |method| format!("  {method} {}", operation.paths.join(" | ")));
        let effect = operation.effect.map_or_else(String::new, |effect| format!("  [{effect}]"));
        let _ = writeln!(text, "\n  {}{way}{effect}", operation.id);
        let _ = writeln!(text, "    {}", operation.summary);
        for outcome in &operation.outcomes {
            let source = outcome.source.unwrap_or("no fixture");
            let _ = writeln!(text, "    {:<22} {}  {:<10}  {source}", outcome.outcome, outcome.status, outcome.evidence);
        }
    }
    text
}
