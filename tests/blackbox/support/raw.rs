//! A peer that writes every line itself: what sipp cannot say, and users of trunks with addresses
//! of their own.

use super::gateway::Gateway;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

/// Where to write a file that only one test reads.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("files");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// H() of RFC 7616 §3.4.
pub(crate) fn hash(algorithm: &str, text: &str) -> String {
    match algorithm {
        "MD5" => hex(&Md5::digest(text.as_bytes())),
        _ => hex(&Sha256::digest(text.as_bytes())),
    }
}

/// A parameter of a challenge or of credentials.
pub(crate) fn field<'a>(value: &'a str, name: &str) -> &'a str {
    let start = value.find(&format!("{name}=")).unwrap_or_else(|| panic!("{name} in {value}"));
    let rest = &value[start + name.len() + 1..];
    let rest = rest.strip_prefix('"').map_or(rest, |quoted| quoted.split('"').next().unwrap());
    rest.split([',', ' ', ';', '\r']).next().unwrap()
}

/// Every line of that header.
pub(crate) fn lines<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("{name}: ");
    message.lines().filter_map(|line| line.strip_prefix(start.as_str())).collect()
}

/// One UDP socket of one peer.
pub(crate) struct Raw {
    socket: UdpSocket,
    gateway: SocketAddr,
    pub(crate) call_id: String,
    branch: u32,
}

impl Raw {
    /// A peer at this host of the gateway's own network; port 0 is any.
    pub(crate) fn new(gateway: &Gateway, host: u8, port: u16) -> Self {
        let [a, b, c, own] = gateway.address.octets();
        let address = Ipv4Addr::new(a, b, c, if host == 0 { own } else { host });
        let socket = UdpSocket::bind((address, port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
        let call_id = format!("raw-{}", socket.local_addr().unwrap());
        Self { socket, gateway: gateway.sip(), call_id, branch: 0 }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub(crate) fn sdp(&self) -> String {
        let ip = self.local().ip();
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )
    }

    pub(crate) fn send(&self, text: &str) {
        self.send_octets(text.as_bytes());
    }

    /// What need not be text.
    pub(crate) fn send_octets(&self, octets: &[u8]) {
        self.socket.send_to(octets, self.gateway).unwrap();
    }

    /// The next message, whatever it is.
    pub(crate) fn receive(&self) -> String {
        let mut buffer = [0; 8192];
        let (length, _) = self.socket.recv_from(&mut buffer).expect("nothing came");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// The next message that starts so; others are passed over.
    pub(crate) fn expect(&self, start: &str) -> String {
        for _ in 0..20 {
            let message = self.receive();
            if message.starts_with(start) {
                return message;
            }
            let provisional = message.starts_with("SIP/2.0 1");
            let copy = message.starts_with("INVITE") || message.starts_with("ACK");
            assert!(provisional || copy, "waited for {start}, got\n{message}");
        }
        panic!("waited for {start} in vain");
    }

    /// Whether nothing comes for so long.
    pub(crate) fn hears_nothing(&self, millis: u64) -> bool {
        self.socket.set_read_timeout(Some(Duration::from_millis(millis))).unwrap();
        let silent = self.socket.recv_from(&mut [0; 8192]).is_err();
        self.socket.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
        silent
    }

    /// A request, with further lines and parameters of its Via.
    pub(crate) fn request(
        &mut self,
        method: &str,
        (number, cseq): (&str, u32),
        via: &str,
        headers: &str,
    ) -> String {
        self.branch += 1;
        let (local, gateway) = (self.local(), self.gateway);
        let body = if method == "INVITE" { self.sdp() } else { String::new() };
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{number}@{gateway} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{}x{}{via}\r\nMax-Forwards: 70\r\n\
             From: <sip:+33639980007@{local}>;tag=raw{cseq}\r\nTo: <sip:{number}@{gateway}>\r\n\
             Call-ID: {}\r\nCSeq: {cseq} {method}\r\nContact: <sip:raw@{local}>\r\n\
             {headers}{content}Content-Length: {}\r\n\r\n{body}",
            local.port(),
            self.branch,
            self.call_id,
            body.len()
        )
    }

    /// Our response to a request of the gateway's.
    pub(crate) fn reply(&self, request: &str, status: &str, via: &str, headers: &str, sdp: bool) {
        let body = if sdp { self.sdp() } else { String::new() };
        let content = if sdp { "Content-Type: application/sdp\r\n" } else { "" };
        let line = |name: &str| {
            let found = request.lines().find(|line| line.starts_with(name)).unwrap();
            found.to_owned()
        };
        let to = line("To:");
        let tag = if to.contains(";tag=") { "" } else { ";tag=callee" };
        let top = line("Via:");
        let top = if via.is_empty() { top } else { top.split(";oc").next().unwrap().to_owned() };
        self.send(&format!(
            "SIP/2.0 {status}\r\n{top}{via}\r\n{}\r\n{to}{tag}\r\n{}\r\n{}\r\n\
             Contact: <sip:callee@{}>\r\n{headers}{content}Content-Length: {}\r\n\r\n{body}",
            line("From:"),
            line("Call-ID:"),
            line("CSeq:"),
            self.local(),
            body.len()
        ));
    }

    /// The ACK, or the BYE, of an INVITE that was answered so.
    pub(crate) fn follow(&mut self, invite: &str, answer: &str, method: &str, cseq: u32) {
        let target = lines(answer, "Contact").first().map(|contact| field_uri(contact));
        let first = invite.split(' ').nth(1).unwrap().to_owned();
        let refused = !answer.starts_with("SIP/2.0 2");
        let uri = target.filter(|_| !refused).unwrap_or(first);
        self.branch += 1;
        let own = invite.lines().find(|line| line.starts_with("Via:")).unwrap().to_owned();
        let new = format!(
            "Via: SIP/2.0/UDP {};branch=z9hG4bK{}x{}",
            self.local(),
            self.local().port(),
            self.branch
        );
        let via = if refused { own } else { new };
        let from = invite.lines().find(|line| line.starts_with("From:")).unwrap();
        let to = answer.lines().find(|line| line.starts_with("To:")).unwrap();
        let call_id = &self.call_id;
        self.send(&format!(
            "{method} {uri} SIP/2.0\r\n{via}\r\nMax-Forwards: 70\r\n{from}\r\n{to}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
        ));
    }
}

fn field_uri(contact: &str) -> String {
    contact.split(['<', '>']).nth(1).unwrap().to_owned()
}
