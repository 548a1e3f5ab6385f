//! The schema says what the types say.

use super::*;

/// Whether a line is a message of this side, `to_driver` or `from_driver`.
fn holds(side: &str, line: &str) -> bool {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("it is JSON");
    schema["anyOf"] = serde_json::json!([{ "$ref": format!("#/$defs/{side}") }]);
    let line: Value = serde_json::from_str(line).expect("it is JSON");
    jsonschema::validator_for(&schema).expect("a schema").is_valid(&line)
}

#[track_caller]
fn check(side: &str, line: &str) {
    assert!(holds(side, line), "{line}");
}

fn written(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("it can be written")
}

#[test]
fn what_the_suite_says_holds_the_schema() {
    let place = Place { base_url: "http://127.0.0.1:1/sendpilot".to_owned(), key: "k".to_owned() };
    let providers = BTreeMap::from([("sendpilot".to_owned(), place)]);
    for ca_file in [None, Some("/tmp/ca.pem".to_owned())] {
        check("to_driver", &written(&ToDriver::Hello(Hello { protocol: VERSION, providers: providers.clone(), ca_file })));
    }
    let arguments = serde_json::json!({ "id": "a b", "leads": [{ "email": null }] }).as_object().expect("an object").clone();
    let call = Call { id: 1, case: "a.case".to_owned(), operation: "leadterra.leads.bulk".to_owned(), arguments, deadline_ms: 5000 };
    check("to_driver", &written(&ToDriver::Call(call)));
    check("to_driver", &written(&ToDriver::Waited { id: 1 }));
    check("to_driver", &written(&ToDriver::End));
}

#[test]
fn what_a_driver_says_holds_the_schema() {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).expect("it is JSON");
    let result = |outcome| written(&FromDriver::Result(Answered { id: u64::MAX, outcome }));
    for value in ["null", "0.050", "[]", "{\"credits\":275.0}", "\"text\""] {
        check("from_driver", &result(Outcome::Value(raw(value))));
    }
    check("from_driver", &result(Outcome::Skipped(String::new())));
    check("from_driver", &result(Outcome::Crashed("boom".to_owned())));
    let schema: Value = serde_json::from_str(SCHEMA).expect("it is JSON");
    let kinds = schema["$defs"]["error"]["properties"]["kind"]["enum"].as_array().expect("a list").clone();
    for kind in kinds {
        let kind: ErrorKind = serde_json::from_value(kind).expect("the types know it");
        let error = ClientError { kind, status: None, code: Some("c".to_owned()), message: None, retry_after_ms: Some(0) };
        check("from_driver", &result(Outcome::Error(error)));
    }
    check("from_driver", &written(&FromDriver::Wait { id: 1, ms: 42_000 }));
    let features = Feature::ALL.map(|feature| feature.name().to_owned()).to_vec();
    for feature in &features {
        let described = schema["$defs"]["driver_hello"]["properties"]["features"]["description"].as_str().expect("text");
        assert!(described.contains(&format!("{feature}: ")), "{feature}");
    }
    check(
        "from_driver",
        &written(&FromDriver::Hello(Welcome { protocol: VERSION, client: "c 1".to_owned(), operations: Vec::new(), features })),
    );
}

#[test]
fn the_documented_messages_hold_the_schema_and_are_read() {
    let mut found = [0, 0];
    for line in include_str!("../protocol.rs").lines().filter_map(|line| line.strip_prefix("//! ")) {
        if let Some(line) = line.strip_prefix("suite   ") {
            check("to_driver", line);
            serde_json::from_str::<ToDriver>(line).expect(line);
            found[0] += 1;
        } else if let Some(line) = line.strip_prefix("driver  ") {
            check("from_driver", line);
            FromDriver::read(line).expect(line);
            found[1] += 1;
        }
    }
    assert_eq!(found, [4, 3]);
}

#[test]
fn the_schema_refuses_what_is_refused_and_allows_a_field_more() {
    let both = |line: &str| {
        let is_read = FromDriver::read(line).is_ok();
        assert_eq!(holds("from_driver", line), is_read, "{line}");
        is_read
    };
    for wrong in [
        "{}",
        r#"{"type":"answer","id":1}"#,
        r#"{"type":"hello","protocol":1,"client":"c"}"#,
        r#"{"type":"hello","protocol":"1","client":"c","operations":[]}"#,
        r#"{"type":"hello","protocol":1,"client":"c","operations":[7]}"#,
        r#"{"type":"hello","protocol":1,"client":"c","operations":[],"features":null}"#,
        r#"{"type":"wait","id":1}"#,
        r#"{"type":"wait","id":1,"ms":-1}"#,
        r#"{"type":"wait","id":1,"ms":0.5}"#,
        r#"{"type":"result","value":1}"#,
        r#"{"type":"result","id":"1","value":1}"#,
        r#"{"type":"result","id":1}"#,
        r#"{"type":"result","id":1,"value":1,"skipped":"no"}"#,
        r#"{"type":"result","id":1,"error":"auth"}"#,
        r#"{"type":"result","id":1,"error":{"status":401}}"#,
        r#"{"type":"result","id":1,"error":{"kind":"throttled"}}"#,
        r#"{"type":"result","id":1,"error":{"kind":"auth","status":"401"}}"#,
        r#"{"type":"result","id":1,"crashed":null}"#,
        r#"{"type":"call","id":1,"operation":"a.b.c","arguments":{}}"#,
    ] {
        assert!(!both(wrong), "{wrong}");
    }
    assert!(both(r#"{"type":"result","id":1,"value":1,"took_ms":7}"#));
    assert!(both(r#"{"type":"result","id":1,"error":{"kind":"auth","cause":"x","status":null}}"#));
    assert!(both(r#"{"type":"hello","protocol":1,"client":"c","operations":["a"],"webhooks":true}"#));
    for wrong in [
        r#"{"type":"call","id":1}"#,
        r#"{"type":"hello","protocol":1,"providers":{"acme":{"base_url":"http://a","key":"k"}},"ca_file":null}"#,
    ] {
        assert!(!holds("to_driver", wrong), "{wrong}");
    }
}
