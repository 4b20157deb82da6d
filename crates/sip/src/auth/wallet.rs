//! Answering those who ask us who we are: RFC 3261 §22.1 to §22.3, RFC 7616 §3.4 to §3.5, RFC 8760
//! §2.4.

use super::digest::{Algorithm, Proof, Secret, hex, key};
use base::Rng;
use sip_parser::headers::{self, AuthenticationInfo, Challenge, NonceCount, Quoted, Value, escape};
use sip_parser::{Message, Name, Typed};
use std::collections::BTreeMap;

/// How often one request is sent again because of challenges: by the proxy, by the callee, and once
/// more by either because a nonce was too old.
const ATTEMPTS: u8 = 3;
/// The realms that one peer may ask for.
const REALMS: usize = 4;
/// The longest nonce that we take along.
const NONCE_MAX: usize = 1_024;

/// Who we are to a peer that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A challenge that was answered, and whose nonce the next requests use at once (§22.3).
#[derive(Clone, Debug)]
struct Known {
    /// Whether a proxy asks (407), or the user agent (401).
    proxy: bool,
    realm: String,
    algorithm: Algorithm,
    nonce: String,
    opaque: Option<String>,
    /// Whether `auth` was offered; without it the old scheme of RFC 2069 is all there is.
    qop: bool,
    cnonce: String,
    count: u32,
    key: Secret,
}

impl Known {
    fn header(&mut self, user: &str, method: &str, uri: &str) -> (&'static str, String) {
        self.count = self.count.saturating_add(1);
        let count = format!("{:08x}", self.count);
        let Self { proxy, realm, algorithm, nonce, opaque, qop, cnonce, key, .. } = self;
        let proof = Proof {
            algorithm: *algorithm,
            nonce,
            cnonce,
            count: qop.then_some(&count),
            method,
            uri,
        };
        let response = proof.response(key);
        let [user, realm, nonce, uri] = [user, realm.as_str(), nonce.as_str(), uri].map(escape);
        let opaque = opaque.as_deref().map(escape);
        let quoted = |text| Quoted::new(text).unwrap_or_default();
        let value = headers::Credentials {
            username: quoted(&user),
            realm: quoted(&realm),
            nonce: quoted(&nonce),
            uri: quoted(&uri),
            response: quoted(&response),
            algorithm: Some(algorithm.name()),
            cnonce: (*qop || algorithm.session).then(|| quoted(cnonce)),
            opaque: opaque.as_deref().map(quoted),
            qop: qop.then_some("auth"),
            nc: NonceCount::new(&count).filter(|_| *qop),
            ..headers::Credentials::default()
        };
        let name = if *proxy { Name::ProxyAuthorization } else { Name::Authorization };
        (name.as_str(), value.to_string())
    }
}

#[derive(Clone, Debug)]
struct Purse {
    credentials: Credentials,
    known: Vec<Known>,
}

/// What was counted of challenges to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalletStats {
    /// Challenges that were answered.
    pub answered: u64,
    /// Challenges that were not: no credentials, no algorithm that we know, or refused before.
    pub unanswered: u64,
}

/// The credentials for each peer that has some.
#[derive(Debug)]
pub(crate) struct Wallet {
    purses: BTreeMap<u16, Purse>,
    rng: Rng,
    pub(crate) stats: WalletStats,
}

impl Wallet {
    pub(crate) fn new(
        credentials: impl IntoIterator<Item = (u16, Credentials)>,
        seed: [u64; 4],
    ) -> Self {
        let purse = |(peer, credentials)| (peer, Purse { credentials, known: Vec::new() });
        // Not the sequence of tags and branches: nobody learns from those what follows here.
        let seed = seed.into_iter().fold(0, |seed, word| Rng::new(seed ^ word).next_u64());
        Self {
            purses: credentials.into_iter().map(purse).collect(),
            rng: Rng::new(seed),
            stats: WalletStats::default(),
        }
    }

    /// Takes a 401 or 407 to a request of ours, which was `sent` with so many challenges behind it
    /// already. Says whether the request should go once more.
    pub(crate) fn challenged(
        &mut self,
        peer: u16,
        attempts: u8,
        sent: &Message,
        response: &Message,
    ) -> bool {
        let proxy = response.status() == Some(407);
        let name = if proxy { Name::ProxyAuthenticate } else { Name::WwwAuthenticate };
        let challenges = response.values(name).filter_map(Challenge::read);
        let answered = attempts < ATTEMPTS && self.learn(peer, attempts, proxy, sent, challenges);
        self.stats.answered += u64::from(answered);
        self.stats.unanswered += u64::from(!answered);
        answered
    }

