use crate::pcapng::{Interface, PcapNg};
use base::Duration;
use bytes::Bytes;
use etherparse::PacketBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

/// Records that wait for the disk at most; what comes on top is counted and left out.
const QUEUE: usize = 16_384;
/// TCP directions whose sequence numbers are remembered.
const STREAMS_MAX: usize = 8_192;
/// Octets of one written TCP segment: an IP packet is limited to 65,535.
const SEGMENT: usize = 65_000;

/// Something to be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A message signal unit from its service information octet on.
    Mtp3(Bytes),
    /// A datagram.
    Udp {
        /// Its source.
        from: SocketAddr,
        /// Its destination.
        to: SocketAddr,
        /// Its payload.
        payload: Bytes,
    },
    /// A part of a stream.
    Tcp {
        /// Its source.
        from: SocketAddr,
        /// Its destination.
        to: SocketAddr,
        /// Its octets.
        payload: Bytes,
    },
}

#[derive(Debug)]
struct Entry {
    wall: Duration,
    outgoing: bool,
    record: Record,
}

/// The planes' end of a capture: never waits.
#[derive(Clone, Debug)]
pub struct Capture {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Capture {
    /// Creates the file and starts the thread that writes it.
    pub fn create(path: &Path) -> io::Result<(Self, CaptureWriter)> {
        let mut file = PcapNg::new(BufWriter::new(File::create(path)?))?;
        file.flush()?;
        let (queue, entries) = sync_channel(QUEUE);
        let write = move || write_all(&entries, Writer { file, streams: BTreeMap::new() });
        let thread = std::thread::Builder::new().name("capture".to_owned()).spawn(write)?;
        Ok((Self { queue, dropped: Arc::default() }, CaptureWriter(thread)))
    }

    /// Captures `record`, seen at `wall` since 1970, or counts that it could not.
    pub fn record(&self, wall: Duration, outgoing: bool, record: Record) {
        if self.queue.try_send(Entry { wall, outgoing, record }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records found the queue full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// The thread that writes the file. It ends when the last [`Capture`] is gone.
#[derive(Debug)]
pub struct CaptureWriter(JoinHandle<io::Result<()>>);

impl CaptureWriter {
    /// Waits until everything is written.
    pub fn finish(self) -> io::Result<()> {
        self.0.join().unwrap_or_else(|_panic| Err(io::Error::other("the capture writer failed")))
    }
}

fn write_all<W: Write>(entries: &Receiver<Entry>, mut writer: Writer<W>) -> io::Result<()> {
    loop {
        let entry = match entries.try_recv() {
            Ok(entry) => entry,
            Err(TryRecvError::Disconnected) => return writer.file.flush(),
            Err(TryRecvError::Empty) => {
                // Nothing waits: whoever reads along shall see what there is.
                writer.file.flush()?;
                let Ok(entry) = entries.recv() else {
                    return Ok(());
                };
                entry
            }
        };
        if let Err(error) = writer.write(entry) {
            tracing::error!(%error, "the capture ends here");
            return Err(error);
        }
    }
}

struct Writer<W> {
    file: PcapNg<W>,
    /// The next sequence number by direction: streams are captured above the system's TCP.
    streams: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

impl<W: Write> Writer<W> {
    fn write(&mut self, entry: Entry) -> io::Result<()> {
        let Entry { wall, outgoing, record } = entry;
        let nanos = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
        match record {
            Record::Mtp3(msu) => self.file.packet(Interface::Mtp3, nanos, outgoing, &msu),
            Record::Udp { from, to, payload } => {
                let packet = udp_packet(from, to, &payload)?;
                self.file.packet(Interface::Ip, nanos, outgoing, &packet)
            }
            Record::Tcp { from, to, payload } => {
                for part in payload.chunks(SEGMENT) {
                    let packet = self.segment(from, to, part)?;
                    self.file.packet(Interface::Ip, nanos, outgoing, &packet)?;
                }
                Ok(())
            }
        }
    }

    fn segment(&mut self, from: SocketAddr, to: SocketAddr, part: &[u8]) -> io::Result<Vec<u8>> {
        if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&(from, to)) {
            self.streams.clear();
        }
        let acknowledged = self.streams.get(&(to, from)).copied().unwrap_or(1);
        let next = self.streams.entry((from, to)).or_insert(1);
        let sequence = *next;
        *next = next.wrapping_add(part.len() as u32);
        tcp_packet(from, to, sequence, acknowledged, part)
    }
}

const HOP_LIMIT: u8 = 64;

/// The IP header, written so that both address families take the same way.
fn ip(from: SocketAddr, to: SocketAddr) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    match (from, to) {
        (SocketAddr::V4(from), SocketAddr::V4(to)) => {
            PacketBuilder::ipv4(from.ip().octets(), to.ip().octets(), HOP_LIMIT)
        }
        _ => PacketBuilder::ipv6(v6_octets(from), v6_octets(to), HOP_LIMIT),
    }
}

fn v6_octets(address: SocketAddr) -> [u8; 16] {
    match address {
        SocketAddr::V4(address) => address.ip().to_ipv6_mapped().octets(),
        SocketAddr::V6(address) => address.ip().octets(),
    }
}

fn udp_packet(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> io::Result<Vec<u8>> {
    let builder = ip(from, to).udp(from.port(), to.port());
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).map_err(io::Error::other)?;
    Ok(packet)
}

fn tcp_packet(
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    acknowledged: u32,
    payload: &[u8],
) -> io::Result<Vec<u8>> {
    let builder =
        ip(from, to).tcp(from.port(), to.port(), sequence, 65_535).ack(acknowledged).psh();
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).map_err(io::Error::other)?;
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{SlicedPacket, TransportSlice};

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_datagram_is_written_as_an_ip_packet() {
        for (from, to) in [("192.0.2.1:5060", "192.0.2.2:16384"), ("[::1]:5060", "[::1]:5070")] {
            let packet = udp_packet(address(from), address(to), b"payload").unwrap();
            let sliced = SlicedPacket::from_ip(&packet).unwrap();
            let Some(TransportSlice::Udp(udp)) = sliced.transport else { panic!("{sliced:?}") };
            assert_eq!(udp.destination_port(), address(to).port());
            assert_eq!(udp.payload(), b"payload");
        }
    }

    #[test]
    fn the_parts_of_a_stream_follow_each_other() {
        let mut writer =
            Writer { file: PcapNg::new(Vec::new()).unwrap(), streams: BTreeMap::new() };
        let (a, b) = (address("192.0.2.1:5060"), address("192.0.2.2:4000"));
        let mut seen = Vec::new();
        for (from, to, part) in [(a, b, "one"), (b, a, "four"), (a, b, "x")] {
            let packet = writer.segment(from, to, part.as_bytes()).unwrap();
            let sliced = SlicedPacket::from_ip(&packet).unwrap();
            let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { panic!("{sliced:?}") };
            seen.push((tcp.sequence_number(), tcp.acknowledgment_number()));
        }
        assert_eq!(seen, [(1, 1), (1, 4), (4, 5)]);
    }

    #[test]
    fn a_capture_is_complete_when_its_writer_has_finished() {
        let path = std::env::temp_dir().join(format!("tocsin-capture-{}", std::process::id()));
        let (capture, writer) = Capture::create(&path).unwrap();
        let (from, to) = (address("192.0.2.1:5060"), address("192.0.2.2:16384"));
        let payload = Bytes::from_static(b"payload");
        capture.record(Duration::from_secs(1), true, Record::Udp { from, to, payload });
        drop(capture);
        writer.finish().unwrap();
        let file = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(file.windows(7).any(|window| window == b"payload"));
    }
}
