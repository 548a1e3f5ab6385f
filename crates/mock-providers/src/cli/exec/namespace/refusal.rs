//! Why a command could not be started, in words for the user.

use std::ffi::OsString;
use std::fmt;
use std::io;

use super::identity;
use super::wire::Step;

/// Why there is no network of the command's own.
#[derive(Debug)]
pub(in crate::cli::exec) struct Refusal {
    /// Where it ended: a sentence's beginning.
    step: String,
    error: io::Error,
    /// What on this machine explains it.
    causes: Vec<String>,
    /// Somebody ended the launcher, with Ctrl-C perhaps.
    pub(in crate::cli::exec) is_interruption: bool,
}

impl Refusal {
    pub(super) fn at(step: impl Into<String>, error: io::Error) -> Self {
        Self { step: format!("cannot prepare the command: {}", step.into()), error, causes: Vec::new(), is_interruption: false }
    }

    /// The launcher went away without a word.
    pub(super) fn interrupted() -> Self {
        Self { is_interruption: true, ..Self::at("waiting for the launcher", io::Error::other("it was ended")) }
    }

    pub(super) fn of_launcher(step: Step, error: io::Error) -> Self {
        let machine = |path: &str| std::fs::read_to_string(path).ok();
        match step {
            Step::Enter => {
                let who = if identity::may_set_users() { "this process" } else { "an ordinary user" };
                Self {
                    step: format!("the kernel does not let {who} have a network namespace"),
                    error,
                    causes: causes(machine),
                    is_interruption: false,
                }
            }
            Step::Prepare(what) => {
                Self { step: format!("cannot prepare the namespace: {what}"), error, causes: causes(machine), is_interruption: false }
            }
            Step::Execute => Self::at("running it", error),
        }
    }

    /// What the user can do, for a `hint:` line.
    pub(in crate::cli::exec) fn hint() -> &'static str {
        "--isolation proxy needs no namespace; to have one, change the setting that is named, in a container its seccomp profile"
    }
}

/// One line.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.step, self.error)?;
        for cause in &self.causes {
            write!(f, "; {cause}")?;
        }
        f.write_str(")")
    }
}

/// The settings that are known to forbid namespaces, where they do.
fn causes(read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut causes = Vec::new();
    for (name, forbids) in [
        ("kernel.apparmor_restrict_unprivileged_userns", "1"),
        ("kernel.unprivileged_userns_clone", "0"),
        ("user.max_user_namespaces", "0"),
        ("user.max_net_namespaces", "0"),
        ("user.max_mnt_namespaces", "0"),
    ] {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        if read(&path).is_some_and(|value| value.trim() == forbids) {
            causes.push(format!("sysctl {name} is {forbids}"));
        }
    }
    let status = read("/proc/self/status").unwrap_or_default();
    if status.lines().filter_map(|line| line.strip_prefix("Seccomp:")).any(|mode| mode.trim() == "2") {
        causes.push("a seccomp filter is on, as in most containers".to_owned());
    }
    causes
}

/// Why the command itself could not be run.
#[derive(Debug)]
pub(in crate::cli::exec) struct LaunchError {
    pub(super) program: OsString,
    pub(super) error: io::Error,
}

impl LaunchError {
    /// The exit code that a shell would give: 127 for a command that is not there, 126 for one that cannot be run.
    pub(in crate::cli::exec) fn exit_code(&self) -> u8 {
        if self.error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
    }
}

/// Two lines: what, and what to do.
impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program.display();
        let hint = match self.error.kind() {
            io::ErrorKind::NotFound if self.program.as_encoded_bytes().contains(&b'/') => {
                "check the path, and for a script that the interpreter in its first line is there"
            }
            io::ErrorKind::NotFound => "check its name, and that its folder is in PATH; a shell's own words need: sh -c '...'",
            io::ErrorKind::PermissionDenied => "it must be a file that you may execute: chmod +x",
            _ => "it must be a program or a script for this machine",
        };
        write!(f, "cannot run {program}: {}\n  hint: {hint}", self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_one_line_with_what_explains_it() {
        let machine = |path: &str| match path {
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns" => Some("1\n".to_owned()),
            "/proc/sys/user/max_user_namespaces" => Some("96365\n".to_owned()),
            "/proc/self/status" => Some("Name:\tx\nSeccomp:\t2\n".to_owned()),
            _ => None,
        };
        let mut refusal = Refusal::of_launcher(Step::Prepare("x".to_owned()), io::Error::from_raw_os_error(1));
        refusal.causes = causes(machine);
        assert_eq!(
            refusal.to_string(),
            "cannot prepare the namespace: x (Operation not permitted (os error 1); \
             sysctl kernel.apparmor_restrict_unprivileged_userns is 1; a seccomp filter is on, as in most containers)"
        );
    }

    #[test]
    fn a_command_that_cannot_be_run_has_the_shells_code() {
        let check = |program: &str, errno: i32, code: u8, hint: &str| {
            let error = LaunchError { program: program.into(), error: io::Error::from_raw_os_error(errno) };
            assert_eq!(error.exit_code(), code);
            assert!(error.to_string().starts_with(&format!("cannot run {program}: ")) && error.to_string().contains(hint), "{error}");
        };
        check("nosuch", 2, 127, "PATH");
        check("./nosuch", 2, 127, "check the path");
        check("./notes.txt", 13, 126, "chmod +x");
        check("./other-machine", 8, 126, "for this machine");
    }
}
