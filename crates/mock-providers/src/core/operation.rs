//! The operation table: what a provider answers, in one place.
//!
//! Routing, listings, evidence and conformance all read it.

use std::borrow::Cow;

use http::Method;
use jiff::Timestamp;

use super::body::Object;
use super::fields::{FieldSpec, Query};
use super::reply::{Lint, Outcome, Reply};
use super::request::Request;
use super::world::{Common, Keys};

/// What a call does to the world outside, on the real API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Reads, and costs nothing.
    FreeRead,
    /// Reads, and may cost credits.
    PaidRead,
    /// Changes something that can be changed back.
    Write,
    /// Ends in mail or messages to people.
    ContactsPeople,
}

impl Effect {
    /// The word used in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FreeRead => "free-read",
            Self::PaidRead => "paid-read",
            Self::Write => "write",
            Self::ContactsPeople => "contacts-people",
        }
    }
}

/// What is looked at before an operation does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The header that carries the key is there.
    Header,
    /// It has the documented form.
    Scheme,
    /// The key is one of ours and works.
    Key,
    /// The key may do this.
    Scope,
    /// The key's workspace exists.
    Workspace,
    /// The id in the path names something.
    PathId,
    /// The query has known names and values in range.
    Query,
    /// The body is declared as JSON.
    ContentType,
    /// The body is JSON.
    JsonSyntax,
    /// The body's fields are there and of the right type.
    Validation,
    /// Nothing that exists already is made again.
    Duplicate,
    /// The balance covers the call.
    Credits,
    /// What the path names is in a state that allows it.
    State,
    /// The key's calls are not too many.
    Rate,
    /// The provider itself is well.
    Health,
    /// What the body asks for exists.
    Found,
}

/// The part of a request that a check looks at; two checks of one part cannot fail independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The header with the key.
    Credential,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The content type.
    ContentType,
    /// The body.
    Body,
}

impl Check {
    /// The part of the request it looks at.
    pub const fn part(self) -> Part {
        match self {
            Self::Header | Self::Scheme | Self::Key | Self::Scope | Self::Workspace | Self::Credits | Self::Rate | Self::Health => {
                Part::Credential
            }
            Self::PathId | Self::State => Part::Path,
            Self::Query => Part::Query,
            Self::ContentType => Part::ContentType,
            Self::JsonSyntax | Self::Validation | Self::Duplicate | Self::Found => Part::Body,
        }
    }
}

/// A check and the outcome when it fails.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// What is looked at.
    pub check: Check,
    /// The answer when it fails.
    pub outcome: Outcome,
}

impl Refusal {
    /// Pairs a check with its outcome.
    pub const fn new(check: Check, outcome: Outcome) -> Self {
        Self { check, outcome }
    }
}

/// An operation as plain data.
#[derive(Debug)]
pub struct Spec {
    /// `provider.object.verb`.
    pub id: &'static str,
    /// The method; a GET answers HEAD as well.
    pub method: Method,
    /// Path templates, the canonical one first; `{name}` stands for one segment.
    pub paths: &'static [&'static str],
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// What it does outside.
    pub effect: Effect,
    /// Parameters of its query.
    pub query: &'static [FieldSpec],
    /// Fields of its JSON body; empty when it takes none.
    pub body: &'static [FieldSpec],
    /// Successful outcomes.
    pub successes: &'static [Outcome],
    /// Refusals in order of precedence: when several apply, the first wins.
    pub refusals: &'static [Refusal],
}

impl Spec {
    /// Every outcome the operation can end in, successes first.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.successes.iter().copied().chain(self.refusals.iter().map(|refusal| refusal.outcome))
    }

    /// Neighbouring refusals that one request can deserve both: each with the next of another part of the request.
    pub fn precedence_pairs(&self) -> impl Iterator<Item = (Refusal, Refusal)> {
        self.refusals.iter().enumerate().filter_map(|(at, first)| {
            let next = self.refusals[at + 1..].iter().find(|next| next.check.part() != first.check.part())?;
            Some((*first, *next))
        })
    }
}

/// An operation of the provider whose state is `S`.
#[derive(Debug)]
pub struct Operation<S: 'static> {
    /// The operation as plain data.
    pub spec: Spec,
    /// Its work. `Err` is a refusal, so that a check can end it with `?`.
    pub handle: fn(&mut Call<'_, S>) -> Result<Reply, Reply>,
}

/// Values of a path's variables, in the order of the template.
#[derive(Clone, Debug, Default)]
pub struct Params<'a>(Vec<Cow<'a, str>>);

/// One call of an operation, with all that it may look at and change.
#[derive(Debug)]
pub struct Call<'a, S> {
    /// What was received.
    pub request: &'a Request,
    /// The operation's own table row.
    pub spec: &'static Spec,
    /// Clock, ids and ledger of the world.
    pub common: &'a mut Common,
    /// The provider's keys.
    pub keys: &'a Keys,
    /// The provider's state.
    pub state: &'a mut S,
    /// The label of the chosen revision.
    pub revision: &'static str,
    /// The world's time.
    pub now: Timestamp,
    /// Remarks so far.
    pub lints: Vec<Lint>,
    params: Params<'a>,
}

impl<'a, S> Call<'a, S> {
    /// A call about to be handled.
    pub fn new(context: Context<'a, S>, spec: &'static Spec, params: Params<'a>) -> Self {
        let Context { request, common, keys, state, revision, now } = context;
        Self { request, spec, common, keys, state, revision, now, lints: Vec::new(), params }
    }

