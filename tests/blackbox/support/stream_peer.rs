//! A peer on a connection, plain or within TLS: what sipp cannot do.

use super::gateway::Gateway;
use super::pki::Pki;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long to wait for a message.
const PATIENCE: Duration = Duration::from_secs(8);

static NEXT: AtomicU32 = AtomicU32::new(1);

enum Way {
    Plain(TcpStream),
    Client(Box<StreamOwned<ClientConnection, TcpStream>>),
    Server(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// One connection, and one call over it.
pub(crate) struct StreamPeer {
    way: Way,
    local: SocketAddr,
    remote: SocketAddr,
    octets: Vec<u8>,
    rtp: UdpSocket,
    pub(crate) patience: Duration,
    number: u32,
    uri: String,
    tag: String,
    target: String,
}

impl StreamPeer {
    /// A connection to the gateway from its own host.
    pub(crate) fn tcp(gateway: &Gateway) -> Self {
        Self::tcp_to(gateway.sip())
    }

    pub(crate) fn tcp_to(remote: SocketAddr) -> Self {
        Self::over(Way::Plain(TcpStream::connect(remote).unwrap()))
    }

    /// A TLS connection to port 5061 of the gateway, whose certificate must be of `pki`; we show
    /// one with these names, where there are any.
    pub(crate) fn tls(gateway: &Gateway, pki: &Pki, names: &[&str]) -> Result<Self, io::Error> {
        Self::tls_to(SocketAddr::new(gateway.address.into(), 5061), pki, names)
    }

    pub(crate) fn tls_to(remote: SocketAddr, pki: &Pki, names: &[&str]) -> Result<Self, io::Error> {
        Self::shake(remote, pki.client(names))
    }

    /// The same with any client.
    pub(crate) fn tls_with(gateway: &Gateway, config: ClientConfig) -> Result<Self, io::Error> {
        Self::shake(SocketAddr::new(gateway.address.into(), 5061), config)
    }

    /// The same from the gateway's own host, which its trunks have their targets at.
    pub(crate) fn tls_beside(gateway: &Gateway, pki: &Pki, names: &[&str]) -> Self {
        let to = SocketAddr::new(gateway.address.into(), 5061);
        let socket = connect_from(gateway.address.octets(), to);
        Self::shake_over(socket, pki.client(names)).unwrap()
    }

    fn shake(remote: SocketAddr, config: ClientConfig) -> Result<Self, io::Error> {
        Self::shake_over(TcpStream::connect(remote)?, config)
    }

    fn shake_over(mut socket: TcpStream, config: ClientConfig) -> Result<Self, io::Error> {
        socket.set_read_timeout(Some(PATIENCE))?;
        let name = ServerName::try_from("gateway.example.net").unwrap();
        let mut session =
            ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Self::over(Way::Client(Box::new(StreamOwned::new(session, socket)))))
    }

    /// Takes a connection of the gateway's.
    pub(crate) fn accept(listener: &TcpListener) -> Self {
        Self::over(Way::Plain(listener.accept().unwrap().0))
    }

    /// Takes a TLS connection of the gateway's: we show `names`, it must show a certificate.
    pub(crate) fn accept_tls(
        listener: &TcpListener,
        pki: &Pki,
        names: &[&str],
    ) -> Result<Self, io::Error> {
        Self::over_tls(listener.accept()?.0, pki, names)
    }

    pub(crate) fn over_tcp(socket: TcpStream) -> Option<Self> {
        Some(Self::over(Way::Plain(socket)))
    }

    /// The server's side of TLS on a connection that was accepted.
    pub(crate) fn over_tls(
        mut socket: TcpStream,
        pki: &Pki,
        names: &[&str],
    ) -> Result<Self, io::Error> {
        socket.set_read_timeout(Some(PATIENCE))?;
        let config = Arc::new(pki.server(names));
        let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Self::over(Way::Server(Box::new(StreamOwned::new(session, socket)))))
    }

    fn over(way: Way) -> Self {
        let socket = match &way {
            Way::Plain(socket) => socket,
            Way::Client(stream) => &stream.sock,
            Way::Server(stream) => &stream.sock,
        };
        let _ = socket.set_nodelay(true);
        let local = socket.local_addr().unwrap();
        // It may be gone already, where the other side did not like our certificate.
        let remote = socket.peer_addr().unwrap_or(local);
        Self {
            way,
            local,
            remote,
            octets: Vec::new(),
            rtp: UdpSocket::bind((local.ip(), 0)).unwrap(),
            patience: PATIENCE,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            uri: String::new(),
            tag: String::new(),
            target: String::new(),
        }
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match &self.way {
            Way::Plain(socket) => socket,
            Way::Client(stream) => &stream.sock,
            Way::Server(stream) => &stream.sock,
        }
    }

