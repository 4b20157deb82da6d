//! Where a SIP URI leads: RFC 3263 §4, with the rules of RFC 2782 (SRV) and RFC 3403 (NAPTR).
//!
//! A [`Locator`] asks for records by [`Question`]s and takes [`Answer`]s; in the end it tells all
//! [`Servers`] of a [`Target`] that we have a socket for. It keeps no time: whoever asks the
//! questions answers [`Answer::Failed`] when the domain name system keeps silent.
//!
//! Each answer makes it walk through the clauses of §4.1 and §4.2 anew, over all answers so far,
//! until no answer is missing: the code reads in the order of the standard, and there is no state
//! but the answers. Their number is bounded, and so is what is taken of each.

mod servers;
mod target;
#[cfg(test)]
mod tests;

pub use servers::{Server, Servers};
pub use target::{BadTarget, Target};

use crate::Transport;
use base::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use target::Host;

/// The most questions that one target may cost.
pub const QUESTIONS: usize = 48;
/// Rules of one NAPTR answer that are looked at.
const RULES: usize = 8;
/// Servers of one SRV answer that are looked at.
const SERVERS: usize = 16;
/// Addresses of one name.
const ADDRESSES: usize = 8;

/// The type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// RFC 3403.
    Naptr,
    /// RFC 2782.
    Srv,
    /// An address of IPv4.
    A,
    /// An address of IPv6.
    Aaaa,
}

/// A question to the domain name system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// What is asked for.
    pub kind: RecordKind,
    /// The name, fully qualified, without the last dot.
    pub name: String,
}

/// A record that answers a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A rule (RFC 3403 §4.1).
    Naptr(Naptr),
    /// A server of a service (RFC 2782).
    Srv {
        /// Lower is tried first.
        priority: u16,
        /// The part of the calls among equals.
        weight: u16,
        /// The port.
        port: u16,
        /// The server's name; empty where the service is not offered.
        target: String,
    },
    /// An address.
    Address(IpAddr),
}

/// A rule of a NAPTR record, of which we need what RFC 3263 §4.1 uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naptr {
    /// Lower must be taken first.
    pub order: u16,
    /// Lower should be taken first, among equal orders.
    pub preference: u16,
    /// `s` where the replacement is the name of SRV records.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`.
    pub services: String,
    /// Empty.
    pub regexp: String,
    /// The name to go on with.
    pub replacement: String,
}

/// What the domain name system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These, good for so long.
    Records {
        /// In the order of the message; others than those asked for are passed over.
        records: Vec<Record>,
        /// The shortest time to live.
        ttl: Duration,
    },
    /// There is no such name, or nothing of this kind at it (RFC 2308).
    Nothing {
        /// How long that is known.
        ttl: Option<Duration>,
    },
    /// It said nothing in time, or that it failed.
    Failed,
}

/// Why a target leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlocated {
    /// The domain name system failed.
    #[error("the domain name system did not answer")]
    Failed,
    /// There is no such name, or no address for it that we have a socket for.
    #[error("there is no address for it")]
    NoAddress,
    /// The domain says by its SRV records that it offers no such service (RFC 2782: target `.`).
    #[error("its domain says that it offers no such service")]
    NotOffered,
    /// None of our sockets speaks the transport.
    #[error("no socket of ours speaks its transport")]
    NoSocket,
}

/// What a locator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// Put this question, and give the answer to [`Locator::handle_answer`].
    Ask(Question),
    /// The end: where the target leads.
    Done(Result<Servers, Unlocated>),
}

/// One target on its way to addresses.
#[derive(Clone, Debug)]
pub struct Locator {
    target: Target,
    book: Book,
    outputs: VecDeque<Located>,
    done: bool,
}

/// What has been asked and answered.
#[derive(Clone, Debug, Default)]
struct Book {
    /// None: asked, and not answered yet.
    answers: BTreeMap<Question, Option<Answer>>,
    /// Asked for the first time in this walk.
    fresh: Vec<Question>,
    /// Whether the bound on questions left one unasked.
    exhausted: bool,
    /// Transports and address families of our sockets: IPv6 where true.
    sockets: Vec<(Transport, bool)>,
}

