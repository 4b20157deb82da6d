use crate::message::{Head, tagged};
use crate::redirect::plain;
use crate::wire::Wire;
use crate::{Flow, PeerId, Transport};
use sip_parser::{Message, Name, NameAddr, SipUri, Uri};
use std::net::{IpAddr, SocketAddr};

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;

/// More than all requests of ours in one early dialog.
const SKIPPED: u32 = 1_000;

/// The state of a dialog (RFC 3261 §12).
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    call_id: String,
    /// Our From header, with our tag.
    local: String,
    /// Our To header, with the peer's tag.
    remote: String,
    remote_tag: String,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// The peer's Contact.
    target: String,
    routes: Vec<String>,
    /// The way the peer's last message came, or our first message went.
    flow: Flow,
    /// Whether the peer takes UPDATE (RFC 3311 §4).
    updates: bool,
    /// Whom we talk to.
    peer: Option<PeerId>,
}

impl Dialog {
    /// §12.1.1: the dialog that our response to this request makes.
    pub(crate) fn server(request: &Message, flow: Flow, tag: &str) -> Self {
        Self {
            call_id: request.call_id().to_owned(),
            local: tagged(request, tag),
            remote: request.header(Name::From).unwrap_or_default().to_owned(),
            remote_tag: request.from().tag().unwrap_or_default().to_owned(),
            local_cseq: 0,
            remote_cseq: Some(request.cseq().number),
            target: contact(request).unwrap_or_else(|| source(&flow)),
            routes: request.values(Name::RecordRoute).map(str::to_owned).collect(),
            flow,
            updates: allows_update(request).unwrap_or(false),
            peer: None,
        }
    }

    /// §12.1.2: the dialog that this response to our request makes.
    pub(crate) fn client(request: &Head, response: &Message, flow: Flow) -> Self {
        Self {
            call_id: request.call_id.clone(),
            local: request.from.clone(),
            remote: response.header(Name::To).unwrap_or(&request.to).to_owned(),
            remote_tag: response.to().tag().unwrap_or_default().to_owned(),
            local_cseq: request.cseq,
            remote_cseq: None,
            target: contact(response).unwrap_or_else(|| request.uri.clone()),
            routes: routes_of(response),
            flow,
            updates: allows_update(response).unwrap_or(false),
            peer: request.terms.peer,
        }
    }

    /// Whether a request could make a dialog: it names a Contact that we can send to.
    pub(crate) fn is_reachable(request: &Message) -> bool {
        contact(request).is_some()
    }

    /// The way of the peer's last message, or of our first.
    pub(crate) const fn flow(&self) -> Flow {
        self.flow
    }

    pub(crate) fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// Whether a request of the peer belongs to this dialog; our tag was compared already.
    pub(crate) fn takes(&self, request: &Message) -> bool {
        request.call_id() == self.call_id
            && request.from().tag().unwrap_or_default() == self.remote_tag
    }

    /// Takes the order of a request of the peer; says whether it is in order (§12.2.2).
    pub(crate) fn advance(&mut self, request: &Message, flow: Flow) -> bool {
        let number = request.cseq().number;
        if self.remote_cseq.is_some_and(|last| number < last) {
            return false;
        }
        self.remote_cseq = Some(number);
        // A peer that opened another connection is reached over that one.
        if flow.transport.is_stream() && self.flow.transport == flow.transport {
            self.flow = flow;
        }
        true
    }

    /// Takes the peer's new Contact (§12.2: INVITE and UPDATE refresh the target).
    pub(crate) fn refresh(&mut self, message: &Message) {
        if let Some(target) = contact(message) {
            self.target = target;
        }
        self.learn(message);
    }

    /// Takes what a message says about the peer that does not move it.
    pub(crate) fn learn(&mut self, message: &Message) {
        self.updates = allows_update(message).unwrap_or(self.updates);
    }

    /// The early dialog confirmed by a 2xx (§13.2.2.4: the route set is that of the 2xx).
    pub(crate) fn confirmed(mut self, response: &Message) -> Self {
        self.routes = routes_of(response);
        self.refresh(response);
        self
    }

    /// The same dialog, with numbers that none of our requests can have had in an early dialog
    /// that we forgot.
    pub(crate) const fn skipping(mut self) -> Self {
        self.local_cseq = self.local_cseq.saturating_add(SKIPPED);
        self
    }

    /// Whether the peer has said that it takes UPDATE.
    pub(crate) const fn takes_update(&self) -> bool {
        self.updates
    }

    /// The start of our next request.
    pub(crate) fn request(&mut self, wire: &Wire, method: &'static str, branch: String) -> Head {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.head(wire, method, self.local_cseq, branch)
    }

    /// The start of the ACK of a 2xx, which has the number of its INVITE (§13.2.2.4).
    pub(crate) fn ack(&self, wire: &Wire, cseq: u32, branch: String) -> Head {
        self.head(wire, "ACK", cseq, branch)
    }

