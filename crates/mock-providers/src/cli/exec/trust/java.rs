//! A trust store in Java's own format (JKS), which every JDK reads: the certificates and a checksum, nothing secret.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// The password every JDK's own store has. It seals a checksum and hides nothing.
pub(in crate::cli::exec) const PASSWORD: &str = "changeit";

/// The alias of the last certificate, the run's authority; the others are numbered.
const OURS: &str = "mock-providers";

/// A store of these certificates; the last is the run's authority.
///
/// Numbers are big-endian. A time of 0 for when an entry was made keeps the bytes the same from run to run.
pub(super) fn trust_store(certificates: &[&[u8]]) -> Vec<u8> {
    const MAGIC: u32 = 0xFEED_FEED;
    const VERSION: u32 = 2;
    const TRUSTED_CERTIFICATE: u32 = 2;
    let mut store = Vec::new();
    store.extend(MAGIC.to_be_bytes());
    store.extend(VERSION.to_be_bytes());
    store.extend(length(certificates.len()));
    for (n, certificate) in certificates.iter().enumerate() {
        store.extend(TRUSTED_CERTIFICATE.to_be_bytes());
        if n + 1 == certificates.len() {
            text(&mut store, OURS);
        } else {
            text(&mut store, &format!("root-{n}"));
        }
        store.extend(0_i64.to_be_bytes());
        text(&mut store, "X.509");
        store.extend(length(certificate.len()));
        store.extend(*certificate);
    }
    let digest = checksum(&store);
    store.extend(digest.as_ref());
    store
}

/// The password in UTF-16, a phrase of the format's makers, and everything before.
fn checksum(store: &[u8]) -> ring::digest::Digest {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for unit in PASSWORD.encode_utf16() {
        context.update(&unit.to_be_bytes());
    }
    context.update(b"Mighty Aphrodite");
    context.update(store);
    context.finish()
}

/// A text of ASCII, with its length before it.
fn text(store: &mut Vec<u8>, text: &str) {
    store.extend(u16::try_from(text.len()).expect("an alias is short").to_be_bytes());
    store.extend(text.as_bytes());
}

fn length(of: usize) -> [u8; 4] {
    u32::try_from(of).expect("certificates are far below 4 GiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of a store, as alias and certificate, once its checksum is right.
    fn read(store: &[u8]) -> Vec<(String, Vec<u8>)> {
        fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
            let (taken, left) = rest.split_at(count);
            *rest = left;
            taken
        }
        fn number(rest: &mut &[u8], bytes: usize) -> usize {
            take(rest, bytes).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
        }
        fn sized(rest: &mut &[u8], length_bytes: usize) -> Vec<u8> {
            let count = number(rest, length_bytes);
            take(rest, count).to_vec()
        }
        let (body, digest) = store.split_at(store.len() - 20);
        assert_eq!(checksum(body).as_ref(), digest, "the checksum");
        let mut rest = body;
        assert_eq!((number(&mut rest, 4), number(&mut rest, 4)), (0xFEED_FEED, 2), "magic and version");
        let entries = (0..number(&mut rest, 4))
            .map(|_| {
                assert_eq!(number(&mut rest, 4), 2, "a trusted certificate");
                let alias = String::from_utf8(sized(&mut rest, 2)).expect("an alias");
                assert_eq!(number(&mut rest, 8), 0, "the time");
                assert_eq!(sized(&mut rest, 2), b"X.509");
                (alias, sized(&mut rest, 4))
            })
            .collect();
        assert!(rest.is_empty(), "{} bytes too many", rest.len());
        entries
    }

    #[test]
    fn trust_store_reads_back() {
        let entries = read(&trust_store(&[b"one", b"ours"]));
        assert_eq!(entries, [("root-0".to_owned(), b"one".to_vec()), ("mock-providers".to_owned(), b"ours".to_vec())]);
    }

    /// The checksum of an empty store that JDK 17's keytool accepts, so that both sides of the test above are not wrong in the same way.
    #[test]
    fn checksum_is_javas() {
        let empty = trust_store(&[]);
        let digest = u128::from_be_bytes(empty[12..28].try_into().expect("a digest is longer"));
        assert_eq!((digest, &empty[28..]), (0xe268_6e45_fb43_dfa4_d992_dd41_ceb6_b21c, &[0x63, 0x30, 0xd7, 0x92][..]));
    }
}
