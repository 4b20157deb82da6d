//! A caller in a few lines, for what sipp cannot judge: the speech itself.

use super::gateway::Gateway;
use std::f64::consts::TAU;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// One call over UDP, with one RTP socket.
pub(crate) struct Ua {
    sip: UdpSocket,
    rtp: UdpSocket,
    gateway: SocketAddr,
    remote: Option<SocketAddr>,
    uri: String,
    peer: String,
    target: String,
    sequence: u16,
    /// Provisional answers passed over, but 100.
    pub(crate) provisional: usize,
    patience: Duration,
    /// The last request, until anything came back.
    unanswered: Option<String>,
}

/// RFC 3261 §17.1.1.2: T1.
const RETRANSMIT: Duration = Duration::from_millis(500);

const BRANCH: &str = "z9hG4bKua1";

impl Ua {
    pub(crate) fn new(gateway: &Gateway) -> Self {
        let host = gateway.address.into();
        Self::between(gateway.sip(), (host, host))
    }

    /// A caller whose signalling and speech come from these hosts.
    pub(crate) fn between(gateway: SocketAddr, (sip, rtp): (IpAddr, IpAddr)) -> Self {
        let sip = UdpSocket::bind((sip, 0)).unwrap();
        let rtp = UdpSocket::bind((rtp, 0)).unwrap();
        sip.set_read_timeout(Some(RETRANSMIT)).unwrap();
        Self {
            sip,
            rtp,
            gateway,
            remote: None,
            uri: String::new(),
            peer: String::new(),
            target: String::new(),
            sequence: 0,
            provisional: 0,
            patience: Duration::from_secs(8),
            unanswered: None,
        }
    }

    /// How long to wait for the next message.
    pub(crate) const fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Sets up the socket for speech in some way of the caller's.
    pub(crate) fn filter_speech(&self, set: impl FnOnce(&UdpSocket)) {
        set(&self.rtp);
    }

    /// Our session description: PCMA only.
    pub(crate) fn sdp(&self) -> String {
        let rtp = self.rtp.local_addr().unwrap();
        let family = if rtp.is_ipv6() { "IP6" } else { "IP4" };
        format!(
            "v=0\r\no=- 1 1 IN {family} {0}\r\ns=-\r\nc=IN {family} {0}\r\nt=0 0\r\n\
             m=audio {1} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n",
            rtp.ip(),
            rtp.port()
        )
    }

    /// Calls `number` and waits until it talks.
    pub(crate) fn call(&mut self, number: &str) -> String {
        self.invite(number, Some(&self.sdp()));
        let answer = self.expect(200);
        self.set_remote(&answer);
        self.acknowledge(None);
        answer
    }