/// Whether everything needed has been answered.
type Known<T> = Option<T>;

/// A service of a domain, by way of which its servers are found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    transport: Transport,
    name: String,
}

/// What the SRV records of a service say.
enum Offer {
    /// There are none.
    Unknown,
    /// RFC 2782: "a Target of "." means that the service is decidedly not available".
    Refused,
    Servers(Vec<Server>),
}

impl Locator {
    /// Begins to locate a target for the sockets that we have.
    pub fn new(target: Target, locals: &[(Transport, SocketAddr)]) -> Self {
        let sockets = locals.iter().map(|(transport, local)| (*transport, local.is_ipv6()));
        let book = Book { sockets: sockets.collect(), ..Book::default() };
        let mut locator = Self { target, book, outputs: VecDeque::new(), done: false };
        locator.walk();
        locator
    }

    /// What it wants next.
    pub fn poll_output(&mut self) -> Option<Located> {
        self.outputs.pop_front()
    }

    /// Takes the answer to a question; one that was not asked changes nothing.
    pub fn handle_answer(&mut self, question: &Question, answer: Answer) {
        if let Some(open @ None) = self.book.answers.get_mut(question) {
            *open = Some(answer);
            self.walk();
        }
    }

    fn walk(&mut self) {
        if self.done {
            return;
        }
        let found = self.book.locate(&self.target);
        if let Some(found) = found {
            self.done = true;
            self.outputs.clear();
            self.outputs.push_back(Located::Done(found));
        } else {
            self.outputs.extend(self.book.fresh.drain(..).map(Located::Ask));
        }
    }
}

impl Book {
    /// What is known about a question; asks it where nothing is.
    fn ask(&mut self, kind: RecordKind, name: &str) -> Known<&Answer> {
        let question = Question { kind, name: name.to_ascii_lowercase() };
        if !self.answers.contains_key(&question) {
            if self.answers.len() >= QUESTIONS {
                self.exhausted = true;
                return Some(&Answer::Failed);
            }
            self.fresh.push(question.clone());
            self.answers.insert(question.clone(), None);
        }
        self.answers.get(&question)?.as_ref()
    }

    fn records(&mut self, kind: RecordKind, name: &str) -> Known<&[Record]> {
        Some(match self.ask(kind, name)? {
            Answer::Records { records, .. } => records,
            Answer::Nothing { .. } | Answer::Failed => &[],
        })
    }

    fn speaks(&self, transport: Transport) -> bool {
        self.sockets.iter().any(|(own, _)| *own == transport)
    }

    /// The result, once every answer that it depends on is known.
    fn locate(&mut self, target: &Target) -> Known<Result<Servers, Unlocated>> {
        if !target.transports().iter().any(|transport| self.speaks(*transport)) {
            return Some(Err(Unlocated::NoSocket));
        }
        let (offer, offers_tls) = match &target.host {
            // §4.2: "If TARGET is a numeric IP address, the client uses that address."
            Host::Address(_) => {
                let (transport, address) = target.as_address()?;
                if !self.sockets.contains(&(transport, address.is_ipv6())) {
                    return Some(Err(Unlocated::NoSocket));
                }
                let (name, addresses) = (address.ip().to_string(), vec![address]);
                let server = Server { rank: (0, 0), weight: 0, name, transport, addresses };
                (Offer::Servers(vec![server]), false)
            }
            // §4.2: with a port, "an A or AAAA record lookup of the domain name".
            Host::Name(name) if target.port.is_some() => {
                (self.by_address(name, target.transport(), target.port)?, false)
            }
            Host::Name(name) => self.by_service(target, name)?,
        };
        let servers = match offer {
            Offer::Servers(servers) => servers,
            Offer::Refused => return Some(Err(Unlocated::NotOffered)),
            Offer::Unknown => Vec::new(),
        };
        let failed = self.exhausted
            || self.answers.values().any(|answer| matches!(answer, Some(Answer::Failed)));
        if servers.is_empty() {
            return Some(Err(if failed { Unlocated::Failed } else { Unlocated::NoAddress }));
        }
        Some(Ok(Servers { servers, ttl: self.ttl(), complete: !failed, offers_tls }))
    }

