//! The name under which OpenSSL looks for an authority in a folder (`SSL_CERT_DIR`): four bytes of a digest of its subject.
//!
//! Documented: OpenSSL, `X509_NAME_hash_ex` and `openssl-rehash(1)`. Only subjects made of ASCII texts are understood;
//! the run's own is one.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const UTF8: u8 = 0x0C;
const PRINTABLE: u8 = 0x13;
const IA5: u8 = 0x16;

/// The hash of a certificate's subject; none where it is not understood.
pub(super) fn of_certificate(der: &[u8]) -> Option<u32> {
    let canonical = canonical(subject(der)?)?;
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &canonical);
    // OpenSSL reads the first four bytes as a little-endian number.
    digest.as_ref().first_chunk().copied().map(u32::from_le_bytes)
}

/// The content of a certificate's subject; none where these bytes are no certificate.
pub(super) fn subject(der: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = expect(SEQUENCE, der)?;
    let (mut rest, _) = expect(SEQUENCE, certificate)?;
    // The version is left out in the oldest certificates.
    if rest.first() == Some(&0xA0) {
        (_, _, rest) = element(rest)?;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        (_, _, rest) = element(rest)?;
    }
    expect(SEQUENCE, rest).map(|(subject, _)| subject)
}

/// A subject as OpenSSL compares it: each text as UTF-8, in lower case, with single spaces; no header around the whole.
fn canonical(mut subject: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    while !subject.is_empty() {
        let (set, rest) = expect(SET, subject)?;
        subject = rest;
        let (pair, others) = expect(SEQUENCE, set)?;
        if !others.is_empty() {
            return None;
        }
        let (_, _, after) = element(pair)?;
        let kind = &pair[..pair.len() - after.len()];
        let (tag, value, _) = element(after)?;
        let text = std::str::from_utf8(value).ok().filter(|text| matches!(tag, UTF8 | PRINTABLE | IA5) && text.is_ascii())?;
        let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        let pair = [kind, &enclosed(UTF8, text.as_bytes())?].concat();
        whole.extend(enclosed(SET, &enclosed(SEQUENCE, &pair)?)?);
    }
    Some(whole)
}

/// An element of this tag: its content, and what comes after.
fn expect(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    element(der).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// The first element: tag, content, and what comes after.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// An element of a short content, as a subject's are.
fn enclosed(tag: u8, content: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80)?;
    Some([&[tag, length], content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_openssls() {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "Mock-Providers  Run authority");
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        // `openssl x509 -noout -hash` of a certificate with that subject, by OpenSSL 3.0.19.
        assert_eq!(of_certificate(certificate.der()), Some(0x2624_a3a9));
    }

    #[test]
    fn what_is_no_certificate_has_none() {
        for bytes in [&b""[..], b"123", &[0x30, 0x82], &[0x30, 0x84, 255, 255, 255, 255, 0], &[0x30, 0x03, 0x30, 0x01, 0xA0]] {
            assert_eq!(of_certificate(bytes), None);
        }
    }
}
