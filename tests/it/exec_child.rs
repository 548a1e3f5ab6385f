//! `mock-providers exec`, as the one who started it and the command see it: streams, signals and ends go through, and
//! nothing is left.
//!
//! The commands are `sh` scripts of tools that every system has.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::program::{ended, program, signal};

/// A state that does not come by then never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// `exec`, of a script. The proxy's isolation is there on every system.
fn exec(script: &str) -> Command {
    let mut command = Command::new(program());
    command.args(["exec", "--isolation", "proxy", "--", "sh", "-c", script]);
    // Out of the test's group: a script may signal its own.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command
}

/// A script that runs, ended with the test.
struct Running {
    child: Option<Child>,
    stdin: Option<ChildStdin>,
    /// Its stdout, line by line: a line that does not come must not keep the test.
    lines: mpsc::Receiver<String>,
}

impl Running {
    #[track_caller]
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program can be run");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let stdin = child.stdin.take();
        Self { child: Some(child), stdin, lines }
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    #[track_caller]
    fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    #[track_caller]
    fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("no line of the script: {e}"))
    }

    /// The end, which must come by itself.
    #[track_caller]
    fn end(mut self) -> ExitStatus {
        ended(self.child.take().expect("it runs")).status
    }

    /// Closes stdin; gives the rest of stdout and the exit code.
    #[track_caller]
    fn finish(mut self) -> (Vec<String>, Option<i32>) {
        drop(self.stdin.take());
        let status = ended(self.child.take().expect("it runs")).status;
        (self.lines.iter().collect(), status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}

/// Whether whoever runs the tests has a signal ignored, as `nohup` does: then no script can hear of it.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let is = mask.is_some_and(|mask| (mask >> (signal - 1)) & 1 == 1);
    if is {
        println!("skipped: signal {signal} is ignored by whoever runs the tests");
    }
    is
}

/// Says which signals it gets, and ends with its stdin. `first` is done before it is ready.
fn listening(first: &str) -> String {
    format!(
        "for s in HUP INT TERM USR1 USR2; do trap \"echo $s\" $s; done; {first}
        exec 3<&0; cat <&3 >/dev/null & echo ready $$
        while kill -0 $! 2>/dev/null; do wait $!; done; echo end; exit 3"
    )
}

#[test]
fn the_commands_exit_code_is_ours() {
    for code in [0, 1, 7, 127, 255] {
        let output = ended(exec(&format!("exit {code}")).spawn().expect("the program can be run"));
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
}

#[test]
fn the_commands_death_by_a_signal_is_ours() {
    for (name, number) in [("HUP", 1), ("INT", 2), ("KILL", 9), ("SEGV", 11), ("PIPE", 13), ("TERM", 15)] {
        // Rust has SIGPIPE ignored in its own programs, and gives it back to those that it starts.
        if name != "PIPE" && is_ignored(number) {
            continue;
        }
        let output = ended(exec(&format!("ulimit -c 0; kill -{name} $$")).spawn().expect("the program can be run"));
        assert_eq!(output.status.signal(), Some(number), "{name}: {output:?}");
        assert!(!output.status.core_dumped(), "{name}");
    }
}

#[test]
fn a_signal_sent_to_us_arrives_once() {
    for (name, number) in [("HUP", 1), ("INT", 2), ("TERM", 15), ("USR1", 10)] {
        if is_ignored(number) {
            continue;
        }
        let mut running = Running::start(exec(&listening("")));
        assert!(running.line().starts_with("ready "));
        signal(running.id(), name);
        running.expect(name);
        // What comes after it: a second one would have come before.
        signal(running.id(), "USR2");
        running.expect("USR2");
        assert_eq!(running.finish(), (vec!["end".to_owned()], Some(3)), "{name}");
    }
}

#[test]
fn a_signal_that_the_command_does_not_catch_ends_it_and_us() {
    let mut running = Running::start(exec("echo ready; cat"));
    running.expect("ready");
    signal(running.id(), "TERM");
    assert_eq!(running.end().signal(), Some(15));
}

#[test]
fn a_signal_of_the_command_to_its_own_group_is_not_echoed() {
    let mut running = Running::start(exec(&listening("kill -TERM 0;")));
    running.expect("TERM");
    assert!(running.line().starts_with("ready "));
    signal(running.id(), "USR2");
    running.expect("USR2");
    assert_eq!(running.finish(), (vec!["end".to_owned()], Some(3)));
}

#[test]
fn streams_go_through_byte_for_byte() {
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
    let mut child = exec("tee /dev/stderr").spawn().expect("the program can be run");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent));
    let output = ended(child);
    writer.join().expect("the writer ends").expect("stdin takes it all");
    assert!(output.stdout == bytes, "{} bytes of {}", output.stdout.len(), bytes.len());
    // We may have a word of our own on stderr, before and after.
    assert!(output.stderr.windows(bytes.len()).any(|part| part == bytes), "{} bytes of {}", output.stderr.len(), bytes.len());
}

#[test]
fn a_big_output_arrives_whole() {
    let output = ended(exec("head -c 20000000 /dev/zero").spawn().expect("the program can be run"));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 20_000_000));
}

