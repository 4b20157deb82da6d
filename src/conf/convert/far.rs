//! The simulated exchange: embedded at the far end of the in-process spans, or a process of its own
//! with its own file.

use super::circuits::Reached;
use super::m2pa::{self, Beside};
use super::switched::{groups, point, point_code};
use super::{associations, figure, level3, seed, timers};
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{self, ExchangeFile, File};
use crate::conf::settings::AssociationSettings;
use mtp::{NetworkIndicator, PointCode};
use std::net::SocketAddr;
use toml::Spanned;

/// The signalling point at the far end of the in-process spans, where there are any.
pub(super) fn point_of(
    source: &Source,
    file: &File,
    own: PointCode,
) -> Result<Option<PointCode>, ConfError> {
    let spans = &file.ss7.spans;
    let has_spans = *spans.get_ref() > 0;
    let Some(exchange) = &file.exchange else {
        if !has_spans {
            return Ok(None);
        }
        let what = "the in-process spans lead nowhere".to_owned();
        let remedy = "add [exchange] with the point_code of the embedded exchange";
        return Err(source.error(spans.span(), "ss7.spans", what, remedy));
    };
    let code = &exchange.point_code;
    let far = point_code(source, code, "exchange.point_code".to_owned())?;
    let refused =
        |what: &str, remedy| Err(source.error(code.span(), "exchange.point_code", what, remedy));
    if far == own {
        return refused("this is ss7.point_code, our own", "give it another");
    }
    match (has_spans, &exchange.admin) {
        (true, None) => Ok(Some(far)),
        (false, Some(_)) => Ok(None),
        (false, None) => {
            let remedy = "set ss7.spans to 1 or more, or exchange.admin where it is a process";
            refused("no span leads to the embedded exchange", remedy)
        }
        (true, Some(admin)) => {
            let what = "the exchange is embedded at the far end of the spans";
            let remedy = "remove this key, or ss7.spans";
            Err(source.error(admin.span(), "exchange.admin", what, remedy))
        }
    }
}

/// Where an exchange that is a process of its own is asked for calls.
pub(super) fn elsewhere(
    source: &Source,
    file: &File,
    mut peers: impl Iterator<Item = PointCode>,
) -> Result<Option<SocketAddr>, ConfError> {
    let Some(exchange) = &file.exchange else { return Ok(None) };
    let Some(admin) = &exchange.admin else { return Ok(None) };
    let Ok(address) = admin.get_ref().parse() else {
        let what = format!("`{}` is no address with a port", admin.get_ref());
        let remedy = "write it like 127.0.0.1:8081";
        return Err(source.error(admin.span(), "exchange.admin", what, remedy));
    };
    let code = &exchange.point_code;
    if !peers.any(|peer| peer.0 == *code.get_ref()) {
        let what = format!("no association leads to signalling point {}", code.get_ref());
        let remedy =
            "name it in `peers` of an [[ss7.association]], or as `adjacent` of [[ss7.m2pa]]";
        return Err(source.error(code.span(), "exchange.point_code", what, remedy));
    }
    let its_own = [
        ("overlap", exchange.overlap.as_ref().map(Spanned::span)),
        ("continuity", exchange.continuity.as_ref().map(Spanned::span)),
        ("broken_loops", exchange.broken_loops.first().map(Spanned::span)),
    ];
    match its_own.into_iter().find_map(|(key, span)| Some((key, span?))) {
        None => Ok(Some(address)),
        Some((key, span)) => {
            let what = "the exchange is a process of its own";
            let remedy = "write what it does in its own file";
            Err(source.error(span, format!("exchange.{key}"), what, remedy))
        }
    }
}

/// The points that associations lead to, of M3UA and of links over M2PA, and those beyond.
pub(super) fn reached<'a>(
    m3ua: &'a mtp::m3ua::Config,
    links: &'a [mtp::LinkConfig],
    routes: &'a [mtp::RouteConfig],
) -> impl Iterator<Item = PointCode> + 'a {
    let peers = m3ua.associations.iter().flat_map(|association| association.peers());
    let neighbours = links.iter().map(|link| link.adjacent);
    peers.chain(neighbours).chain(routes.iter().map(|route| route.dpc))
}

/// From the file of an exchange that is a process of its own.
pub(super) fn own(
    source: &Source,
    file: &ExchangeFile,
) -> Result<(exchange::Config, Vec<AssociationSettings>), ConfError> {
    let ss7 = &file.ss7;
    only_associations(source, ss7)?;
    let own = point_code(source, &ss7.point_code, "ss7.point_code".to_owned())?;
    let network = figure(source, &ss7.network_indicator, "ss7.network_indicator", 0..=3)?;
    let (m3ua, mut sockets) = associations::associations(source, ss7, own)?;
    let beside = Beside { own, far: None, m3ua: &m3ua };
    let links = m2pa::links(source, ss7, &beside, &mut sockets)?;
    let routes = level3::routes(source, ss7, &beside, &links)?;
    let reached = Reached { far: None, associated: reached(&m3ua, &links, &routes).collect() };
    let (groups, _) = groups(source, ss7, &reached, &[])?;
    let mut near = point(own, NetworkIndicator(network), links, groups);
    near.mtp.m3ua = m3ua;
    near.mtp.transfer = ss7.mtp.transfer;
    near.mtp.priorities = ss7.mtp.priorities;
    near.mtp.routes = routes;
    near.isup.timers = timers::timers(source, &ss7.timers)?;
    let overlap = file.exchange.overlap.as_ref();
    let overlap = overlap.map(|digits| figure(source, digits, "exchange.overlap", 0..=15));
    let exchange = exchange::Config {
        mtp: near.mtp,
        isup: near.isup,
        bearers: Vec::new(),
        broken_loops: Vec::new(),
        seed: seed(),
        overlap: overlap.transpose()?,
    };
    Ok((exchange, sockets))
}

/// What carries no signalling of an exchange in a process of its own.
fn only_associations(source: &Source, ss7: &file::Ss7) -> Result<(), ConfError> {
    let spans = (*ss7.spans.get_ref() > 0).then(|| ss7.spans.span());
    let unused = [
        ("spans", spans),
        ("link", ss7.link.first().map(Spanned::span)),
        ("state", ss7.state.as_ref().map(Spanned::span)),
    ];
    if let Some((key, span)) = unused.into_iter().find_map(|(key, span)| Some((key, span?))) {
        let what = "an exchange in a process of its own has none";
        return Err(source.error(span, format!("ss7.{key}"), what, "remove it"));
    }
    if ss7.association.is_empty() && ss7.m2pa.is_empty() {
        let what = "without an association no call is possible";
        let remedy = "add an [[ss7.association]], or an [[ss7.m2pa]]";
        return Err(source.error(ss7.point_code.span(), "ss7.association", what, remedy));
    }
    Ok(())
}
