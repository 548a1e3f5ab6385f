//! The tables: operations, how each outcome is known, and the OpenAPI documents.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};

use super::super::listing::{self, OutcomeListing, ProviderListing};
use super::super::openapi;
use super::{Asked, Problem, Query, Shared, named_provider};
use crate::providers::{Provider, Revisions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableQuery {
    provider: Option<String>,
    revision: Option<String>,
}

impl TableQuery {
    /// The listings asked for, under the server's revisions or the one asked for.
    fn listings(self, mut revisions: Revisions) -> Result<Vec<ProviderListing>, Problem> {
        let providers = match (&self.provider, &self.revision) {
            (None, None) => Provider::ALL.to_vec(),
            (None, Some(_)) => {
                return Err(Problem::bad_request("a revision belongs to a provider", "name it: ?provider=leadterra&revision=guides-v1"));
            }
            (Some(name), label) => {
                let provider = named_provider(name)?;
                choose(&mut revisions, provider, label.as_deref())?;
                vec![provider]
            }
        };
        Ok(providers.into_iter().map(|provider| listing::provider(provider, revisions)).collect())
    }
}

fn choose(revisions: &mut Revisions, provider: Provider, label: Option<&str>) -> Result<(), Problem> {
    label
        .map_or(Ok(()), |label| revisions.choose(provider, label))
        .map_err(|e| Problem::bad_request(e.to_string(), "choose one of the known revisions"))
}

fn table_query(query: Asked<TableQuery>) -> Result<TableQuery, Problem> {
    query.map(|Query(query)| query).map_err(|e| Problem::bad_request(e.body_text(), "the parameters are provider and revision"))
}

#[derive(Serialize)]
pub(super) struct Operations {
    providers: Vec<ProviderListing>,
}

pub(super) async fn operations(State(shared): State<Shared>, query: Asked<TableQuery>) -> Result<Json<Operations>, Problem> {
    let providers = table_query(query)?.listings(shared.fakes.worlds.default_revisions())?;
    Ok(Json(Operations { providers }))
}

#[derive(Serialize)]
pub(super) struct Provenance {
    provenance: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    operation: &'static str,
    #[serde(flatten)]
    outcome: OutcomeListing,
}

pub(super) async fn provenance(State(shared): State<Shared>, query: Asked<TableQuery>) -> Result<Json<Provenance>, Problem> {
    let listings = table_query(query)?.listings(shared.fakes.worlds.default_revisions())?;
    let operations = listings.into_iter().flat_map(|listing| listing.operations);
    let rows = operations.flat_map(|operation| operation.outcomes.into_iter().map(move |outcome| Row { operation: operation.id, outcome }));
    Ok(Json(Provenance { provenance: rows.collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentQuery {
    revision: Option<String>,
}

/// `{provider}.json`: the same bytes as `mock-providers export openapi` writes.
pub(super) async fn openapi(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    query: Asked<DocumentQuery>,
) -> Result<impl IntoResponse, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad_request(e.body_text(), "the one parameter is revision"))?;
    let name = file.strip_suffix(".json").ok_or_else(|| {
        let known = Provider::ALL.map(|provider| format!("{provider}.json")).join(", ");
        Problem::bad_request(format!("there is no document {file:?}"), format!("known: {known}"))
    })?;
    let provider = named_provider(name)?;
    let mut revisions = shared.fakes.worlds.default_revisions();
    choose(&mut revisions, provider, query.revision.as_deref())?;
    Ok(([(CONTENT_TYPE, "application/json")], openapi::text(provider, revisions)))
}
