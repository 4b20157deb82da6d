use crate::Transport;
use sip_parser::{SipUri, Uri};
use std::net::IpAddr;

/// The longest name in its usual form, without the last dot (RFC 1035 §2.3.4, RFC 2181 §11).
const NAME_MAX: usize = 253;
/// The longest part of a name.
const LABEL_MAX: usize = 63;

/// What is to be located: what RFC 3263 §4 takes from a URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    secure: bool,
    pub(super) host: Host,
    pub(super) port: Option<u16>,
    transport: Option<Transport>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Name(String),
    Address(IpAddr),
}

/// Why a URI is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Another scheme, or no URI at all.
    #[error("this is no sip: or sips: URI")]
    NotSip,
    /// A transport that is none of ours.
    #[error("its transport is none of udp, tcp and tls")]
    Transport,
    /// RFC 3261 §26.2.2: all of the way is TLS.
    #[error("sips: cannot be reached over udp")]
    Insecure,
    /// The host could not be a name of the domain name system.
    #[error("its host is neither an address nor a name")]
    Host,
}

impl Target {
    /// Reads a URI.
    pub fn parse(uri: &str) -> Result<Self, BadTarget> {
        match Uri::parse(uri) {
            Some(Uri::Sip(uri)) => Self::of(&uri),
            _ => Err(BadTarget::NotSip),
        }
    }

    /// The target of a URI.
    pub fn of(uri: &SipUri<'_>) -> Result<Self, BadTarget> {
        let named = uri.params.value("transport").map(Transport::from_name);
        let transport = match named {
            None => None,
            Some(None) => return Err(BadTarget::Transport),
            Some(Some(Transport::Udp)) if uri.secure => return Err(BadTarget::Insecure),
            // §4.1: "sips" with "tcp" is TLS over TCP.
            Some(Some(Transport::Tcp)) if uri.secure => Some(Transport::Tls),
            Some(transport) => transport,
        };
        // §4: "If the URI contains a maddr parameter, TARGET is its value".
        let host = uri.params.value("maddr").unwrap_or(uri.host);
        let host = host.trim_end_matches('.');
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let host = match bare.parse() {
            Ok(address) => Host::Address(address),
            Err(_) if is_name(host) => Host::Name(host.to_ascii_lowercase()),
            Err(_) => return Err(BadTarget::Host),
        };
        Ok(Self { secure: uri.secure, host, port: uri.port, transport })
    }

    /// An address, by one transport.
    pub const fn address(transport: Transport, address: std::net::SocketAddr) -> Self {
        let (host, port) = (Host::Address(address.ip()), Some(address.port()));
        Self { secure: false, host, port, transport: Some(transport) }
    }

    /// The address, where it is one.
    pub fn as_address(&self) -> Option<(Transport, std::net::SocketAddr)> {
        let Host::Address(address) = self.host else {
            return None;
        };
        let transport = self.transport();
        let port = self.port.unwrap_or(transport.default_port());
        Some((transport, std::net::SocketAddr::new(address, port)))
    }

    /// Whether the domain name system is needed to reach it.
    pub const fn is_name(&self) -> bool {
        matches!(self.host, Host::Name(_))
    }

    /// The host in a Request-URI: name or address, with the port where one was given. The
    /// Request-URI keeps the name whatever it leads to (RFC 3263 §4).
    pub fn host_and_port(&self) -> String {
        let host = match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Address(IpAddr::V4(address)) => address.to_string(),
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// Whom the certificate of a TLS server must name: the domain that we asked for, and not what
    /// the domain name system made of it (RFC 5922 §7.1, §7.3).
    pub fn server_name(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// Whether nothing but TLS may be used.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The transport that the URI names; where it names a port or an address but no transport, UDP,
    /// or TLS with `sips` (§4.1). None: NAPTR and SRV have to say.
    pub(super) fn named_transport(&self) -> Option<Transport> {
        let settled = self.port.is_some() || !self.is_name();
        self.transport.or_else(|| settled.then(|| self.transport()))
    }

    /// The transport for want of anything that says more.
    pub fn transport(&self) -> Transport {
        self.transport.unwrap_or(if self.secure { Transport::Tls } else { Transport::Udp })
    }

    /// The transports that come into question, the likeliest first.
    pub(super) fn transports(&self) -> &'static [Transport] {
        match self.named_transport() {
            Some(Transport::Udp) => &[Transport::Udp],
            Some(Transport::Tcp) => &[Transport::Tcp],
            Some(Transport::Tls) => &[Transport::Tls],
            None if self.secure => &[Transport::Tls],
            None => &[Transport::Udp, Transport::Tcp],
        }
    }
}

/// Whether this can be asked for: labels of letters, digits, `-` and `_`. Nothing else belongs to a
/// SIP server, and a stranger's record does not choose what else we ask.
pub(super) fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    name.len() <= NAME_MAX
        && name
            .split('.')
            .all(|label| (1..=LABEL_MAX).contains(&label.len()) && label.bytes().all(plain))
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "sips" } else { "sip" };
        write!(f, "{scheme}:{}", self.host_and_port())?;
        match self.transport {
            Some(transport) if !self.secure => {
                write!(f, ";transport={}", transport.name())
            }
            _ => Ok(()),
        }
    }
}
