//! From what stands in the file to the configurations of the cores. Each refusal names the value's
//! place, its key, what is wrong and what to do.

mod associations;
mod circuits;
mod far;
mod groups;
mod level3;
mod m2pa;
mod numbers;
mod peers;
mod streams;
mod switched;
mod targets;
mod timers;
mod variants;
mod voip;

use super::error::{ConfError, Source};
use super::file::{ExchangeFile, File};
use super::settings::{ExchangeSettings, Settings, SpanSettings};
use super::values::{self, DURATION};
use crate::names::Names;
use base::Duration;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The longest that a shutdown may wait for calls.
const DRAIN_MAX: Duration = Duration::from_secs(3_600);

pub(super) fn convert(source: &Source, file: &File) -> Result<Settings, ConfError> {
    let sip = voip::sip(source, &file.sip)?;
    let trunks = voip::trunks(source, &file.sip, &sip)?;
    let rtp = voip::rtp(source, &file.rtp, &sip.listen)?;
    let ss7 = switched::ss7(source, file)?;
    let names = names(source, file, &ss7)?;
    let routing = numbers::routing(source, file, &names, &trunks)?;
    let calls = &file.calls;
    below(
        source,
        &calls.emergency_reserve,
        &calls.limit,
        "calls.emergency_reserve",
        "calls.limit",
    )?;
    let max_calls = *calls.limit.get_ref() as usize;
    let queue = in_range(source, &calls.queue, "calls.queue", 16..=1_000_000)? as usize;
    let call = call::Config {
        max_calls,
        emergency_reserve: *calls.emergency_reserve.get_ref() as usize,
        ..call::Config::default()
    };
    let numbers = numbers::format(&routing.normaliser);
    let line = |link: &super::LinkSlot| gateway::Line { link: link.link, span: link.span };
    let lines = ss7.links.iter().map(line).collect();
    let gateway = gateway::Config {
        sip: voip::core(&file.sip, &sip, peers::peers(source, &file.sip, &sip)?),
        trunks,
        targets: targets::targets(source, &file.sip)?,
        mtp: ss7.near.mtp,
        isup: ss7.near.isup,
        routing,
        call,
        numbers,
        media: rtp.gateway,
        bearers: ss7.bearers,
        lines,
        queue: call::QueueLimits::of(queue),
        capture: false,
    };
    let admin = admin(source, &file.admin, &sip.listen)?;
    let transceivers = u32::try_from(gateway.isup.transceivers).unwrap_or(u32::MAX);
    let media = media::Config { spans: ss7.spans, transceivers, ..rtp.plane };
    let spans = SpanSettings { count: ss7.spans, links: ss7.links, media, options: rtp.options };
    let settings = Settings {
        sip,
        gateway,
        spans,
        exchange: ss7.exchange,
        exchange_admin: ss7.exchange_admin,
        associations: ss7.associations,
        admin,
        cdr: cdr(source, file)?,
        circuit_state: circuit_state(source, file)?,
        drain: drain(source, file)?,
        names,
        advice: advice(source, file),
    };
    whole(source, settings)
}

/// An exchange that is a process of its own.
pub(super) fn exchange(
    source: &Source,
    file: &ExchangeFile,
) -> Result<ExchangeSettings, ConfError> {
    let (exchange, associations) = far::own(source, file)?;
    let admin = admin(source, &file.admin, &[])?;
    exchange::Exchange::new(exchange.clone(), base::Instant::ZERO).map_err(|error| {
        source.error(0..0, "file", error.to_string(), "correct the key it names")
    })?;
    Ok(ExchangeSettings { exchange, associations, admin })
}

/// What an operator should know about a file that is accepted all the same.
fn advice(source: &Source, file: &File) -> Vec<ConfError> {
    let mut advice = streams::advice(source, &file.sip);
    advice.extend(groups::advice(source, file.ss7.group.get_ref()));
    advice
}

/// The cores have the last word.
fn whole(source: &Source, settings: Settings) -> Result<Settings, ConfError> {
    let refused = |why: String| source.error(0..0, "file", why, "correct the key it names");
    let now = base::Instant::ZERO;
    gateway::Gateway::new(settings.gateway.clone(), now)
        .map_err(|error| refused(error.to_string()))?;
    if let Some(exchange) = settings.exchange.clone() {
        exchange::Exchange::new(exchange, now).map_err(|error| refused(error.to_string()))?;
    }
    Ok(settings)
}

