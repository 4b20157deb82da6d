//! The IP side: SIP sockets and trunks, RTP.

use super::{below, duration, figure, in_range, peers, seed, streams, targets};
use crate::conf::error::{ConfError, Source};
use crate::conf::settings::SipSettings;
use crate::conf::values::{self, NETWORK, TRANSPORT_ADDRESS};
use crate::conf::{file, values::network};
use base::Duration;
use io::SocketOptions;
use sip::Transport;
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

/// Octets of send buffer asked for.
const SEND_BUFFER: usize = 1 << 20;
/// Octets of receive buffer of one RTP socket: half a second of speech and more.
const RTP_RECEIVE_BUFFER: usize = 64 << 10;
/// The part of the sessions and transactions that only emergency calls may use: one in so many.
const RESERVE_PART: usize = 16;
/// Transactions for each session. A call has two at least, INVITE and BYE, and each is kept for
/// 32 s after its end to absorb what is repeated (RFC 3261 Timer J, RFC 6026 Timer L), while the
/// session is gone long before: short calls at a high rate need many transactions, few sessions.
const TRANSACTIONS_PER_SESSION: usize = 16;

/// RFC 3261 §13.3.1.1: a provisional answer is repeated each minute, lest a proxy gives up.
const PROGRESS_REPEAT: Duration = Duration::from_secs(60);

pub(super) struct Rtp {
    pub(super) gateway: gateway::MediaConfig,
    pub(super) plane: media::Config,
    pub(super) options: SocketOptions,
}

pub(super) fn sip(source: &Source, sip: &file::Sip) -> Result<SipSettings, ConfError> {
    let (mut listen, mut dscps): (Vec<(Transport, SocketAddr)>, _) = (Vec::new(), Vec::new());
    let dscp = figure(source, &sip.dscp, "sip.dscp", 0..=63)?;
    for (n, entry) in sip.listen.get_ref().iter().enumerate() {
        let key = format!("sip.listen[{n}]");
        let (address, own) = listener(source, entry, &key)?;
        if address.1.port() == 0 || address.1.ip().is_unspecified() {
            let what = "peers must be told where to reach us".to_owned();
            return Err(source.error(entry.span(), key, what, "name an address and a port"));
        }
        if !values::is_reachable(address.1) {
            let what = format!("{} is no address of one machine", address.1.ip());
            return Err(source.error(entry.span(), key, what, "name one that is this machine's"));
        }
        if address.0 == Transport::Tls && sip.tls.is_none() {
            let what = "TLS needs a certificate, and there is none";
            let remedy = "add [sip.tls] with certificate and key, or listen with udp or tcp";
            return Err(source.error(entry.span(), key, what, remedy));
        }
        if listen.contains(&address) {
            return Err(source.error(entry.span(), key, "it stands here twice", "remove one"));
        }
        listen.push(address);
        dscps.push(own.unwrap_or(dscp));
    }
    if listen.is_empty() {
        let remedy = "name at least one, such as \"udp:127.0.0.1:5060\"";
        return Err(source.error(sip.listen.span(), "sip.listen", "nothing listens", remedy));
    }
    let sessions = 16..=1_000_000;
    in_range(source, &sip.sessions, "sip.sessions", sessions)?;
    let connections = in_range(source, &sip.connections, "sip.connections", 1..=65_536)?;
    let per_source = &sip.connections_per_source;
    let per_source = in_range(source, per_source, "sip.connections_per_source", 1..=65_536)?;
    let buffer = 4_096..=1 << 30;
    let receive_buffer = in_range(source, &sip.receive_buffer, "sip.receive_buffer", buffer)?;
    let least = Duration::from_secs(1)..=Duration::from_secs(3_600);
    let min_session = duration(source, &sip.min_session, "sip.min_session", least)?;
    Ok(SipSettings {
        resolver: targets::resolver(source, sip)?,
        min_session,
        listen,
        dscps,
        options: SocketOptions {
            receive_buffer: receive_buffer as usize,
            send_buffer: SEND_BUFFER,
            dscp,
        },
        connections: connections as usize,
        connections_per_source: per_source as usize,
        idle: streams::idle(source, sip)?,
        queue_per_trunk: *sip.queue_per_trunk.get_ref(),
        neighbours: neighbours(sip),
        tls: streams::tls(source, sip)?,
        handshake_rate: streams::handshakes(source, sip)?,
    })
}

