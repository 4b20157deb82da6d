//! Associations that SCTP carries, by the kernel or over UDP (RFC 4666 §1.3.2).

use super::{PATIENCE, RECEIVE_BUFFER, SEND_BUFFER, WRITE_QUEUE};
use crate::conf::{
    self, AssociationProtocol, AssociationSettings, AssociationTransport, AssociationWay,
};
use crate::run::sockets::CannotListen;
use bytes::Bytes;
use io::{
    SctpCarrier, SctpEvent, SctpLimits, SctpListener, SctpMessage, SctpPort, SctpTarget, TELEPHONY,
};
use mtp::Sls;
use std::net::SocketAddr;

/// The longest message: the longest that the core takes from a stream, too.
const LONGEST: usize = 8_192;

/// The ports of both carriers, where they are wanted.
pub(super) struct Sctp {
    kernel: Option<SctpPort>,
    udp: Option<SctpPort>,
}

/// A message of M3UA or M2PA.
pub(super) struct Message {
    /// In whose order it must arrive; none: it is the protocol's own.
    pub(super) sls: Option<Sls>,
    /// Which of them.
    pub(super) ppid: u32,
    /// How many streams there are.
    pub(super) streams: u16,
    pub(super) octets: Bytes,
}

impl Sctp {
    pub(super) fn bind(settings: &[AssociationSettings]) -> Result<Self, CannotListen> {
        Ok(Self {
            kernel: bind(settings, SctpCarrier::Kernel)?,
            udp: bind(settings, SctpCarrier::Udp)?,
        })
    }

    fn port(&mut self, carrier: SctpCarrier) -> Option<&mut SctpPort> {
        match carrier {
            SctpCarrier::Kernel => self.kernel.as_mut(),
            SctpCarrier::Udp => self.udp.as_mut(),
        }
    }

    pub(super) async fn event(&mut self) -> (SctpCarrier, SctpEvent) {
        tokio::select! {
            event = event_of(&mut self.kernel) => (SctpCarrier::Kernel, event),
            event = event_of(&mut self.udp) => (SctpCarrier::Udp, event),
        }
    }

    pub(super) fn try_event(&mut self) -> Option<(SctpCarrier, SctpEvent)> {
        [SctpCarrier::Kernel, SctpCarrier::Udp].into_iter().find_map(|carrier| {
            let event = self.port(carrier)?.try_event()?;
            Some((carrier, event))
        })
    }

    /// Transport, what happened, how often.
    pub(super) fn events(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let each = [(SctpCarrier::Kernel, &self.kernel), (SctpCarrier::Udp, &self.udp)];
        each.into_iter().flat_map(|(carrier, port)| {
            let named = port.iter().flat_map(|port| port.stats().named());
            named.map(move |(event, n)| (carrier.name(), event, n))
        })
    }

    pub(super) fn waiting(&mut self, carrier: SctpCarrier, id: u64) -> usize {
        self.port(carrier).map_or(0, |port| port.waiting(id))
    }

    pub(super) fn close(&mut self, carrier: SctpCarrier, id: u64) {
        if let Some(port) = self.port(carrier) {
            port.close(id);
        }
    }

    /// Says whether an association may come of it.
    pub(super) fn open(&mut self, settings: &AssociationSettings) -> bool {
        let Some((carrier, target)) = target(settings) else {
            return false;
        };
        let asked = u64::from(settings.id.0);
        self.port(carrier).is_some_and(|port| port.open(&target, asked).is_ok())
    }

    /// Says whether the association is still there.
    pub(super) fn send(&mut self, carrier: SctpCarrier, id: u64, message: Message) -> bool {
        let Message { sls, ppid, streams, octets } = message;
        let stream = stream(sls, streams);
        let message = SctpMessage { stream, ppid, unordered: false, octets };
        self.port(carrier).is_some_and(|port| port.send(id, message).is_ok())
    }
}

async fn event_of(port: &mut Option<SctpPort>) -> SctpEvent {
    match port {
        Some(port) => port.event().await,
        None => std::future::pending().await,
    }
}

