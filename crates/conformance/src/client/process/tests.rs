//! Drivers that are scripts of `sh`, each with another trouble.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::protocol::Place;
use super::*;

const KEY: &str = "key-of-the-test-0001";
const HELLO: &str = r#"{"type":"hello","protocol":1,"client":"sh 1","operations":["leadmagic.credits.get"],"features":["waits"]}"#;

fn driver(script: &str) -> Process {
    // `answer ID REST` writes a result; `say` reads a line first, so that it answers in turn.
    let prelude = "answer() { echo \"{\\\"type\\\":\\\"result\\\",\\\"id\\\":$1,$2}\"; }\nid() { read -r call || exit 0; id=${call#*\\\"id\\\":}; id=${id%%,*}; }\n";
    let script = format!("{prelude}read -r hello\n{script}");
    let patience = Patience { hello: Duration::from_secs(5), grace: Duration::from_millis(100), end: Duration::from_millis(150) };
    Process::patient(["sh", "-c", &script].map(OsString::from).to_vec(), patience)
}

fn hello() -> Hello {
    let place = Place { base_url: "http://127.0.0.1:1/leadmagic".to_owned(), key: KEY.to_owned() };
    Hello { protocol: VERSION, providers: BTreeMap::from([("leadmagic".to_owned(), place)]), ca_file: None }
}

fn greet(rest: &str) -> Process {
    let mut driver = driver(&format!("echo '{HELLO}'\n{rest}"));
    driver.start(&hello(), &no_waits()).expect("it says hello");
    driver
}

fn no_waits() -> Waits {
    Waits::new(|_| ())
}

fn call(id: u64, deadline_ms: u64) -> Call {
    Call { id, case: "a.case".to_owned(), operation: "leadmagic.credits.get".to_owned(), arguments: serde_json::Map::new(), deadline_ms }
}

/// What becomes of calls, each made alone, in words.
fn told(driver: &mut Process, ids: &[u64]) -> Vec<String> {
    ids.iter().map(|id| words(driver.call(&[call(*id, 5000)], &no_waits()).remove(0))).collect()
}

fn words(result: Result<Outcome, Trouble>) -> String {
    match result {
        Ok(Outcome::Value(value)) => value.get().to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(trouble) => trouble.to_string(),
    }
}

/// A driver with this loop body after its hello: what its first call comes to. It goes on with the next.
#[track_caller]
fn check(body: &str, expected: &str) {
    let mut driver = greet(&format!("while id; do\n{body}\ndone"));
    let told = told(&mut driver, &[1, 2]);
    assert!(told[0].contains(expected), "{body}\nexpected: {expected}\nactual:   {}", told[0]);
    assert!(told[1].contains(expected), "begun anew, it does the same: {}", told[1]);
}

/// A program whose start fails so.
#[track_caller]
fn check_start(script: &str, expected: &str) {
    let error = driver(script).start(&hello(), &no_waits()).expect_err(script).to_string();
    assert!(error.contains(expected), "{script}\nexpected: {expected}\nactual:   {error}");
}

#[test]
fn calls_are_answered_in_any_order() {
    let mut driver = greet("id; one=$id; id; echo; answer $id '\"value\":0.10'; answer $one '\"skipped\":\"no such call\"'; read -r end");
    let results = driver.call(&[call(1, 2000), call(2, 2000)], &no_waits());
    let told: Vec<String> = results.into_iter().map(words).collect();
    assert_eq!(told, ["Skipped(\"no such call\")", "0.10"]);
    assert_eq!(driver.end(), Ok(()));
}

