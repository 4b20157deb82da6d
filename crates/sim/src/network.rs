//! The packet network between SIP peers: datagrams that get lost, doubled and overtaken, and
//! streams that come in pieces and break.

use crate::forks::Forks;
use crate::plan::Weather;
use base::{Duration, Instant, Rng};
use bytes::Bytes;
use sip::ConnectionId;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The way through the network when nothing goes wrong.
const TRIP: Duration = Duration::from_millis(3);
/// How much longer it may take, in microseconds; small enough that few overtake others.
const JITTER: u64 = 2_000;
/// How long something is held up that comes late, in milliseconds.
const LATE: u64 = 1_500;
/// The longest piece of a stream.
const PIECE: u64 = 700;

/// A stream between a peer and the gateway.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The peer's end.
    pub(crate) peer: SocketAddr,
    /// When the last piece arrives: later ones come behind it. Towards the gateway, and back.
    arrives: [Instant; 2],
}

/// The network.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) weather: Weather,
    pub(crate) streams: BTreeMap<ConnectionId, Stream>,
    pub(crate) forks: Forks,
    opened: u64,
}

impl Network {
    /// When a datagram sent now arrives: never, once or twice.
    pub(crate) fn trips(&self, now: Instant, rng: &mut Rng) -> Vec<Instant> {
        let Weather { lost, doubled, late } = self.weather;
        let copies = 1 + u64::from(rng.chance(u64::from(doubled), 1_000));
        let mut trips = Vec::new();
        for _ in 0..copies {
            if rng.chance(u64::from(lost), 1_000) {
                continue;
            }
            let mut at = now + TRIP + Duration::from_micros(rng.below(JITTER));
            if rng.chance(u64::from(late), 1_000) {
                at += Duration::from_millis(rng.below(LATE));
            }
            trips.push(at);
        }
        trips
    }

    /// Opens a stream between a peer and the gateway.
    pub(crate) fn open(&mut self, now: Instant, peer: SocketAddr) -> ConnectionId {
        self.opened += 1;
        let id = ConnectionId(self.opened);
        self.streams.insert(id, Stream { peer, arrives: [now; 2] });
        id
    }

    /// The open stream with a peer, the youngest where there are several.
    pub(crate) fn stream_with(&self, peer: SocketAddr) -> Option<ConnectionId> {
        let open = self.streams.iter().rev();
        open.filter(|(_, stream)| stream.peer == peer).map(|(id, _)| *id).next()
    }

    /// Cuts what is sent on a stream into pieces, each with its arrival.
    pub(crate) fn pieces(
        &mut self,
        now: Instant,
        rng: &mut Rng,
        id: ConnectionId,
        to_gateway: bool,
        mut bytes: Bytes,
    ) -> Vec<(Instant, Bytes)> {
        let Some(stream) = self.streams.get_mut(&id) else { return Vec::new() };
        let [towards, back] = &mut stream.arrives;
        let last = if to_gateway { towards } else { back };
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let length = (1 + rng.below(PIECE) as usize).min(bytes.len());
            let at = (now + TRIP).max(*last) + Duration::from_micros(rng.below(JITTER));
            *last = at;
            pieces.push((at, bytes.split_to(length)));
        }
        pieces
    }
}
