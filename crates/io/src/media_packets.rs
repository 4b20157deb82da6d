use crate::PacketSockets;
use std::net::SocketAddr;

/// The media plane's sockets are these.
impl media::Packets for PacketSockets {
    fn open(&mut self, context: u32, local: SocketAddr) -> bool {
        match Self::open(self, context, local) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(context, %local, %error, "cannot open a media socket");
                false
            }
        }
    }

    fn close(&mut self, context: u32) {
        Self::close(self, context);
    }

    fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]) {
        Self::send(self, context, to, packet);
    }
}

#[cfg(test)]
mod tests {
    use crate::{EF, PacketSockets, SocketOptions};
    use base::{Duration, Instant};
    use media::{Codec, Command, Config, ContextId, Event, Plane, TimeSlot};
    use std::net::UdpSocket;
    use tdm::Block;

    #[test]
    fn a_plane_speaks_and_listens_through_real_sockets() {
        let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: EF };
        let mut sockets = PacketSockets::new(2, options).unwrap();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut plane = Plane::new(
            Config {
                contexts: 2,
                spans: 1,
                jitter: Duration::ZERO,
                silence: Duration::from_secs(5),
                latch: false,
                seed: 7,
                transceivers: 1,
            },
            Instant::ZERO,
        );
        let context = ContextId(1);
        let taken = peer.local_addr().unwrap();
        let other = ContextId(0);
        plane.command(Instant::ZERO, Command::Open { context: other, local: taken }, &mut sockets);
        assert_eq!(plane.poll_event(), Some(Event::OpenFailed { context: other }));
        for command in [
            Command::Open { context, local: "127.0.0.1:0".parse().unwrap() },
            Command::Join { context, slot: TimeSlot { span: 0, slot: 1 } },
            Command::Remote {
                context,
                remote: taken,
                codec: Codec::Pcma,
                payload_type: 8,
                send: true,
                receive: true,
                latch: false,
            },
        ] {
            plane.command(Instant::ZERO, command, &mut sockets);
        }
        let (mut rx, mut tx) = ([Block::IDLE], [Block::IDLE]);
        *rx[0].slot_mut(1) = [1, 2, 3, 4, 5, 6, 7, 8];
        for millis in 0..20 {
            plane.tick(Instant::from_millis(millis), &rx, &mut tx, &mut sockets);
        }
        let mut packet = [0; 500];
        let (len, ours) = peer.recv_from(&mut packet).unwrap();
        assert_eq!(packet[12..len], rx[0].slot(1).repeat(20));
        peer.send_to(&packet[..len], ours).unwrap();
        let mut arrived = 0;
        while arrived == 0 {
            sockets
                .receive(|context, from, packet| {
                    arrived += 1;
                    plane.packet(Instant::ZERO, context, from, packet);
                })
                .unwrap();
        }
        plane.tick(Instant::from_millis(20), &rx, &mut tx, &mut sockets);
        assert_eq!(tx[0].slot(1), rx[0].slot(1));
    }
}