#[test]
fn a_closed_stdin_is_an_end_of_input() {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" exec --isolation proxy -- sh -c 'cat; echo end' <&-"]).arg(program());
    let output = ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh can be run"));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"end\n".as_slice()), "{output:?}");
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;

    #[test]
    fn nohup_reaches_the_command() {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' HUP; exec \"$0\" exec --isolation proxy -- sh -c \"$1\""]).arg(program()).arg(listening(""));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(command);
        let ready = running.line();
        let inner: u32 = ready.strip_prefix("ready ").expect("it says its id").parse().expect("an id");
        let status = std::fs::read_to_string(format!("/proc/{inner}/status")).expect("it runs");
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("Linux says it").trim();
        assert_eq!(u64::from_str_radix(ignored, 16).expect("a mask") & 1, 1, "SIGHUP is ignored: {ignored}");
        // Neither we nor the command hear of it.
        signal(running.id(), "HUP");
        signal(running.id(), "USR2");
        running.expect("USR2");
        assert_eq!(running.finish(), (vec!["end".to_owned()], Some(3)));
    }

    #[test]
    fn in_a_container_entered_from_outside_signals_go_through_as_ever() {
        // There the process group and the session are of outside, and have the number 0.
        let entered = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
        let script = "\"$0\" exec --isolation proxy -- sh -c \"$1\" & while read name; do kill -$name $!; done; wait $!; echo code $?";
        let can = Command::new("unshare").args(entered).arg("true").output();
        if !can.as_ref().is_ok_and(|output| output.status.success()) {
            println!("skipped, there is no such container to be had here: {can:?}");
            return;
        }
        let mut command = Command::new("unshare");
        command.args(entered).args(["sh", "-c", script]).arg(program());
        command.arg("trap 'echo USR1' USR1; echo ready; while :; do sleep 0.05; done");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(command);
        running.expect("ready");
        let mut say = |name| writeln!(running.stdin.as_mut().expect("stdin is a pipe"), "{name}").expect("the shell reads");
        say("USR1");
        assert_eq!(running.lines.recv_timeout(PATIENCE).as_deref(), Ok("USR1"));
        say("TERM");
        assert_eq!(running.finish(), (vec!["code 143".to_owned()], Some(0)));
    }

    /// The state of a process, as `/proc` names it; none for one that is gone.
    fn state(pid: u32) -> Option<char> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next())
    }

    #[track_caller]
    fn comes_to(pid: u32, what: &str, is_so: impl Fn(Option<char>) -> bool) {
        let begun = Instant::now();
        while !is_so(state(pid)) {
            assert!(begun.elapsed() < PATIENCE, "{pid} is {:?} and not {what}", state(pid));
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_outlives_the_command_is_ended() {
        /// Runs this in the background, and ends once it has said its id on stdout, which it then holds.
        #[track_caller]
        fn check(background: &str) {
            // The first line comes through the inner pipe, so that the command ends only after the process is there.
            let script = format!("exec 4>&1; {{ {background} }} | {{ read pid; echo $pid; exit 5; }}");
            let begun = Instant::now();
            // The reader of stdout comes to its end only when the last holder of the pipe is gone.
            let output = ended(exec(&script).spawn().expect("the program can be run"));
            let pid = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_else(|e| panic!("{e}: {output:?}"));
            assert_eq!((state(pid), output.status.code()), (None, Some(5)), "{background}");
            assert!(begun.elapsed() < Duration::from_secs(10), "{background}: {:?}", begun.elapsed());
        }
        check("sh -c 'echo $$; exec sleep 1000 >&4' &");
        check("setsid sh -c 'echo $$; exec sleep 1000 >&4' &");
        check("( ( sh -c 'echo $$; exec sleep 1000 >&4' & ) & ) &");
        check("setsid sh -c 'setsid sh -c \"echo \\$\\$; exec sleep 1000 >&4\" & exit' &");
        check("sh -c 'trap \"\" TERM HUP; echo $$; exec sleep 1000 >&4' &");
        check("sh -c 'echo $$; exec >&4; kill -STOP $$; sleep 1000' &");
        check("sh -c 'trap \"\" TERM; echo $$; exec >&4; kill -STOP $$; sleep 1000' &");
    }

    #[test]
    fn what_is_left_has_time_to_end_by_itself() {
        let script = "exec 4>&1; { sh -c 'trap \"echo tidied >&4; exit\" TERM; sleep 1000 & echo; wait' & } | read line";
        let output = ended(exec(script).spawn().expect("the program can be run"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "tidied\n");
    }

    #[test]
    fn a_command_that_was_stopped_goes_on() {
        let mut running = Running::start(exec("echo $$; cat; exit 4"));
        let command: u32 = running.line().parse().expect("an id");
        let outer = running.id();
        for _ in 0..3 {
            signal(outer, "TSTP");
            comes_to(command, "stopped", |state| state == Some('T'));
            signal(outer, "CONT");
            comes_to(command, "running", |state| matches!(state, Some('S' | 'R')));
        }
        assert_eq!(running.finish(), (Vec::new(), Some(4)));
    }
}
