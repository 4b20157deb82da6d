//! Associations of M3UA: who is at the other end, and who opens the connection.

mod servers;

use super::seed;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use crate::conf::settings::{
    AssociationProtocol, AssociationSettings, AssociationTransport, AssociationWay,
};
use crate::conf::texts::Texts;
use crate::conf::values;
use mtp::PointCode;
use mtp::m3ua::{AssociationConfig, AssociationId, Config, Role};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use toml::Spanned;

const ADDRESS: &str = "write it like 192.0.2.1:2905";

/// The associations, for the core and for the sockets.
pub(super) fn associations(
    source: &Source,
    ss7: &file::Ss7,
    own: PointCode,
) -> Result<(Config, Vec<AssociationSettings>), ConfError> {
    let (mut core, mut sockets) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for (n, entry) in ss7.association.iter().enumerate() {
        let association = entry.get_ref();
        let place = format!("ss7.association[{n}]");
        let name = named(source, &place, &association.name, &mut names)?;
        let id = AssociationId(n as u16);
        let (way, transport) = way(source, &Wanted::of(&place, association))?;
        let opens = matches!(way, AssociationWay::Connect { .. });
        let role = role(source, n, association, opens)?;
        core.push(AssociationConfig {
            opens,
            servers: servers::servers(source, n, association, own)?,
            appearance: association.network_appearance,
            identifier: association.asp_identifier,
            peer_identifier: association.peer_asp_identifier,
            ..AssociationConfig::new(id, role, Vec::new())
        });
        let protocol = AssociationProtocol::M3ua;
        sockets.push(AssociationSettings { id, name, protocol, way, transport });
    }
    let connects_per_second =
        super::in_range(source, &ss7.connects_per_second, "ss7.connects_per_second", 1..=1_000)?;
    let core =
        Config { associations: core, connects_per_second, seed: seed(), ..Config::default() };
    Ok((core, sockets))
}

/// A name that no other has.
pub(super) fn named(
    source: &Source,
    place: &str,
    name: &Spanned<String>,
    names: &mut BTreeSet<String>,
) -> Result<String, ConfError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_plain = !name.get_ref().is_empty() && name.get_ref().chars().all(plain);
    if is_plain && names.insert(name.get_ref().clone()) {
        return Ok(name.get_ref().clone());
    }
    let what = format!("`{}` is no name, or another has it", name.get_ref());
    let remedy = "give each its own, of letters, digits, - and _";
    Err(source.error(name.span(), format!("{place}.name"), what, remedy))
}

/// What is written of the connection of an association, of M3UA or of M2PA.
pub(super) struct Wanted<'a> {
    /// Where it is written.
    pub(super) place: &'a str,
    pub(super) name: &'a Spanned<String>,
    pub(super) transport: Option<&'a Spanned<String>>,
    pub(super) connect: Option<&'a Spanned<Texts>>,
    pub(super) local: Option<&'a Spanned<Texts>>,
    pub(super) listen: Option<&'a Spanned<Texts>>,
    pub(super) udp_port: Option<&'a Spanned<u16>>,
    pub(super) peer_udp_port: Option<&'a Spanned<u16>>,
    pub(super) sources: &'a [Spanned<String>],
}

