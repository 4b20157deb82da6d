//! A SIP peer that keeps no rule by itself: whoever uses it says each message. For what sipp takes
//! for a retransmission, or would never send.

use super::gateway::Gateway;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

static NEXT_CALL: AtomicU32 = AtomicU32::new(1);

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(8);

/// One dialog over UDP.
pub(crate) struct Peer {
    socket: UdpSocket,
    gateway: SocketAddr,
    /// Where the call goes; the request URI until the other side has named a better one.
    pub(crate) uri: String,
    pub(crate) call_id: String,
    pub(crate) tag: String,
    /// What the other side said: its tag, its Contact, the Route header lines towards it.
    pub(crate) peer_tag: String,
    pub(crate) target: String,
}

impl Peer {
    /// A caller of this number.
    pub(crate) fn calling(gateway: &Gateway, number: &str) -> Self {
        Self::on(UdpSocket::bind((gateway.address, 0)).unwrap(), gateway, number)
    }

    /// The user agent that the gateway's trunk points at.
    pub(crate) fn called(gateway: &Gateway) -> Self {
        Self::on(UdpSocket::bind((gateway.address, 5070)).unwrap(), gateway, "")
    }

    /// The same two from another host of loopback.
    pub(crate) fn calling_from(host: Ipv4Addr, gateway: &Gateway, number: &str) -> Self {
        Self::on(UdpSocket::bind((host, 0)).unwrap(), gateway, number)
    }

    pub(crate) fn called_at(host: Ipv4Addr, gateway: &Gateway) -> Self {
        Self::on(UdpSocket::bind((host, 5070)).unwrap(), gateway, "")
    }

    fn on(socket: UdpSocket, gateway: &Gateway, number: &str) -> Self {
        let call = NEXT_CALL.fetch_add(1, Ordering::Relaxed);
        let gateway = gateway.sip();
        Self {
            uri: format!("sip:{number}@{gateway};user=phone"),
            call_id: format!("peer{call}-{}", socket.local_addr().unwrap()),
            tag: format!("p{call}"),
            socket,
            gateway,
            peer_tag: String::new(),
            target: String::new(),
        }
    }

    /// Sets up the socket in some way of the caller's.
    pub(crate) fn filter(&self, set: impl FnOnce(&UdpSocket)) {
        set(&self.socket);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// A session description with these payload types and further lines.
    pub(crate) fn sdp(&self, formats: &str, lines: &str) -> String {
        let host = self.address().ip();
        format!(
            "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n\
             m=audio 40000 RTP/AVP {formats}\r\n{lines}"
        )
    }

    /// A request as it should be, with a branch made from its CSeq number (and another for ACK to
    /// a 2xx, which is what ACK with a target is).
    pub(crate) fn request(&self, method: &str, cseq: u32, body: &str) -> String {
        let ack = method == "ACK" && !self.target.is_empty();
        let uri =
            if self.target.is_empty() || method == "CANCEL" { &self.uri } else { &self.target };
        let tag = if method == "CANCEL" { "" } else { &self.peer_tag };
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {0};branch=z9hG4bK{1}-{cseq}{2}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:+33639980004@{0}>;tag={1}\r\n\
             To: <{3}>{tag}\r\n\
             Call-ID: {4}\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:peer@{0}>\r\n\
             {content}Content-Length: {5}\r\n\r\n{body}",
            self.address(),
            self.tag,
            if ack { "ack" } else { "" },
            self.uri,
            self.call_id,
            body.len()
        )
    }

    /// The INVITE that begins the call, with an offer of PCMA.
    pub(crate) fn invite(&self) -> String {
        self.request("INVITE", 1, &self.sdp("8", ""))
    }

    /// An answer to `request`; with a tag of ours where To has none.
    pub(crate) fn response(&self, request: &str, status: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for line in head(request).lines().skip(1) {
            let name = line.split(':').next().unwrap();
            if !["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"].contains(&name) {
                continue;
            }
            text += line;
            if name == "To" && !line.contains(";tag=") && !status.starts_with("100") {
                text += &format!(";tag={}", self.tag);
            }
            text += "\r\n";
        }
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        text += &format!("Contact: <sip:peer@{}>\r\n", self.address());
        text + &format!("{content}Content-Length: {}\r\n\r\n{body}", body.len())
    }

