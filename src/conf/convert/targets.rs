//! Where the calls of a SIP trunk go, and how its names are resolved.

use super::{duration, seed, streams};
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{self, OneOrMore};
use crate::conf::settings::SipSettings;
use crate::conf::values::{self, TARGET, TRANSPORT_ADDRESS};
use base::Duration;
use io::ResolverOptions;
use sip::{Locator, Target, Transport};
use std::net::SocketAddr;

/// Questions to the domain name system at once.
const IN_FLIGHT: usize = 32;
/// The most targets of one trunk.
const TARGETS: usize = 16;
/// The longest that a peer's first word may be waited for: RFC 3261 Timer B.
const TIMER_B: Duration = Duration::from_secs(32);

/// How targets are found and tried.
pub(super) fn targets(
    source: &Source,
    sip: &file::Sip,
) -> Result<gateway::TargetConfig, ConfError> {
    let within = |value, key| duration(source, value, key, Duration::from_millis(500)..=TIMER_B);
    let dns = &sip.dns;
    let second = Duration::from_secs(1);
    let day = second * 86_400;
    let shortest = duration(source, &dns.ttl_min, "sip.dns.ttl_min", second..=day)?;
    let longest = duration(source, &dns.ttl_max, "sip.dns.ttl_max", shortest..=day)?;
    let ready = Duration::ZERO..=second * 60;
    Ok(gateway::TargetConfig {
        answer_within: within(&sip.answer_within, "sip.answer_within")?,
        emergency_answer_within: within(
            &sip.emergency_answer_within,
            "sip.emergency_answer_within",
        )?,
        ttl: shortest..=longest,
        ready_within: duration(source, &dns.ready_within, "sip.dns.ready_within", ready)?,
        seed: seed(),
    })
}

/// The name servers.
pub(super) fn resolver(source: &Source, sip: &file::Sip) -> Result<ResolverOptions, ConfError> {
    let dns = &sip.dns;
    let mut servers = Vec::new();
    for (n, entry) in dns.servers.iter().enumerate() {
        let text = entry.get_ref();
        let address = text.parse::<SocketAddr>().ok();
        let address = address.or_else(|| Some(SocketAddr::new(text.parse().ok()?, 53)));
        servers.push(address.ok_or_else(|| {
            let what = format!("`{text}` is no address of a name server");
            let key = format!("sip.dns.servers[{n}]");
            source.error(entry.span(), key, what, "write ADDRESS or ADDRESS:PORT")
        })?);
    }
    let patience = Duration::from_millis(100)..=Duration::from_secs(10);
    let patience = duration(source, &dns.timeout, "sip.dns.timeout", patience)?;
    let names = sip.trunk.get_ref().iter().map(|trunk| targets_of(trunk.get_ref())).sum::<usize>();
    // Each has all its questions put at the start; none of them fails for want of room.
    let waiting = names.saturating_mul(sip::QUESTIONS);
    Ok(ResolverOptions { servers, patience, in_flight: IN_FLIGHT, waiting })
}

/// How many targets a trunk has.
fn targets_of(trunk: &file::Trunk) -> usize {
    trunk.target.as_ref().map_or(0, |target| target.get_ref().as_slice().len())
}

