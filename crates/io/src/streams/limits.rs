use base::Duration;
use std::net::IpAddr;

/// What the connections of one port may cost.
#[derive(Clone, Debug)]
pub struct StreamLimits {
    /// Connections, accepted and opened. An eighth is kept for those that we open, and another
    /// eighth for those of preferred sources.
    pub connections: usize,
    /// Connections accepted from one address.
    pub per_source: usize,
    /// Networks, with prefix lengths, whose connections are the last to be turned away.
    pub preferred: Vec<(IpAddr, u8)>,
    /// TLS handshakes under way, of which no source may have more than an eighth. A quarter is kept
    /// for preferred sources. A source is an address of IPv4 or the first 64 bits of one of IPv6:
    /// a host has all the rest.
    pub handshakes: usize,
    /// TLS handshakes begun in a second, of which no source may have more than an eighth. A quarter
    /// is kept for preferred sources. Twice as many may come in one burst.
    pub handshake_rate: u32,
    /// Messages that wait to be written on one connection.
    pub write_queue: usize,
    /// How long an outgoing connection may take to come up, a handshake to end, and one write to
    /// be taken.
    pub patience: Duration,
    /// How long a connection may carry nothing before [`crate::StreamEvent::Idle`] is told, and
    /// told again.
    pub idle: Duration,
    /// How long we may still write to a peer that has ended its side.
    pub half_closed: Duration,
}

impl StreamLimits {
    /// Whether connections from here are the last to be turned away.
    pub(super) fn prefers(&self, source: IpAddr) -> bool {
        self.preferred.iter().any(|(network, prefix)| is_within(source, *network, *prefix))
    }

    /// How many connections there may be for one more from here.
    pub(super) fn most(&self, source: IpAddr) -> usize {
        let eighth = self.connections / 8;
        let kept = if self.prefers(source) { eighth } else { 2 * eighth };
        self.connections - kept
    }
}

/// Whether an address is one of a network with a prefix of this length.
pub fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let bits = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((address, width), (network, of)) = (bits(address), bits(network));
    let differing = (address ^ network).checked_shr(128 - u32::from(prefix.min(of)));
    width == of && differing.unwrap_or(0) == 0
}

/// Counters of a port since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// Connections turned away for the limits.
    pub refused: u64,
    /// Connections of ours that did not come up, handshake and identity included.
    pub unopened: u64,
    /// Handshakes of peers that came to nothing.
    pub handshakes_failed: u64,
    /// Handshakes turned away for their rate; they count as refused too.
    pub handshakes_refused: u64,
    /// Connections closed because the peer took nothing.
    pub stalled: u64,
    /// Certificates read anew.
    pub reloads: u64,
    /// Certificates that could not be read anew: the old ones stay in use.
    pub reloads_failed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_apart_by_their_prefix() {
        let within = |address: &str, network: &str, prefix| {
            is_within(address.parse().unwrap(), network.parse().unwrap(), prefix)
        };
        assert!(within("127.3.4.5", "127.0.0.0", 8) && within("127.3.4.5", "0.0.0.0", 0));
        assert!(within("::ffff:127.0.0.1", "127.0.0.1", 32) && within("::1", "::1", 128));
        assert!(!within("128.0.0.1", "127.0.0.0", 8) && !within("::1", "::2", 128));
        assert!(!within("::1", "0.0.0.0", 0) && !within("127.0.0.1", "::", 0));
    }
}