/// Whom each trunk names; what is wrong with a name is said where they are converted.
pub(super) fn neighbours(sip: &file::Sip) -> Vec<Vec<(IpAddr, u8)>> {
    let of = |trunk: &Spanned<file::Trunk>| {
        let trunk = trunk.get_ref();
        let sources = trunk.sources.iter().filter_map(|source| network(source.get_ref()));
        // Answers come from where our calls go,
        let targets = trunk.target.iter().flat_map(|target| target.get_ref().as_slice());
        // and calls to our Contact from there.
        let registrar = trunk.register.iter().map(|register| &register.get_ref().registrar);
        let addresses = targets.chain(registrar.map(Spanned::get_ref));
        let hosts = addresses.filter_map(|text| values::transport_address(text));
        sources.chain(hosts.map(|(_, address)| host(address.ip()))).collect()
    };
    sip.trunk.get_ref().iter().map(of).collect()
}

/// The network of one address.
const fn host(address: IpAddr) -> (IpAddr, u8) {
    (address, if address.is_ipv4() { 32 } else { 128 })
}

/// The configuration of the SIP core.
pub(super) fn core(sip: &file::Sip, settings: &SipSettings, peers: sip::Peers) -> sip::Config {
    let sessions = *sip.sessions.get_ref() as usize;
    let transactions = sessions * TRANSACTIONS_PER_SESSION;
    sip::Config {
        locals: settings.listen.clone(),
        sessions,
        emergency_reserve: sessions / RESERVE_PART,
        transactions,
        transaction_reserve: transactions / RESERVE_PART,
        software: format!("Tocsin/{}", env!("CARGO_PKG_VERSION")),
        seed: seed(),
        timers: sip::Timers::default(),
        progress_repeat: PROGRESS_REPEAT,
        session_timers: sip::SessionTimers { interval: None, min: settings.min_session },
        peers,
        limits: sip_parser::Limits::default(),
    }
}

pub(super) fn trunks(
    source: &Source,
    sip: &file::Sip,
    settings: &SipSettings,
) -> Result<Vec<gateway::SipTrunk>, ConfError> {
    let trunks = sip.trunk.get_ref();
    if trunks.is_empty() {
        let remedy = "add a [[sip.trunk]] with name, sources and target";
        return Err(source.error(sip.trunk.span(), "sip.trunk", "there is no trunk", remedy));
    }
    let trunks = trunks.iter().enumerate();
    trunks.map(|(n, trunk)| convert_trunk(source, n, trunk.get_ref(), settings)).collect()
}

/// RFC 4028: how long a session of this trunk lasts without a refresh.
fn session_expires(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    least: Duration,
) -> Result<Option<Duration>, ConfError> {
    if trunk.session_expires.get_ref() == "off" {
        return Ok(None);
    }
    let key = format!("sip.trunk[{n}].session_expires");
    let range = least..=Duration::from_secs(86_400);
    duration(source, &trunk.session_expires, &key, range).map(Some)
}

fn convert_trunk(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    settings: &SipSettings,
) -> Result<gateway::SipTrunk, ConfError> {
    let mut sources = Vec::new();
    for (m, entry) in trunk.sources.iter().enumerate() {
        let Some(network) = network(entry.get_ref()) else {
            let key = format!("sip.trunk[{n}].sources[{m}]");
            let what = format!("`{}` is no network", entry.get_ref());
            return Err(source.error(entry.span(), key, what, NETWORK));
        };
        sources.push(network);
    }
    // Calls to our Contact come from there.
    if let Some(register) = &trunk.register {
        let (_, registrar) = peers::registrar(source, n, &register.get_ref().registrar)?;
        sources.push(host(registrar.ip()));
    }
    let targets = targets::of_trunk(source, n, trunk, settings)?;
    let options_ping = targets::options_ping(source, n, trunk)?;
    let (name, trusted) = (trunk.name.get_ref().clone(), trunk.trusted);
    let tls_names = streams::names(source, n, trunk, settings)?;
    let tls_required = streams::required(source, n, trunk, &targets)?;
    let keep_alive = streams::keep_alive(source, n, trunk)?;
    let session_expires = session_expires(source, n, trunk, settings.min_session)?;
    let redirects = figure(source, &trunk.redirects, format!("sip.trunk[{n}].redirects"), 0..=10)?;
    let reliability = match trunk.reliable_provisional {
        file::ReliableProvisional::Off => sip::Reliability::Off,
        file::ReliableProvisional::Supported => sip::Reliability::Supported,
        file::ReliableProvisional::Required => sip::Reliability::Required,
    };
    let listeners = targets::listeners(source, n, trunk, settings, &targets)?;
    Ok(gateway::SipTrunk {
        listeners,
        name,
        sources,
        tls_names,
        tls_required,
        keep_alive,
        targets,
        options_ping,
        trusted,
        session_expires,
        redirects,
        reliability,
    })
}

