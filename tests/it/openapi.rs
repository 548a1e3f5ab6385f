//! The OpenAPI documents: whole, sound, and true of what is served.
//!
//! Left out: whether other tools accept them, and what they find when they test by them; `.ci/openapi` asks two.

use std::collections::{BTreeSet, HashMap};

use jsonschema::Validator;
use mock_providers::MockProviders;
use mock_providers::core::operation::{Spec, match_template};
use mock_providers::providers::{Failure, Provider, Revisions};
use mock_providers::server::{Limits, openapi};
use serde_json::Value;

use crate::exchanges::{exchanges, perform, subject};
use crate::program::run;
use crate::subject::Subject;

/// Every provider under each of its revisions.
fn every_revision() -> impl Iterator<Item = (Provider, &'static str)> {
    Provider::ALL.into_iter().flat_map(|provider| provider.profile().revisions.iter().map(move |revision| (provider, revision.label)))
}

fn revisions(provider: Provider, label: &str) -> Revisions {
    let mut revisions = Revisions::default();
    revisions.choose(provider, label).expect("a label of the list");
    revisions
}

/// A document, and the schemas of it that were compiled so far.
struct Document {
    root: Value,
    validators: HashMap<String, Validator>,
}

impl Document {
    fn of(provider: Provider, label: &str) -> Self {
        let root = serde_json::from_str(&openapi::text(provider, revisions(provider, label))).expect("the document is JSON");
        Self { root, validators: HashMap::new() }
    }

    /// Path, method and content of each operation.
    fn operations(&self) -> impl Iterator<Item = (&String, &String, &Value)> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, methods)| methods.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation)))
    }

    fn operation(&self, id: &str) -> &Value {
        let found = self.operations().map(|(_, _, operation)| operation).find(|operation| operation["operationId"] == id);
        found.unwrap_or_else(|| panic!("the document has no operation {id}"))
    }

    /// What stands at the place, or at the place that it refers to.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    /// Why the document does not allow an answer.
    fn refuses(&mut self, id: &str, answer: &crate::client::Answer) -> Option<String> {
        let status = answer.status().to_string();
        let response = self.resolved(&self.operation(id)["responses"][&status]);
        if response.is_null() {
            return Some(format!("status {status} is not in the document"));
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            if header["required"] == true && answer.header(&name.to_lowercase()).is_none() {
                return Some(format!("the header {name} is not there"));
            }
        }
        let content = response["content"].as_object();
        if answer.text().is_empty() {
            return content.map(|_| "the body is empty".to_owned());
        }
        let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        let Some(content) = content.and_then(|content| content.get(&media_type)) else {
            return Some(format!("content type {media_type:?} is not in the document under {status}"));
        };
        let schema = content["schema"].clone();
        let validator = self
            .validators
            .entry(format!("{id} {status} {media_type}"))
            .or_insert_with(|| jsonschema::draft202012::new(&schema).unwrap_or_else(|e| panic!("{id} {status}: {e}")));
        let body = answer.json();
        let errors: Vec<String> = validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

/// The id of the operation at the path that was asked.
fn operation_id(spec: &Spec, path: &str) -> String {
    let at = spec.paths.iter().position(|template| match_template(template, path).is_some()).expect("the path led to the operation");
    if at == 0 { spec.id.to_owned() } else { format!("{}.alias-{at}", spec.id) }
}

#[test]
fn what_is_served_is_what_is_exported() {
    let subject = Subject::start();
    for (provider, label) in every_revision() {
        let served = subject.ask(&format!("GET /__mock/openapi/{provider}.json?revision={label}"));
        assert_eq!((served.status(), served.header("content-type")), (200, Some("application/json")));
        let (code, exported, stderr) = run(&["export", "openapi", provider.name(), "--revision", label]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert_eq!(served.text(), exported, "{provider} {label}");
        assert!(exported.ends_with("}\n"), "{provider} {label}");
    }
    for provider in Provider::ALL {
        let default = openapi::text(provider, Revisions::default());
        assert_eq!(subject.ask(&format!("GET /__mock/openapi/{provider}.json")).text(), default);
        assert_eq!(run(&["export", "openapi", provider.name()]).1, default);
    }
}

#[test]
fn a_server_describes_the_revision_that_it_serves() {
    let guides = Subject::start_with(MockProviders::builder().revisions(revisions(Provider::Leadterra, "guides-v1")));
    assert_eq!(guides.ask("GET /__mock/openapi/leadterra.json").json()["info"]["version"], "guides-v1");
    assert_eq!(guides.ask("GET /__mock/openapi/leadterra.json?revision=seed").json()["info"]["version"], "seed");
}

#[test]
fn references_lead_somewhere_and_ids_are_unique() {
    for (provider, label) in every_revision() {
        let document = Document::of(provider, label);
        let mut ids = BTreeSet::new();
        for (path, method, operation) in document.operations() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(ids.insert(id), "{provider} {label}: {id} is there twice");
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let response = document.resolved(response);
                assert!(response["description"].is_string(), "{provider} {label}: {method} {path} {status}");
            }
        }
        // All references are those of responses.
        let text = document.root.to_string();
        assert_eq!(text.matches("\"$ref\":\"#/components/responses/").count(), text.matches("\"$ref\"").count(), "{provider} {label}");
    }
}

