//! What our messages have in common.

use crate::peers::Terms;
use crate::{Flow, Transport};
use bytes::Bytes;
use sip_parser::{Message, Method, Name, NameAddr, Writer};
use std::net::SocketAddr;

/// What we take (RFC 3261 §20.5).
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO";

/// The option tags of the extensions that we know (§20.37).
pub(crate) const SUPPORTED: &str = "100rel, precondition, resource-priority, timer";

/// Whether an option tag is one that we know.
pub(crate) fn supports(tag: &str) -> bool {
    SUPPORTED.split(", ").any(|known| known.eq_ignore_ascii_case(tag))
}

pub(crate) const SDP: &str = "application/sdp";

/// A response with what it takes from its request (§8.2.6.2).
pub(crate) fn response(
    request: &Message,
    source: SocketAddr,
    software: &str,
    (status, phrase): (u16, &str),
    (tag, overload): (Option<&str>, &str),
) -> Writer {
    let mut writer = Writer::response(status, phrase);
    let keep = if status > 100 { keep(request) } else { "" };
    writer.copy_vias_telling(request, source, &format!("{overload}{keep}"));
    writer.copy(request, Name::From);
    match tag {
        // RFC 4475 §3.3.1: what is not there cannot be echoed.
        Some(tag) if request.header(Name::To).is_some() => {
            writer.header("To", tagged(request, tag))
        }
        _ => writer.copy(request, Name::To),
    };
    writer.copy_all(request, &[Name::CallId, Name::CSeq]);
    if status == 100 {
        // §8.2.6.1: only here; we add no delay that would be worth telling.
        writer.copy(request, Name::Timestamp);
    }
    if !software.is_empty() {
        writer.header("Server", software);
    }
    writer
}

/// RFC 6223 §4.4: how often, in seconds, a peer may ping us that offers to. On connections only:
/// over datagrams that is done by STUN, which we do not speak (RFC 5626 §3.5.2).
fn keep(request: &Message) -> &'static str {
    let via = request.top_via();
    let asks = via
        .params
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("keep") && value.is_none_or(str::is_empty));
    let is_stream = Transport::from_name(via.transport).is_some_and(Transport::is_stream);
    if asks && is_stream && request.method() == Method::Invite { ";keep=120" } else { "" }
}

/// The To header of a request, with `tag` where it has none yet.
pub(crate) fn tagged(request: &Message, tag: &str) -> String {
    let to = request.header(Name::To).unwrap_or_default();
    if request.to().tag().is_some() { to.to_owned() } else { format!("{to};tag={tag}") }
}

/// Where a response goes when it cannot go over the connection that its request came on.
///
/// §18.2.2 with RFC 3581 §4: to the source address always (it is what `received` says or would
/// say), to the source port where the sender asked for it, else to the port of sent-by. `maddr` is
/// not followed: no peer of a trunk is a multicast group, and anybody could aim us at others.
pub(crate) fn response_flow(request: &Message, flow: Flow) -> Flow {
    let via = request.top_via();
    let port = match (flow.transport, via.rport) {
        (Transport::Udp, Some(_)) => flow.remote.port(),
        _ => via.port.unwrap_or(flow.transport.default_port()),
    };
    Flow { remote: SocketAddr::new(flow.remote.ip(), port), connection: None, ..flow }
}

/// Our Contact on this flow; a SIPS URI where `secure`.
pub(crate) fn contact(flow: &Flow, secure: bool) -> String {
    match flow.transport {
        // RFC 5630 §3.1.3: the scheme says it.
        Transport::Tls if secure => format!("<sips:{}>", flow.local),
        Transport::Udp => format!("<sip:{}>", flow.local),
        Transport::Tcp | Transport::Tls => {
            format!("<sip:{};transport={}>", flow.local, flow.transport.name())
        }
    }
}

/// Whether a URI, in angle brackets or without, is a SIPS URI.
pub(crate) fn is_sips(uri: &str) -> bool {
    let uri = NameAddr::parse(uri).map_or(uri, |address| address.uri);
    uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sips:"))
}

