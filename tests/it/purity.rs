//! The core and the providers are values only, and an embedded server is light.

use std::path::{Path, PathBuf};
use std::process::Command;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

/// What no line of core and providers may name, outside comments.
const IMPURE: [&str; 14] = [
    "tokio",
    "axum",
    "hyper",
    "reqwest",
    "std::fs",
    "std::net",
    "std::env",
    "std::io",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "rand::rng",
    "thread_rng",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Whether `word` stands in `code` and is not a part of a longer name.
fn names(code: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

#[test]
fn core_and_providers_know_no_io_no_clock_and_no_chance() {
    let root = crates().join("mock-providers/src");
    let mut files = vec![root.join("core.rs"), root.join("providers.rs")];
    sources(&root.join("core"), &mut files);
    sources(&root.join("providers"), &mut files);
    assert!(files.len() > 20, "the sources are elsewhere: {files:?}");
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for (line, code) in text.lines().enumerate() {
            // A comment may speak of anything; `https://` in a string is no comment, and no import either.
            let code = if code.trim_start().starts_with("//") { "" } else { code.split(" // ").next().unwrap_or_default() };
            for word in IMPURE.into_iter().filter(|word| names(code, word)) {
                let file = file.strip_prefix(&root).unwrap_or(file);
                found.push(format!("src/{}:{}: {word}: {}", file.display(), line + 1, code.trim()));
            }
        }
    }
    assert!(found.is_empty(), "time and chance come as parameters, and only server does I/O:\n{}", found.join("\n"));
}

#[test]
fn a_word_is_found_as_a_whole_only() {
    assert!(names("use tokio::net;", "tokio") && names("Timestamp::now()", "Timestamp::now") && names("let t: Instant;", "Instant"));
    assert!(!names("Instantiated", "Instant") && !names("my_tokio", "tokio") && !names("Timestamp::nowhere", "Timestamp::now"));
}

/// The packages that a build of mock-providers takes, one a line, by the lock file.
fn packages(features: &[&str]) -> String {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(crates())
        .args(["tree", "--package", "mock-providers", "--edges", "normal", "--offline", "--prefix", "none", "--color", "never"])
        .args(features)
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("package names are text")
}

#[test]
fn without_default_features_there_is_no_tls_no_http_client_and_no_command_line() {
    let light = packages(&["--no-default-features"]);
    let has = |packages: &str, name: &str| packages.lines().any(|line| line.split(' ').next() == Some(name));
    assert!(has(&light, "axum") && has(&light, "tokio"), "{light}");
    for heavy in ["rustls", "native-tls", "openssl", "openssl-sys", "ring", "reqwest", "clap", "wiremock", "tracing-subscriber", "toml"] {
        assert!(!has(&light, heavy), "{heavy} comes with mock-providers --no-default-features:\n{light}");
    }
    assert!(has(&packages(&[]), "clap"), "the program has a command line");
}