    /// How long all of the answers are good.
    fn ttl(&self) -> Option<Duration> {
        let ttls = self.answers.values().filter_map(|answer| match answer {
            Some(Answer::Records { ttl, .. }) => Some(*ttl),
            Some(Answer::Nothing { ttl }) => *ttl,
            Some(Answer::Failed) | None => None,
        });
        ttls.min()
    }

    /// §4.1 and §4.2 for a name without a port. Also says whether the domain offers TLS.
    fn by_service(&mut self, target: &Target, name: &str) -> Known<(Offer, bool)> {
        let mut offers_tls = false;
        if target.named_transport().is_none() {
            let rules = self.rules(target, name)?;
            offers_tls = rules.iter().flatten().any(|service| service.transport == Transport::Tls);
            // RFC 3403 §4.1: rules of a higher order are for when those of a lower do not apply,
            // which here they do not where they lead to no address.
            for services in rules {
                if let Offer::Servers(servers) = self.servers(&services)? {
                    return Some((Offer::Servers(servers), offers_tls));
                }
            }
        }
        // §4.1: "If no NAPTR records are found, the client constructs SRV queries for those
        // transport protocols it supports"; §4.2: for the one that is named.
        let transports = target.transports().iter().copied();
        let services = transports.filter(|transport| self.speaks(*transport));
        let services: Vec<_> = services.map(|transport| Service::of(transport, name)).collect();
        let offer = self.servers(&services)?;
        if !matches!(offer, Offer::Unknown) {
            return Some((offer, offers_tls));
        }
        // "If no SRV records are found, the client SHOULD use TCP for a SIPS URI, and UDP for a
        // SIP URI": the first of them.
        let transport = services.first().map_or(target.transport(), |service| service.transport);
        Some((self.by_address(name, transport, None)?, offers_tls))
    }

