//! The files that say how names are looked up, as the command sees them. Texts only.

use std::fmt::Write;
use std::net::Ipv4Addr;

/// The only name server is ours.
pub(super) const RESOLV_CONF: &str = "nameserver 127.0.0.1\n";

/// A hosts file: the given names first, then the lines of the original without those names.
pub(super) fn hosts(original: &str, ours: &[(String, Ipv4Addr)]) -> String {
    let mut text = String::new();
    for (name, address) in ours {
        let _ = writeln!(text, "{address} {name}");
    }
    let mut localhost = false;
    for line in original.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next() else { continue };
        let names: Vec<&str> = words.filter(|name| !ours.iter().any(|(known, _)| is_same_name(name, known))).collect();
        localhost |= address == "127.0.0.1" && names.iter().any(|name| is_same_name(name, "localhost"));
        if !names.is_empty() {
            let _ = writeln!(text, "{address} {}", names.join(" "));
        }
    }
    if !localhost {
        text.push_str("127.0.0.1 localhost\n");
    }
    text
}

/// Whether two names are one to a resolver.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

/// A name service switch whose `hosts` are looked up in files and from the name server, and by nobody who would ask
/// elsewhere. `myhostname`, which asks nobody, stays where it was listed. The rest is kept.
pub(super) fn nsswitch(original: &str) -> String {
    let is_hosts = |line: &&str| line.trim_start().strip_prefix("hosts").is_some_and(|rest| rest.trim_start().starts_with(':'));
    let own_name = original.lines().find(is_hosts).is_some_and(|line| line.split_whitespace().any(|word| word == "myhostname"));
    let hosts = if own_name { "hosts: files myhostname dns" } else { "hosts: files dns" };
    let mut text = String::new();
    for line in original.lines().filter(|line| !is_hosts(line)).chain([hosts]) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_come_first_and_are_nobody_elses() {
        let ours = [("api.leadmagic.io".to_owned(), Ipv4Addr::new(127, 83, 0, 2)), ("localhost.test".to_owned(), Ipv4Addr::LOCALHOST)];
        let check = |original: &str, rest: &str| {
            let text = hosts(original, &ours);
            assert_eq!(text.strip_prefix("127.83.0.2 api.leadmagic.io\n127.0.0.1 localhost.test\n"), Some(rest), "{original:?}");
        };
        check("", "127.0.0.1 localhost\n");
        check("127.0.0.1 localhost\n::1 localhost ip6-loopback\n", "127.0.0.1 localhost\n::1 localhost ip6-loopback\n");
        check("127.0.0.1\tlocalhost vm # us\n# 10.0.0.1 x\n\n", "127.0.0.1 localhost vm\n");
        check("127.0.0.1 localhost\n10.0.0.1 API.Leadmagic.io. other\n", "127.0.0.1 localhost\n10.0.0.1 other\n");
        check("127.0.0.1 localhost\n10.0.0.1 api.leadmagic.io", "127.0.0.1 localhost\n");
        check("10.0.0.1", "127.0.0.1 localhost\n");
    }

    #[test]
    fn names_are_asked_of_nobody_else() {
        assert_eq!(
            nsswitch("passwd: files\nhosts: files mdns4 dns\nnetworks: files"),
            "passwd: files\nnetworks: files\nhosts: files dns\n"
        );
        assert_eq!(nsswitch("hosts:files resolve [!UNAVAIL=return] myhostname dns\n"), "hosts: files myhostname dns\n");
        assert_eq!(nsswitch("# hosts: x\nhosts : db\nhosts: nis\n"), "# hosts: x\nhosts: files dns\n");
        assert_eq!(nsswitch(""), "hosts: files dns\n");
    }
}
