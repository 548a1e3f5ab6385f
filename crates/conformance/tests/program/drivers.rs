//! `conformance driver`: is a driver fit for a run?

use crate::place::Place;

/// A driver that skips every call: it has no client.
const IDLE: &str = r#"read -r hello
echo '{"type":"hello","protocol":1,"client":"sh 1","operations":["leadmagic.credit.get"],"features":["waits"]}'
while read -r call; do
  case "$call" in *'"end"'*) exit 0 ;; esac
  id=${call#*\"id\":}
  echo "{\"type\":\"result\",\"id\":${id%%,*},\"skipped\":\"no such call\"}"
done
"#;

#[test]
fn a_driver_with_a_slip_is_told_what_is_meant() {
    let place = Place::new();
    place.write("driver.sh", IDLE);
    let ended = place.ended("driver check -- sh driver.sh");
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let error = "error: hello: there is no operation \"leadmagic.credit.get\"\n  hint: did you mean leadmagic.credits.get? ";
    assert!(ended.stderr.starts_with(error), "{}", ended.stderr);
    let last_lines: Vec<&str> = ended.stdout.lines().rev().take(2).collect();
    assert_eq!(last_lines[0], "the driver is not fit for a run: 1 problem");
    assert!(last_lines[1].ends_with("it ended by itself"), "{}", ended.stdout);
}

#[test]
fn a_program_that_cannot_be_started_is_another_exit_code() {
    let ended = Place::new().ended("driver check -- /nowhere/driver");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    let error =
        "error: hello: the driver cannot be started: /nowhere/driver: No such file or directory (os error 2)\n  hint: name a program";
    assert!(ended.stderr.starts_with(error), "{}", ended.stderr);
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let ended = Place::new().ended("driver schema");
    assert_eq!((ended.code, ended.stdout.as_str()), (0, include_str!("../../../../schemas/conformance-driver.schema.json")));
    Place::new().refused("driver check", "the following required arguments were not provided");
}
