//! `record`, `diff` and kept requests, as a shell meets them: what is written where, and how each command ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use fixtures::EXCHANGES;
use serde_json::Value;

use crate::place::{CREDITS, Place};

/// The balance is a text, and stands beside another key.
fn changed(credits: &str) -> String {
    credits.replace("used_this_month", "used").replace("10000", "\"10000\"")
}

#[test]
fn a_recording_of_the_fakes_does_not_differ_from_the_fixtures() {
    let place = Place::new();
    let recorded = place.ended("record --provider leadterra --filter sender-pools --out a.ndjson");
    assert!(recorded.code == 0 && recorded.stdout.starts_with("a.ndjson: "), "{}{}", recorded.stdout, recorded.stderr);
    let head: Value = serde_json::from_str(place.text("a.ndjson").lines().next().expect("a head")).expect("it is JSON");
    assert_eq!((&head["recording"], &head["filter"]), (&1.into(), &"--provider leadterra --filter \"sender-pools\"".into()));
    for line in ["diff fixtures a.ndjson", "diff a.ndjson fixtures", "diff a.ndjson a.ndjson"] {
        let same = place.ended(line);
        assert!(same.code == 0 && same.stdout.ends_with(" exchanges compared, 0 differences\n"), "{line}: {}{}", same.stdout, same.stderr);
        assert!(same.stdout.contains("leadterra is most like revision seed ") && same.stderr.is_empty(), "{line}: {}", same.stdout);
    }
    assert_eq!(place.names(), ["a.ndjson"]);
}

#[test]
fn what_differs_is_told_reported_and_proposed() {
    let place = Place::new().with_changed_credits(changed);
    assert_eq!(place.ended(&format!("record {CREDITS} --out now.ndjson")).code, 0);
    // A recording as it would have been long ago.
    let old = place.text("now.ndjson").replacen("\"recorded_at\":\"20", "\"recorded_at\":\"19", 1);
    place.write("old.ndjson", &old);
    let forms = "--patch observed.toml --report sarif=d.sarif --report json=d.json --report markdown=d.md";
    let ended = place.ended(&format!("diff fixtures old.ndjson --fixtures fixtures {forms}"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("warning: old.ndjson is ") && ended.stderr.contains("\n  hint: record again, "), "{}", ended.stderr);
    let told = "\
leadmagic.credits.get balance
  breaking field-removed $.used: expected 2500, found nothing (1 of 1)
  breaking type $.credits: expected a number in text (\"10000\"), found 10000 (1 of 1)
  notable field-added $.used_this_month: expected nothing, found 2500 (1 of 1)
";
    assert!(ended.stdout.starts_with(told), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("compared, 3 differences\n"), "{}", ended.stdout);
    assert_eq!(place.names(), ["d.json", "d.md", "d.sarif", "fixtures", "now.ndjson", "observed.toml", "old.ndjson"]);
    let json: Value = serde_json::from_str(&place.text("d.json")).expect("it is JSON");
    let kinds: Vec<&Value> = json["differences"].as_array().expect("a list").iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["field-removed", "type", "field-added"]);
    let sarif: Value = serde_json::from_str(&place.text("d.sarif")).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(3));
    let artifact = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(artifact["uri"], "fixtures/leadmagic/credits.toml");
    let alone = place.ended("diff fixtures now.ndjson --fixtures fixtures --report sarif=-");
    let findings = |sarif: &Value| sarif["runs"][0]["results"].clone();
    assert_eq!(findings(&serde_json::from_str(&alone.stdout).expect("nothing else is on stdout")), findings(&sarif));
    assert!(alone.code == 1 && alone.stderr.starts_with("leadmagic.credits.get balance\n"), "no warning: {}", alone.stderr);
    assert!(place.text("d.md").contains("| breaking | type | $.credits |"));
    // Beside the fixtures, the proposal is one more exchange.
    let before = fixtures::load_dir(&place.path("fixtures")).expect("the copy can be read").len();
    fs::copy(place.path("observed.toml"), place.path("fixtures/leadmagic/observed.toml")).expect("it can be copied");
    let with = fixtures::load_dir(&place.path("fixtures")).expect("the proposal can be read");
    assert_eq!(with.len(), before + 1);
    let observed = with.iter().find(|exchange| &*exchange.file == "leadmagic/observed.toml").expect("it is there");
    assert_eq!((&*observed.operation, &*observed.outcome, observed.status), ("leadmagic.credits.get", "balance", 200));
    assert!(observed.revision.starts_with("observed-19") && observed.body.contains("used_this_month"), "{observed:?}");
}

