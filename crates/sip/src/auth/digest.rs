//! The arithmetic of digest authentication: RFC 7616 §3.4.1 to §3.4.3, RFC 8760 §2.2.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use std::fmt::{self, Write};

/// Something that no log, metric or message may show.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A hash function, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hash {
    Md5,
    Sha256,
    Sha512_256,
}

impl Hash {
    /// H() of the parts joined by colons, in lower-case hexadecimal.
    pub(crate) fn of(self, parts: &[&str]) -> String {
        match self {
            Self::Md5 => hex(&joined::<Md5>(parts)),
            Self::Sha256 => hex(&joined::<Sha256>(parts)),
            Self::Sha512_256 => hex(&joined::<Sha512_256>(parts)),
        }
    }
}

fn joined<D: Digest>(parts: &[&str]) -> Vec<u8> {
    let mut hash = D::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            hash.update(b":");
        }
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _infallible = write!(text, "{octet:02x}");
        text
    })
}

/// What an `algorithm` parameter names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Algorithm {
    pub(crate) hash: Hash,
    /// `-sess`: the key is of one nonce only.
    pub(crate) session: bool,
}

/// Every algorithm and its name.
const ALGORITHMS: [(Algorithm, &str); 6] = [
    (Algorithm { hash: Hash::Md5, session: false }, "MD5"),
    (Algorithm { hash: Hash::Md5, session: true }, "MD5-sess"),
    (Algorithm { hash: Hash::Sha256, session: false }, "SHA-256"),
    (Algorithm { hash: Hash::Sha256, session: true }, "SHA-256-sess"),
    (Algorithm { hash: Hash::Sha512_256, session: false }, "SHA-512-256"),
    (Algorithm { hash: Hash::Sha512_256, session: true }, "SHA-512-256-sess"),
];

impl Algorithm {
    pub(crate) const MD5: Self = Self { hash: Hash::Md5, session: false };
    pub(crate) const SHA256: Self = Self { hash: Hash::Sha256, session: false };

    /// The algorithm of that name; MD5 where none is named (RFC 7616 §3.3).
    pub(crate) fn named(name: Option<&str>) -> Option<Self> {
        let Some(name) = name else {
            return Some(Self::MD5);
        };
        let mut rows = ALGORITHMS.iter();
        rows.find(|row| row.1.eq_ignore_ascii_case(name)).map(|row| row.0)
    }

    pub(crate) fn name(self) -> &'static str {
        ALGORITHMS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

/// Who knows the password of what, for one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) nonce: &'a str,
    pub(crate) cnonce: &'a str,
    /// `nc` as written; none without a quality of protection (RFC 2069).
    pub(crate) count: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
}

impl Proof<'_> {
    /// The response of whoever has this H(user:realm:password).
    pub(crate) fn response(&self, ha1: &Secret) -> String {
        let Self { algorithm: Algorithm { hash, session }, nonce, cnonce, .. } = *self;
        // RFC 7616 §3.4.2
        let key =
            if session { hash.of(&[ha1.reveal(), nonce, cnonce]) } else { ha1.reveal().to_owned() };
        let what = hash.of(&[self.method, self.uri]);
        match self.count {
            Some(count) => hash.of(&[&key, nonce, count, cnonce, "auth", &what]),
            None => hash.of(&[&key, nonce, &what]),
        }
    }
}

/// H(user:realm:password) (RFC 7616 §3.4.2).
pub(crate) fn key(hash: Hash, user: &str, realm: &str, password: &Secret) -> Secret {
    Secret(hash.of(&[user, realm, password.reveal()]))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    let difference = ours.bytes().zip(theirs.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(difference) == 0 && ours.len() == theirs.len()
}