#[test]
fn a_wait_lets_the_providers_clock_go_on() {
    let script =
        "id; echo \"{\\\"type\\\":\\\"wait\\\",\\\"id\\\":$id,\\\"ms\\\":42000}\"; read -r waited; answer $id \"\\\"value\\\":$waited\"";
    let mut driver = greet(script);
    let passed = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&passed);
    let waits = Waits::new(move |time| {
        clock.fetch_add(u64::try_from(time.as_millis()).expect("it is short"), Ordering::SeqCst);
    });
    let result = words(driver.call(&[call(7, 2000)], &waits).remove(0));
    assert_eq!((result.as_str(), passed.load(Ordering::SeqCst)), (r#"{"type":"waited","id":7}"#, 42_000));
}

#[test]
fn a_program_that_says_no_hello_says_why() {
    check_start("exit 3", "the driver's first line is no hello: it ended first (exit status: 3)");
    check_start("echo 'No module named requests' >&2; exit 1", "(exit status: 1; its stderr says: No module named requests)");
    check_start("echo 'Error: no axios' >&2; echo 'Node.js v20' >&2; exit 1", "(exit status: 1; its stderr says: Error: no axios)");
    check_start("echo Listening", "no hello: it is not JSON: expected value at line 1 column 1\n  line: Listening");
    check_start("answer 1 '\"value\":1'", "no hello: it is of another type\n  line: {\"type\":\"result\"");
    check_start("echo '{\"type\":\"hello\",\"protocol\":1}'", "no hello: \"client\" is missing\n  line: ");
    let other = HELLO.replace("\"protocol\":1", "\"protocol\":2");
    check_start(&format!("echo '{other}'"), "the driver speaks version 2 of the protocol, the suite speaks 1");
    let mut late = driver("sleep 10");
    late.patience.hello = Duration::from_millis(80);
    assert_eq!(late.start(&hello(), &no_waits()).unwrap_err().to_string(), "the driver's first line is no hello: none came within 80 ms");
    let error = Process::new(vec!["/nowhere/driver".into()]).start(&hello(), &no_waits()).unwrap_err().to_string();
    assert!(error.starts_with("the driver cannot be started: /nowhere/driver: No such file"), "{error}");
}

#[test]
fn a_driver_that_prints_garbage_dies_hangs_or_answers_twice_says_so() {
    check("echo 'debug: calling'", "wrote what is no message: it is not JSON: expected value at line 1 column 1\n  line: debug: calling");
    check("printf '\\377\\033\\n'", "wrote what is no message: it is not UTF-8\n  line: \\xff\\u{1b}");
    check("answer $id '\"value\":1,\"error\":{}'", "this one has value and error\n  line: ");
    check("echo \"$hello\"", "\"client\" is missing");
    check(&format!("echo '{HELLO}'"), "wrote what is no message: a second hello\n  line: ");
    check("exit 7", "the driver ended (exit status: 7) before it answered");
    check(
        "echo \"$0: panicked, with $KEY\" >&2; kill -9 $$",
        "the driver ended (signal: 9 (SIGKILL); its stderr says: sh: panicked, with) before",
    );
    check("exec 1>&-; sleep 10", "the driver ended (it closed its stdout) before it answered");
    let mut hangs = greet("id; sleep 10");
    assert_eq!(words(hangs.call(&[call(1, 50)], &no_waits()).remove(0)), "the driver did not answer within 150 ms");
    assert!(hangs.running.is_none(), "it is ended");
    check("answer 99 '\"value\":1'", "the driver answered call 99, which is not under way");
    check("echo '{\"type\":\"wait\",\"id\":98,\"ms\":5}'", "the driver answered call 98, which is not under way");
}

#[test]
fn a_second_answer_is_told_and_the_driver_begun_anew() {
    let mut driver = greet("while id; do answer $id '\"value\":1'; answer $id '\"value\":2'; done");
    let told = told(&mut driver, &[1, 2, 3, 4]);
    assert_eq!(told, ["1", "the driver answered call 1 twice", "1", "the driver answered call 3 twice"]);
    let mut last = greet("id; answer $id '\"value\":1'; answer $id '\"value\":2'; read -r end");
    assert_eq!(words(last.call(&[call(1, 1000)], &no_waits()).remove(0)), "1");
    assert_eq!(last.end(), Err(Trouble::Twice(1)), "even after the last call");
}

#[test]
fn a_line_without_end_is_cut_off() {
    let mut driver = greet("id; head -c 34000000 /dev/zero; sleep 10");
    let result = words(driver.call(&[call(1, 9000)], &no_waits()).remove(0));
    assert_eq!(result, "the driver wrote a line of more than 33554432 bytes");
}

#[test]
fn a_driver_that_does_not_read_holds_up_nobody() {
    let mut driver = greet("sleep 10");
    let mut large = call(1, 50);
    large.arguments.insert("email".to_owned(), "x".repeat(1 << 20).into());
    assert_eq!(words(driver.call(&[large], &no_waits()).remove(0)), "the driver did not answer within 150 ms");
}

#[test]
fn of_calls_together_the_answered_one_keeps_its_answer() {
    let mut driver = greet("id; id; answer $id '\"value\":2'; sleep 10");
    let told: Vec<String> = driver.call(&[call(1, 50), call(2, 5000)], &no_waits()).into_iter().map(words).collect();
    assert_eq!(told, ["the driver did not answer within 150 ms", "2"]);
}

#[test]
fn the_run_goes_on_with_the_same_driver_or_says_why_not() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let count = folder.path().join("count");
    let place = count.display();
    // Another life, another name.
    let mut changed = driver(&format!("echo x >>{place}; echo '{HELLO}' | sed \"s/sh 1/sh $(wc -l <{place} | tr -d ' ')/\"; id; exit 1"));
    changed.start(&hello(), &no_waits()).expect("it says hello");
    let told_of_changed = told(&mut changed, &[1, 2, 3, 4, 5, 6]);
    assert!(told_of_changed[0].contains("exit status: 1"), "{}", told_of_changed[0]);
    assert!(
        told_of_changed[1..].iter().all(|told| told.ends_with("begun anew, it says other things than at first")),
        "{told_of_changed:?}"
    );
    let lives = std::fs::read_to_string(&count).expect("it was counted").lines().count();
    assert_eq!(lives, 4, "after three beginnings in a row that failed, no more is tried");
}

