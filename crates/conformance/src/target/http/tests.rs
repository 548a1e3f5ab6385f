use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mock_providers::KeyRole;
use mock_providers::core::operation::Effect;

use super::*;
use crate::case::{ALL, Documented};
use crate::run::run;
use crate::target::embedded::Embedded;
use crate::trial::Ask;

/// Answers each request on a connection of its own, for as long as the test runs.
fn serve(answer: impl Fn(&RequestText) -> Response + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&stream);
            let Response { status, body, headers, .. } = answer(&request);
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            let head = headers.iter().fold(head, |head, (name, value)| format!("{head}{name}: {value}\r\n"));
            let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            stream.write_all(format!("{head}{length}\r\n{body}").as_bytes()).unwrap();
        }
    });
    origin
}

fn read(stream: &TcpStream) -> RequestText {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    let start = line();
    let (method, target) = start.trim_end_matches(" HTTP/1.1").split_once(' ').unwrap();
    let head: Vec<String> = std::iter::repeat_with(&mut line).take_while(|line| !line.is_empty()).collect();
    let headers: Vec<_> = head.iter().map(|line| line.split_once(": ").unwrap()).collect();
    let length = headers.iter().find(|(name, _)| *name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    RequestText {
        method: method.to_owned().into(),
        target: target.to_owned().into(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned().into())).collect(),
        body: String::from_utf8(body).unwrap().into(),
    }
}

fn json(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.to_owned(), took: Duration::ZERO }
}

fn embedded(provider: Provider, prefix: &str, request: &RequestText) -> Response {
    match request.target.strip_prefix(prefix) {
        Some(target) => {
            let request = RequestText { target: target.to_owned().into(), ..request.clone() };
            Embedded.open(provider, "seed").unwrap().send(&request).unwrap()
        }
        None => json(404, ""),
    }
}

/// The provider's cases of one call: the fakes behind these servers are new for each request.
fn of(provider: Provider) -> Vec<Case> {
    let one_call = |documented: &Documented| documented.before.is_empty() && documented.wait_s == 0;
    let good_alone = |documented: &Documented| documented.control.as_ref().is_none_or(|steps| steps.len() == 1 && steps[0].wait_s == 0);
    let alone = |case: &Case| case.documented().is_some_and(|documented| one_call(documented) && good_alone(documented));
    ALL.iter().filter(|case| case.provider == provider && alone(case)).cloned().collect()
}

#[track_caller]
fn check(text: &str, expected: Result<&str, &str>) {
    let found = text.parse::<BaseUrl>();
    let found = found.as_ref().map(ToString::to_string).map_err(ToString::to_string);
    match (&found, expected) {
        (Ok(url), Ok(expected)) => assert_eq!(url, expected),
        (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
        _ => panic!("{text}: {found:?}"),
    }
}

#[test]
fn only_loopback_addresses_are_taken() {
    check("leadmagic=http://127.0.0.1:4010/leadmagic/", Ok("http://127.0.0.1:4010/leadmagic"));
    check("leadterra=http://localhost:80", Ok("http://localhost"));
    check("sendpilot=https://[::1]:8443/x", Ok("https://[::1]:8443/x"));
    check("magnetite=http://127.1.2.3:1", Ok("http://127.1.2.3:1"));
    for host in Provider::ALL.map(|provider| provider.profile().host) {
        check(&format!("leadmagic=https://{host}"), Err("is the real API; conformance only talks to loopback addresses"));
        check(&format!("leadmagic=http://{}:80/x", host.to_uppercase()), Err("is the real API"));
        check(&format!("leadmagic=http://{host}."), Err("is the real API"));
    }
    for host in ["example.com", "10.0.0.1", "0.0.0.0", "localhost.example.com", "[::2]", "127.0.0.1.nip.io"] {
        check(&format!("leadmagic=http://{host}"), Err("is not this machine; conformance only talks to loopback addresses"));
    }
}

#[test]
fn a_bad_base_url_says_what_to_write() {
    check("http://127.0.0.1", Err("write PROVIDER=URL"));
    check("leadmagik=http://127.0.0.1", Err("unknown provider \"leadmagik\"; known: magnetite, leadmagic"));
    for url in ["127.0.0.1:4010", "ftp://127.0.0.1", "http://", "http://me@127.0.0.1", "http://127.0.0.1/?a", "http://127.0.0.1/#a"] {
        check(&format!("leadmagic={url}"), Err("is not the URL of a server"));
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base: BaseUrl = format!("leadmagic=http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = Servers::connect(std::slice::from_ref(&base)).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{base} cannot be reached: ")), "{error}");
}

