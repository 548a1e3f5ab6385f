//! `conformance client --exec` as its user meets it: a program that was never told about is run, judged and summed up.
//!
//! The program is this test program itself, by the test `client`.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::place::{Ended, Place};
use crate::reports::holds_schema;

/// What `client` sends, a line each: provider, method, target, body.
const CALLS: &str = "CONFORMANCE_TEST_CALLS";
const BALANCE: &str = "leadmagic GET /v1/credits ";
const MISTAKE: &str = r#"leadmagic POST /v1/people/email-validation {"email":"ava@example.com","mail":1}"#;
const FINDING: &str = "leadmagic.email-validation.check.observed.documented_fields_only";

/// No test of its own: the program of other tests.
#[test]
fn client() {
    for call in std::env::var(CALLS).unwrap_or_default().lines() {
        let [provider, method, target, body] = call.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{call}") };
        let variable = |name: &str| std::env::var(format!("{}_{name}", provider.to_uppercase())).expect("the run sets it");
        let (base_url, key) = (variable("BASE_URL"), variable("API_KEY"));
        let (address, prefix) = base_url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("it is a URL with a path");
        let length = body.len();
        let request = format!(
            "{method} /{prefix}{target} HTTP/1.1\r\nHost: {address}\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(address).expect("the fakes listen");
        stream.write_all(request.as_bytes()).expect("it is sent");
        stream.read_to_string(&mut String::new()).expect("it is answered");
    }
}

/// A run of a program that makes these calls.
fn ran(place: &Place, options: &str, calls: &[&str]) -> Ended {
    let program = std::env::current_exe().expect("a test knows where it is");
    let line = format!("client --exec {options} -- {} --exact client_exec::client", program.display());
    place.ended_with(&line, &[(CALLS, &calls.join("\n"))])
}

/// The modes that can be had here.
fn modes() -> Vec<&'static str> {
    let namespace = Place::new().ended("client --exec --isolation namespace -- true");
    if namespace.code == 0 { vec!["namespace", "proxy"] } else { vec!["proxy"] }
}

#[test]
fn a_right_program_is_summed_up_and_ends_well() {
    for mode in modes() {
        let ended = ran(&Place::new(), &format!("--isolation {mode}"), &[BALANCE, "sendpilot GET /api/v1/campaigns "]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains("test client_exec::client ... ok"), "stdout is the command's: {}", ended.stdout);
        let told = [
            "conformance: 2 requests answered, 0 findings\n",
            "    1  leadmagic.credits.get     200\n",
            "    leadmagic.credits.get: errors met 0 of ",
            "other operations not called: ",
            "  the real APIs would have charged: nothing\n",
            "  people they would have contacted: nobody\n",
        ];
        assert!(told.iter().all(|line| ended.stderr.contains(line)), "{}", ended.stderr);
        assert!(ended.stderr.ends_with(" 0 inconclusive\n") && !ended.stderr.contains("mishandled"), "{}", ended.stderr);
    }
}

#[test]
fn what_a_program_mishandled_is_found_and_reported_in_every_form() {
    let place = Place::new();
    let forms = "--report json=r.json --report ndjson=r.ndjson --report junit=r.xml --report markdown=r.md --report html=r.html --report sarif=r.sarif";
    for mode in modes() {
        let ended = ran(&place, &format!("--isolation {mode} {forms}"), &[BALANCE, MISTAKE, "leadmagic GET /v1/credit "]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("3 requests answered, 2 findings\n"), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("    FAIL {FINDING}\n      field: expected documented names only")), "{}", ended.stderr);
        let report: Value = serde_json::from_str(&place.text("r.json")).expect("it is JSON");
        holds_schema(&report);
        let case = report["cases"].as_array().expect("a list").iter().find(|case| case["id"] == FINDING).expect("it was judged");
        assert_eq!(
            (&case["verdict"], &case["received"]["status"], &case["target"]),
            (&"failed".into(), &200.into(), &format!("exec ({mode})").into())
        );
        assert!(case["replay"].as_str().expect("text").starts_with("conformance client --exec --isolation "), "{case}");
        assert!(place.text("r.xml").contains("<failure message=\"field: "), "{}", place.text("r.xml"));
        assert_eq!(place.text("r.ndjson").lines().count(), report["cases"].as_array().expect("a list").len() + 2);
    }
}

#[test]
fn a_finding_may_be_expected() {
    let place = Place::new();
    let expected = "--isolation proxy --expected-failures known.toml";
    let fixed = ran(&place, &format!("{expected} --fix-expected"), &[MISTAKE]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    assert!(fixed.stderr.contains("known.toml: 0 entries kept, 1 added, 0 removed\n"), "{}", fixed.stderr);
    assert!(place.text("known.toml").contains(&format!("id = \"{FINDING}\"")));
    let again = ran(&place, expected, &[MISTAKE]);
    assert!(again.code == 0 && again.stderr.contains("1 failed as expected"), "{}", again.stderr);
    // A program that does not call the operation says nothing of the entry; one that calls it well does.
    assert_eq!(ran(&place, expected, &[BALANCE]).code, 0);
    let mended = ran(&place, expected, &[r#"leadmagic POST /v1/people/email-validation {"email":"ava@example.com"}"#]);
    assert!(mended.code == 1 && mended.stderr.contains("holds, and is expected to fail"), "{}", mended.stderr);
    place.write("known.toml", "[[case]]\nid = \"leadmagic.credits.get.observed.manners\"\nreason = \"r\"\n");
    let unknown = ran(&place, expected, &[BALANCE]);
    assert!(unknown.code == 1 && unknown.stderr.contains("leadmagic.credits.get.observed.manners is no case"), "{}", unknown.stderr);
}

#[test]
fn a_command_that_fails_is_told_and_ends_with_1() {
    for mode in modes() {
        let place = Place::new();
        place.write("fails.sh", "exit 7");
        let failed = place.ended(&format!("client --exec --isolation {mode} -- sh fails.sh"));
        assert_eq!(failed.code, 1, "{}", failed.stderr);
        assert!(failed.stderr.contains("  the command failed with exit code 7\n"), "{}", failed.stderr);
        place.write("dies.sh", "kill -9 $$");
        let died = place.ended(&format!("client --exec --isolation {mode} -- sh dies.sh"));
        assert!(died.code == 1 && died.stderr.contains("  the command was ended by signal 9\n"), "{}", died.stderr);
    }
}

#[test]
fn a_program_that_calls_nobody_was_not_judged_and_says_so() {
    let ended = Place::new().ended("client --exec --isolation proxy -- true");
    assert!(ended.code == 0 && ended.stderr.contains("sent no request to the four providers, so nothing was judged\n"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_run_or_written_ends_with_2() {
    let place = Place::new();
    let absent = place.ended("client --exec --isolation proxy -- ./there-is-no-such-program");
    assert!(absent.code == 2 && absent.stderr.contains("error: cannot run ./there-is-no-such-program: "), "{}", absent.stderr);
    place.refused(
        "client --exec --report json=- -- true",
        "stdout is the command's own, so no report can go there\n  hint: give the report a file",
    );
    place.refused("client --exec --report json=no/such/folder.json -- true", "cannot write the report no/such/folder.json");
}

#[test]
fn what_the_journal_had_no_room_for_is_inconclusive() {
    let ended = ran(&Place::new(), "--isolation proxy --journal-bytes 3000", &[BALANCE; 12]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("INCONCLUSIVE") && ended.stderr.contains("in no journal any more: --journal-bytes keeps more"),
        "{}",
        ended.stderr
    );
}
