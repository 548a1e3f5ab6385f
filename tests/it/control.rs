//! The control API: its errors, who may use it, the journal's pages, the tables.

use mock_providers::MockProviders;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::server::Limits;
use mock_providers::server::control::Access;
use serde_json::Value;

use crate::subject::{Subject, check};

#[test]
fn an_error_has_code_message_and_hint_in_that_order() {
    check(
        "GET /__mock/worlds/none",
        "404 {\"error\":{\"code\":\"no_such_world\",\"message\":\"there is no world named \\\"none\\\"\",\
         \"hint\":\"GET /__mock/worlds lists them; POST makes one\"}}",
    );
    let in_form = |line: &str, status: u16, code: &str| {
        let answer = Subject::start().ask(line);
        let text = answer.text();
        let places: Vec<Option<usize>> =
            ["{\"error\":{\"code\":\"", "\",\"message\":\"", "\",\"hint\":\""].map(|part| text.find(part)).into();
        let ordered = places.windows(2).all(|pair| pair[0].is_some() && pair[0] < pair[1]);
        let value = answer.json();
        let error = &value["error"];
        assert!(ordered && text.ends_with("\"}}"), "{line}: {text}");
        assert_eq!((answer.status(), error["code"].as_str()), (status, Some(code)), "{line}: {text}");
        assert_eq!((error.as_object().map(serde_json::Map::len), answer.header("content-type")), (Some(3), Some("application/json")));
        assert!(!error["hint"].as_str().unwrap_or_default().is_empty(), "{line}: {text}");
    };
    in_form("GET /", 404, "no_provider");
    in_form("GET /__mock", 404, "no_such_call");
    in_form("GET /__mock/nothing", 404, "no_such_call");
    in_form("POST /__mock/health", 405, "wrong_method");
    in_form("PUT /__mock/worlds", 405, "wrong_method");
    for call in ["journal", "ledger", "clock", "state"] {
        in_form(&format!("GET /__mock/worlds/none/{call}"), 404, "no_such_world");
    }
    in_form("DELETE /__mock/worlds/none", 404, "no_such_world");
    in_form("POST /__mock/worlds/none/reset", 404, "no_such_world");
    in_form("PATCH /__mock/worlds/none/clock  {\"live\":true}", 404, "no_such_world");
    in_form("POST /__mock/worlds/none/simulate/key-revoked  {}", 404, "no_such_world");
    in_form("DELETE /__mock/worlds/default", 409, "permanent_world");
    in_form("POST /__mock/worlds  {\"name\":\"default\"}", 409, "name_taken");
    in_form("POST /__mock/worlds  {\"name\":\"a b\"}", 400, "bad_name");
    in_form("POST /__mock/worlds  {\"name\":\"\"}", 400, "bad_name");
    in_form("POST /__mock/worlds  {\"name\":", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"nam\":\"x\"}", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"seed\":-1}", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"clock\":\"noon\"}", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"limits\":{\"journal\":1}}", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"revisions\":{\"leadterra\":\"none\"}}", 400, "bad_request");
    in_form("POST /__mock/worlds  {\"revisions\":{\"leadtera\":\"seed\"}}", 400, "bad_request");
    in_form("GET /__mock/worlds/default/journal?colour=red", 400, "bad_request");
    in_form("GET /__mock/worlds/default/journal?status=ok", 400, "bad_request");
    in_form("GET /__mock/worlds/default/journal?provider=none", 400, "bad_request");
    in_form("GET /__mock/worlds/default/journal?operation=leadmagic.nothing", 400, "bad_request");
    in_form("POST /__mock/worlds/default/simulate/key-revoked  {}", 400, "bad_request");
    in_form("POST /__mock/worlds/default/simulate/key-revoked  {\"provider\":\"leadmagic\",\"role\":\"king\"}", 400, "bad_request");
    in_form("GET /__mock/operations?provider=none", 400, "bad_request");
    in_form("GET /__mock/operations?revision=seed", 400, "bad_request");
    in_form("GET /__mock/provenance?provider=leadterra&revision=none", 400, "bad_request");
    in_form("GET /__mock/openapi/none.json", 400, "bad_request");
    in_form("GET /__mock/openapi/leadterra", 400, "bad_request");
    in_form("GET /__mock/openapi/leadterra.json?revision=none", 400, "bad_request");
    in_form("GET /__mock/openapi/leadterra.json?colour=red", 400, "bad_request");
    in_form("GET /__mock/health  Host: evil.example", 403, "forbidden");
    in_form("GET /__mock/health  Origin: https://evil.example", 403, "forbidden");
}