#[test]
fn a_bug_behind_http_is_caught_by_its_case() {
    let origin = serve(|request| {
        let mut response = embedded(Provider::Leadmagic, "/leadmagic", request);
        response.body = response.body.replace("\"used_this_month\":2500", "\"used_this_month\":2500.0");
        response
    });
    let target = Servers::connect(&[format!("leadmagic={origin}/leadmagic").parse().unwrap()]).unwrap();
    let cases = of(Provider::Leadmagic);
    let report = run(&cases, &target);
    let failed: Vec<&str> =
        report.results.iter().filter(|r| matches!(r.verdict, Verdict::Failed(_))).map(|result| &*result.case.id).collect();
    let body = |case: &Case| case.documented().map_or(String::new(), |documented| documented.exchange.body.to_string());
    let prints_it = |case: &&Case| body(case).contains("\"used_this_month\": 2500") && case.revision == "seed";
    let expected: Vec<&str> = cases.iter().filter(prints_it).map(|case| &*case.id).collect();
    assert!(expected.contains(&"leadmagic.credits.balance"));
    assert_eq!(failed, expected);
    let balance = report.results.iter().find(|result| result.case.id == "leadmagic.credits.balance").unwrap();
    let Verdict::Failed(differences) = &balance.verdict else { unreachable!() };
    assert_eq!(differences[0].to_string(), "$.used_this_month: expected a whole number (2500), found 2500.0");
}

#[test]
fn without_a_control_api_other_revisions_are_skipped() {
    let origin = serve(|request| embedded(Provider::Leadterra, "/leadterra", request));
    let target = Servers::connect(&[format!("leadterra={origin}/leadterra").parse().unwrap()]).unwrap();
    let cases: Vec<Case> = of(Provider::Leadterra).into_iter().filter(|case| case.skip.is_none()).collect();
    let report = run(&cases, &target);
    assert!(report.nothing_failed());
    for result in &report.results {
        let declined = matches!(&result.verdict, Verdict::Skipped(reason) if reason.contains("no control API"));
        assert_eq!(declined, result.case.revision != "seed", "{}", result.case.id);
    }
}