#[test]
fn stderr_is_given_once_and_the_key_is_found_in_what_is_dropped() {
    let script =
        format!("id; echo 'calling {KEY}' >&2; head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end >&2; answer $id '\"value\":1'; id");
    let mut driver = greet(&script);
    assert_eq!(words(driver.call(&[call(1, 9000)], &no_waits()).remove(0)), "1");
    let text = driver.take_stderr();
    assert!(text.starts_with('[') && text.contains(&format!("were dropped, and in them: {KEY}]\n")), "{}", &text[..100]);
    assert!(text.ends_with("xend\n") && text.len() < pipes::STDERR_MAX + 200);
    assert_eq!(driver.take_stderr(), "");
}

#[test]
fn the_end_of_stderr_is_shown_without_the_key() {
    let mut driver = greet(&format!("id; echo 'refused: {KEY}' >&2; exit 1"));
    let told = words(driver.call(&[call(1, 900)], &no_waits()).remove(0));
    assert_eq!(told, "the driver ended (exit status: 1; its stderr says: refused: [key]) before it answered");
    assert_eq!(driver.take_stderr(), format!("refused: {KEY}\n"), "a case looks for the key here");
}

#[test]
fn a_driver_that_stays_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let left = folder.path().join("pid");
    let mut driver = greet(&format!("sleep 20 & echo $! >{}; read -r end; sleep 20", left.display()));
    assert_eq!(driver.end(), Err(Trouble::Stays(Duration::from_millis(150))));
    let pid = std::fs::read_to_string(&left).expect("it wrote the id");
    let until = Instant::now() + Duration::from_secs(2);
    // A killed process without a parent that waits for it stays as a zombie; that is an end too.
    let lives = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| !stat.contains(") Z"));
    while lives() {
        assert!(Instant::now() < until, "process {pid} is still there");
        std::thread::yield_now();
    }
}