/// A transport with an address, and the priority mark of its own, where it has one.
fn listener(
    source: &Source,
    entry: &Spanned<String>,
    key: &str,
) -> Result<((Transport, SocketAddr), Option<u8>), ConfError> {
    let (address, dscp) = match entry.get_ref().split_once(";dscp=") {
        Some((address, dscp)) => (address, Some(dscp)),
        None => (entry.get_ref().as_str(), None),
    };
    let address = values::transport_address(address).ok_or_else(|| {
        let what = format!("`{}` is no transport with an address", entry.get_ref());
        source.error(entry.span(), key, what, TRANSPORT_ADDRESS)
    })?;
    let dscp = dscp.map(|text| {
        let dscp = text.parse::<u8>().ok().filter(|dscp| *dscp <= 63);
        dscp.ok_or_else(|| {
            let what = format!("`{text}` is no priority mark");
            source.error(entry.span(), key, what, "write ;dscp=N, N from 0 to 63")
        })
    });
    Ok((address, dscp.transpose()?))
}

/// Where speech is taken: one address, or one of each family.
fn rtp_addresses(
    source: &Source,
    entry: &Spanned<file::OneOrMore>,
) -> Result<(IpAddr, Option<IpAddr>), ConfError> {
    const REMEDY: &str = "write one address of this machine, or a list of one IPv4 and one IPv6";
    let refuse = |what: String| source.error(entry.span(), "rtp.address", what, REMEDY);
    let parse = |text: &String| {
        let address = text.parse::<IpAddr>().ok().filter(|address| !address.is_unspecified());
        address.ok_or_else(|| refuse(format!("`{text}` is no address that a peer can send to")))
    };
    match entry.get_ref().as_slice() {
        [one] => Ok((parse(one)?, None)),
        [one, other] => match (parse(one)?, parse(other)?) {
            (one, other) if one.is_ipv4() == other.is_ipv4() => {
                Err(refuse(format!("{one} and {other} are of one family")))
            }
            (one, other) => Ok((one, Some(other))),
        },
        more => Err(refuse(format!("here are {} addresses", more.len()))),
    }
}

pub(super) fn rtp(
    source: &Source,
    rtp: &file::Rtp,
    listen: &[(Transport, SocketAddr)],
) -> Result<Rtp, ConfError> {
    let (address, other) = rtp_addresses(source, &rtp.address)?;
    let [first, last] = *rtp.ports.get_ref();
    let contexts = in_range(source, &rtp.contexts, "rtp.contexts", 1..=32_768)?;
    let first_even = u32::from(first).next_multiple_of(2);
    let even = (u32::from(last) + 2).saturating_sub(first_even) / 2;
    if first == 0 || even < contexts {
        let what = format!("{contexts} contexts need as many even ports, here are {even}");
        let remedy = format!("write [first, last], {} ports or more", 2 * contexts);
        return Err(source.error(rtp.ports.span(), "rtp.ports", what, remedy));
    }
    let is_taken = |(transport, at): &&(Transport, SocketAddr)| {
        let is_ours = at.ip() == address || Some(at.ip()) == other;
        *transport == Transport::Udp && is_ours && (first..=last).contains(&at.port())
    };
    if let Some((_, at)) = listen.iter().find(is_taken) {
        let what = format!("port {} is that of udp:{at} in sip.listen", at.port());
        let remedy = "take other ports here, or another there";
        return Err(source.error(rtp.ports.span(), "rtp.ports", what, remedy));
    }
    below(source, &rtp.emergency_reserve, &rtp.contexts, "rtp.emergency_reserve", "rtp.contexts")?;
    let second = Duration::from_secs(1);
    let silence = duration(source, &rtp.silence, "rtp.silence", second..=second * 3_600)?;
    let jitter = Duration::from_millis(10)..=Duration::from_millis(200);
    let jitter = duration(source, &rtp.jitter, "rtp.jitter", jitter)?;
    let dscp = figure(source, &rtp.dscp, "rtp.dscp", 0..=63)?;
    let emergency_reserve = *rtp.emergency_reserve.get_ref();
    let ports = first..=last;
    let gateway =
        gateway::MediaConfig { address, other, ports, contexts, emergency_reserve, silence };
    // What belongs to the spans is set where these are known.
    let plane = media::Config {
        contexts,
        spans: 0,
        transceivers: 0,
        jitter,
        silence,
        latch: rtp.latch,
        seed: seed(),
    };
    let options =
        SocketOptions { receive_buffer: RTP_RECEIVE_BUFFER, send_buffer: RTP_RECEIVE_BUFFER, dscp };
    Ok(Rtp { gateway, plane, options })
}
