use crate::Transport;
use base::{Duration, Rng};
use std::net::SocketAddr;

/// Where a target leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    /// By rank.
    pub servers: Vec<Server>,
    /// How long this is good; none where nothing had to be asked, or nobody said.
    pub ttl: Option<Duration>,
    /// Whether no question went unanswered.
    pub complete: bool,
    /// Whether the NAPTR records of the domain name TLS. Where they did and do no longer, somebody
    /// may be at work who would rather have us in the clear (RFC 3263 §7).
    pub offers_tls: bool,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Lower is tried first: the service as the domain orders them, then the priority in it.
    pub rank: (u8, u16),
    /// The part of the calls among servers of equal rank.
    pub weight: u16,
    /// Its name, or its address where it was given by that.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// Its addresses, in the order of the answer.
    pub addresses: Vec<SocketAddr>,
}

impl Servers {
    /// The addresses in the order in which one call tries them: by rank, and among servers of equal
    /// rank as chance and weight will have it (RFC 2782, "Usage rules").
    pub fn order(&self, rng: &mut Rng) -> Vec<(Transport, SocketAddr)> {
        let mut ordered: Vec<(Transport, SocketAddr)> = Vec::new();
        let mut servers: Vec<&Server> = self.servers.iter().collect();
        servers.sort_by_key(|server| server.rank);
        for equals in servers.chunk_by(|one, other| one.rank == other.rank) {
            for server in by_weight(equals.to_vec(), rng) {
                for address in &server.addresses {
                    let way = (server.transport, *address);
                    // One machine may stand there under several names.
                    if !ordered.contains(&way) {
                        ordered.push(way);
                    }
                }
            }
        }
        ordered
    }

    /// All addresses, each once, by rank.
    pub fn all(&self) -> Vec<(Transport, SocketAddr)> {
        let mut all: Vec<_> = self
            .servers
            .iter()
            .flat_map(|server| server.addresses.iter().map(|address| (server.transport, *address)))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// RFC 2782: "arrange all SRV RRs ... in any order, except that all those with weight 0 are placed
/// at the beginning of the list. Compute the sum of the weights of those RRs, and with each RR
/// associate the running sum in the selected order. Then choose a uniform random number between 0
/// and the sum computed (inclusive), and select the RR whose running sum value is the first in the
/// selected order which is greater than or equal to the random number selected."
///
/// "Any order" is by chance too: servers that all have weight 0 share the calls.
fn by_weight<'a>(mut left: Vec<&'a Server>, rng: &mut Rng) -> Vec<&'a Server> {
    left.sort_by_cached_key(|server| (server.weight != 0, rng.next_u64()));
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let sum: u64 = left.iter().map(|server| u64::from(server.weight)).sum();
        let chosen = rng.below(sum + 1);
        let mut running = 0;
        let position = left.iter().position(|server| {
            running += u64::from(server.weight);
            running >= chosen
        });
        ordered.push(left.remove(position.unwrap_or(0)));
    }
    ordered
}
