//! User agents that are called, as many as a test needs, each on its own loopback port.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a callee does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Rings and answers.
    Answers,
    /// Refuses calls with this status.
    Refuses(u16),
    /// Says nothing to calls, but answers OPTIONS.
    IgnoresCalls,
    /// Says nothing at all.
    Silent,
}

struct State {
    manner: Manner,
    /// The host of its Contact, where that is not its address.
    contact: Option<String>,
    received: Vec<String>,
}

/// A user agent over UDP.
#[derive(Clone)]
pub(crate) struct Callee {
    pub(crate) address: SocketAddr,
    socket: Arc<UdpSocket>,
    state: Arc<Mutex<State>>,
}

/// The value of the first header line of this name.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find(|line| line.starts_with(&format!("{name}:")));
    line.map(|line| line[name.len() + 1..].trim()).unwrap_or_default()
}

impl Callee {
    pub(crate) fn at(address: SocketAddr, manner: Manner) -> Self {
        let socket = Arc::new(UdpSocket::bind(address).unwrap());
        let address = socket.local_addr().unwrap();
        let state = State { manner, contact: None, received: Vec::new() };
        let callee = Self { address, socket, state: Arc::new(Mutex::new(state)) };
        let server = callee.clone();
        std::thread::spawn(move || {
            // Speech goes nowhere, but somewhere that takes it.
            let speech = UdpSocket::bind((address.ip(), 0)).unwrap();
            let speech = speech.local_addr().unwrap();
            let mut buffer = [0; 8_192];
            while let Ok((length, from)) = server.socket.recv_from(&mut buffer) {
                let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
                for answer in server.answers(text, speech) {
                    let _ = server.socket.send_to(answer.as_bytes(), from);
                }
            }
        });
        callee
    }

    fn answers(&self, text: String, speech: SocketAddr) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        state.received.push(text.clone());
        let method = text.split(' ').next().unwrap_or_default();
        let contact = state.contact.clone().unwrap_or_else(|| self.address.to_string());
        let answer =
            |status: &str, sdp: bool| answer(&text, status, &contact, sdp.then_some(speech));
        match (method, state.manner) {
            ("SIP/2.0" | "ACK", _) | (_, Manner::Silent) => Vec::new(),
            ("INVITE", Manner::IgnoresCalls) => Vec::new(),
            ("INVITE", Manner::Answers) => {
                vec![answer("180 Ringing", false), answer("200 OK", true)]
            }
            ("INVITE", Manner::Refuses(status)) => vec![answer(&format!("{status} No"), false)],
            _ => vec![answer("200 OK", false)],
        }
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    /// Gives a name in the Contact.
    pub(crate) fn set_contact(&self, contact: &str) {
        self.state.lock().unwrap().contact = Some(contact.to_owned());
    }

    /// Rings for the last INVITE, and is no longer silent.
    pub(crate) fn rings_late(&self) {
        self.set(Manner::Answers);
        let invite = self.expect("INVITE");
        let ringing = answer(&invite, "180 Ringing", &self.address.to_string(), None);
        let via = header(&invite, "Via").split([' ', ';']).nth(1).unwrap();
        self.socket.send_to(ringing.as_bytes(), via).unwrap();
    }

    /// The requests of one method that have come, copies too.
    pub(crate) fn requests(&self, method: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let start = format!("{method} ");
        state.received.iter().filter(|text| text.starts_with(&start)).cloned().collect()
    }

    /// INVITEs received, copies counted once.
    pub(crate) fn calls(&self) -> usize {
        let invites = self.requests("INVITE");
        let mut branches: Vec<_> = invites.iter().map(|invite| header(invite, "Via")).collect();
        branches.sort_unstable();
        branches.dedup();
        branches.len()
    }

    /// Waits for a request of this method.
    pub(crate) fn expect(&self, method: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some(text) = self.requests(method).pop() {
                return text;
            }
            assert!(start.elapsed() < Duration::from_secs(8), "{} got no {method}", self.address);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(request: &str, status: &str, contact: &str, speech: Option<SocketAddr>) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let tag = if name == "To" && !header(request, "To").contains(";tag=") {
            ";tag=callee"
        } else {
            ""
        };
        text += &format!("{name}: {}{tag}\r\n", header(request, name));
    }
    text += &format!("Contact: <sip:callee@{contact}>\r\n");
    let Some(speech) = speech else {
        return text + "Content-Length: 0\r\n\r\n";
    };
    let family = if speech.is_ipv6() { "IP6" } else { "IP4" };
    let sdp = format!(
        "v=0\r\no=- 1 1 IN {family} {0}\r\ns=-\r\nc=IN {family} {0}\r\nt=0 0\r\n\
         m=audio {1} RTP/AVP 8\r\n",
        speech.ip(),
        speech.port()
    );
    text + &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}