/// Trunks and groups by name: one name space, since routes name both.
fn names(source: &Source, file: &File, ss7: &switched::Ss7) -> Result<Names, ConfError> {
    let mut names = Names::default();
    let trunks = file.sip.trunk.get_ref().iter().enumerate();
    let trunks =
        trunks.map(|(n, trunk)| (format!("sip.trunk[{n}].name"), &trunk.get_ref().name, true));
    let groups = file.ss7.group.get_ref().iter().enumerate();
    let groups =
        groups.map(|(n, group)| (format!("ss7.group[{n}].name"), &group.get_ref().name, false));
    for (key, name, is_trunk) in trunks.chain(groups) {
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || !text.chars().all(plain) {
            let remedy = "use letters, digits, - and _";
            return Err(source.error(name.span(), key, format!("`{text}` is no name"), remedy));
        }
        if names.find(text).is_some() {
            let what = format!("there is a `{text}` already");
            return Err(source.error(name.span(), key, what, "give each trunk and group its own"));
        }
        let list = if is_trunk { &mut names.trunks } else { &mut names.groups };
        list.push(text.clone());
    }
    names.associations = ss7.associations.iter().map(|one| one.name.clone()).collect();
    let circuit = |bearer: &gateway::Bearer| {
        let group = names.groups.get(usize::from(bearer.group.0));
        format!("{}/{}", group.map_or("", String::as_str), bearer.cic.0)
    };
    names.circuits = ss7.bearers.iter().map(circuit).collect();
    Ok(names)
}

fn admin(
    source: &Source,
    admin: &super::file::Admin,
    listeners: &[(sip::Transport, SocketAddr)],
) -> Result<SocketAddr, ConfError> {
    let listen = &admin.listen;
    let refused =
        |what: String, remedy| Err(source.error(listen.span(), "admin.listen", what, remedy));
    let Ok(address) = listen.get_ref().parse::<SocketAddr>() else {
        let what = format!("`{}` is no address with a port", listen.get_ref());
        return refused(what, "write it like 127.0.0.1:8080");
    };
    if listeners.iter().any(|(transport, sip)| transport.is_stream() && *sip == address) {
        return refused(format!("{address} is in sip.listen already"), "give it a port of its own");
    }
    Ok(address)
}

fn cdr(source: &Source, file: &File) -> Result<PathBuf, ConfError> {
    let path = &file.cdr.path;
    if path.get_ref().is_empty() {
        let remedy = "name a file, such as var/cdr.jsonl";
        return Err(source.error(path.span(), "cdr.path", "no file is named", remedy));
    }
    Ok(Path::new(path.get_ref()).to_path_buf())
}

fn circuit_state(source: &Source, file: &File) -> Result<Option<PathBuf>, ConfError> {
    let Some(path) = &file.ss7.state else { return Ok(None) };
    if path.get_ref().is_empty() {
        let remedy = "name a file, such as var/circuits.state, or remove the key";
        return Err(source.error(path.span(), "ss7.state", "no file is named", remedy));
    }
    Ok(Some(Path::new(path.get_ref()).to_path_buf()))
}

fn drain(source: &Source, file: &File) -> Result<Duration, ConfError> {
    let drain = &file.shutdown.drain;
    duration(source, drain, "shutdown.drain", Duration::ZERO..=DRAIN_MAX)
}

/// A duration within `range`.
fn duration(
    source: &Source,
    value: &Spanned<String>,
    key: &str,
    range: std::ops::RangeInclusive<Duration>,
) -> Result<Duration, ConfError> {
    let text = value.get_ref();
    let Some(duration) = values::duration(text) else {
        return Err(source.error(value.span(), key, format!("`{text}` is no time"), DURATION));
    };
    if !range.contains(&duration) {
        let what = format!("{text} is too short or too long");
        let [least, most] = [range.start(), range.end()].map(|end| values::written(*end));
        let remedy = format!("give {least} to {most}");
        return Err(source.error(value.span(), key, what, remedy));
    }
    Ok(duration)
}

/// A figure within `range`.
fn in_range<T: Copy + PartialOrd + std::fmt::Display>(
    source: &Source,
    value: &Spanned<T>,
    key: impl Into<String>,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, ConfError> {
    let figure = *value.get_ref();
    if range.contains(&figure) {
        return Ok(figure);
    }
    let remedy = format!("give {} to {}", range.start(), range.end());
    Err(source.error(value.span(), key, format!("{figure} is out of range"), remedy))
}

/// The same for a figure that any whole number may stand for, so that each is told what may stand
/// there, and not what would fit into so many bits.
fn figure<T: Copy + PartialOrd + TryFrom<i64> + std::fmt::Display>(
    source: &Source,
    value: &Spanned<i64>,
    key: impl Into<String>,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, ConfError> {
    let figure = *value.get_ref();
    if let Some(fits) = T::try_from(figure).ok().filter(|fits| range.contains(fits)) {
        return Ok(fits);
    }
    let remedy = format!("give {} to {}", range.start(), range.end());
    Err(source.error(value.span(), key, format!("{figure} is out of range"), remedy))
}

/// A reserve must leave something of the whole.
fn below(
    source: &Source,
    reserve: &Spanned<u32>,
    whole: &Spanned<u32>,
    key: &str,
    of: &str,
) -> Result<(), ConfError> {
    let (kept, all) = (*reserve.get_ref(), *whole.get_ref());
    if kept < all {
        return Ok(());
    }
    // The one of the two that stands in the file.
    let place = if reserve.span().is_empty() { whole.span() } else { reserve.span() };
    let what = format!("a reserve of {kept} leaves nothing of {of} = {all} for other calls");
    Err(source.error(place, key, what, format!("keep it below {of}")))
}

/// Randomness of the operating system, by way of the hash maps' keys.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