    fn head(&self, wire: &Wire, method: &'static str, cseq: u32, branch: String) -> Head {
        let (mut uri, mut routes) = (self.target.clone(), self.routes.clone());
        let first = self.routes.first().and_then(|route| NameAddr::parse(route));
        let next = first.map_or(self.target.as_str(), |route| route.uri);
        if first.is_some_and(|route| !is_loose(route.uri)) {
            // §12.2.1.1: a strict router wants its own URI in the request line and the target last.
            uri = plain(next).unwrap_or_else(|| next.to_owned());
            routes.remove(0);
            routes.push(format!("<{}>", self.target));
        }
        Head {
            method,
            uri,
            flow: self.next_hop(wire, next),
            branch,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq,
            routes,
            max_forwards: MAX_FORWARDS,
            terms: wire.terms(self.peer),
        }
    }

    /// Says whom we talk to.
    pub(crate) const fn set_peer(&mut self, peer: Option<PeerId>) {
        self.peer = peer;
    }

    /// The number of a request that is not new, but goes once more (§22.2).
    pub(crate) const fn next_number(&mut self) -> u32 {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.local_cseq
    }

    /// Where a request for `uri` goes (§8.1.2). A name is known where it is one of the user's own
    /// peers ([`crate::Sip::set_names`]); within a dialog no other is asked for, and a peer that
    /// writes one is reached the way it came. So is one whose connection lives. A URI without a
    /// transport keeps the one in use, for many a peer leaves it out.
    fn next_hop(&self, wire: &Wire, uri: &str) -> Flow {
        if wire.is_alive(self.flow) {
            return self.flow;
        }
        let Some(Uri::Sip(uri)) = Uri::parse(uri) else {
            return self.flow;
        };
        let named = uri.params.value("transport").map(Transport::from_name);
        let transport = match named {
            // §26.2.2: whatever carries it, the last hop of a sips URI is within TLS.
            _ if uri.secure => Transport::Tls,
            Some(Some(transport)) => transport,
            Some(None) => return self.flow,
            None => self.flow.transport,
        };
        let Some(remote) = address(&uri, transport).or_else(|| self.named(wire, &uri, transport))
        else {
            return self.flow;
        };
        match wire.local(transport, remote, self.flow.local) {
            Some(local) => {
                let same = (transport, remote) == (self.flow.transport, self.flow.remote);
                let peer = self.flow.peer.filter(|_| same);
                Flow { transport, local, remote, connection: None, peer }
            }
            None => self.flow,
        }
    }
}

impl Dialog {
    /// The address of a host name that the user knows: where the peer came from, if that is among
    /// its addresses, else the first.
    fn named(&self, wire: &Wire, uri: &SipUri<'_>, transport: Transport) -> Option<SocketAddr> {
        let host = uri.params.value("maddr").unwrap_or(uri.host);
        let ways = wire.ways_of(host).iter().filter(|(own, _)| *own == transport);
        let at = |address: &SocketAddr| {
            SocketAddr::new(address.ip(), uri.port.unwrap_or(address.port()))
        };
        let mut addresses = ways.map(|(_, address)| at(address));
        let first = addresses.clone().next();
        addresses.find(|address| *address == self.flow.remote).or(first)
    }
}

/// Multicast is not for calls, though a `maddr` may name it.
pub(crate) fn address(uri: &SipUri<'_>, transport: Transport) -> Option<SocketAddr> {
    let host = uri.params.value("maddr").unwrap_or(uri.host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host: IpAddr = host.parse().ok()?;
    let port = uri.port.unwrap_or(transport.default_port());
    (!host.is_multicast()).then_some(SocketAddr::new(host, port))
}

fn is_loose(uri: &str) -> bool {
    matches!(Uri::parse(uri), Some(Uri::Sip(uri)) if uri.params.get("lr").is_some())
}

/// The URI of where a message came from.
fn source(flow: &Flow) -> String {
    match flow.transport {
        Transport::Udp => format!("sip:{}", flow.remote),
        Transport::Tcp | Transport::Tls => {
            format!("sip:{};transport={}", flow.remote, flow.transport.name())
        }
    }
}

/// The Contact, where a request could be sent to it: `*` and what is no URI could not. Without what
/// may not stand in a Request-URI (§19.1.1 Table 1): a method, and headers.
fn contact(message: &Message) -> Option<String> {
    plain(message.contact()?.uri)
}

/// §12.1.2: the route set of a client.
fn routes_of(response: &Message) -> Vec<String> {
    let mut routes: Vec<String> = response.values(Name::RecordRoute).map(str::to_owned).collect();
    routes.reverse();
    routes
}

/// What a message says about UPDATE; nothing where it has no Allow.
fn allows_update(message: &Message) -> Option<bool> {
    message.header(Name::Allow)?;
    Some(message.values(Name::Allow).any(|method| method == "UPDATE"))
}
