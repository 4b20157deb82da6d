use base::Rng;

/// Tags, branches and Call-IDs: unique by their 64 random bits (RFC 3261 §19.3, §8.1.1.7).
#[derive(Debug)]
pub(crate) struct Ids {
    rng: Rng,
    salt: u64,
}

impl Ids {
    pub(crate) const fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let salt = rng.next_u64();
        Self { rng, salt }
    }

    pub(crate) fn tag(&mut self) -> String {
        format!("{:016x}", self.rng.next_u64())
    }

    pub(crate) fn branch(&mut self) -> String {
        format!("z9hG4bK{:016x}", self.rng.next_u64())
    }

    pub(crate) fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.rng.next_u64(), self.rng.next_u64())
    }

    /// The id of a session description: within what a signed 64-bit reader takes.
    pub(crate) const fn sdp_session(&mut self) -> u64 {
        self.rng.next_u64() >> 2
    }

    /// Any number.
    pub(crate) const fn number(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number below `bound`.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// The tag of a response without a dialog: the same for each copy of the request, also where
    /// no transaction remembers it (§8.2.7).
    pub(crate) fn stateless_tag(&self, parts: &[&str]) -> String {
        let mut hash = self.salt;
        for part in parts {
            for octet in part.bytes().chain([0]) {
                hash = Rng::new(hash ^ u64::from(octet)).next_u64();
            }
        }
        format!("{hash:016x}")
    }
}
