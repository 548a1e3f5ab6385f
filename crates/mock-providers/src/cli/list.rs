//! `mock-providers list`.

use std::fmt::Write;

use clap::Args;

use super::{parse_provider, parse_revision, print, revisions};
use crate::providers::Provider;
use crate::server::listing::{self, OperationListing, ProviderListing};

/// What to list.
#[derive(Args)]
pub(super) struct List {
    /// Only this provider
    #[arg(long, value_name = "NAME", value_parser = parse_provider)]
    provider: Option<Provider>,
    /// Under this revision of a provider's documents; what is not so by default is marked. May be given once for each provider
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

/// Columns of a line, where its words allow it: what the narrowest usual terminal has.
const COLUMNS: usize = 80;

/// What stands before an outcome that is another one by default.
const MARK: &str = "*";

fn table(listing: &ProviderListing) -> String {
    let mut text = format!("{}, {}, revision {}\n", listing.provider.profile().title, listing.host, listing.revision);
    revision_rows(&mut text, listing);
    key_rows(&mut text, listing);
    let sources = Sources::of(listing);
    let names = listing.operations.iter().flat_map(|operation| &operation.outcomes).map(|outcome| outcome.outcome.len());
    let width = names.max().unwrap_or_default();
    text.push_str("\n  Operations\n");
    for operation in &listing.operations {
        operation_rows(&mut text, operation, width, &sources);
    }
    if listing.operations.iter().flat_map(|operation| &operation.outcomes).any(|outcome| outcome.differs_from_default) {
        let default = listing.revisions.first().map_or("", |revision| revision.label);
        text.push('\n');
        paragraph(
            &mut text,
            2,
            &format!("{MARK} another answer than by default, or known in another way; the default revision is {default}"),
        );
    }
    if !listing.not_emulated.is_empty() {
        text.push_str("\n  Not emulated, answered with 501\n");
        for row in listing.not_emulated {
            let _ = writeln!(text, "    {} {}", row.method, row.path);
            paragraph(&mut text, 6, row.why);
        }
    }
    magic_rows(&mut text, listing);
    if !listing.simulations.is_empty() {
        text.push_str("\n  Simulations\n");
        paragraph(&mut text, 4, &listing.simulations.join(", "));
    }
    text.push_str("\n  Sources\n");
    for (at, source) in sources.0.iter().enumerate() {
        let _ = writeln!(text, "    {:>4} {source}", format!("[{}]", at + 1));
    }
    text
}

fn revision_rows(text: &mut String, listing: &ProviderListing) {
    text.push_str("\n  Revisions\n");
    for (at, revision) in listing.revisions.iter().enumerate() {
        let remarks = [(at == 0).then_some("the default"), (revision.label == listing.revision).then_some("listed here")];
        let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
        let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
        let _ = writeln!(text, "    {}{remarks}", revision.label);
        paragraph(text, 6, revision.summary);
    }
}

fn key_rows(text: &mut String, listing: &ProviderListing) {
    let _ = writeln!(text, "\n  Keys, as {}: {}KEY", listing.key_header, listing.key_scheme);
    for (role, secret) in &listing.keys {
        let _ = writeln!(text, "    {role:<16} {secret}");
    }
}

/// Inputs below the place where they stand.
fn magic_rows(text: &mut String, listing: &ProviderListing) {
    if !listing.magic_inputs.is_empty() {
        text.push_str("\n  Magic inputs\n");
    }
    for same_place in listing.magic_inputs.chunk_by(|a, b| a.place == b.place) {
        let _ = writeln!(text, "    {}", same_place[0].place);
        for magic in same_place {
            paragraph(text, 6, &format!("{}: {}", magic.input, magic.gets));
        }
    }
}

fn operation_rows(text: &mut String, operation: &OperationListing, width: usize, sources: &Sources) {
    let effect = operation.effect.map_or_else(String::new, |effect| format!("  {effect}"));
    let _ = writeln!(text, "\n    {}{effect}", operation.id);
    for path in operation.paths {
        let _ = writeln!(text, "      {} {path}", operation.method.unwrap_or_default());
    }
    paragraph(text, 6, operation.summary);
    for outcome in &operation.outcomes {
        let mark = if outcome.differs_from_default { MARK } else { " " };
        let source = outcome.source.map_or_else(|| "no fixture".to_owned(), |source| format!("[{}]", sources.number(source)));
        let _ = writeln!(text, "      {mark} {:<width$}  {}  {:<10}  {source}", outcome.outcome, outcome.status, outcome.evidence);
    }
}

/// The documents that a listing names, in the order in which it does, each told once.
struct Sources(Vec<&'static str>);

impl Sources {
    fn of(listing: &ProviderListing) -> Self {
        let mut sources = Vec::new();
        for source in listing.operations.iter().flat_map(|operation| &operation.outcomes).filter_map(|outcome| outcome.source) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Self(sources)
    }

    fn number(&self, source: &str) -> usize {
        self.0.iter().position(|known| *known == source).map_or(0, |at| at + 1)
    }
}

/// Writes prose with an indent, two more from its second line on.
fn paragraph(text: &mut String, indent: usize, prose: &str) {
    let mut line = String::new();
    let mut margin = indent;
    for word in prose.split_whitespace() {
        if !line.is_empty() && margin + line.chars().count() + 1 + word.chars().count() > COLUMNS {
            let _ = writeln!(text, "{:margin$}{line}", "");
            (line, margin) = (String::new(), indent + 2);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(text, "{:margin$}{line}", "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Revisions;

    #[test]
    fn prose_is_broken_between_words() {
        let mut text = String::new();
        paragraph(&mut text, 4, &"word ".repeat(20));
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [78, 30]);
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("      word")));
        text.clear();
        paragraph(&mut text, 4, "");
        assert_eq!(text, "");
    }

    #[test]
    fn what_differs_from_the_default_revision_is_marked_and_only_that() {
        for provider in Provider::ALL {
            for revision in provider.profile().revisions {
                let mut revisions = Revisions::default();
                revisions.choose(provider, revision.label).unwrap();
                let listing = listing::provider(provider, revisions);
                let differing = listing.operations.iter().flat_map(|o| &o.outcomes).filter(|o| o.differs_from_default).count();
                let marked = table(&listing).lines().filter(|line| line.starts_with("      * ")).count();
                assert_eq!(marked, differing, "{provider} {}", revision.label);
                assert!(revision.label != provider.profile().revisions[0].label || marked == 0, "{provider}");
            }
        }
    }
}
