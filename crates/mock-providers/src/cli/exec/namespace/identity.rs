//! Who is who in the namespace: everybody is who they were.
//!
//! The kernel lets an ordinary user carry over one user and one group, their own. Their further groups keep their
//! rights, but are shown as `nogroup`. Whoever may set users (root) carries over all that there are, so that files keep
//! their owners and setuid programs work. Documented: `user_namespaces(7)`.

use std::io;

use rustix::process::{getegid, geteuid};
use rustix::thread::{CapabilitySet, capabilities};

/// Gives the namespace that this process entered its users and groups.
pub(super) fn map(process: u32) -> io::Result<()> {
    let proc = |name: &str| format!("/proc/{process}/{name}");
    if may_set_users() {
        std::fs::write(proc("uid_map"), everybody(&std::fs::read_to_string("/proc/self/uid_map")?))?;
        std::fs::write(proc("gid_map"), everybody(&std::fs::read_to_string("/proc/self/gid_map")?))
    } else {
        // Who could drop a group could reach files that are closed to that group; the kernel wants this given up first.
        std::fs::write(proc("setgroups"), "deny")?;
        std::fs::write(proc("uid_map"), only(geteuid().as_raw()))?;
        std::fs::write(proc("gid_map"), only(getegid().as_raw()))
    }
}

/// Whether the kernel takes a map of more than oneself from this process. The last right is for user 0 in the map.
pub(super) fn may_set_users() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::SETFCAP))
}

fn only(id: u32) -> String {
    format!("{id} {id} 1\n")
}

/// Each range of our own namespace, mapped to itself.
fn everybody(ours: &str) -> String {
    let mut text = String::new();
    for line in ours.lines() {
        if let [first, _, count] = line.split_whitespace().collect::<Vec<_>>()[..] {
            text += &[first, " ", first, " ", count, "\n"].concat();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_stays_who_they_are() {
        assert_eq!(everybody("         0          0 4294967295\n"), "0 0 4294967295\n");
        assert_eq!(everybody("         0       1000          1\n         1     100000      65536\n"), "0 0 1\n1 1 65536\n");
        assert_eq!(only(1000), "1000 1000 1\n");
    }
}
