//! Asking callers who they are: RFC 3261 §22.2, §22.4, RFC 8760 §2.3.

use super::digest::{self, Algorithm, Hash, Proof, Secret};
use super::nonces::{Nonces, Read};
use crate::{PeerId, Peers};
use base::{Class, Duration, Instant};
use sip_parser::headers::{Authorization, Challenge, Credentials, Quoted, escape};
use sip_parser::{Message, Uri};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Wrong answers that one address may give within [`WINDOW`]; then its credentials are not looked
/// at until that is over.
const WRONG_MAX: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses whose wrong answers are counted at once.
const SOURCES: usize = 1_024;

/// Somebody who may call with a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The peer that whoever knows the password is, by its place in the configuration.
    pub owner: u16,
    /// H(user:realm:password) by MD5, in hexadecimal; none where only SHA-256 is taken.
    pub md5: Option<Secret>,
    /// The same by SHA-256.
    pub sha256: Option<Secret>,
}

/// A realm and who has a name in it.
#[derive(Clone, Debug, Default)]
pub struct Realm {
    /// What callers are shown.
    pub name: String,
    /// Whether callers from anywhere may prove themselves here.
    pub open: bool,
    /// By user name.
    pub accounts: BTreeMap<String, Account>,
}

impl Realm {
    /// The algorithms that every account can be asked for, the strongest first.
    fn offered(&self) -> impl Iterator<Item = Algorithm> {
        let all = |has: fn(&Account) -> bool| self.accounts.values().all(has);
        let sha256 = all(|account| account.sha256.is_some()).then_some(Algorithm::SHA256);
        let md5 = all(|account| account.md5.is_some()).then_some(Algorithm::MD5);
        [sha256, md5].into_iter().flatten()
    }

    fn key(&self, user: &str, hash: Hash) -> Option<(&Account, &Secret)> {
        let account = self.accounts.get(user)?;
        let key = match hash {
            Hash::Md5 => account.md5.as_ref(),
            Hash::Sha256 => account.sha256.as_ref(),
            Hash::Sha512_256 => None,
        };
        Some((account, key?))
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is from the peer that owns this account.
    Proved(u16),
    /// 401 with these WWW-Authenticate headers.
    Challenge(Vec<String>),
    /// Too many wrong answers from there: not now.
    Wait(Duration),
}

/// What was counted at the door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorStats {
    /// Requests asked for credentials because they had none.
    pub challenged: u64,
    /// Requests that proved who they are from.
    pub proved: u64,
    /// Credentials that were right but too old or used before.
    pub stale: u64,
    /// Credentials that were wrong.
    pub wrong: u64,
    /// Requests turned away after too many wrong answers from their address.
    pub turned_away: u64,
    /// Wrong answers from more addresses than are told apart.
    pub sources_full: u64,
}

/// What credentials are worth.
enum Worth {
    Right(u16),
    /// By somebody who knows the password, but not fresh.
    Stale,
    Wrong,
    /// Wrong, and perhaps not from where it seems to be: nobody there has been given that nonce.
    Forged,
}

/// Wrong answers within [`WINDOW`].
#[derive(Clone, Copy, Debug, Default)]
struct Guesses {
    since: Instant,
    wrong: u32,
}

impl Guesses {
    /// How long no more of them are looked at.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let over = self.since + WINDOW;
        (self.wrong >= WRONG_MAX && now < over).then(|| over.saturating_since(now))
    }

    fn count(&mut self, now: Instant) {
        if self.wrong == 0 || self.since + WINDOW <= now {
            (self.since, self.wrong) = (now, 0);
        }
        self.wrong = self.wrong.saturating_add(1);
    }
}

/// The door.
#[derive(Debug)]
pub(crate) struct Door {
    realms: Vec<Realm>,
    of_peer: Vec<Option<u16>>,
    /// Whether emergency calls of whom nobody knows are let in without a word.
    pub(crate) lets_emergencies_in: bool,
    nonces: Nonces,
    wrong: BTreeMap<IpAddr, Guesses>,
    /// By whomsoever, with nonces that we have not given them.
    forged: Guesses,
    pub(crate) stats: DoorStats,
}

impl Door {
    /// The realms, and which peer must come through which.
    pub(crate) fn new(peers: &Peers) -> Self {
        Self {
            realms: peers.realms.clone(),
            of_peer: peers.list.iter().map(|peer| peer.realm).collect(),
            lets_emergencies_in: peers.strangers_emergencies,
            nonces: Nonces::new(peers.secret),
            wrong: BTreeMap::new(),
            forged: Guesses::default(),
            stats: DoorStats::default(),
        }
    }

    /// Through which realms a request must come: that of its peer, where it has one; and where the
    /// peer is not known, any that is open to all.
    pub(crate) fn realms(&self, peer: Option<PeerId>) -> Vec<u16> {
        match peer {
            Some(peer) => {
                let realm = self.of_peer.get(usize::from(peer.0));
                realm.copied().flatten().into_iter().collect()
            }
            None => {
                let realms = (0..).zip(&self.realms);
                realms.filter(|(_, realm)| realm.open).map(|(n, _)| n).collect()
            }
        }
    }