/// The targets of one trunk.
pub(super) fn of_trunk(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    settings: &SipSettings,
) -> Result<Vec<Target>, ConfError> {
    let Some(written) = &trunk.target else {
        return Ok(Vec::new());
    };
    let entries = written.get_ref().as_slice();
    let is_list = matches!(written.get_ref(), OneOrMore::More(_));
    let key = |m: usize| {
        let place = if is_list { format!("[{m}]") } else { String::new() };
        format!("sip.trunk[{n}].target{place}")
    };
    if entries.len() > TARGETS {
        let what = format!("{} targets are too many", entries.len());
        let remedy = format!("give at most {TARGETS}, or a name with SRV records");
        return Err(source.error(written.span(), format!("sip.trunk[{n}].target"), what, remedy));
    }
    let mut targets = Vec::new();
    for (m, entry) in entries.iter().enumerate() {
        let refused = |what: String, remedy: &str| {
            // A list has one place: it is read as a whole.
            source.error(written.span(), key(m), what, remedy)
        };
        let target = read(entry, settings).map_err(|(what, remedy)| refused(what, remedy))?;
        if targets.contains(&target) {
            return Err(refused(format!("`{entry}` stands here twice"), "remove one"));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Reads one target, or says what is wrong and what to do.
fn read(text: &str, settings: &SipSettings) -> Result<Target, (String, &'static str)> {
    let target = match values::transport_address(text) {
        Some((transport, address)) => Target::address(transport, address),
        None => Target::parse(text)
            .map_err(|error| (format!("`{text}` is no target: {error}"), TARGET))?,
    };
    for (transport, address) in known(&target, &settings.listen) {
        if settings.listen.contains(&(transport, address)) {
            return Err(("this is our own address".to_owned(), "name the neighbour's"));
        }
        if !values::is_reachable(address) {
            let what = format!("nobody can be reached at {address}");
            return Err((what, "name the neighbour's address and port"));
        }
    }
    if let Some(refused) = streams::unproved(text, settings) {
        return Err(refused);
    }
    if !has_socket(&target, &settings.listen) {
        let what = "no address of sip.listen has its transport and address family".to_owned();
        return Err((what, "listen with that transport too, or reach the trunk by another"));
    }
    Ok(target)
}

/// The listeners that the calls of a trunk leave from, at most one of each transport and family.
pub(super) fn listeners(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
    settings: &SipSettings,
    targets: &[Target],
) -> Result<Vec<(Transport, SocketAddr)>, ConfError> {
    let Some(written) = &trunk.listener else {
        return Ok(Vec::new());
    };
    let is_list = matches!(written.get_ref(), OneOrMore::More(_));
    let registrar = trunk.register.as_ref().map(|register| &register.get_ref().registrar);
    let registrar = registrar.and_then(|text| values::transport_address(text.get_ref()));
    let mut listeners: Vec<(Transport, SocketAddr)> = Vec::new();
    for (m, entry) in written.get_ref().as_slice().iter().enumerate() {
        let place = if is_list { format!("[{m}]") } else { String::new() };
        let key = format!("sip.trunk[{n}].listener{place}");
        // A list has one place: it is read as a whole.
        let refused = |what: String, remedy: &str| source.error(written.span(), &key, what, remedy);
        let one = values::transport_address(entry)
            .ok_or_else(|| refused(format!("`{entry}` is no listener"), TRANSPORT_ADDRESS))?;
        let alike = |other: &(Transport, SocketAddr)| {
            other.0 == one.0 && other.1.is_ipv4() == one.1.is_ipv4()
        };
        if !settings.listen.contains(&one) {
            let what = format!("`{entry}` is no entry of sip.listen");
            let remedy = "write one as it stands there, without ;dscp, or add it there";
            return Err(refused(what, remedy));
        }
        if listeners.iter().any(alike) {
            let what = format!("`{entry}` is the second of its transport and address family");
            return Err(refused(what, "name one of each, for the calls leave from one"));
        }
        let leads_there = targets.iter().any(|target| has_socket(target, &[one]));
        if !leads_there && !registrar.as_ref().is_some_and(alike) {
            let what = format!("no target of this trunk is reached from `{entry}`");
            let remedy = "name a listener of the transport and address family of a target";
            return Err(refused(what, remedy));
        }
        listeners.push(one);
    }
    Ok(listeners)
}

/// Where a target leads without a question to anybody.
fn known(target: &Target, listen: &[(Transport, SocketAddr)]) -> Vec<(Transport, SocketAddr)> {
    match Locator::new(target.clone(), listen).poll_output() {
        Some(sip::Located::Done(Ok(servers))) => servers.all(),
        _ => Vec::new(),
    }
}

/// Whether a target could be reached. Names are not resolved here: a configuration is right or
/// wrong whatever the domain name system says today.
fn has_socket(target: &Target, listen: &[(Transport, SocketAddr)]) -> bool {
    let mut locator = Locator::new(target.clone(), listen);
    !matches!(locator.poll_output(), Some(sip::Located::Done(Err(_))))
}

/// How often the peers of a trunk are asked whether they are there.
pub(super) fn options_ping(
    source: &Source,
    n: usize,
    trunk: &file::Trunk,
) -> Result<Option<Duration>, ConfError> {
    if trunk.options_ping.get_ref() == "off" {
        return Ok(None);
    }
    let key = format!("sip.trunk[{n}].options_ping");
    let range = Duration::from_secs(1)..=Duration::from_secs(3_600);
    duration(source, &trunk.options_ping, &key, range).map(Some)
}
