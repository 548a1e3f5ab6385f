//! The only name server of the namespace. It knows the hosts of the run and localhost, and asks nobody.
//!
//! Documented: RFC 1035, section 4 (messages), RFC 2308 (a name without the data asked for), RFC 6761 (localhost).
//! Left out: everything but one question in one packet, which is all that a stub resolver sends.

use std::collections::HashSet;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::net::UdpSocket;

use super::files::is_same_name;

const A: u16 = 1;
const PTR: u16 = 12;
const AAAA: u16 = 28;
const ANY: u16 = 255;
const INTERNET: u16 = 1;

/// How long an answer may be kept. The addresses stay as they are for the whole run.
const KEEP_S: u32 = 60;

/// How many different names are told of, at most.
const TOLD_MAX: usize = 1024;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli::exec) struct Asked {
    /// The name, in lower case and without a final dot.
    pub(in crate::cli::exec) name: String,
    /// Whether the way to another host was asked for, and refused. Not so for the name of an address.
    pub(in crate::cli::exec) blocked: bool,
}

/// Answers until it is dropped. Each name that is not known is told to `on_blocked` when it is first asked for.
pub(in crate::cli::exec) async fn serve(socket: UdpSocket, hosts: Vec<(String, Ipv4Addr)>, on_blocked: impl Fn(&str)) {
    let mut told = HashSet::new();
    let mut query = [0; 4096];
    loop {
        // An error tells of an asker who has gone since, and is over with that.
        let Ok((length, from)) = socket.recv_from(&mut query).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let Some((reply, asked)) = answer(&query[..length], &hosts) else { continue };
        if asked.blocked && told.len() < TOLD_MAX && !told.contains(&asked.name) {
            on_blocked(&asked.name);
            told.insert(asked.name);
        }
        let _ = socket.send_to(&reply, from).await;
    }
}

/// The answer to a query, and what it was about; none for what is no query of one question.
pub(in crate::cli::exec) fn answer(query: &[u8], hosts: &[(String, Ipv4Addr)]) -> Option<(Vec<u8>, Asked)> {
    let question = Question::of(query)?;
    let known = addresses(&question.name, hosts);
    let no_such_name = if known.is_none() { 3 } else { 0 };
    let (v4, v6) = known.unwrap_or_default();
    let internet = matches!(question.class, INTERNET | ANY);
    let v4 = v4.filter(|_| internet && matches!(question.kind, A | ANY));
    let v6 = v6.filter(|_| internet && matches!(question.kind, AAAA | ANY));

    let mut reply = Vec::with_capacity(query.len() + 64);
    reply.extend(&query[..2]);
    // A response with authority; recursion is as available as it was desired.
    reply.extend([0x84 | query[2] & 1, 0x80 | no_such_name]);
    reply.extend([0, 1, 0, u8::from(v4.is_some()) + u8::from(v6.is_some()), 0, 0, 0, 0]);
    reply.extend(question.bytes);
    if let Some(address) = v4 {
        push_record(&mut reply, A, &address.octets());
    }
    if let Some(address) = v6 {
        push_record(&mut reply, AAAA, &address.octets());
    }
    let blocked = known.is_none() && question.kind != PTR;
    Some((reply, Asked { name: question.name, blocked }))
}

/// A record of the name in the question, which stands at byte 12.
fn push_record(reply: &mut Vec<u8>, kind: u16, address: &[u8]) {
    reply.extend([0xc0, 12]);
    reply.extend(kind.to_be_bytes());
    reply.extend(INTERNET.to_be_bytes());
    reply.extend(KEEP_S.to_be_bytes());
    reply.extend(u16::try_from(address.len()).expect("an address is short").to_be_bytes());
    reply.extend(address);
}

/// The addresses of a name that is known.
fn addresses(name: &str, hosts: &[(String, Ipv4Addr)]) -> Option<(Option<Ipv4Addr>, Option<Ipv6Addr>)> {
    if let Some((_, address)) = hosts.iter().find(|(known, _)| is_same_name(known, name)) {
        return Some((Some(*address), None));
    }
    let is_local = name == "localhost" || name.ends_with(".localhost");
    is_local.then_some((Some(Ipv4Addr::LOCALHOST), Some(Ipv6Addr::LOCALHOST)))
}

/// The one question of a query.
struct Question<'q> {
    name: String,
    kind: u16,
    class: u16,
    /// As it came.
    bytes: &'q [u8],
}

impl<'q> Question<'q> {
    fn of(query: &'q [u8]) -> Option<Self> {
        let (header, body) = query.split_at_checked(12)?;
        // A query (not a response), of the standard kind, with one question.
        if header[2] & 0xf8 != 0 || header[4..6] != [0, 1] {
            return None;
        }
        let mut name = String::new();
        let mut rest = body;
        loop {
            let (&length, after) = rest.split_first()?;
            rest = after;
            if length == 0 {
                break;
            }
            // Larger numbers point to an earlier name, and there is none before the first question.
            if length > 63 {
                return None;
            }
            let (label, after) = rest.split_at_checked(length.into())?;
            rest = after;
            push_label(&mut name, label);
        }
        let name_bytes = body.len() - rest.len();
        // Names have 255 bytes at most, the lengths and the end counted.
        if name_bytes > 255 || rest.len() < 4 {
            return None;
        }
        let number = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
        Some(Self { name, kind: number(0), class: number(2), bytes: &body[..name_bytes + 4] })
    }
}