    pub(crate) fn send(&self, message: &str) {
        self.send_octets(message.as_bytes());
    }

    /// What need not be text.
    pub(crate) fn send_octets(&self, octets: &[u8]) {
        self.socket.send_to(octets, self.gateway).unwrap();
    }

    /// Answers `request`.
    pub(crate) fn answer(&self, request: &str, status: &str, body: &str) {
        self.send(&self.response(request, status, body));
    }

    /// The next message, if one comes in time.
    pub(crate) fn receive(&self, within: Duration) -> Option<String> {
        let mut buffer = [0; 16_384];
        self.socket.set_read_timeout(Some(within.max(Duration::from_millis(1)))).unwrap();
        let (length, _) = self.socket.recv_from(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// The next message but 100, which must begin so. A response that has a To tag and a Contact
    /// says where the dialog goes on.
    pub(crate) fn expect(&mut self, start: &str) -> String {
        let begin = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let message = self.receive(left).unwrap_or_else(|| panic!("waited for {start}"));
            if message.starts_with("SIP/2.0 100 ") && !start.starts_with("SIP/2.0 100") {
                continue;
            }
            assert!(message.starts_with(start), "waited for {start}, got\n{message}");
            self.learn(&message);
            return message;
        }
    }

    /// The response with this status, for CSeq of this method.
    pub(crate) fn expect_status(&mut self, status: u16, method: &str) -> String {
        let response = self.expect(&format!("SIP/2.0 {status} "));
        let cseq = header(&response, "CSeq").unwrap();
        assert!(cseq.ends_with(method), "waited for {status} to {method}, got\n{response}");
        response
    }

    fn learn(&mut self, message: &str) {
        let is_dialog = message.starts_with("SIP/2.0 18") || message.starts_with("SIP/2.0 2");
        let is_request = !message.starts_with("SIP/2.0 ");
        let with_tag = if is_request { "From" } else { "To" };
        if let Some((_, tag)) =
            header(message, with_tag).and_then(|value| value.split_once(";tag="))
        {
            self.peer_tag = format!(";tag={}", tag.split(';').next().unwrap());
        }
        if !is_dialog && !is_request {
            return;
        }
        if let Some((_, uri)) = header(message, "Contact").and_then(|value| value.split_once('<')) {
            self.target = uri.split('>').next().unwrap().to_owned();
        }
    }

    /// Nothing comes for so long.
    pub(crate) fn silence(&self, milliseconds: u64) {
        if let Some(message) = self.receive(Duration::from_millis(milliseconds)) {
            panic!("silence was due, but there came\n{message}");
        }
    }

    /// Calls and waits until it talks: the answer to the INVITE.
    pub(crate) fn establish(&mut self) -> String {
        self.send(&self.invite());
        let answer = loop {
            let message = self.expect("SIP/2.0 ");
            if !message.starts_with("SIP/2.0 1") {
                break message;
            }
        };
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        self.send(&self.request("ACK", 1, ""));
        answer
    }

    /// Ends the call.
    pub(crate) fn hang_up(&mut self, cseq: u32) {
        self.send(&self.request("BYE", cseq, ""));
        self.expect_status(200, "BYE");
    }

    /// The ACK to a failure of the INVITE that began the call.
    pub(crate) fn acknowledge_failure(&mut self) {
        self.target.clear();
        self.send(&self.request("ACK", 1, ""));
    }

    /// Takes back the INVITE: 200 for that, 487 for the INVITE.
    pub(crate) fn cancel(&mut self) {
        self.send(&self.request("CANCEL", 1, ""));
        self.expect_status(200, "CANCEL");
        self.expect_status(487, "INVITE");
        self.acknowledge_failure();
    }
}

fn head(message: &str) -> &str {
    message.split("\r\n\r\n").next().unwrap()
}

/// The value of the first header line of this name.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    head(message).lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