    /// Waits for the BYE, and answers it; gives where it came from.
    pub(crate) fn hung_up(&mut self) -> (SocketAddr, String) {
        let mut buffer = [0; 8192];
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < self.patience, "waited for BYE");
            let Ok((length, from)) = self.sip.recv_from(&mut buffer) else { continue };
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if text.starts_with("SIP/2.0 ") {
                continue;
            }
            assert!(text.starts_with("BYE "), "{text}");
            let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
            let lines = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].map(line).join("\r\n");
            let answer = format!("SIP/2.0 200 OK\r\n{lines}\r\nContent-Length: 0\r\n\r\n");
            self.sip.send_to(answer.as_bytes(), from).unwrap();
            return (from, text);
        }
    }

    pub(crate) fn invite(&mut self, number: &str, sdp: Option<&str>) {
        self.uri = format!("sip:{number}@{};user=phone", self.gateway);
        self.send("INVITE", 1, BRANCH, sdp);
    }

    pub(crate) fn invite_uri(&mut self, uri: &str) {
        self.uri = uri.to_owned();
        let sdp = self.sdp();
        self.send("INVITE", 1, BRANCH, Some(&sdp));
    }

    fn retransmit(&self) {
        if let Some(request) = &self.unanswered {
            self.sip.send_to(request.as_bytes(), self.gateway).unwrap();
        }
    }

    fn send(&mut self, method: &str, cseq: u32, branch: &str, sdp: Option<&str>) {
        let local = self.sip.local_addr().unwrap();
        let uri = if self.target.is_empty() { &self.uri } else { &self.target };
        let content = sdp.map_or("", |_| "Content-Type: application/sdp\r\n");
        let body = sdp.unwrap_or_default();
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={branch}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+33639980002@{local}>;tag=ua\r\n\
             To: <{}>{}\r\nCall-ID: ua-{local}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:ua@{local}>\r\n{content}Content-Length: {}\r\n\r\n{body}",
            self.uri,
            self.peer,
            body.len()
        );
        self.sip.send_to(text.as_bytes(), self.gateway).unwrap();
        self.unanswered = (method != "ACK").then_some(text);
    }

    /// Waits for this status, passing over provisional answers.
    pub(crate) fn expect(&mut self, status: u16) -> String {
        let mut buffer = [0; 8192];
        let mut last = Instant::now();
        loop {
            let Ok((length, _)) = self.sip.recv_from(&mut buffer) else {
                assert!(last.elapsed() < self.patience, "waited for {status}");
                self.retransmit();
                continue;
            };
            last = Instant::now();
            self.unanswered = None;
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if text.starts_with(&format!("SIP/2.0 {status} ")) {
                self.learn(&text);
                return text;
            }
            assert!(text.starts_with("SIP/2.0 1"), "waited for {status}, got {text}");
            self.provisional += usize::from(!text.starts_with("SIP/2.0 100 "));
        }
    }

    /// Waits for whatever refusal comes, and acknowledges it.
    pub(crate) fn refused(&mut self) {
        let mut buffer = [0; 8192];
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < self.patience, "waited for a refusal");
            let Ok((length, _)) = self.sip.recv_from(&mut buffer) else { continue };
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if text.starts_with("SIP/2.0 1") {
                continue;
            }
            assert!(!text.starts_with("SIP/2.0 2"), "{text}");
            self.learn(&text);
            return self.acknowledge_failure();
        }
    }

    fn learn(&mut self, response: &str) {
        for line in response.lines() {
            if let Some((_, tag)) = line.strip_prefix("To:").and_then(|to| to.split_once(";tag=")) {
                self.peer = format!(";tag={}", tag.trim());
            }
            if let Some((_, rest)) = line.strip_prefix("Contact:").and_then(|c| c.split_once('<')) {
                self.target = rest.split('>').next().unwrap().to_owned();
            }
        }
    }

    pub(crate) fn acknowledge(&mut self, sdp: Option<&str>) {
        self.send("ACK", 1, "z9hG4bKua2", sdp);
    }

    pub(crate) fn acknowledge_failure(&mut self) {
        self.target.clear();
        self.send("ACK", 1, BRANCH, None);
    }

    pub(crate) fn hang_up(&mut self) {
        self.send("BYE", 2, "z9hG4bKua3", None);
        self.expect(200);
    }

    /// Takes the RTP address out of a session description.
    pub(crate) fn set_remote(&mut self, message: &str) {
        let field = |prefix: &str| {
            let line = message.lines().find_map(|line| line.strip_prefix(prefix));
            line.unwrap_or_else(|| panic!("no {prefix} in {message}")).to_owned()
        };
        let port = field("m=audio ").split(' ').next().unwrap().parse().unwrap();
        let address = field("c=IN IP").split_off(2);
        self.remote = Some(SocketAddr::new(address.trim().parse().unwrap(), port));
    }

    fn packet(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80, 8];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend(*b"test");
        packet.extend(payload);
        self.sequence += 1;
        packet
    }

    /// Sends `packets` of a known sequence in real time and collects what comes back meanwhile.
    fn exchange(&mut self, packets: usize) -> (Vec<u8>, Vec<u8>) {
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        let mut noise = 1_u32;
        let start = Instant::now();
        let mut buffer = [0; 2048];
        for tick in 0..packets + 25 {
            if tick < packets {
                let payload: Vec<u8> = std::iter::repeat_with(|| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (noise >> 24) as u8
                })
                .take(160)
                .collect();
                let packet = self.packet(&payload);
                sent.extend(payload);
                self.rtp.send_to(&packet, self.remote.unwrap()).unwrap();
            }
            let due = start + Duration::from_millis(20 * (tick as u64 + 1));
            loop {
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                self.rtp.set_read_timeout(Some(left)).unwrap();
                if let Ok((length, _)) = self.rtp.recv_from(&mut buffer) {
                    received.extend(&buffer[12..length]);
                }
            }
        }
        (sent, received)
    }

    /// How many of the packets we send come back in some form.
    pub(crate) fn echoes(&mut self, packets: usize) -> usize {
        let (sent, received) = self.exchange(packets);
        let found =
            received.windows(160).filter(|part| sent.chunks(160).any(|whole| whole == *part));
        found.count()
    }

    /// How many octets of a known sequence come back in their order: the sum of the runs (of at
    /// least 80 octets) that continue where the last one ended or later.
    pub(crate) fn echoed_octets_in_order(&mut self, packets: usize) -> usize {
        const RUN: usize = 80;
        let (sent, received) = self.exchange(packets);
        let (mut at_sent, mut at_received, mut in_order) = (0, 0, 0);
        while at_received + RUN <= received.len() {
            let run = &received[at_received..at_received + RUN];
            let Some(found) = sent[at_sent..].windows(RUN).position(|part| part == run) else {
                at_received += 1;
                continue;
            };
            at_sent += found;
            let same = sent[at_sent..].iter().zip(&received[at_received..]);
            let length = same.take_while(|(a, b)| a == b).count();
            in_order += length;
            at_sent += length;
            at_received += length;
        }
        in_order
    }

    /// The level in dBm0 of one frequency over `packets` received packets.
    pub(crate) fn level_of(&mut self, hertz: f64, packets: usize) -> f64 {
        let mut buffer = [0; 2048];
        let mut samples = Vec::new();
        self.rtp.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
        // The first packets may be of the time before the tone.
        for number in 0..packets + 20 {
            let (length, _) = self.rtp.recv_from(&mut buffer).expect("no RTP");
            if number >= 20 {
                samples.extend(buffer[12..length].iter().map(|octet| f64::from(alaw(*octet))));
            }
        }
        let step = TAU * hertz / 8000.0;
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (number, sample) in samples.iter().enumerate() {
            let angle = step * number as f64;
            real += sample * angle.cos();
            imaginary += sample * angle.sin();
        }
        let amplitude = 2.0 * f64::hypot(real, imaginary) / samples.len() as f64;
        // G.711: full scale (a sine of peak 4096 of 13 bits) is +3.14 dBm0.
        20.0 * (amplitude / 4096.0).log10() + 314.0 / 100.0
    }
}

/// G.711 A-law to 13-bit linear, written out from the table of the recommendation.
fn alaw(octet: u8) -> i16 {
    let value = octet ^ 0x55;
    let segment = i16::from(value >> 4 & 7);
    let step = i16::from(value & 15) * 2 + 1;
    let magnitude = if segment == 0 { step } else { (step + 32) << (segment - 1) };
    if value & 0x80 == 0 { -magnitude } else { magnitude }
}