    fn learn<'a>(
        &mut self,
        peer: u16,
        attempts: u8,
        proxy: bool,
        sent: &Message,
        challenges: impl Iterator<Item = Challenge<'a>>,
    ) -> bool {
        let Some(purse) = self.purses.get_mut(&peer) else {
            return false;
        };
        // RFC 8760 §2.4: the order should say it, and the strongest that both know is what it
        // should say.
        let mut best: BTreeMap<String, (Algorithm, Challenge<'_>)> = BTreeMap::new();
        for challenge in challenges.take(4 * REALMS) {
            let Some(algorithm) = Algorithm::named(challenge.algorithm) else {
                continue;
            };
            let realm = challenge.realm.text().into_owned();
            let usable = challenge.nonce.as_str().len() <= NONCE_MAX
                && (challenge.qop.is_none() || challenge.offers("auth"));
            let stronger = best.get(&realm).is_none_or(|known| known.0 < algorithm);
            if usable && stronger {
                best.insert(realm, (algorithm, challenge));
            }
        }
        let mut any = false;
        for (realm, (algorithm, challenge)) in best.into_iter().take(REALMS) {
            let nonce = challenge.nonce.text().into_owned();
            let refused = used(sent, proxy, &realm).is_some_and(|used| {
                // §22.2: what was just rejected is not tried again, unless its nonce only was old.
                // A nonce of an earlier request may be old without a word of it.
                !challenge.stale && (attempts > 0 || used == nonce)
            });
            purse.known.retain(|known| known.proxy != proxy || known.realm != realm);
            if refused {
                return false;
            }
            if purse.known.len() >= REALMS {
                purse.known.remove(0);
            }
            let Credentials { user, password } = &purse.credentials;
            purse.known.push(Known {
                proxy,
                algorithm,
                nonce,
                opaque: challenge.opaque.map(|opaque| opaque.text().into_owned()),
                qop: challenge.offers("auth"),
                cnonce: hex(&self.rng.next_u64().to_be_bytes()),
                count: 0,
                key: key(algorithm.hash, user, &realm, password),
                realm,
            });
            any = true;
        }
        any
    }

    /// The credentials that a request to that peer takes along.
    pub(crate) fn authorise(
        &mut self,
        peer: u16,
        method: &str,
        uri: &str,
    ) -> Vec<(&'static str, String)> {
        let Some(Purse { credentials, known }) = self.purses.get_mut(&peer) else {
            return Vec::new();
        };
        known.iter_mut().map(|known| known.header(&credentials.user, method, uri)).collect()
    }

    /// Takes the nonce for the next request from a response (RFC 7616 §3.5).
    pub(crate) fn informed(&mut self, peer: u16, response: &Message) {
        let Some(purse) = self.purses.get_mut(&peer) else {
            return;
        };
        for (proxy, name) in [(false, "Authentication-Info"), (true, "Proxy-Authentication-Info")] {
            let value = response.named(name).next();
            let Some(info) = value.and_then(AuthenticationInfo::parse) else { continue };
            let nonce = info.nextnonce.filter(|nonce| nonce.as_str().len() <= NONCE_MAX);
            let mut asked = purse.known.iter_mut().filter(|known| known.proxy == proxy);
            // It names no realm, so it is understood only where there is one.
            if let (Some(nonce), Some(known), None) = (nonce, asked.next(), asked.next()) {
                known.nonce = nonce.text().into_owned();
                known.count = 0;
                known.cnonce = hex(&self.rng.next_u64().to_be_bytes());
            }
        }
    }
}

/// The nonce that a request had for that realm.
fn used(sent: &Message, proxy: bool, realm: &str) -> Option<String> {
    let name = if proxy { Name::ProxyAuthorization } else { Name::Authorization };
    let mut each = sent.values(name).filter_map(headers::Credentials::read);
    let ours = each.find(|credentials| credentials.realm.text() == realm)?;
    Some(ours.nonce.text().into_owned())
}