    /// The path's variable number `at`, from 0. A template without it is a mistake in the table.
    pub fn param(&self, at: usize) -> &str {
        &self.params.0[at]
    }

    /// Remarks on parameters that no document names.
    pub fn lint_unknown_parameters(&mut self, query: &Query<'_>) {
        for name in query.unknown(self.spec.query) {
            let name: String = name.chars().take(64).collect();
            self.lint("unknown-parameter", format!("the documents name no parameter \"{name}\" here"));
        }
    }

    /// Adds a remark for the journal.
    pub fn lint(&mut self, rule: &'static str, message: impl Into<String>) {
        self.lints.push(Lint { rule, message: message.into() });
    }

    /// Remarks on body fields that no document names.
    pub fn lint_unknown_fields(&mut self, object: &Object<'_>) {
        let known: Vec<&str> = self.spec.body.iter().map(|field| field.name).collect();
        for name in object.unknown(&known) {
            let meant = did_you_mean(&known, name).map_or_else(String::new, |k| format!("; did you mean \"{k}\"?"));
            let name: String = name.chars().take(64).collect();
            self.lint("unknown-field", format!("the documents name no field \"{name}\"{meant}"));
        }
    }
}

/// What a call is made in.
#[derive(Debug)]
pub struct Context<'a, S> {
    /// What was received.
    pub request: &'a Request,
    /// Clock, ids and ledger of the world.
    pub common: &'a mut Common,
    /// The provider's keys.
    pub keys: &'a Keys,
    /// The provider's state.
    pub state: &'a mut S,
    /// The label of the chosen revision.
    pub revision: &'static str,
    /// The world's time.
    pub now: Timestamp,
}

/// The values of a template's variables in a path that fits it. Segments are percent-decoded.
pub fn match_template<'p>(template: &str, path: &'p str) -> Option<Params<'p>> {
    if !template.contains('{') {
        return (template == path).then(Params::default);
    }
    let mut params = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            params.push(percent_encoding::percent_decode_str(segment).decode_utf8_lossy());
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(Params(params))
}

/// The operation of `specs` that a request with this method and path most likely meant.
pub fn nearest<'s>(specs: impl Iterator<Item = &'s Spec>, method: &Method, path: &str) -> Option<&'s Spec> {
    specs.min_by_key(|spec| {
        let by_path = spec.paths.iter().map(|template| path_distance(template, path)).min().unwrap_or(usize::MAX);
        by_path.saturating_mul(2) + usize::from(spec.method != *method)
    })
}

/// Edits between a template and a path, a segment at a time; a variable is near to anything. Bounded for hostile paths.
fn path_distance(template: &str, path: &str) -> usize {
    const SEGMENTS_MAX: usize = 16;
    let template: Vec<&str> = template.split('/').collect();
    let path: Vec<&str> = path.split('/').take(SEGMENTS_MAX).collect();
    edits(template.len(), path.len(), 8, |t, p| if template[t].starts_with('{') { 1 } else { text_distance(template[t], path[p]).min(8) })
}

fn text_distance(a: &str, b: &str) -> usize {
    const LETTERS_MAX: usize = 32;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(LETTERS_MAX).collect(), b.chars().take(LETTERS_MAX).collect());
    edits(a.len(), b.len(), 1, |i, j| usize::from(!a[i].eq_ignore_ascii_case(&b[j])))
}

/// Levenshtein distance over positions, with the cost of a gap and of a replacement.
fn edits(a: usize, b: usize, gap: usize, replace: impl Fn(usize, usize) -> usize) -> usize {
    let mut row: Vec<usize> = (0..=b).map(|j| j * gap).collect();
    for i in 0..a {
        let mut diagonal = row[0];
        row[0] = (i + 1) * gap;
        for j in 0..b {
            let best = (diagonal + replace(i, j)).min(row[j] + gap).min(row[j + 1] + gap);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b]
}

/// The name in `known` that `name` was probably meant to be.
pub fn did_you_mean<'k>(known: &[&'k str], name: &str) -> Option<&'k str> {
    let (distance, best) = known.iter().map(|k| (text_distance(k, name), *k)).min()?;
    (distance <= name.chars().count().div_ceil(3)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_one_decoded_segment_for_a_variable() {
        let path = |path| match_template("/api/campaigns/{id}/leads", path).map(|p| p.0.concat());
        assert_eq!(path("/api/campaigns/a%20b/leads").as_deref(), Some("a b"));
        assert_eq!(path("/api/campaigns/%2F/leads").as_deref(), Some("/"));
        assert_eq!(path("/api/campaigns//leads"), None);
        assert_eq!(path("/api/campaigns/a/b/leads"), None);
        assert_eq!(path("/api/campaigns/a/leads/"), None);
    }

    #[test]
    fn the_nearest_operation_forgives_a_slip() {
        assert_eq!(text_distance("kitten", "Sitting"), 3);
        assert!(path_distance("/v1/credits", "/v1/credit") < path_distance("/v1/people/email-validation", "/v1/credit"));
        assert!(
            path_distance("/api/campaigns/{id}/leads", "/api/campaigns/x/lead") < path_distance("/api/health", "/api/campaigns/x/lead")
        );
        assert_eq!(did_you_mean(&["linkedInUrl", "email"], "linkedinUrl"), Some("linkedInUrl"));
        assert_eq!(did_you_mean(&["linkedInUrl", "email"], "zzz"), None);
    }
}