    /// Judges a request that must come through one of these realms. An emergency call with the
    /// right password gets through however old its nonce is, and whatever its address did before.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        realms: &[u16],
        (source, class): (IpAddr, Class),
        request: &Message,
        number: u64,
    ) -> Verdict {
        if !class.is_emergency()
            && let Some(wait) = self.wrong.get(&source).and_then(|guesses| guesses.wait(now))
        {
            self.stats.turned_away += 1;
            return Verdict::Wait(wait);
        }
        let stale = match self.credentials(now, realms, (source, class), request) {
            None => {
                self.stats.challenged += 1;
                false
            }
            Some(Worth::Right(owner)) => {
                self.stats.proved += 1;
                return Verdict::Proved(owner);
            }
            Some(Worth::Stale) => {
                self.stats.stale += 1;
                true
            }
            Some(Worth::Wrong) => {
                self.stats.wrong += 1;
                self.count(now, source);
                false
            }
            Some(Worth::Forged) => {
                self.stats.wrong += 1;
                self.forged.count(now);
                false
            }
        };
        Verdict::Challenge(self.challenges(now, realms, source, (stale, number)))
    }

    /// The worth of the credentials for one of these realms; none where there are none.
    ///
    /// Wrong answers count against their address only where that was given the nonce, lest anybody
    /// keep out whom they can pretend to be. Others are looked at so often in all that nobody can
    /// learn from `stale` that a guess was right.
    fn credentials(
        &mut self,
        now: Instant,
        realms: &[u16],
        (source, class): (IpAddr, Class),
        request: &Message,
    ) -> Option<Worth> {
        for credentials in request.all_typed::<Authorization<'_>>().flatten() {
            let credentials = &credentials.value;
            let named = realms.iter().filter_map(|n| self.realms.get(usize::from(*n)));
            let mut named = named.filter(|realm| credentials.realm.text() == realm.name);
            let Some(realm) = named.next() else { continue };
            let read = self.nonces.read(now, &scope(realm, source), &credentials.nonce.text());
            let emergency = class.is_emergency();
            if read == Read::Stale && !emergency && self.forged.wait(now).is_some() {
                return None;
            }
            return Some(match (proved(realm, credentials, request), read) {
                (None, Read::Ours(_)) => Worth::Wrong,
                (None, Read::Stale) => Worth::Forged,
                (Some((owner, _)), _) if emergency => Worth::Right(owner),
                (Some((owner, count)), Read::Ours(nonce))
                    if self.nonces.spend(now, nonce, count) =>
                {
                    Worth::Right(owner)
                }
                (Some(_), _) => Worth::Stale,
            });
        }
        None
    }

    /// RFC 8760 §2.3: one header for each algorithm, the preferred first.
    fn challenges(
        &self,
        now: Instant,
        realms: &[u16],
        source: IpAddr,
        (stale, number): (bool, u64),
    ) -> Vec<String> {
        let realms = realms.iter().filter_map(|n| self.realms.get(usize::from(*n)));
        let each = realms.flat_map(|realm| {
            let nonce = self.nonces.make(now, number, &scope(realm, source));
            realm.offered().map(move |algorithm| {
                let realm = escape(&realm.name);
                let quoted = |text| Quoted::new(text).unwrap_or_default();
                let challenge = Challenge {
                    realm: quoted(&realm),
                    nonce: quoted(&nonce),
                    stale,
                    algorithm: Some(algorithm.name()),
                    qop: Quoted::new("auth"),
                    ..Challenge::default()
                };
                challenge.to_string()
            })
        });
        each.collect()
    }

    fn count(&mut self, now: Instant, source: IpAddr) {
        if !self.wrong.contains_key(&source) && self.wrong.len() >= SOURCES {
            self.wrong.retain(|_, guesses| now < guesses.since + WINDOW);
            if self.wrong.len() >= SOURCES {
                self.stats.sources_full += 1;
                return;
            }
        }
        self.wrong.entry(source).or_default().count(now);
    }
}

/// What a nonce is good for: one realm, and whoever was given it.
fn scope(realm: &Realm, source: IpAddr) -> String {
    format!("{} {source}", realm.name)
}

/// Whose credentials these are, and their count; none where anything is wrong with them.
fn proved(realm: &Realm, credentials: &Credentials<'_>, request: &Message) -> Option<(u16, u32)> {
    let algorithm = Algorithm::named(credentials.algorithm);
    let algorithm = algorithm.filter(|named| realm.offered().any(|offered| offered == *named))?;
    // RFC 7616 §3.4: qop was offered, so all of these must be there.
    let (count, cnonce) = (credentials.nc?, credentials.cnonce?.text());
    let (nonce, uri) = (credentials.nonce.text(), credentials.uri.text());
    let auth = credentials.qop.is_some_and(|qop| qop.eq_ignore_ascii_case("auth"));
    if !auth || cnonce.is_empty() || !same_resource(&uri, request.uri()?) {
        return None;
    }
    let proof = Proof {
        algorithm,
        nonce: &nonce,
        cnonce: &cnonce,
        count: Some(count.as_str()),
        method: request.method().as_str(),
        uri: &uri,
    };
    // A user who does not exist costs as much time as one who does.
    let nobody = Secret::default();
    let known = realm.key(&credentials.username.text(), algorithm.hash);
    let expected = proof.response(known.map_or(&nobody, |(_, key)| key));
    let right = digest::same(&expected, &credentials.response.text().to_ascii_lowercase());
    known.filter(|_| right).map(|(account, _)| (account.owner, count.number()))
}

/// RFC 7616 §3.4.6: the digest must be of what is asked for. A proxy on the way may have touched
/// the parameters, not whom and where; and many a user agent signs where alone.
fn same_resource(signed: &str, asked: &str) -> bool {
    if signed == asked {
        return true;
    }
    match (Uri::parse(signed), Uri::parse(asked)) {
        (Some(Uri::Sip(signed)), Some(Uri::Sip(asked))) => {
            (signed.user.is_none() || signed.user == asked.user)
                && signed.host.eq_ignore_ascii_case(asked.host)
                && signed.port == asked.port
        }
        _ => false,
    }
}