    /// The services that the NAPTR records of a domain name, by order.
    fn rules(&mut self, target: &Target, name: &str) -> Known<Vec<Vec<Service>>> {
        let records = self.records(RecordKind::Naptr, name)?;
        let mut rules: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Naptr(rule) => Some((rule.order, rule.preference, rule.service(target)?)),
                Record::Srv { .. } | Record::Address(_) => None,
            })
            .collect();
        rules.retain(|(_, _, service)| self.speaks(service.transport));
        rules.sort_by_key(|(order, preference, _)| (*order, *preference));
        rules.truncate(RULES);
        let by_order = rules.chunk_by(|one, other| one.0 == other.0);
        let services =
            by_order.map(|rules| rules.iter().map(|(_, _, service)| service.clone()).collect());
        Some(services.collect())
    }

    /// The servers of several services, the first service first. Asks for all at once.
    fn servers(&mut self, services: &[Service]) -> Known<Offer> {
        let offers: Vec<_> = services.iter().enumerate().map(|(n, s)| self.service(n, s)).collect();
        let offers: Option<Vec<_>> = offers.into_iter().collect();
        let (mut all, mut refused) = (Vec::new(), false);
        for offer in offers? {
            match offer {
                Offer::Servers(servers) => all.extend(servers),
                Offer::Refused => refused = true,
                Offer::Unknown => {}
            }
        }
        Some(match (all.is_empty(), refused) {
            (false, _) => Offer::Servers(all),
            (true, true) => Offer::Refused,
            (true, false) => Offer::Unknown,
        })
    }

    /// The servers of one service, by its SRV records.
    fn service(&mut self, number: usize, service: &Service) -> Known<Offer> {
        let records = self.records(RecordKind::Srv, &service.name)?;
        let mut found: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Srv { priority, weight, port, target } => {
                    Some((*priority, *weight, *port, target.clone()))
                }
                Record::Naptr(_) | Record::Address(_) => None,
            })
            .collect();
        if found.is_empty() {
            return Some(Offer::Unknown);
        }
        if found.iter().all(|(_, _, _, target)| target.is_empty()) {
            return Some(Offer::Refused);
        }
        found.sort_by_key(|(priority, ..)| *priority);
        found.truncate(SERVERS);
        let number = u8::try_from(number).unwrap_or(u8::MAX);
        let servers = found.into_iter().map(|(priority, weight, port, target)| {
            let transport = service.transport;
            let addresses = self.addresses(&target, transport, port);
            addresses.map(|addresses| {
                let rank = (number, priority);
                Server { rank, weight, name: target.to_ascii_lowercase(), transport, addresses }
            })
        });
        // Each is asked for before the first that is missing ends the walk.
        let servers: Vec<_> = servers.collect();
        let servers: Option<Vec<_>> = servers.into_iter().collect();
        let mut servers = servers?;
        servers.retain(|server| !server.addresses.is_empty());
        Some(if servers.is_empty() { Offer::Unknown } else { Offer::Servers(servers) })
    }

    /// A name that is the server itself.
    fn by_address(&mut self, name: &str, transport: Transport, port: Option<u16>) -> Known<Offer> {
        let port = port.unwrap_or(transport.default_port());
        let addresses = self.addresses(name, transport, port)?;
        if addresses.is_empty() {
            return Some(Offer::Unknown);
        }
        let name = name.to_owned();
        let server = Server { rank: (0, 0), weight: 0, name, transport, addresses };
        Some(Offer::Servers(vec![server]))
    }

    /// The addresses of a name that we have sockets for, IPv6 first (RFC 6724 §2.1, RFC 7984 §4).
    fn addresses(&mut self, name: &str, transport: Transport, port: u16) -> Known<Vec<SocketAddr>> {
        if !target::is_name(name) {
            return Some(Vec::new());
        }
        let families = [(RecordKind::Aaaa, true), (RecordKind::A, false)];
        let wanted = families.map(|(kind, six)| {
            if !self.sockets.contains(&(transport, six)) {
                return Some(Vec::new());
            }
            let records = self.records(kind, name)?.iter();
            let addresses = records.filter_map(|record| match record {
                Record::Address(address) if address.is_ipv6() == six => Some(*address),
                _ => None,
            });
            Some(addresses.map(|address| SocketAddr::new(address, port)).collect())
        });
        let [six, four] = wanted;
        let mut addresses: Vec<_> = six?;
        addresses.extend(four?);
        addresses.truncate(ADDRESSES);
        Some(addresses)
    }
}

impl Naptr {
    /// The service that the rule leads to, where it is one for this target (§4.1).
    fn service(&self, target: &Target) -> Option<Service> {
        let transport = if self.services.eq_ignore_ascii_case("SIPS+D2T") {
            // "A client resolving a SIP URI SHOULD retain records with "SIPS" as the protocol".
            Transport::Tls
        } else if target.is_secure() {
            // "A client resolving a SIPS URI MUST discard any services that do not contain "SIPS"".
            return None;
        } else if self.services.eq_ignore_ascii_case("SIP+D2T") {
            Transport::Tcp
        } else if self.services.eq_ignore_ascii_case("SIP+D2U") {
            Transport::Udp
        } else {
            return None;
        };
        let is_rule = self.flags.eq_ignore_ascii_case("s") && self.regexp.is_empty();
        (is_rule && target::is_name(&self.replacement))
            .then(|| Service { transport, name: self.replacement.clone() })
    }
}

impl Service {
    /// The service of a domain for one transport.
    fn of(transport: Transport, name: &str) -> Self {
        let service = match transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
        };
        Self { transport, name: format!("{service}.{name}") }
    }
}
