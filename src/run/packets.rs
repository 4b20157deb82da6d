//! The media plane's sockets, with a look over their shoulder for `--pcap`.

use base::Instant;
use bytes::Bytes;
use io::{Capture, Clock, PacketSockets, Record};
use media::Packets;
use std::net::SocketAddr;

/// RTP goes to the capture too where there is one. Only then is anything allocated for a packet.
pub(crate) struct RtpCapture {
    capture: Capture,
    clock: Clock,
    /// Our address of each context and family.
    locals: Vec<[Option<SocketAddr>; 2]>,
}

impl RtpCapture {
    pub(crate) fn new(capture: Capture, clock: Clock, contexts: u32) -> Self {
        Self { capture, clock, locals: vec![[None; 2]; contexts as usize] }
    }

    fn record(&self, now: Instant, outgoing: bool, context: u32, peer: SocketAddr, packet: &[u8]) {
        let of_family = |locals: &[Option<SocketAddr>; 2]| {
            locals.iter().flatten().copied().find(|local| local.is_ipv4() == peer.is_ipv4())
        };
        let Some(local) = self.locals.get(context as usize).and_then(of_family) else {
            return;
        };
        let (from, to) = if outgoing { (local, peer) } else { (peer, local) };
        let payload = Bytes::copy_from_slice(packet);
        self.capture.record(self.clock.wall(now), outgoing, Record::Udp { from, to, payload });
    }
}

/// The sockets as the media plane sees them.
pub(crate) struct RtpSockets {
    sockets: PacketSockets,
    capture: Option<RtpCapture>,
    now: Instant,
}

impl RtpSockets {
    pub(crate) const fn new(sockets: PacketSockets, capture: Option<RtpCapture>) -> Self {
        Self { sockets, capture, now: Instant::ZERO }
    }

    /// The time of what is sent from now on.
    pub(crate) const fn set_time(&mut self, now: Instant) {
        self.now = now;
    }

    /// Hands over what has arrived.
    pub(crate) fn receive(
        &mut self,
        mut each: impl FnMut(u32, SocketAddr, &[u8]),
    ) -> std::io::Result<()> {
        let (capture, now) = (&self.capture, self.now);
        self.sockets.receive(|context, from, packet| {
            if let Some(capture) = capture {
                capture.record(now, false, context, from, packet);
            }
            each(context, from, packet);
        })
    }
}

impl Packets for RtpSockets {
    fn open(&mut self, context: u32, local: SocketAddr) -> bool {
        if let Some(capture) = &mut self.capture
            && let Some(place) = capture.locals.get_mut(context as usize)
        {
            let [four, six] = place;
            *(if local.is_ipv4() { four } else { six }) = Some(local);
        }
        match self.sockets.open(context, local) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%local, %error, "cannot open an RTP port");
                false
            }
        }
    }

    fn close(&mut self, context: u32) {
        self.sockets.close(context);
    }

    fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]) {
        if let Some(capture) = &self.capture {
            capture.record(self.now, true, context, to, packet);
        }
        self.sockets.send(context, to, packet);
    }
}