#[test]
fn an_unknown_parameter_of_a_table_and_a_body_that_is_no_object_are_refused_in_form() {
    check("GET /__mock/operations?colour=red", "400 {\"error\":{\"code\":\"bad_request\"");
    check("GET /__mock/provenance?colour=red", "400 {\"error\":{\"code\":\"bad_request\"");
    check("POST /__mock/worlds  [\"name\",1,null,{},{}]", "400 {\"error\":{\"code\":\"bad_request\"");
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    check("POST /__mock/worlds  {\"nam\":\"x\"}", "400 expected one of `name`, `seed`, `clock`, `revisions`, `limits`");
    check(
        "POST /__mock/worlds  {\"revisions\":{\"leadterra\":\"none\"}}",
        "400 known: seed, seed-auth, reference-v1, quickstart-v1, guides-v1, concepts-v1, sdr-v2",
    );
    check("GET /__mock/worlds/default/journal?provider=none", "400 known: magnetite, leadmagic, sendpilot, leadterra");
    check("GET /__mock/nothing", "404 below /__mock there are: health, worlds");
    check("GET /__mock/openapi/leadterra.json?revision=none", "400 known: seed, seed-auth, reference-v1, quickstart-v1");
    check("GET /__mock/openapi/leadterra.yaml", "400 known: magnetite.json, leadmagic.json, sendpilot.json, leadterra.json");
}

#[test]
fn the_tables_are_listed_under_any_revision_and_say_what_differs() {
    let subject = Subject::start();
    let rows = |query: &str| subject.ask(&format!("GET /__mock/provenance?provider=leadterra{query}")).json()["provenance"].clone();
    let listed = |rows: &Value| {
        let row = rows.as_array().into_iter().flatten().find(|row| row["outcome"] == "listed").cloned();
        row.unwrap_or_else(|| panic!("no listed in {rows}"))
    };
    let (default, guides) = (listed(&rows("")), listed(&rows("&revision=guides-v1")));
    assert_ne!(default["exchange"], guides["exchange"]);
    assert_eq!((&default["differs_from_default"], &guides["differs_from_default"]), (&false.into(), &true.into()));
    assert_eq!(guides["document_revision"], "guides-v1");
    let listing = subject.ask("GET /__mock/operations?provider=leadterra&revision=guides-v1").json()["providers"][0].clone();
    assert_eq!((&listing["revision"], &listing["revisions"][0]["label"]), (&"guides-v1".into(), &"seed".into()));
    // A server of another revision compares with the provider's own default all the same.
    let other = Subject::start_with(MockProviders::builder().revisions(guides_v1()));
    let row = other.ask("GET /__mock/provenance?provider=leadterra").json();
    assert_eq!(listed(&row["provenance"]), guides);
}

fn guides_v1() -> Revisions {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadterra, "guides-v1").expect("leadterra has it");
    revisions
}

#[test]
fn a_page_of_another_site_may_not_use_it() {
    let make = "POST /__mock/worlds";
    check(&format!("{make}  Origin: https://evil.example"), "403 the request comes from a page of another origin");
    check(&format!("{make}  Origin: null"), "403 another origin");
    check(&format!("{make}  Origin: http://localhost.evil.example"), "403 another origin");
    check(&format!("{make}  Origin: http://localhost:3000"), "201");
    check(&format!("{make}  Origin: http://127.0.0.1:8080"), "201");
    // A name that was made to resolve to this machine.
    check(&format!("{make}  Host: evil.example"), "403 the Host is evil.example");
    check(&format!("{make}  Host: 127.0.0.1.evil.example:4010"), "403 forbidden");
    check(&format!("{make}  Host: LOCALHOST:4010"), "201");
    check(&format!("{make}  Host: 127.0.0.1:4010"), "201");
    check(&format!("{make}  Host: [::1]:4010"), "201");
    // Nothing was made by those that were refused.
    let subject = Subject::start();
    subject.check(&format!("{make}  Host: evil.example"), "403");
    subject.check("GET /__mock/health", "200 \"worlds\":1");
}