/// §12.1.1: whether our Contact in the response to a request must be a SIPS URI.
pub(crate) fn wants_sips(request: &Message) -> bool {
    let route = request.values(Name::RecordRoute).next();
    let contact = || request.contact().map(|contact| contact.uri);
    is_sips(request.uri().unwrap_or_default()) || route.or_else(contact).is_some_and(is_sips)
}

/// What a message that makes or refreshes a dialog says about us: where we are reached (§12.1.1),
/// what we take and which extensions we know (§13.2.1, §13.3.1.4).
pub(crate) fn introduce(writer: &mut Writer, flow: &Flow, secure: bool) {
    introduce_as(writer, (flow, secure), SUPPORTED);
}

/// The same with other extensions.
pub(crate) fn introduce_as(writer: &mut Writer, (flow, secure): (&Flow, bool), tags: &str) {
    writer
        .header("Contact", contact(flow, secure))
        .header("Allow", ALLOW)
        .header("Supported", tags);
}

/// A Warning of ours (§20.43).
pub(crate) fn warning(flow: &Flow, (code, text): (u16, &str)) -> (&'static str, String) {
    ("Warning", format!("{code} {} \"{text}\"", flow.local))
}

/// The whole Reason header, lines joined.
pub(crate) fn reason(message: &Message) -> Option<String> {
    let values: Vec<&str> = message.values(Name::Reason).collect();
    if values.is_empty() { None } else { Some(values.join(", ")) }
}

/// The start and the identity of one of our requests: enough for the request itself, its ACK and
/// its CANCEL.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) flow: Flow,
    pub(crate) branch: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) routes: Vec<String>,
    pub(crate) max_forwards: u8,
    pub(crate) terms: Terms,
}

impl Head {
    fn start(&self, method: &str, to: &str) -> Writer {
        let mut writer = Writer::request(method, &self.uri);
        writer.header("Via", self.via()).header("Max-Forwards", self.max_forwards);
        for route in &self.routes {
            writer.header("Route", route);
        }
        writer.header("From", &self.from).header("To", to).header("Call-ID", &self.call_id);
        writer.header("CSeq", format_args!("{} {method}", self.cseq));
        writer
    }

    /// The value of our Via header.
    pub(crate) fn via(&self) -> String {
        let more = match (self.flow.transport, self.method) {
            // RFC 3581 §3: over datagrams we want answers where we sent from.
            (Transport::Udp, _) => ";rport",
            // RFC 6223 §4.2: we would keep the connection alive, if the peer says how often.
            (Transport::Tcp, "INVITE" | "REGISTER") => ";keep",
            (Transport::Tcp, _) => "",
            // RFC 5923 §8.1: and the peer may send us its requests over it; within TLS only, where
            // both know by then whom they talk to.
            (Transport::Tls, "INVITE" | "REGISTER") => ";alias;keep",
            (Transport::Tls, _) => ";alias",
        };
        format!(
            "SIP/2.0/{} {};branch={}{more}{}",
            self.flow.transport.via_name(),
            self.flow.local,
            self.branch,
            self.terms.via()
        )
    }

    /// §8.1.1.8: whether our Contact must be a SIPS URI.
    pub(crate) fn wants_sips(&self) -> bool {
        is_sips(self.routes.first().unwrap_or(&self.uri)) || is_sips(&self.uri)
    }

    /// The request, up to what is particular to it.
    pub(crate) fn request(&self, software: &str) -> Writer {
        let mut writer = self.start(self.method, &self.to);
        if !software.is_empty() && self.method != "ACK" {
            writer.header("User-Agent", software);
        }
        writer
    }

    /// The ACK of a final response other than 2xx (§17.1.1.3).
    pub(crate) fn ack(&self, response: &Message) -> Bytes {
        let to = response.header(Name::To).unwrap_or(&self.to);
        self.start("ACK", to).finish()
    }

    /// The CANCEL (§9.1).
    pub(crate) fn cancel(&self, reason: Option<&str>) -> Bytes {
        let mut writer = self.start("CANCEL", &self.to);
        if let Some(reason) = reason {
            writer.header("Reason", reason);
        }
        writer.finish()
    }
}
