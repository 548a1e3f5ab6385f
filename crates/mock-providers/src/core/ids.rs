//! Ids drawn from a world's seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Lower-case letters and digits: the alphabet of the documents' sample ids.
const ALNUM: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A stream of ids: same seed, same ids, on every platform.
#[derive(Clone, Debug)]
pub struct Ids(ChaCha8Rng);

impl Ids {
    /// The stream of a seed and a name, so that two uses of one seed do not repeat each other.
    pub fn new(seed: u64, stream: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(stream).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// `prefix` and `len` lower-case letters and digits.
    pub fn alnum(&mut self, prefix: &str, len: usize) -> String {
        self.of(ALNUM, prefix, len)
    }

    /// `prefix` and `len` lower-case hex digits.
    pub fn hex(&mut self, prefix: &str, len: usize) -> String {
        self.of(b"0123456789abcdef", prefix, len)
    }

    /// `prefix` and `len` characters of the upper-case alphabet of ULIDs.
    pub fn ulid(&mut self, prefix: &str, len: usize) -> String {
        self.of(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", prefix, len)
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> String {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        /// Where the two digits of each byte stand.
        const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.next_u64().to_le_bytes());
        bytes[8..].copy_from_slice(&self.0.next_u64().to_le_bytes());
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = [b'-'; 36];
        for (byte, at) in bytes.into_iter().zip(PLACES) {
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 0x0f)];
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    fn of(&mut self, alphabet: &[u8], prefix: &str, len: usize) -> String {
        let mut id = String::with_capacity(prefix.len() + len);
        id.push_str(prefix);
        let letters = alphabet.len() as u64;
        id.extend((0..len).map(|_| {
            #[expect(clippy::cast_possible_truncation, reason = "below the alphabet's length")]
            let at = (self.0.next_u64() % letters) as usize;
            char::from(alphabet[at])
        }));
        id
    }
}

/// FNV-1a: a fixed hash, since the standard library's may change between versions.
pub fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_pinned_to_seed_and_stream() {
        let first = Ids::new(1, "ids").alnum("lead_", 12);
        assert_eq!(first, Ids::new(1, "ids").alnum("lead_", 12));
        assert_ne!(first, Ids::new(2, "ids").alnum("lead_", 12));
        assert_ne!(first, Ids::new(1, "keys").alnum("lead_", 12));
        assert_eq!(first.len(), 17);
        let uuid = Ids::new(1, "uuid").uuid();
        assert_eq!((uuid.len(), &uuid[14..15], uuid.matches('-').count()), (36, "4", 4));
    }
}