#[test]
fn a_provider_is_for_pages_too_and_for_any_host() {
    check("GET /leadmagic/v1/credits  key=valid  Origin: https://evil.example", "200 10000");
    check("GET /leadmagic/v1/credits  key=valid  Host: mock.internal:4010", "200 10000");
}

#[test]
fn with_access_for_anyone_the_host_does_not_matter_and_the_origin_does() {
    let open = Subject::start_with(MockProviders::builder().control_access(Access::Anyone));
    open.check("GET /__mock/health  Host: mock.internal", "200 uptime_s");
    open.check("GET /__mock/health  Host: mock.internal  Origin: https://evil.example", "403 another origin");
}

#[test]
fn a_control_body_beyond_the_limit_is_refused_in_its_own_words() {
    let small = Subject::start_with(MockProviders::builder().limits(Limits { body_bytes_max: 64, ..Limits::default() }));
    small.check(&format!("POST /__mock/worlds  {{\"name\":\"{}\"}}", "x".repeat(64)), "413 {\"error\":{\"code\":\"unreadable_body\"");
    small.check("POST /__mock/worlds  {\"name\":\"short\"}", "201 \"id\":\"short\"");
}

/// A server that was asked seven things, of which two reached no operation.
fn asked() -> Subject {
    let subject = Subject::start();
    for line in [
        "GET /leadmagic/v1/credits  key=valid",
        "GET /leadmagic/v1/credits  key=revoked",
        "GET /leadmagic/v1/nothing",
        "GET /magnetite/api/health  key=valid",
        "GET /sendpilot/v1/campaigns?limit=0  key=valid",
        "GET /leadterra/v1/sender-pools",
        "DELETE /leadterra/v1/sender-pools",
    ] {
        subject.ask(line);
    }
    subject
}

