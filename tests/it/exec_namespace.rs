//! `mock-providers exec --isolation namespace`: the command has no way off the machine, and else is as it was.
//!
//! Where the kernel gives this user no namespace, each test says so in its output and is done.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{program, run};

/// Runs a command in a namespace: code, stdout, stderr; none where there can be no namespace.
fn inside(command: &[&str]) -> Option<(i32, String, String)> {
    let all = |command: &[&str]| run(&[&["exec", "--isolation", "namespace", "--"], command].concat());
    let (code, _, stderr) = all(&["true"]);
    if code != 0 {
        // A refusal is told from a fault of ours by what it names.
        assert!(stderr.contains("the kernel does not let") || stderr.contains("cannot prepare the namespace"), "{stderr}");
        println!("skipped, there is no namespace to be had here: {stderr}");
        return None;
    }
    Some(all(command))
}

/// A name that is set for the test below when it runs inside.
const INSIDE: &str = "MOCK_PROVIDERS_TEST_INSIDE";

#[test]
fn nothing_leaves_the_machine_and_names_lead_to_the_fakes() {
    if std::env::var_os(INSIDE).is_some() {
        return see_from_inside();
    }
    let it = std::env::current_exe().expect("a test knows where it is");
    let it = it.to_str().expect("the path is text");
    let test = "exec_namespace::nothing_leaves_the_machine_and_names_lead_to_the_fakes";
    let Some((code, stdout, stderr)) = inside(&["env", &format!("{INSIDE}=1"), it, "--exact", test, "--nocapture"]) else { return };
    assert!(code == 0 && stdout.contains("seen from inside"), "{code}\n{stdout}\n{stderr}");
    assert!(stderr.contains("nowhere.example"), "a name that is refused is told: {stderr}");
}

fn see_from_inside() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    // Some kernels give every namespace idle ends of tunnels; they have no address.
    let idle = ["sit0", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0"];
    let dev = read("/proc/net/dev");
    let interfaces: Vec<&str> = dev.lines().skip(2).filter_map(|line| line.split(':').next()).map(str::trim).collect();
    assert!(interfaces.contains(&"lo") && interfaces.iter().all(|name| *name == "lo" || idle.contains(name)), "{interfaces:?}");
    assert_eq!(read("/proc/net/route").lines().skip(1).count(), 0, "there is a route");
    assert!(read("/proc/net/ipv6_route").lines().all(|line| line.split_whitespace().last() == Some("lo")), "there is a route");

    let begun = Instant::now();
    let patience = Duration::from_secs(20);
    let away = "192.0.2.1:80".parse().expect("an address");
    assert_eq!(TcpStream::connect_timeout(&away, patience).map_err(|e| e.kind()).err(), Some(ErrorKind::NetworkUnreachable));
    let datagram = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", away));
    assert_eq!(datagram.map_err(|e| e.kind()), Err(ErrorKind::NetworkUnreachable));
    assert!(begun.elapsed() < patience / 2, "it failed, but not at once");

    for host in ["magnetite.ai", "api.leadmagic.io", "api.sendpilot.ai", "app.leadterra.co"] {
        let found: Vec<_> = (host, 80).to_socket_addrs().expect("the name is known").collect();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{host}: {found:?}");
        let mut stream = TcpStream::connect(found[0]).expect("the fake listens");
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 "), "{host}: {answer}");
    }
    assert!(("nowhere.example", 80).to_socket_addrs().is_err());
    assert!(("localhost", 80).to_socket_addrs().is_ok_and(|mut found| found.all(|address| address.ip().is_loopback())));
    println!("seen from inside");
}

#[test]
fn the_command_is_who_and_where_it_was() {
    // No owners of files: to an ordinary user those of others are nobody's.
    let script = "id -u; id -g; id -ru; pwd; umask; ulimit -n; cut -d' ' -f5,6 /proc/self/stat; grep -E 'Sig(Blk|Ign)' /proc/self/status";
    let Some((code, stdout, stderr)) = inside(&["sh", "-c", script]) else { return };
    let outside = Command::new("sh").args(["-c", script]).output().expect("sh can be run");
    assert_eq!((code, stdout), (0, String::from_utf8(outside.stdout).expect("it is text")), "{stderr}");
}

#[test]
fn an_ordinary_user_gains_no_rights() {
    let Some((code, stdout, stderr)) = inside(&["cat", "/proc/self/status"]) else { return };
    assert_eq!(code, 0, "{stderr}");
    let field = |name: &str| stdout.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    assert_eq!(field("CapAmb:").trim_matches('0'), "");
    let is_root = field("Uid:").starts_with("0\t");
    assert_eq!(field("CapEff:").trim_matches('0').is_empty(), !is_root, "{stdout}");
}

#[test]
fn what_it_changes_in_the_files_of_names_stays_inside() {
    let before = std::fs::read("/etc/hosts").ok();
    let Some((code, stdout, stderr)) =
        inside(&["sh", "-c", "cat /etc/hosts; echo 127.0.0.1 changed.example >> /etc/hosts; cat /etc/resolv.conf"])
    else {
        return;
    };
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(std::fs::read("/etc/hosts").ok(), before);
    if before.is_some() {
        assert!(stdout.lines().any(|line| line.starts_with("127.") && line.ends_with(" api.leadmagic.io")), "{stdout}");
    }
    assert!(!std::path::Path::new("/etc/resolv.conf").exists() || stdout.ends_with("nameserver 127.0.0.1\n"), "{stdout}");
}

#[test]
fn a_command_that_cannot_be_run_has_the_shells_code() {
    for (command, code) in [("no-such-command", 127), ("./no/such", 127), ("/etc/passwd", 126)] {
        let Some((actual, stdout, stderr)) = inside(&[command]) else { return };
        assert_eq!((actual, stdout.as_str()), (code, ""), "{command}: {stderr}");
        assert!(stderr.contains(&format!("error: cannot run {command}: ")) && stderr.contains("\n  hint: "), "{stderr}");
    }
}

#[test]
fn a_namespace_that_is_asked_for_and_cannot_be_had_is_refused() {
    // A user namespace of the test's own, in which no further one may be made.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" exec --isolation namespace -- touch /nobody-runs-this";
    let output = Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", script]).arg(program()).output();
    let Some(output) = output.ok().filter(|output| String::from_utf8_lossy(&output.stderr).contains("error: ")) else {
        println!("skipped: there is no unshare program, or it may not make a user namespace");
        return;
    };
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("the kernel does not let") && stderr.contains("sysctl user.max_user_namespaces is 0"), "{stderr}");
    assert!(stderr.contains("\n  hint: ") && stderr.contains("--isolation proxy"), "{stderr}");
}
