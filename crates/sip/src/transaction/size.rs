//! Requests too large for a datagram (RFC 3261 §18.1.1).

use super::table::Transactions;
use crate::message::Head;
use crate::wire::Wire;
use crate::{Flow, Transport};
use base::{Class, Duration, Instant};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// §18.1.1: where the path MTU is not known, no larger request goes by datagram.
const LARGEST: usize = 1_300;
/// Peers that are remembered to take no connection, and for how long.
const REMEMBERED: usize = 1_024;
const FOR: Duration = Duration::from_secs(300);

/// A request as it was before it went by a stream.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    pub(super) head: Head,
    pub(super) request: Bytes,
}

/// Peers that took no connection lately: a second call does not wait for that again.
#[derive(Debug, Default)]
pub(crate) struct Streamless {
    until: BTreeMap<SocketAddr, Instant>,
}

impl Streamless {
    pub(super) fn remember(&mut self, now: Instant, remote: SocketAddr) {
        if self.until.len() >= REMEMBERED {
            self.until.retain(|_, until| *until > now);
        }
        if self.until.len() < REMEMBERED {
            self.until.insert(remote, now + FOR);
        }
    }

    /// A connection is there after all.
    pub(super) fn forget(&mut self, remote: SocketAddr) {
        self.until.remove(&remote);
    }

    fn has(&self, now: Instant, remote: SocketAddr) -> bool {
        self.until.get(&remote).is_some_and(|until| *until > now)
    }
}

impl Transactions {
    /// The request as it is to be sent, and as it was before where that differs.
    ///
    /// An emergency call waits for no connection: it goes by one only if that is up, and by
    /// datagram after all if nothing comes back over it.
    pub(super) fn sized(
        &self,
        now: Instant,
        wire: &mut Wire,
        class: Class,
        (head, request): (Head, Bytes),
    ) -> (Head, Bytes, Option<Box<Datagram>>) {
        let (flow, large) = (head.flow, request.len() > LARGEST);
        let may_wait = !class.is_emergency() || wire.leads_to(Transport::Tcp, flow.remote);
        let by_stream = large && may_wait && !self.streamless.has(now, flow.remote);
        if flow.transport != Transport::Udp || !by_stream {
            return (head, request, None);
        }
        let Some(local) = wire.local(Transport::Tcp, flow.remote, flow.local) else {
            return (head, request, None);
        };
        let by_stream = Flow { transport: Transport::Tcp, local, ..flow };
        let streamed = Head { flow: by_stream, ..head.clone() };
        let Some(rewritten) = replace(&request, &head.via(), &streamed.via()) else {
            return (head, request, None);
        };
        wire.stats.too_large += 1;
        (streamed, rewritten, Some(Box::new(Datagram { head, request })))
    }
}

/// The octets with the first `old` replaced.
fn replace(octets: &Bytes, old: &str, new: &str) -> Option<Bytes> {
    let at = octets.windows(old.len()).position(|part| part == old.as_bytes())?;
    let (before, after) = (octets.get(..at)?, octets.get(at + old.len()..)?);
    Some([before, new.as_bytes(), after].concat().into())
}