#[test]
fn the_journal_is_filtered_and_paged() {
    let subject = asked();
    let check = |query: &str, matched: usize, seqs: &[u64]| {
        let page = subject.ask(&format!("GET /__mock/worlds/default/journal{query}")).json();
        let found: Vec<u64> = page["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["seq"].as_u64()).collect();
        assert_eq!((page["matched"].as_u64(), found.as_slice()), (Some(matched as u64), seqs), "{query}");
        assert_eq!(page["evicted"], 0, "{query}");
    };
    check("", 7, &[1, 2, 3, 4, 5, 6, 7]);
    check("?provider=leadmagic", 3, &[1, 2, 3]);
    check("?operation=leadmagic.credits.get", 2, &[1, 2]);
    check("?operation=none", 2, &[3, 7]);
    check("?status=401", 2, &[2, 6]);
    check("?outcome=invalid_key", 1, &[2]);
    check("?provider=leadterra&status=401", 1, &[6]);
    check("?after=5", 2, &[6, 7]);
    check("?limit=2", 7, &[1, 2]);
    check("?after=2&limit=1&provider=leadmagic", 1, &[3]);
    check("?limit=0", 7, &[]);
    check("?status=599", 0, &[]);
}

#[test]
fn an_entry_tells_request_answer_and_where_it_comes_from() {
    let subject = Subject::start();
    subject.ask("POST /leadmagic/v1/people/email-validation?x=1  x-api-key: YOUR_API_KEY  {\"email\":\"john@company.com\"}");
    let entry = &subject.ask("GET /__mock/worlds/default/journal").json()["entries"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(text(&entry["at"]), "2026-01-15T12:00:00Z");
    assert_eq!(
        [&entry["provider"], &entry["revision"], &entry["operation"], &entry["outcome"], &entry["evidence"]].map(text),
        ["leadmagic", "seed", "leadmagic.email-validation.check", "valid_enriched", "documented"]
    );
    assert!(entry["source"].is_string() && entry["explanation"].is_null(), "{entry}");
    assert_eq!([&entry["request"]["method"], &entry["request"]["target"]].map(text), ["POST", "/v1/people/email-validation?x=1"]);
    assert_eq!(entry["request"]["headers"][1], serde_json::json!(["x-api-key", "YOUR_API_KEY"]));
    assert_eq!(text(&entry["request"]["body"]), "{\"email\":\"john@company.com\"}");
    assert_eq!(entry["response"]["status"], 200);
    assert!(text(&entry["response"]["body"]).starts_with("{\"email\":\"john@company.com\""), "{entry}");
    assert_eq!(text(&entry["lints"][0]["rule"]), "header-spelling");
}

#[test]
fn a_small_journal_says_how_many_entries_had_to_go() {
    let subject = Subject::start_with(MockProviders::builder().limits(Limits { journal_bytes_max: 4_000, ..Limits::default() }));
    for _ in 0..50 {
        assert_eq!(subject.ask("GET /leadmagic/v1/credits  key=valid").status(), 200);
    }
    let page = subject.ask("GET /__mock/worlds/default/journal").json();
    let (kept, evicted) = (page["entries"].as_array().map_or(0, Vec::len), page["evicted"].as_u64().unwrap_or_default());
    assert!(kept > 0 && kept < 50, "{kept}");
    assert_eq!(kept as u64 + evicted, 50);
    assert_eq!(page["entries"][kept - 1]["seq"], 50);
    subject.check("GET /__mock/worlds/default", "200 \"exchanges\":50");
    // A world may be made with a bound of its own.
    let view = subject.ask("POST /__mock/worlds  {\"limits\":{\"journal_bytes\":0}}").json();
    let id = view["id"].as_str().expect("a world has an id");
    subject.check(&format!("GET /w/{id}/leadmagic/v1/credits"), "401");
    subject.check(&format!("GET /__mock/worlds/{id}/journal"), "200 {\"entries\":[],\"matched\":0,\"evicted\":1}");
}

#[test]
fn the_control_api_leaves_no_trace_in_a_journal() {
    let subject = Subject::start();
    for call in
        ["health", "worlds", "worlds/default", "worlds/default/state", "operations", "provenance", "openapi/leadmagic.json", "nothing"]
    {
        subject.ask(&format!("GET /__mock/{call}"));
    }
    assert_eq!(subject.world.journal().len(), 0);
}

#[test]
fn worlds_are_listed_in_order() {
    let subject = Subject::start();
    for name in ["b", "a"] {
        subject.check(&format!("POST /__mock/worlds  {{\"name\":\"{name}\"}}"), "201");
    }
    let list = subject.ask("GET /__mock/worlds").json();
    let ids: Vec<&str> = list["worlds"].as_array().into_iter().flatten().filter_map(|world| world["id"].as_str()).collect();
    assert_eq!(ids, ["a", "b", "default"]);
    subject.check("POST /__mock/worlds", "201 \"id\":\"w1\"");
}

#[test]
fn the_tables_name_every_operation_and_how_each_answer_is_known() {
    let subject = Subject::start();
    let operations = subject.ask("GET /__mock/operations").json();
    for (at, provider) in Provider::ALL.into_iter().enumerate() {
        let listing = &operations["providers"][at];
        assert_eq!((listing["provider"].as_str(), listing["host"].as_str()), (Some(provider.name()), Some(provider.profile().host)));
        let ids: Vec<&str> = listing["operations"].as_array().into_iter().flatten().filter_map(|o| o["id"].as_str()).collect();
        let known: Vec<&str> = provider.operations().map(|spec| spec.id).collect();
        assert_eq!(ids[..known.len()], known);
        assert_eq!(ids[known.len()..], [format!("{provider}.any")]);
    }
    let provenance = subject.ask("GET /__mock/provenance").json();
    let rows = provenance["provenance"].as_array().expect("the rows are a list");
    for row in rows {
        let evidence = row["evidence"].as_str().unwrap_or_default();
        assert!(["documented", "derived", "assumed"].contains(&evidence) && row["source"].is_string(), "{row}");
        // What no document prints says why it is as it is.
        assert!(evidence == "documented" || row["note"].is_string(), "{row}");
    }
    let listed: usize = operations["providers"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|p| p["operations"].as_array().into_iter().flatten())
        .map(|o| o["outcomes"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(rows.len(), listed);
    let one = subject.ask("GET /__mock/provenance?provider=leadterra").json();
    assert!(
        one["provenance"]
            .as_array()
            .is_some_and(|rows| rows.iter().all(|row| row["operation"].as_str().is_some_and(|o| o.starts_with("leadterra."))))
    );
}