/// A template without the names of its variables, which OpenAPI does not tell apart.
fn unnamed(template: &str) -> String {
    template.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect::<Vec<_>>().join("/")
}

#[test]
fn every_path_method_and_outcome_of_the_tables_is_there() {
    for (provider, label) in every_revision() {
        let document = Document::of(provider, label);
        let mut rows = 0;
        for spec in provider.operations() {
            for path in spec.paths {
                let found =
                    document.operations().find(|(p, m, _)| unnamed(p) == unnamed(path) && m.eq_ignore_ascii_case(spec.method.as_str()));
                let (_, _, operation) = found.unwrap_or_else(|| panic!("{provider} {label} has no {} {path}", spec.method));
                rows += 1;
                let failures = [Failure::BodyTooLarge, Failure::TargetTooLong, Failure::BodyTimeout, Failure::BodyUnreadable];
                let failures = failures.map(|failure| failure.outcome(&provider.profile().dialect));
                for outcome in spec.outcomes().chain(failures) {
                    let response = document.resolved(&operation["responses"][outcome.status.to_string()]);
                    let evidence = &response["x-evidence"][outcome.name]["evidence"];
                    let known = ["documented", "derived", "assumed"].map(Value::from).contains(evidence);
                    assert!(known, "{provider} {label}: {} {path} does not say how {outcome:?} is known", spec.method);
                    assert!(response["description"].as_str().is_some_and(|d| d.contains(outcome.name)), "{response}");
                }
                let names: Vec<&str> = path.split('/').filter(|segment| segment.starts_with('{')).collect();
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                assert_eq!(parameters.filter(|p| p["in"] == "path").count(), names.len(), "{path}");
            }
        }
        assert_eq!(document.operations().count(), rows, "{provider} {label} has operations that no table has");
    }
}

#[test]
fn an_operation_without_a_refusal_of_keys_needs_none() {
    for provider in Provider::ALL {
        let document = Document::of(provider, provider.profile().revisions[0].label);
        for spec in provider.operations() {
            use mock_providers::core::operation::Check;
            let needs = spec.refusals.iter().any(|refusal| matches!(refusal.check, Check::Header | Check::Scheme | Check::Key));
            let security = document.operation(spec.id)["security"].as_array().map(Vec::len);
            assert_eq!(security, Some(usize::from(needs)), "{}", spec.id);
        }
    }
}

#[test]
fn every_answer_to_a_documented_request_is_one_that_the_document_allows() {
    let mut documents: HashMap<(Provider, &'static str), Document> = HashMap::new();
    let (mut validated, mut wrong) = (0, Vec::new());
    for exchange in exchanges() {
        let subject = subject(exchange);
        let answer = perform(&subject, exchange);
        let entry = subject.last_entry();
        // What reached no operation is in no document; HEAD is in none either.
        let Some(spec) = entry.operation.filter(|spec| spec.method == entry.request.method) else { continue };
        let id = operation_id(spec, entry.request.path());
        let document = documents.entry((entry.provider, entry.revision)).or_insert_with(|| Document::of(entry.provider, entry.revision));
        validated += 1;
        if let Some(reason) = document.refuses(&id, &answer) {
            wrong.push(format!("{} under {}: {reason}\n  {answer}", exchange.id, entry.revision));
        }
    }
    assert!(validated > 50, "only {validated} answers were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A request that reaches the operation, with a body.
fn with_a_body(provider: Provider, spec: &Spec, path: &str, body: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, String::new()), |(path, query)| (path, format!("?{query}")));
    let path: Vec<&str> = path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment }).collect();
    format!("{} /{provider}{}{query}  key=valid  {body}", spec.method, path.join("/"))
}

#[test]
fn what_fails_before_an_operation_is_reached_is_in_its_document_too() {
    let subject = Subject::start_with(MockProviders::builder().limits(Limits { body_bytes_max: 1, ..Limits::default() }));
    let long = "x".repeat(Limits::default().target_bytes_max);
    for provider in Provider::ALL {
        let label = provider.profile().revisions[0].label;
        let mut document = Document::of(provider, label);
        for spec in provider.operations() {
            for path in spec.paths {
                for (path, status) in [((*path).to_owned(), 413), (format!("{path}?x={long}"), 414)] {
                    let line = with_a_body(provider, spec, &path, "{}");
                    let answer = subject.ask(&line);
                    assert_eq!(answer.status(), status, "{line}");
                    let id = operation_id(spec, path.split('?').next().unwrap_or_default());
                    assert_eq!(document.refuses(&id, &answer), None, "{line}\n  {answer}");
                }
            }
        }
    }
}

#[test]
fn an_answer_of_another_shape_is_refused() {
    let mut document = Document::of(Provider::Leadmagic, "seed");
    let subject = Subject::start();
    let credits = subject.ask("GET /leadmagic/v1/credits  key=valid");
    assert_eq!(document.refuses("leadmagic.credits.get", &credits), None);
    let other = subject.ask("GET /leadterra/v1/sender-pools  key=valid");
    assert!(document.refuses("leadmagic.credits.get", &other).is_some_and(|reason| reason.contains("object")), "a list is no balance");
    let missing = subject.ask("GET /leadmagic/nothing");
    assert_eq!(document.refuses("leadmagic.credits.get", &missing).as_deref(), Some("status 404 is not in the document"));
}
