//! The client as a program that speaks the suite's messages.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use mock_providers::KeyRole;
use mock_providers::blocking::MockProviders;
use serde_json::{Value, json};

/// What the driver says to a conversation: hello, one call, and the end. Its waits are answered.
fn talk(words: &[&str], hello: &Value, call: &Value) -> (Vec<Value>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_reference-driver"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut said = Vec::new();
    writeln!(stdin, "{hello}\n{call}").unwrap();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        match message["type"].as_str() {
            Some("wait") => writeln!(stdin, "{}", json!({ "type": "waited", "id": message["id"] })).unwrap(),
            Some("result") => writeln!(stdin, "{}", json!({ "type": "end" })).unwrap(),
            _ => {}
        }
        said.push(message);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    (said, String::from_utf8(output.stderr).unwrap())
}

fn conversation(words: &[&str], role: KeyRole, operation: &str, arguments: &Value) -> (Vec<Value>, String, String) {
    let fakes = MockProviders::start();
    let leadmagic = fakes.world().leadmagic();
    let key = leadmagic.key(role);
    let hello = json!({ "type": "hello", "protocol": 1, "ca_file": null, "providers": {
        "leadmagic": { "base_url": leadmagic.base_url(), "key": key }
    } });
    let call = json!({ "type": "call", "id": 7, "case": "c", "operation": operation, "arguments": arguments, "deadline_ms": 5000 });
    let (said, stderr) = talk(words, &hello, &call);
    (said, stderr, key)
}

const VALIDATION: &str = "leadmagic.email-validation.check";

#[test]
fn it_says_hello_and_answers() {
    let (said, stderr, key) = conversation(&[], KeyRole::Valid, "leadmagic.credits.get", &json!({}));
    assert_eq!(said[0]["operations"].as_array().unwrap().len(), 126);
    assert_eq!(said[1], json!({ "type": "result", "id": 7, "value": { "credits": 10000, "used_this_month": 2500 } }));
    assert!(said.len() == 2 && !stderr.contains(&key), "{stderr}");
}

#[test]
fn it_asks_for_time_instead_of_sleeping() {
    let (said, stderr, key) = conversation(&[], KeyRole::RateLimited, VALIDATION, &json!({"email": "ada@example.com"}));
    let waits: Vec<u64> = said.iter().filter_map(|message| message["ms"].as_u64()).collect();
    assert!(waits.len() == 3 && waits.iter().all(|wait| *wait >= 1000), "{waits:?}");
    let error = &said.last().unwrap()["error"];
    assert_eq!((&error["kind"], &error["status"]), (&json!("rate_limited"), &json!(429)));
    assert!(stderr.contains("leadmagic.email-validation.check: 429, again in") && !stderr.contains(&key), "{stderr}");
}

#[test]
fn a_slip_is_chosen_by_name() {
    let (said, stderr, key) = conversation(&["--slip", "key-logged"], KeyRole::Valid, "leadmagic.credits.get", &json!({}));
    assert!(said[1]["value"]["credits"] == json!(10000) && stderr.contains(&key));
    let (said, _, _) = conversation(&["--slip", "error-text-only"], KeyRole::Revoked, "leadmagic.credits.get", &json!({}));
    assert!(said[1]["crashed"].as_str().unwrap().contains("panicked"), "{said:?}");
    let refused = Command::new(env!("CARGO_BIN_EXE_reference-driver")).args(["--slip", "none"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