/// A label as text. What is in no usual name is written by its number, so that a name can be shown anywhere.
fn push_label(name: &mut String, label: &[u8]) {
    if !name.is_empty() {
        name.push('.');
    }
    for byte in label {
        if byte.is_ascii_graphic() && !b".\\".contains(byte) {
            name.push(char::from(byte.to_ascii_lowercase()));
        } else {
            let _ = write!(name, "\\{byte:03}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use proptest::prelude::*;

    use super::*;

    fn hosts() -> Vec<(String, Ipv4Addr)> {
        vec![("api.leadmagic.io".to_owned(), Ipv4Addr::new(127, 83, 0, 2))]
    }

    fn query(name: &str, kind: u16) -> Vec<u8> {
        let mut query = vec![0xab, 0xcd, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1];
        for label in name.split('.').filter(|label| !label.is_empty()) {
            query.push(u8::try_from(label.len()).expect("a label is short"));
            query.extend(label.as_bytes());
        }
        query.push(0);
        query.extend(kind.to_be_bytes());
        query.extend([0, 1]);
        // What glibc adds for longer answers: EDNS.
        query.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        query
    }

    /// `127.0.0.1 ::1`, or nothing, or `no such name`; with `blocked` after it.
    #[track_caller]
    fn check(name: &str, kind: u16, expected: &str) {
        let (reply, asked) = answer(&query(name, kind), &hosts()).expect("it is a query");
        assert_eq!(reply[..3], [0xab, 0xcd, 0x85]);
        let mut said = Vec::new();
        if reply[3] & 15 == 3 {
            said.push("no such name".to_owned());
        }
        let mut rest = &reply[12 + name.trim_end_matches('.').len() + 2 + 4..];
        for _ in 0..reply[7] {
            let length = usize::from(rest[11]);
            said.push(match <[u8; 16]>::try_from(&rest[12..12 + length]) {
                Ok(octets) => Ipv6Addr::from(octets).to_string(),
                Err(_) => Ipv4Addr::new(rest[12], rest[13], rest[14], rest[15]).to_string(),
            });
            rest = &rest[12 + length..];
        }
        assert!(rest.is_empty());
        if asked.blocked {
            said.push("blocked".to_owned());
        }
        assert_eq!((asked.name, said.join(" ").as_str()), (name.trim_end_matches('.').to_ascii_lowercase(), expected));
    }

    #[test]
    fn it_knows_the_hosts_and_localhost_and_nobody_else() {
        check("api.leadmagic.io", A, "127.83.0.2");
        check("API.LeadMagic.io", A, "127.83.0.2");
        check("api.leadmagic.io.", A, "127.83.0.2");
        check("api.leadmagic.io", AAAA, "");
        check("api.leadmagic.io", 65, "");
        check("api.leadmagic.io", ANY, "127.83.0.2");
        check("localhost", A, "127.0.0.1");
        check("localhost", AAAA, "::1");
        check("any.localhost", ANY, "127.0.0.1 ::1");
        check("leadmagic.io", A, "no such name blocked");
        check("x.api.leadmagic.io", AAAA, "no such name blocked");
        check("xlocalhost", A, "no such name blocked");
        check("1.0.0.127.in-addr.arpa", PTR, "no such name");
    }

    #[test]
    fn what_is_no_query_is_dropped() {
        let whole = query("api.leadmagic.io", A);
        let end_of_question = 12 + 18 + 4;
        for length in 0..end_of_question {
            assert_eq!(answer(&whole[..length], &hosts()), None, "{length} bytes");
        }
        assert!(answer(&whole[..end_of_question], &hosts()).is_some());
        let altered = |at: usize, byte: u8| {
            let mut query = whole.clone();
            query[at] = byte;
            answer(&query, &hosts())
        };
        assert_eq!(altered(2, 0x81), None, "a response");
        assert_eq!(altered(2, 0x28), None, "an update");
        assert_eq!(altered(5, 2), None, "two questions");
        assert_eq!(altered(12, 0xc0), None, "a pointer");
        assert_eq!(answer(&query(&["abcdefg"; 32].join("."), A), &hosts()), None, "a name of 257 bytes");
        let (_, asked) = altered(13, b'\n').expect("an odd name is a name");
        assert_eq!(asked, Asked { name: "\\010pi.leadmagic.io".to_owned(), blocked: true });
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer_to_the_question_or_none(mut bytes in prop::collection::vec(any::<u8>(), 0..64), plain in any::<bool>()) {
            if plain && bytes.len() > 12 {
                bytes[2] = 0;
                bytes[4..6].copy_from_slice(&[0, 1]);
                bytes[12] %= 64;
            }
            if let Some((reply, asked)) = answer(&bytes, &hosts()) {
                prop_assert_eq!(&reply[..2], &bytes[..2]);
                prop_assert!(asked.name.is_ascii() && !asked.name.contains(char::is_control));
            }
        }
    }

    #[tokio::test]
    async fn over_a_socket_a_name_that_is_not_ours_is_told_once() {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port can be had");
        let address = server.local_addr().expect("it is bound");
        let (tell, told) = mpsc::channel();
        let serving = tokio::spawn(serve(server, hosts(), move |name| tell.send(name.to_owned()).expect("the test listens")));
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port can be had");
        client.connect(address).await.expect("loopback can be reached");
        let mut reply = [0; 512];
        for (name, code) in [("a.example", 3), ("api.leadmagic.io", 0), ("A.example", 3), ("b.example", 3)] {
            client.send(b"no query").await.expect("it is sent");
            client.send(&query(name, A)).await.expect("it is sent");
            client.recv(&mut reply).await.expect("it answers");
            assert_eq!(reply[3] & 15, code, "{name}");
        }
        serving.abort();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["a.example", "b.example"]);
    }
}
