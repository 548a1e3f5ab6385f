//! What the program's runtime will not do by itself, said before it starts.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The first Node that can be told of a proxy by its environment.
const HEEDS_PROXIES: u32 = 24;

/// How long Node may take to say its version.
const VERSION_WAIT: Duration = Duration::from_secs(3);

/// Programs that are Node under another name, by their own.
const RUN_BY_NODE: &[&str] = &[
    "npm",
    "npx",
    "yarn",
    "yarnpkg",
    "pnpm",
    "pnpx",
    "corepack",
    "tsx",
    "ts-node",
    "jest",
    "vitest",
    "mocha",
    "ava",
    "next",
    "nest",
    "vite",
    "nodemon",
    "pm2",
    "cypress",
    "playwright",
    "newman",
];

/// One line about a command that runs on a Node which ignores proxy variables; none for other commands.
pub(in crate::cli::exec) fn node_note(command: &[OsString]) -> Option<String> {
    let program = Path::new(command.first()?);
    let name = program.file_name()?.to_str()?;
    let node = match name {
        "node" | "nodejs" => program.as_os_str(),
        name if RUN_BY_NODE.contains(&name) => OsStr::new("node"),
        _ => return None,
    };
    note(name, &version(node)?)
}

fn note(name: &str, version: &str) -> Option<String> {
    let version = version.trim();
    let major: u32 = version.strip_prefix('v')?.split('.').next()?.parse().ok()?;
    (major < HEEDS_PROXIES)
        .then(|| format!("{name} runs on Node {version}, which ignores proxy variables: its connections are led to the fakes by a preload"))
}

/// What `node --version` prints, if it does so in time.
fn version(node: &OsStr) -> Option<String> {
    let mut child = Command::new(node)
        .arg("--version")
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut output = child.stdout.take()?.take(64);
    let (sender, printed) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = output.read_to_string(&mut text);
        // Nobody listens any more if it came too late.
        let _ = sender.send(read.is_ok().then_some(text));
    });
    let text = printed.recv_timeout(VERSION_WAIT).ok().flatten();
    // It has ended, or is not worth waiting for.
    let _ = child.kill();
    let _ = child.wait();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_before_24_has_a_note() {
        let note_of = |version| note("npm", version);
        assert_eq!(
            note_of("v20.20.2\n").as_deref(),
            Some("npm runs on Node v20.20.2, which ignores proxy variables: its connections are led to the fakes by a preload")
        );
        for version in ["v24.0.0\n", "v26.1.0-pre", "", "command not found", "v"] {
            assert_eq!(note_of(version), None, "{version:?}");
        }
    }

    #[test]
    fn other_commands_are_not_asked() {
        for command in [&["python3", "node"][..], &["./node-like"], &["/"], &[]] {
            let command: Vec<OsString> = command.iter().map(OsString::from).collect();
            assert_eq!(node_note(&command), None, "{command:?}");
        }
    }

    #[test]
    fn program_that_is_not_there_is_no_error() {
        assert_eq!(node_note(&["/absent/bin/node".into()]), None);
    }
}