#[test]
fn with_a_control_api_each_case_has_a_world_and_its_keys() {
    let open = Arc::new(Mutex::new((0, 0)));
    let worlds = Arc::clone(&open);
    let origin = serve(move |request| match (&*request.method, &*request.target) {
        ("GET", "/__mock/health") => json(200, r#"{"version":"0.1.0","worlds":1}"#),
        ("POST", "/__mock/worlds") => {
            assert_eq!(request.body, r#"{"seed":1,"clock":"2026-01-15T10:00:00Z","revisions":{"leadmagic":"seed"}}"#);
            worlds.lock().unwrap().0 += 1;
            let specs = Provider::Leadmagic.profile().keys;
            let keys: Vec<String> = specs.iter().map(|spec| format!("\"{0}\":\"lm_{0}\"", spec.role)).collect();
            let keys = format!("{{{}}}", keys.join(","));
            let providers = format!(r#"{{"leadmagic":{{"base_url":"http://elsewhere:1/w/w7/leadmagic","keys":{keys}}}}}"#);
            json(201, &format!(r#"{{"id":"w7","providers":{providers}}}"#))
        }
        ("DELETE", "/__mock/worlds/w7") => {
            worlds.lock().unwrap().1 += 1;
            json(204, "")
        }
        _ => {
            // The documents' own keys are unknown in that world.
            let specs = Provider::Leadmagic.profile().keys;
            let documented = |key: &str| {
                let spec = specs.iter().find(|spec| key.strip_prefix("lm_") == Some(spec.role.name()));
                spec.map_or("UNKNOWN_API_KEY", |spec| spec.documentation)
            };
            let in_world = |(name, value): &fixtures::Header| {
                let value = if name == "x-api-key" { documented(value).into() } else { value.clone() };
                (name.clone(), value)
            };
            let request = RequestText { headers: request.headers.iter().map(in_world).collect(), ..request.clone() };
            embedded(Provider::Leadmagic, "/w/w7/leadmagic", &request)
        }
    });
    let connect = |prefix| Servers::connect(&[format!("leadmagic={origin}{prefix}").parse().unwrap()]);
    for prefix in ["", "/sendpilot", "/w/w1/leadmagic"] {
        let error = connect(prefix).unwrap_err().to_string();
        assert!(error.contains("the server has leadmagic at another path, in a new world /w/w7/leadmagic"), "{error}");
    }
    let target = connect("/leadmagic").unwrap();
    let cases: Vec<Case> = of(Provider::Leadmagic).into_iter().filter(|case| case.revision == "seed").collect();
    let report = run(&cases, &target);
    let not_held: Vec<_> = report.results.iter().filter(|r| !matches!(r.verdict, Verdict::Held | Verdict::Skipped(_))).collect();
    assert!(not_held.is_empty(), "{not_held:?}");
    let (made, ended) = *open.lock().unwrap();
    assert!(made >= report.counts().held);
    assert_eq!(made, ended);
}

/// Our own objects and keys stand for the documents' ones.
const FILE: &str = r#"
[sendpilot]
revision = "api-v1"
keys.valid = "SP_KEY"
objects.camp_xyz789 = "camp_own"
allow = ["free-read", "contacts-people"]
recipients = ["https://www.linkedin.com/in/me"]
"#;

fn with_file(base: &str, file: &str) -> Result<Servers, ConnectError> {
    let file = TargetFile::parse(std::path::Path::new("t.toml"), file).unwrap();
    let variable = |name: &str| (name == "SP_KEY").then(|| "own-key-1".to_owned());
    Servers::connect_with(&[base.parse().unwrap()], file, &variable)
}

/// A server without our control API that tells what it was asked, and answers all in the same way.
fn asked(status: u16, body: &'static str) -> (String, Arc<Mutex<Vec<RequestText>>>) {
    let seen: Arc<Mutex<Vec<RequestText>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let origin = serve(move |request| {
        if request.target == "/__mock/health" {
            return json(404, "");
        }
        kept.lock().unwrap().push(request.clone());
        json(status, body)
    });
    (origin, seen)
}

#[test]
fn what_the_file_names_stands_in_for_what_the_documents_name() {
    let (origin, seen) = asked(200, "{\"key\": \"own-key-1\"}");
    let target = with_file(&format!("sendpilot={origin}/x"), FILE).unwrap();
    let mut session = target.open(Provider::Sendpilot, "api-v1").unwrap();
    let mut send = |ask: Ask| session.send(&ask.text(Provider::Sendpilot)).unwrap();
    send(Ask::get("/v1/campaigns/camp_xyz789"));
    send(Ask::get("/v1/leads?campaignId=camp_xyz789&page=2"));
    let lead = serde_json::json!({"linkedinUrl": "https://www.linkedin.com/in/john-doe"});
    send(Ask::post("/v1/leads", &serde_json::json!({"campaignId": "camp_xyz789", "leads": [lead]})));
    send(Ask::get("/v1/me").credential(crate::trial::Credential::Text("unknown".into())));
    let seen = seen.lock().unwrap();
    let key = |request: &RequestText| request.headers.iter().find(|(name, _)| name == "x-api-key").map(|(_, value)| value.to_string());
    let told: Vec<String> = seen.iter().map(|r| format!("{} {} {}", r.target, key(r).unwrap(), r.body)).collect();
    let lead = r#"{"campaignId":"camp_own","leads":[{"linkedinUrl":"https://www.linkedin.com/in/me"}]}"#;
    let expected = [
        "/x/v1/campaigns/camp_own own-key-1 ".to_owned(),
        "/x/v1/leads?campaignId=camp_own&page=2 own-key-1 ".to_owned(),
        format!("/x/v1/leads own-key-1 {lead}"),
        "/x/v1/me unknown ".to_owned(),
    ];
    assert_eq!(told, expected);
    drop(seen);
    let valid = Provider::Sendpilot.profile().keys.iter().filter(|spec| spec.role == KeyRole::Valid);
    assert_eq!(session.own_keys(), valid.map(|spec| (spec.documentation, "own-key-1".to_owned())).collect::<Vec<_>>());
    assert!(!format!("{target:?}").contains("own-key-1"), "{target:?}");
}

#[test]
fn what_the_file_lacks_or_does_not_allow_skips_the_case() {
    let (origin, seen) = asked(500, "own-key-1");
    let target = with_file(&format!("sendpilot={origin}"), FILE).unwrap();
    let all = &*ALL;
    let check = |id: &str, expected: &str| {
        let case = all.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("{id}"));
        let report = run(std::slice::from_ref(case), &target);
        let Verdict::Skipped(why) = &report.results[0].verdict else { panic!("{:?}", report.results[0]) };
        assert_eq!(why, expected);
    };
    // The first case of the file's revision and effects that lacks such a thing before any other.
    let lacking = |wanted: fn(Need) -> bool| {
        let first = |case: &Case| case.needs.iter().copied().find(|need| target.lacks(case.provider, *need).is_some());
        let fits = |case: &&Case| target.declines(case.provider, case.revision).is_none() && target.admit(case).is_ok();
        let mut found = all.iter().filter(fits).filter(|case| case.skip.is_none()).map(|case| (case, first(case)));
        found.find_map(|(case, need)| Some((case.id.clone(), need.filter(|need| wanted(*need))?))).unwrap()
    };
    let (id, need) = lacking(|need| matches!(need, Need::Key(_)));
    let Need::Key(role) = need else { unreachable!() };
    check(&id, &format!("needs a key of role {role}, and the target file has no sendpilot.keys.{role}"));
    let (id, need) = lacking(|need| matches!(need, Need::Object(_)));
    let Need::Object(object) = need else { unreachable!() };
    check(&id, &format!("needs something that exists in place of {object}, and the target file has no sendpilot.objects.{object}"));
    let (id, _) = lacking(|need| need == Need::World);
    check(&id, "needs a world of its own, and the target has no control API");
    let write = all.iter().find(|case| case.provider == Provider::Sendpilot && case.effect == Effect::Write && case.skip.is_none());
    check(&write.unwrap().id, "is a write, and the target file's sendpilot.allow does not have it");
    check("sendpilot.campaigns.page", "is of another revision than the one that the target file names");
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[test]
fn a_claim_that_uses_a_key_without_saying_so_is_skipped() {
    let (origin, seen) = asked(200, "{}");
    let target = with_file(&format!("sendpilot={origin}"), &FILE.replace("keys.valid = \"SP_KEY\"", "")).unwrap();
    let case = crate::claim::claim("sendpilot.me.get", "twice", "answers").under(&["api-v1"]);
    let cases = case.checked_by(|trial| trial.call(&Ask::get("/v1/me")).map(drop));
    let report = run(&cases, &target);
    let expected = Verdict::Skipped("needs a key of role valid, and the target file has no sendpilot.keys.valid".into());
    assert_eq!(report.results[0].verdict, expected);
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[test]
fn the_own_key_is_in_no_result() {
    let (origin, seen) = asked(200, "{\"id\": \"own-key-1\"}");
    let target = with_file(&format!("sendpilot={origin}"), FILE).unwrap();
    let all = of(Provider::Sendpilot);
    let report = run(&all, &target);
    assert!(report.counts().failed > 0 && !seen.lock().unwrap().is_empty());
    assert!(!format!("{:?}", report.results.iter().map(|result| &result.verdict).collect::<Vec<_>>()).contains("own-key-1"));
}

#[test]
fn an_own_object_may_come_back() {
    let (origin, _) = asked(200, "{}");
    let target = with_file(&format!("sendpilot={origin}"), FILE).unwrap();
    let session = target.open(Provider::Sendpilot, "api-v1").unwrap();
    let request = Ask::get("/v1/campaigns/camp_xyz789").text(Provider::Sendpilot);
    assert_eq!(session.adapted(&request).target, "/v1/campaigns/camp_own");
}

#[test]
fn a_file_and_a_server_that_makes_worlds_do_not_go_together() {
    let origin = serve(|request| match (&*request.method, &*request.target) {
        ("GET", "/__mock/health") => json(200, r#"{"version":"0.1.0"}"#),
        ("POST", "/__mock/worlds") => {
            let keys: Vec<String> = Provider::Sendpilot.profile().keys.iter().map(|spec| format!("\"{}\":\"k\"", spec.role)).collect();
            let place = format!(r#"{{"base_url":"http://x/w/1/sendpilot","keys":{{{}}}}}"#, keys.join(","));
            json(201, &format!(r#"{{"id":"1","providers":{{"sendpilot":{place}}}}}"#))
        }
        _ => json(204, ""),
    });
    let base = format!("sendpilot={origin}/sendpilot");
    let error = with_file(&base, FILE).unwrap_err().to_string();
    assert!(error.contains("the target file's [sendpilot] says revision, keys, objects, allow, recipients\n  hint: "), "{error}");
    // The place alone says nothing of the world, and neither does what is about others.
    for file in ["[sendpilot]\n", "[leadmagic]\nkeys.valid = \"NOT_SET\"\n"] {
        let target = with_file(&base, file).unwrap();
        assert_eq!(target.lacks(Provider::Sendpilot, Need::Key(KeyRole::Expired)), None);
        assert_eq!(target.comparison(Provider::Sendpilot), Comparison::Text);
    }
}

#[test]
fn a_key_that_is_not_in_the_environment_is_named_before_anything_is_asked() {
    let (origin, seen) = asked(200, "{}");
    let error = with_file(&format!("sendpilot={origin}"), "[sendpilot]\nkeys.valid = \"NOT_SET\"\n").unwrap_err().to_string();
    assert!(error.starts_with("NOT_SET is not set, and the target file names it as the valid key of sendpilot"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 0);
}