impl<'a> Wanted<'a> {
    fn of(place: &'a str, association: &'a file::Association) -> Self {
        Self {
            place,
            name: &association.name,
            transport: association.transport.as_ref(),
            connect: association.connect.as_ref(),
            local: association.local.as_ref(),
            listen: association.listen.as_ref(),
            udp_port: association.udp_port.as_ref(),
            peer_udp_port: association.peer_udp_port.as_ref(),
            sources: &association.sources,
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }
}

pub(super) fn way(
    source: &Source,
    association: &Wanted<'_>,
) -> Result<(AssociationWay, AssociationTransport), ConfError> {
    let key = |name: &str| association.key(name);
    match (association.connect, association.listen) {
        (Some(connect), None) => {
            let (remote, others) = addresses(source, connect, key("connect"))?;
            let any = if remote.is_ipv4() {
                IpAddr::V4(Ipv4Addr::UNSPECIFIED)
            } else {
                IpAddr::V6(Ipv6Addr::UNSPECIFIED)
            };
            let (local, locals) = match association.local {
                None => (any, Vec::new()),
                Some(texts) => locals(source, texts, key("local"), remote)?,
            };
            let several = (locals, others);
            let transport = transport(source, association, several)?;
            Ok((AssociationWay::Connect { local, remote }, transport))
        }
        (None, Some(listen)) => {
            let (address, others) = addresses(source, listen, key("listen"))?;
            let sources = sources(source, association)?;
            if sources.is_empty() {
                let what = "nobody could connect";
                let remedy = "add `sources`, the addresses of its peer";
                return Err(source.error(listen.span(), key("sources"), what, remedy));
            }
            let several = (others.iter().map(SocketAddr::ip).collect(), Vec::new());
            let transport = transport(source, association, several)?;
            Ok((AssociationWay::Listen { address, sources }, transport))
        }
        (None, None) | (Some(_), Some(_)) => {
            let what = "an association has either `connect` or `listen`";
            let remedy = "write `connect` where we open it, `listen` where the peer does";
            Err(source.error(association.name.span(), key("connect"), what, remedy))
        }
    }
}

fn sources(source: &Source, association: &Wanted<'_>) -> Result<Vec<(IpAddr, u8)>, ConfError> {
    let network = |(m, text): (usize, &Spanned<String>)| {
        values::network(text.get_ref()).ok_or_else(|| {
            let what = format!("`{}` is no network", text.get_ref());
            let key = association.key(&format!("sources[{m}]"));
            source.error(text.span(), key, what, values::NETWORK)
        })
    };
    association.sources.iter().enumerate().map(network).collect()
}

/// What carries it; `several` are further addresses, ours and the peer's.
fn transport(
    source: &Source,
    association: &Wanted<'_>,
    several: (Vec<IpAddr>, Vec<SocketAddr>),
) -> Result<AssociationTransport, ConfError> {
    let key = |name: &str| association.key(name);
    let written = association.transport;
    let (locals, remotes) = several;
    let transport = match written.map_or("tcp", |text| text.get_ref()) {
        "tcp" => AssociationTransport::Tcp,
        "sctp" => AssociationTransport::Sctp { locals: locals.clone(), remotes: remotes.clone() },
        "sctp-udp" => {
            let port = |port: Option<&Spanned<u16>>| {
                port.map_or(io::ENCAPSULATION_PORT, |port| *port.get_ref())
            };
            let ports = (port(association.udp_port), port(association.peer_udp_port));
            AssociationTransport::SctpUdp { ports }
        }
        other => {
            let what = format!("`{other}` is no transport of associations");
            let span = written.map_or(association.name.span(), Spanned::span);
            let remedy = "write tcp, sctp or sctp-udp";
            return Err(source.error(span, key("transport"), what, remedy));
        }
    };
    let is_multihomed = matches!(transport, AssociationTransport::Sctp { .. });
    let is_single = locals.is_empty() && remotes.is_empty();
    if !is_multihomed && !is_single {
        let what = format!("an association over {} has one address at each end", transport.name());
        let remedy = "leave one, or write transport = \"sctp\"";
        return Err(source.error(association.name.span(), key("transport"), what, remedy));
    }
    let udp_ports =
        [("udp_port", association.udp_port), ("peer_udp_port", association.peer_udp_port)];
    for (name, port) in udp_ports {
        let Some(port) = port else { continue };
        if !matches!(transport, AssociationTransport::SctpUdp { .. }) {
            let what = "only SCTP over UDP has UDP ports";
            let remedy = "leave it out, or write transport = \"sctp-udp\"";
            return Err(source.error(port.span(), key(name), what, remedy));
        }
        if *port.get_ref() == 0 {
            let remedy = "write 1 to 65535; 9899 is the usual one";
            return Err(source.error(port.span(), key(name), "no UDP port is 0", remedy));
        }
    }
    Ok(transport)
}

/// The first address and the others, which have its port.
fn addresses(
    source: &Source,
    texts: &Spanned<Texts>,
    key: String,
) -> Result<(SocketAddr, Vec<SocketAddr>), ConfError> {
    let parse = |text: &String| {
        text.parse().map_err(|_| {
            let what = format!("`{text}` is no address with a port");
            source.error(texts.span(), key.clone(), what, ADDRESS)
        })
    };
    let all: Vec<SocketAddr> = texts.get_ref().0.iter().map(parse).collect::<Result<_, _>>()?;
    let Some((first, others)) = all.split_first() else {
        return Err(source.error(texts.span(), key, "there is no address here", ADDRESS));
    };
    if let Some(other) = others.iter().find(|other| other.port() != first.port()) {
        let what = format!("{other} has another port than {first}");
        let remedy = "an association has one port with all of its addresses (RFC 9260 §1.3)";
        return Err(source.error(texts.span(), key, what, remedy));
    }
    Ok((*first, others.to_vec()))
}

fn locals(
    source: &Source,
    texts: &Spanned<Texts>,
    key: String,
    remote: SocketAddr,
) -> Result<(IpAddr, Vec<IpAddr>), ConfError> {
    const REMEDY: &str = "write an address of ours, without a port";
    let parse = |text: &String| {
        text.parse().map_err(|_| {
            let what = format!("`{text}` is no address");
            source.error(texts.span(), key.clone(), what, REMEDY)
        })
    };
    let all: Vec<IpAddr> = texts.get_ref().0.iter().map(parse).collect::<Result<_, _>>()?;
    match all.split_first() {
        Some((first, others)) if first.is_ipv4() == remote.is_ipv4() => {
            Ok((*first, others.to_vec()))
        }
        first => {
            let first = first.map_or_else(String::new, |(first, _)| first.to_string());
            let what = format!("`{first}` is no address from which {remote} is reached");
            Err(source.error(texts.span(), key, what, REMEDY))
        }
    }
}

fn role(
    source: &Source,
    n: usize,
    association: &file::Association,
    opens: bool,
) -> Result<Role, ConfError> {
    let Some(text) = &association.role else {
        return Ok(if opens { Role::Asp } else { Role::Server });
    };
    match text.get_ref().as_str() {
        "asp" => Ok(Role::Asp),
        "sg" => Ok(Role::Server),
        "ipsp" => Ok(Role::Ipsp),
        "ipsp-double" => Ok(Role::IpspDouble),
        other => {
            let what = format!("`{other}` is no role");
            let remedy = "write asp, sg, ipsp or ipsp-double";
            Err(source.error(text.span(), format!("ss7.association[{n}].role"), what, remedy))
        }
    }
}
