//! `/api/projects/generate`: start a lead magnet, or ask which fields the project takes.

use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::auth::project_key;
use super::errors::{MISSING_FIELD, invalid_request, structured, unreadable};
use crate::core::body::{Field, Object};
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, Need, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const QUEUED: Outcome = Outcome::new("queued", 200);
pub(super) const SCHEMA: Outcome = Outcome::new("schema", 200);
pub(super) const INSUFFICIENT_CREDITS: Outcome = Outcome::new("insufficient_credits", 402);

/// Documented: the generate page's table. Only the address is always required, the rest is the project's choice.
///
/// The page calls `customFields` a JSON string and sends an object: both are taken.
pub(super) const BODY: &[FieldSpec] = &[
    required("email", TEXT),
    optional("fullName", TEXT),
    optional("company", TEXT),
    optional("domain", TEXT),
    optional("industry", TEXT),
    optional("companySize", TEXT),
    optional("title", TEXT),
    optional("phone", TEXT),
    optional("customFields", Kind::Either(&[Kind::Object, TEXT])),
];

/// The customer of the documents' sample addresses.
const SLUG: &str = "acme-corp";

/// Generations left at the start. No document names a balance.
const CREDITS: u32 = 1_000;

/// The projects that keys belong to: one a workspace.
#[derive(Clone, Debug)]
pub(super) struct Projects {
    home: Project,
    other: Project,
    broke: Project,
}

#[derive(Clone, Debug, Serialize)]
struct Project {
    credits: u32,
    jobs: Vec<Job>,
}

#[derive(Clone, Debug, Serialize)]
struct Job {
    id: String,
    lead_id: String,
    email: String,
    created_at: jiff::Timestamp,
}

impl Default for Projects {
    fn default() -> Self {
        let project = |credits| Project { credits, jobs: Vec::new() };
        Self { home: project(CREDITS), other: project(CREDITS), broke: project(0) }
    }
}

impl Projects {
    fn of(&mut self, workspace: Workspace) -> &mut Project {
        match workspace {
            Workspace::Home => &mut self.home,
            Workspace::Other => &mut self.other,
            Workspace::Broke => &mut self.broke,
        }
    }

    pub(super) fn describe(&self) -> Value {
        json!({ "home": self.home, "other": self.other, "broke": self.broke })
    }
}

/// Documented: the generate page's 200, key for key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Queued<'a> {
    success: bool,
    lead_id: &'a str,
    lead_magnet_url: String,
    job_id: &'a str,
    status: &'static str,
    message: &'static str,
}

pub(super) fn start(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = project_key(call)?;
    let object = Object::of(call.request).map_err(unreadable)?;
    let email = match object.field("email") {
        Field::Text(text) if !text.trim().is_empty() => text.trim().to_owned(),
        // The overview prints this body without the details that the campaigns' errors page has.
        _ => return Err(invalid_request(MISSING_FIELD, "Missing required field: email", None)),
    };
    call.lint_unknown_fields(&object);
    let project = call.state.projects.of(key.workspace());
    let Some(left) = project.credits.checked_sub(1) else {
        let message = "Insufficient credits. Required: 1, Available: 0";
        return Err(structured(INSUFFICIENT_CREDITS, "INSUFFICIENT_CREDITS", message));
    };
    project.credits = left;
    call.common.ledger.charge(call.spec.id, Credits::from(1));
    let (lead_id, job_id) = (call.common.ids.alnum("lead_", 12), call.common.ids.alnum("job_", 12));
    let reply = Reply::json(
        QUEUED,
        &Queued {
            success: true,
            lead_id: &lead_id,
            lead_magnet_url: format!("https://{SLUG}.go.magnetite.ai/{lead_id}"),
            job_id: &job_id,
            status: "queued",
            message: "Lead magnet generation started successfully",
        },
    );
    project.jobs.push(Job { id: job_id, lead_id, email, created_at: call.now });
    Ok(reply)
}

/// No document shows the schema's body: the fields of the generate page, in its order.
#[derive(Serialize)]
struct Schema {
    success: bool,
    fields: Vec<SchemaField>,
}

#[derive(Serialize)]
struct SchemaField {
    name: &'static str,
    r#type: &'static str,
    required: bool,
}

pub(super) fn schema(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    project_key(call)?;
    let field = |spec: &FieldSpec| SchemaField { name: spec.name, r#type: spec.kind.type_name(), required: spec.need == Need::Required };
    let fields = BODY.iter().map(field).collect();
    Ok(Reply::json(SCHEMA, &Schema { success: true, fields }))
}
