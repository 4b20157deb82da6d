//! Nonces that prove themselves: when one was made, and that we made it, stands in it, so a
//! challenge costs no memory. Only for nonces that somebody has answered rightly is it remembered
//! which counts were used, so that no request is taken twice (RFC 7616 §3.4.5, §5.5).

use super::digest::hex;
use base::Instant;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How long a nonce may be used, in milliseconds.
const LIFE_MS: u64 = 300_000;
/// The most nonces whose counts are remembered; one more pushes the oldest out, which is stale from
/// then on with all that are older.
const REMEMBERED: usize = 4_096;
/// How far a count may lag behind the highest that was used: requests overtake each other.
const LAG: u32 = 64;
const BLOCK: usize = 64;

/// When a nonce was made, and a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nonce {
    made: u64,
    number: u64,
}

/// What a nonce that somebody used is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Ours, and young enough.
    Ours(Nonce),
    /// Ours but too old, or not ours: we may have been started anew.
    Stale,
}

/// Counts used with one nonce.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    highest: u32,
    /// Bit n: `highest - n` was used.
    used: u64,
}

impl Window {
    /// Uses a count; false where it was used before or is too far behind.
    fn take(&mut self, count: u32) -> bool {
        if count == 0 {
            return false;
        }
        if count > self.highest {
            let step = count - self.highest;
            self.used = self.used.checked_shl(step).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let behind = self.highest - count;
        let bit = 1_u64.checked_shl(behind).unwrap_or(0);
        if behind >= LAG || self.used & bit != 0 {
            return false;
        }
        self.used |= bit;
        true
    }
}

/// Makes nonces and knows them again.
pub(crate) struct Nonces {
    secret: [u8; 32],
    windows: BTreeMap<Nonce, Window>,
    /// The youngest nonce that was pushed out.
    floor: Option<Nonce>,
    remembered: usize,
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nonces").field("remembered", &self.windows.len()).finish_non_exhaustive()
    }
}

impl Nonces {
    pub(crate) fn new(seed: [u64; 4]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tocsin nonces");
        seed.iter().for_each(|word| hash.update(word.to_be_bytes()));
        let secret = hash.finalize().into();
        Self { secret, windows: BTreeMap::new(), floor: None, remembered: REMEMBERED }
    }

    #[cfg(test)]
    pub(super) fn remembering(seed: [u64; 4], remembered: usize) -> Self {
        Self { remembered, ..Self::new(seed) }
    }

    /// A nonce for that realm, or whatever else it is to be good for.
    pub(crate) fn make(&self, now: Instant, number: u64, scope: &str) -> String {
        let nonce = Nonce { made: now.as_millis(), number };
        format!("{:016x}{number:016x}{}", nonce.made, self.seal(nonce, scope))
    }

    /// Reads what somebody says is a nonce of ours for that.
    pub(crate) fn read(&self, now: Instant, scope: &str, text: &str) -> Read {
        let part = |from: usize| u64::from_str_radix(text.get(from..from + 16)?, 16).ok();
        let (Some(made), Some(number)) = (part(0), part(16)) else {
            return Read::Stale;
        };
        let nonce = Nonce { made, number };
        let seal = text.get(32..).unwrap_or_default();
        let ours = super::digest::same(&self.seal(nonce, scope), seal);
        let age = now.as_millis().checked_sub(made);
        let young = age.is_some_and(|age| age <= LIFE_MS);
        if ours && young && self.floor.is_none_or(|floor| floor < nonce) {
            Read::Ours(nonce)
        } else {
            Read::Stale
        }
    }

    /// Uses a count of a nonce; false where it was used already.
    pub(crate) fn spend(&mut self, now: Instant, nonce: Nonce, count: u32) -> bool {
        let old = now.as_millis().saturating_sub(LIFE_MS);
        while self.windows.first_key_value().is_some_and(|(nonce, _)| nonce.made < old) {
            self.windows.pop_first();
        }
        if !self.windows.contains_key(&nonce) && self.windows.len() >= self.remembered {
            self.floor = self.windows.pop_first().map(|(nonce, _)| nonce).max(self.floor);
            if self.floor >= Some(nonce) {
                return false;
            }
        }
        self.windows.entry(nonce).or_default().take(count)
    }

    /// HMAC-SHA-256 (RFC 2104), cut to 128 bits.
    fn seal(&self, nonce: Nonce, scope: &str) -> String {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            block.iter_mut().zip(self.secret).for_each(|(octet, key)| *octet ^= key);
            block
        };
        let mut inner = Sha256::new();
        inner.update(pad(0x36));
        inner.update(nonce.made.to_be_bytes());
        inner.update(nonce.number.to_be_bytes());
        inner.update(scope.as_bytes());
        let mut outer = Sha256::new();
        outer.update(pad(0x5c));
        outer.update(inner.finalize());
        let sealed: [u8; 32] = outer.finalize().into();
        hex(sealed.get(..16).unwrap_or_default())
    }
}