    /// The certificate that the other side showed.
    pub(crate) fn shown(&self) -> Vec<u8> {
        let chain = match &self.way {
            Way::Plain(_) => None,
            Way::Client(stream) => stream.conn.peer_certificates(),
            Way::Server(stream) => stream.conn.peer_certificates(),
        };
        chain.and_then(|chain| chain.first()).map(|one| one.to_vec()).unwrap_or_default()
    }

    /// The name that the client asked for (SNI).
    pub(crate) fn asked_for(&self) -> Option<String> {
        match &self.way {
            Way::Server(stream) => stream.conn.server_name().map(str::to_owned),
            _ => None,
        }
    }

    const fn transport(&self) -> &'static str {
        if matches!(self.way, Way::Plain(_)) { "TCP" } else { "TLS" }
    }

    pub(crate) fn write(&mut self, octets: &[u8]) {
        let written = match &mut self.way {
            Way::Plain(socket) => socket.write_all(octets),
            Way::Client(stream) => stream.write_all(octets).and_then(|()| stream.flush()),
            Way::Server(stream) => stream.write_all(octets).and_then(|()| stream.flush()),
        };
        written.unwrap();
    }

    /// We send no more, but listen.
    pub(crate) fn finish(&mut self) {
        match &mut self.way {
            Way::Plain(_) => {}
            Way::Client(stream) => {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
            Way::Server(stream) => {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        }
        self.socket().shutdown(Shutdown::Write).unwrap();
    }

    /// Some octets; none at the end of the connection.
    fn read(&mut self) -> io::Result<usize> {
        self.socket().set_read_timeout(Some(Duration::from_millis(100)))?;
        let mut buffer = [0; 4_096];
        let length = match &mut self.way {
            Way::Plain(socket) => socket.read(&mut buffer),
            Way::Client(stream) => stream.read(&mut buffer),
            Way::Server(stream) => stream.read(&mut buffer),
        }?;
        self.octets.extend_from_slice(&buffer[..length]);
        Ok(length)
    }

    fn read_until<T>(
        &mut self,
        what: &str,
        mut found: impl FnMut(&mut Vec<u8>) -> Option<T>,
    ) -> Option<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = found(&mut self.octets) {
                return Some(found);
            }
            match self.read() {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    assert!(start.elapsed() < self.patience, "waited for {what}");
                }
                Err(_broken) => return None,
            }
        }
    }

    /// Waits for exactly these octets.
    pub(crate) fn expect_octets(&mut self, expected: &[u8]) {
        let length = expected.len();
        let got = self.read_until("octets", |octets| {
            (octets.len() >= length).then(|| octets.drain(..length).collect::<Vec<_>>())
        });
        assert_eq!(got.as_deref(), Some(expected));
    }

    /// Waits for the end of the connection.
    pub(crate) fn expect_end(&mut self) {
        let none = self.read_until::<()>("the end", |_| None);
        assert!(none.is_none());
        assert!(self.octets.is_empty(), "{}", String::from_utf8_lossy(&self.octets));
    }

    /// The next message (RFC 3261 §18.3); none at the end of the connection.
    pub(crate) fn message(&mut self) -> Option<String> {
        self.read_until("a message", |octets| {
            // Pings before it.
            while octets.starts_with(b"\r\n") {
                octets.drain(..2);
            }
            let head = octets.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
            let text = String::from_utf8_lossy(&octets[..head]).into_owned();
            let length = header(&text, "Content-Length").map_or(0, |n| n.parse().unwrap());
            (octets.len() >= head + length).then(|| {
                let whole: Vec<u8> = octets.drain(..head + length).collect();
                String::from_utf8(whole).unwrap()
            })
        })
    }

    /// Waits for this final or provisional status, passing over other provisional ones.
    pub(crate) fn expect(&mut self, status: u16) -> String {
        loop {
            let text = self.message().unwrap_or_else(|| panic!("no {status}, but the end"));
            if text.starts_with(&format!("SIP/2.0 {status} ")) {
                if let Some((_, tag)) = header(&text, "To").and_then(|to| to.split_once(";tag=")) {
                    self.tag = format!(";tag={tag}");
                }
                if let Some(contact) = header(&text, "Contact") {
                    self.target = contact.trim_matches(['<', '>']).to_owned();
                }
                return text;
            }
            assert!(text.starts_with("SIP/2.0 1"), "waited for {status}, got\n{text}");
        }
    }

    /// Waits for this request.
    pub(crate) fn expect_request(&mut self, method: &str) -> String {
        let text = self.message().unwrap_or_else(|| panic!("no {method}, but the end"));
        assert!(text.starts_with(&format!("{method} ")), "waited for {method}, got\n{text}");
        text
    }

    /// Our session description: PCMA only.
    pub(crate) fn sdp(&self) -> String {
        let rtp = self.rtp.local_addr().unwrap();
        let family = family(rtp.ip());
        format!(
            "v=0\r\no=- 1 1 IN {family} {0}\r\ns=-\r\nc=IN {family} {0}\r\nt=0 0\r\n\
             m=audio {1} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n",
            rtp.ip(),
            rtp.port()
        )
    }

    /// A request of our call.
    pub(crate) fn request(&self, method: &str, cseq: u32, more: &str, body: &str) -> String {
        let (local, transport, number) = (self.local, self.transport(), self.number);
        let uri = if self.target.is_empty() { &self.uri } else { &self.target };
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let branch = if method == "ACK" { "ACK2" } else { method };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {local};branch=z9hG4bK{number}\
             {cseq}{branch}\r\nMax-Forwards: 70\r\n\
             From: <sip:+33639980002@{local}>;tag=peer{number}\r\nTo: <{}>{}\r\n\
             Call-ID: peer-{number}-{local}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:peer@{local};transport={transport}>\r\n{more}{content}\
             Content-Length: {}\r\n\r\n{body}",
            self.uri,
            self.tag,
            body.len()
        )
    }

    /// The INVITE of a call to `number`.
    pub(crate) fn invite(&mut self, number: &str) -> String {
        self.uri = format!("sip:{number}@{};user=phone", self.remote);
        self.request("INVITE", 1, "", &self.sdp())
    }

    /// Calls `number` and waits until it talks.
    pub(crate) fn call(&mut self, number: &str) -> String {
        let invite = self.invite(number);
        self.write(invite.as_bytes());
        let answer = self.expect(200);
        let ack = self.request("ACK", 1, "", "");
        self.write(ack.as_bytes());
        answer
    }

    pub(crate) fn hang_up(&mut self) {
        let bye = self.request("BYE", 2, "", "");
        self.write(bye.as_bytes());
        self.expect(200);
    }

    /// The same call over another connection.
    pub(crate) fn moved_to(&self, mut other: Self) -> Self {
        other.number = self.number;
        other.uri.clone_from(&self.uri);
        other.tag.clone_from(&self.tag);
        other.target.clone_from(&self.target);
        let call_id = |local: SocketAddr| format!("peer-{}-{local}", self.number);
        assert_ne!(call_id(self.local), call_id(other.local));
        // The identity of the dialog stays; only Via and Contact name the new connection.
        other.local = self.local;
        other
    }

    /// A response to a request of the gateway's.
    pub(crate) fn respond(&mut self, request: &str, status: &str, sdp: bool) {
        let copied = ["Via", "From", "Call-ID", "CSeq"]
            .map(|name| format!("{name}: {}\r\n", header(request, name).unwrap_or_default()));
        let to = header(request, "To").unwrap_or_default();
        let tag = if to.contains(";tag=") { String::new() } else { ";tag=callee".to_owned() };
        let (local, transport) = (self.local, self.transport());
        let body = if sdp { self.sdp() } else { String::new() };
        let content = if sdp { "Content-Type: application/sdp\r\n" } else { "" };
        let text = format!(
            "SIP/2.0 {status}\r\n{}To: {to}{tag}\r\n\
             Contact: <sip:peer@{local};transport={transport}>\r\n{content}\
             Content-Length: {}\r\n\r\n{body}",
            copied.concat(),
            body.len()
        );
        self.write(text.as_bytes());
    }
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "IP6" } else { "IP4" }
}

/// Has the exchange call `number`, hanging up after `seconds`, and plays the one that is called
/// meanwhile.
pub(crate) fn while_called(gateway: &Gateway, number: &str, seconds: &str, play: impl FnOnce()) {
    std::thread::scope(|scope| {
        scope.spawn(|| gateway.tocsin(&["originate", number, "--hold", seconds]));
        play();
    });
    gateway.wait_until_idle();
}

/// The first value of a header.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = message.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A connection from another loopback host.
pub(crate) fn connect_from(host: [u8; 4], to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((host, 0).into()).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}