#[test]
fn a_file_that_is_no_recording_is_told_with_its_line() {
    let place = Place::new();
    let head = "{\"recording\":1,\"suite_version\":\"0.1.0\",\"recorded_at\":\"2026-01-01T00:00:00Z\",\"targets\":[],\"revisions\":[],\"filter\":null}";
    let diff = |text: &str, error: &str| {
        place.write("odd.ndjson", text);
        place.refused("diff fixtures odd.ndjson", error);
    };
    diff("", "odd.ndjson:1: the file is empty\n  hint: give a file that `conformance record --out` wrote");
    diff(&format!("{head}\n{{\"case\":\"leadmagic.cr"), "odd.ndjson:2: no recorded exchange: EOF while parsing");
    diff("{\"recording\":2,\"from\":\"tomorrow\"}\n", "odd.ndjson:1: the recording has version 2, and this program reads 1");
    diff("{\"event\":\"run-started\"}\n", "odd.ndjson:1: the first line is no head of a recording: missing field `recording`");
    diff("[[exchange]]\n", "odd.ndjson:1: the first line is no head of a recording: ");
    place.refused("diff fixtures none.ndjson", "cannot read the recording none.ndjson: ");
    place.refused("diff fixtures fixtures", "neither is a recording");
    place.write("empty.ndjson", head);
    place.refused("diff fixtures empty.ndjson", "fixtures and empty.ndjson have no case in common, so nothing was compared");
}

#[test]
fn what_cannot_be_written_is_found_out_before_anything_is_asked() {
    let place = Place::new();
    fs::create_dir(place.path("folder")).expect("a folder can be made");
    place.refused(&format!("record {CREDITS} --out nowhere/a.ndjson"), "cannot write the recording nowhere/a.ndjson: ");
    place.refused(&format!("record {CREDITS} --out folder"), "cannot write the recording folder: it is a folder");
    // No such recording is there: the places are looked at first.
    let diff = |more: &str, error: &str| place.refused(&format!("diff fixtures none.ndjson {more}"), error);
    diff("--patch nowhere/a.toml", "cannot write the patch nowhere/a.toml: ");
    diff("--report json=folder", "cannot write the report folder: it is a folder");
    diff("--patch a --report json=a", "two things would be written to a\n  hint: give one of them another file");
    diff("--report sarif=a --report json=a", "two things would be written to a\n");
    diff("--report sarif=- --report json=-", "two reports go to stdout");
    diff("--patch none.ndjson", "two things would be written to none.ndjson\n");
    diff("--report xml=a", "unknown format \"xml\"; known: sarif, json, markdown");
    place.refused(&format!("run {CREDITS} --keep-regressions a --report json=a"), "two things would be written to a\n");
    assert_eq!(place.names(), ["folder"]);
}

/// Refuses each key, in the words of the documents; fails on what is not plain. Runs as long as the test does.
fn fragile() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let refusal = EXCHANGES.iter().find(|exchange| exchange.id == "leadmagic.credits.missing_key").expect("it is documented");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (status, body) = if is_plain(&stream) { (refusal.status, &*refusal.body) } else { (500, "") };
            let head = format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
            let _ = write!(stream, "{head}connection: close\r\n\r\n{body}");
        }
    });
    url
}

/// Whether the request is printable throughout.
fn is_plain(stream: &TcpStream) -> bool {
    let mut reader = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|_| !line.trim().is_empty()) {
        head += &line.to_ascii_lowercase();
        line.clear();
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    body.is_ascii() && !head.contains('%')
}

#[test]
fn a_request_that_broke_a_claim_is_kept_and_asked_again() {
    const CLAIM: &str = "leadmagic.email-validation.check.any-request-gets-an-answer-of-the-provider";
    let place = Place::new();
    let url = fragile();
    let first = place.ended(&format!("run {CLAIM} --base-url leadmagic={url} --keep-regressions kept.toml"));
    assert_eq!(first.code, 1, "{}{}", first.stdout, first.stderr);
    assert!(first.stdout.contains("(smallest example: "), "{}", first.stdout);
    assert!(first.stdout.ends_with("1 request added to kept.toml; --regressions kept.toml asks again\n"), "{}", first.stdout);
    let kept = place.text("kept.toml");
    let found: Vec<&str> = kept.lines().filter(|line| line.starts_with("found = ")).collect();
    assert!(found.len() == 1 && found[0].starts_with("found = \"status: expected ") && found[0].ends_with(", found 500\""), "{kept}");
    assert!(kept.contains(&format!("case = \"{CLAIM}\"\n")), "{kept}");

    let again =
        place.ended(&format!("run --filter .regression- --regressions kept.toml --base-url leadmagic={url} --keep-regressions kept.toml"));
    assert_eq!(again.code, 1, "{}{}", again.stdout, again.stderr);
    let name = kept.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).expect("each has a name");
    let replay = format!("\n  replay: conformance run {CLAIM}.regression-{name} --regressions kept.toml --base-url leadmagic={url}\n");
    assert!(again.stdout.contains(&replay) && again.stdout.contains("\n  source: kept.toml:4 ("), "{}", again.stdout);
    assert_eq!(place.text("kept.toml"), kept, "what is kept is not kept again");

    let mended = place.ended("run --filter .regression- --regressions kept.toml");
    assert!(mended.code == 0 && mended.stdout.starts_with("1 expected, 1 held, "), "{}{}", mended.stdout, mended.stderr);
    place.refused("run --regressions none.toml", "cannot read the regressions none.toml: ");
    place.refused(&format!("run {CLAIM} --keep-regressions nowhere/kept.toml"), "cannot write the regressions nowhere/kept.toml: ");
}
