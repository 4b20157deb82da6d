//! The application servers of an association: the one that its own keys describe, or several.

use super::super::in_range;
use super::super::switched::point_code;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use mtp::PointCode;
use mtp::m3ua::{ServerConfig, Share, TrafficMode};
use std::ops::Range;
use toml::Spanned;

/// Signalling processes of one application server at most.
const NEEDED_MAX: u8 = 16;

/// What the keys of an association and those of a server have in common.
struct Keys<'a> {
    prefix: String,
    place: Range<usize>,
    peers: Option<&'a Spanned<Vec<Spanned<u32>>>>,
    context: Option<u32>,
    mode: Option<&'a Spanned<String>>,
    share: Option<&'a Spanned<String>>,
    register: bool,
    needed: &'a Spanned<u8>,
}

pub(super) fn servers(
    source: &Source,
    n: usize,
    association: &file::Association,
    own: PointCode,
) -> Result<Vec<ServerConfig>, ConfError> {
    let prefix = format!("ss7.association[{n}]");
    let keys = Keys {
        prefix: prefix.clone(),
        place: association.name.span(),
        peers: association.peers.as_ref(),
        context: association.routing_context,
        mode: association.traffic_mode.as_ref(),
        share: association.share_by.as_ref(),
        register: association.register,
        needed: &association.asps_needed,
    };
    if association.server.is_empty() {
        return Ok(vec![server(source, &keys, own)?]);
    }
    if let Some((name, span)) = keys.given() {
        let what = "the association has application servers of its own";
        let remedy = "write this in each [[ss7.association.server]]";
        return Err(source.error(span, format!("{prefix}.{name}"), what, remedy));
    }
    let (mut servers, mut reached) = (Vec::new(), Vec::new());
    for (m, entry) in association.server.iter().enumerate() {
        let one = entry.get_ref();
        let keys = Keys {
            prefix: format!("{prefix}.server[{m}]"),
            place: entry.span(),
            peers: one.peers.as_ref(),
            context: one.routing_context,
            mode: one.traffic_mode.as_ref(),
            share: one.share_by.as_ref(),
            register: one.register,
            needed: &one.asps_needed,
        };
        let made = server(source, &keys, own)?;
        let earlier = servers.iter().any(|other: &ServerConfig| other.context == made.context);
        if made.context.is_none() && !made.register || earlier && made.context.is_some() {
            let what = "several application servers of an association are told apart by numbers";
            let remedy = "give each its own routing_context, or register = true";
            let key = format!("{}.routing_context", keys.prefix);
            return Err(source.error(entry.span(), key, what, remedy));
        }
        if let Some(twice) = made.peers.iter().find(|peer| reached.contains(*peer)) {
            let what = format!("{twice} is reached through another server already");
            let key = format!("{}.peers", keys.prefix);
            return Err(source.error(entry.span(), key, what, "name each peer once"));
        }
        reached.extend(made.peers.iter().copied());
        servers.push(made);
    }
    Ok(servers)
}

impl Keys<'_> {
    /// The first key that stands in the file.
    fn given(&self) -> Option<(&'static str, Range<usize>)> {
        let place = || self.place.clone();
        let needed = (!self.needed.span().is_empty()).then(|| self.needed.span());
        [
            ("peers", self.peers.map(Spanned::span)),
            ("routing_context", self.context.map(|_| place())),
            ("traffic_mode", self.mode.map(Spanned::span)),
            ("share_by", self.share.map(Spanned::span)),
            ("register", self.register.then(place)),
            ("asps_needed", needed),
        ]
        .into_iter()
        .find_map(|(key, span)| Some((key, span?)))
    }
}

fn server(source: &Source, keys: &Keys<'_>, own: PointCode) -> Result<ServerConfig, ConfError> {
    let key = |name: &str| format!("{}.{name}", keys.prefix);
    let needed = in_range(source, keys.needed, key("asps_needed"), 1..=NEEDED_MAX)?;
    Ok(ServerConfig {
        context: keys.context,
        mode: mode(source, keys.mode, key("traffic_mode"))?,
        share: share(source, keys.share, key("share_by"))?,
        register: keys.register,
        needed: usize::from(needed),
        ..ServerConfig::new(peers(source, keys, own)?)
    })
}

fn mode(
    source: &Source,
    text: Option<&Spanned<String>>,
    key: String,
) -> Result<Option<TrafficMode>, ConfError> {
    let Some(text) = text else { return Ok(None) };
    match text.get_ref().as_str() {
        "loadshare" => Ok(Some(TrafficMode::LOADSHARE)),
        "override" => Ok(Some(TrafficMode::OVERRIDE)),
        "broadcast" => Ok(Some(TrafficMode::BROADCAST)),
        other => {
            let what = format!("`{other}` is no traffic mode");
            let remedy = "write loadshare, override or broadcast";
            Err(source.error(text.span(), key, what, remedy))
        }
    }
}

fn share(source: &Source, text: Option<&Spanned<String>>, key: String) -> Result<Share, ConfError> {
    let Some(text) = text else { return Ok(Share::Sls) };
    match text.get_ref().as_str() {
        "sls" => Ok(Share::Sls),
        "cic" => Ok(Share::Cic),
        other => {
            let what = format!("by `{other}` nothing is shared");
            Err(source.error(text.span(), key, what, "write sls or cic"))
        }
    }
}

fn peers(source: &Source, keys: &Keys<'_>, own: PointCode) -> Result<Vec<PointCode>, ConfError> {
    let mut peers = Vec::new();
    for (m, peer) in keys.peers.into_iter().flat_map(|peers| peers.get_ref()).enumerate() {
        let key = format!("{}.peers[{m}]", keys.prefix);
        let code = point_code(source, peer, key.clone())?;
        if code == own || peers.contains(&code) {
            let what = format!("{code} is our own, or stands here twice");
            return Err(source.error(peer.span(), key, what, "name each of the others once"));
        }
        peers.push(code);
    }
    if peers.is_empty() {
        let place = keys.peers.map_or_else(|| keys.place.clone(), Spanned::span);
        let what = "nobody is reached over this association";
        let remedy = "name the point codes of its peers";
        return Err(source.error(place, format!("{}.peers", keys.prefix), what, remedy));
    }
    Ok(peers)
}
