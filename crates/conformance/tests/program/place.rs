//! A folder in which the program is run, and what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder to run the program in.
pub(crate) struct Place(tempfile::TempDir);

/// How the program ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) const CREDITS: &str = "leadmagic.credits.balance";

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it can be written");
    }

    /// With a copy of the fixtures, in which the file of `LeadMagic`'s balance is another one.
    pub(crate) fn with_changed_credits(self, change: impl Fn(&str) -> String) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        for folder in ["magnetite", "leadmagic", "sendpilot", "leadterra"] {
            fs::create_dir_all(self.path("fixtures").join(folder)).expect("a folder can be made");
            for file in fs::read_dir(source.join(folder)).expect("the fixtures are there").flatten() {
                fs::copy(file.path(), self.path("fixtures").join(folder).join(file.file_name())).expect("it can be copied");
            }
        }
        let credits = "fixtures/leadmagic/credits.toml";
        self.write(credits, &change(&self.text(credits)));
        self
    }

    /// Runs the program in the folder.
    pub(crate) fn ended(&self, line: &str) -> Ended {
        self.ended_with(line, &[])
    }

    /// The same in a workflow of GitHub.
    pub(crate) fn ended_on_github(&self, line: &str) -> Ended {
        self.ended_with(line, &[("GITHUB_ACTIONS", "true")])
    }

    pub(crate) fn ended_with(&self, line: &str, variables: &[(&str, &str)]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        let output = command.env_remove("GITHUB_ACTIONS").envs(variables.iter().copied()).output().expect("the program can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        Ended { code: output.status.code().expect("it ends by itself"), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.0.path()).expect("it is there").flatten().map(|entry| entry.file_name().to_string_lossy().into()).collect();
        names.sort();
        names
    }

    #[track_caller]
    pub(crate) fn refused(&self, line: &str, error: &str) {
        let ended = self.ended(line);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{line}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains(error), "{line}: {}", ended.stderr);
    }
}