/// RFC 4666 §1.4.7: one stream for M3UA's own messages and one for each SLS, as far as there are
/// streams. M2PA makes use of two (RFC 4165 §4.1.2).
fn stream(sls: Option<Sls>, streams: u16) -> u16 {
    match (sls, streams.checked_sub(1)) {
        (Some(sls), Some(others @ 1..)) => 1 + u16::from(sls.0) % others,
        _ => 0,
    }
}

/// Some peers give none.
pub(super) fn is_of(protocol: AssociationProtocol, ppid: u32) -> bool {
    let is = ppid == protocol.ppid() || ppid == 0;
    if !is {
        tracing::debug!(ppid, "a message of another protocol");
    }
    is
}

fn target(settings: &AssociationSettings) -> Option<(SctpCarrier, SctpTarget)> {
    let AssociationWay::Connect { local, remote } = settings.way else {
        return None;
    };
    let mut target = SctpTarget { locals: Vec::new(), remotes: vec![remote], udp_ports: (0, 0) };
    if !local.is_unspecified() {
        target.locals.push(local);
    }
    let carrier = match &settings.transport {
        AssociationTransport::Tcp => return None,
        AssociationTransport::Sctp { locals, remotes } => {
            target.locals.extend(locals);
            target.remotes.extend(remotes);
            SctpCarrier::Kernel
        }
        AssociationTransport::SctpUdp { ports } => {
            target.udp_ports = *ports;
            SctpCarrier::Udp
        }
    };
    Some((carrier, target))
}

/// The port of a carrier, where an association is over it.
fn bind(
    settings: &[AssociationSettings],
    carrier: SctpCarrier,
) -> Result<Option<SctpPort>, CannotListen> {
    let mut listeners: Vec<SctpListener> = Vec::new();
    let mut count = 0;
    for association in settings {
        let (others, udp_port) = match (&association.transport, carrier) {
            (AssociationTransport::Sctp { locals, .. }, SctpCarrier::Kernel) => (&locals[..], 0),
            (AssociationTransport::SctpUdp { ports }, SctpCarrier::Udp) => (&[][..], ports.0),
            _ => continue,
        };
        count += 1;
        let AssociationWay::Listen { address, sources } = &association.way else { continue };
        let mut addresses = vec![*address];
        addresses.extend(others.iter().map(|ip| SocketAddr::new(*ip, address.port())));
        let same = |one: &&mut SctpListener| {
            one.udp_port == udp_port && one.addresses.first() == Some(address)
        };
        match listeners.iter_mut().find(same) {
            Some(listener) => listener.sources.extend(sources),
            None => {
                let sources = sources.clone();
                listeners.push(SctpListener { addresses, sources, udp_port });
            }
        }
    }
    if count == 0 {
        return Ok(None);
    }
    let limits = SctpLimits {
        // Whoever connects again may still have an association.
        associations: 2 * count + 16,
        send_queue: WRITE_QUEUE,
        message: LONGEST,
        patience: PATIENCE,
        receive_buffer: RECEIVE_BUFFER,
        send_buffer: SEND_BUFFER,
        dscp: io::CS3,
        seed: conf::seed(),
    };
    let port = SctpPort::bind(carrier, &listeners, limits, TELEPHONY).map_err(|error| {
        let of = |one: &SctpListener| one.addresses.iter().map(SocketAddr::to_string).collect();
        let what: Vec<String> = listeners.iter().flat_map(|one| -> Vec<_> { of(one) }).collect();
        let carrier = match carrier {
            SctpCarrier::Kernel => "sctp",
            SctpCarrier::Udp => "sctp-udp",
        };
        CannotListen { what: format!("{carrier} (associations): {}", what.join(", ")), error }
    })?;
    Ok(Some(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signalling_link_selection_has_a_stream_where_there_are_enough() {
        let of = |streams| [None, Some(Sls(0)), Some(Sls(15))].map(|sls| stream(sls, streams));
        assert_eq!([of(17), of(3)], [[0, 1, 16], [0, 1, 2]]);
        assert_eq!([of(1), of(0)], [[0; 3]; 2]);
    }
}
