//! Associations of M3UA: who is at the other end, and who opens the connection.

mod servers;

use super::seed;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use crate::conf::settings::{AssociationSettings, AssociationWay};
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
        let name = &association.name;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_plain = !name.get_ref().is_empty() && name.get_ref().chars().all(plain);
        if !is_plain || !names.insert(name.get_ref().clone()) {
            let what = format!("`{}` is no name, or another has it", name.get_ref());
            let remedy = "give each its own, of letters, digits, - and _";
            let key = format!("ss7.association[{n}].name");
            return Err(source.error(name.span(), key, what, remedy));
        }
        let id = AssociationId(n as u16);
        let way = way(source, n, association)?;
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
        sockets.push(AssociationSettings { id, name: name.get_ref().clone(), way });
    }
    let connects_per_second =
        super::in_range(source, &ss7.connects_per_second, "ss7.connects_per_second", 1..=1_000)?;
    let core =
        Config { associations: core, connects_per_second, seed: seed(), ..Config::default() };
    Ok((core, sockets))
}

fn way(
    source: &Source,
    n: usize,
    association: &file::Association,
) -> Result<AssociationWay, ConfError> {
    let key = |name: &str| format!("ss7.association[{n}].{name}");
    match (&association.connect, &association.listen) {
        (Some(connect), None) => {
            let remote = address(source, connect, key("connect"))?;
            let any = if remote.is_ipv4() {
                IpAddr::V4(Ipv4Addr::UNSPECIFIED)
            } else {
                IpAddr::V6(Ipv6Addr::UNSPECIFIED)
            };
            let local = match &association.local {
                None => any,
                Some(text) => local(source, text, key("local"), remote)?,
            };
            Ok(AssociationWay::Connect { local, remote })
        }
        (None, Some(listen)) => {
            let address = address(source, listen, key("listen"))?;
            let mut sources = Vec::new();
            for (m, text) in association.sources.iter().enumerate() {
                let Some(network) = values::network(text.get_ref()) else {
                    let what = format!("`{}` is no network", text.get_ref());
                    let (key, remedy) = (key(&format!("sources[{m}]")), values::NETWORK);
                    return Err(source.error(text.span(), key, what, remedy));
                };
                sources.push(network);
            }
            if sources.is_empty() {
                let what = "nobody could connect";
                let remedy = "add `sources`, the addresses of its peer";
                return Err(source.error(listen.span(), key("sources"), what, remedy));
            }
            Ok(AssociationWay::Listen { address, sources })
        }
        (None, None) | (Some(_), Some(_)) => {
            let what = "an association has either `connect` or `listen`";
            let remedy = "write `connect` where we open it, `listen` where the peer does";
            Err(source.error(association.name.span(), key("connect"), what, remedy))
        }
    }
}

fn address(source: &Source, text: &Spanned<String>, key: String) -> Result<SocketAddr, ConfError> {
    text.get_ref().parse().map_err(|_| {
        let what = format!("`{}` is no address with a port", text.get_ref());
        source.error(text.span(), key, what, ADDRESS)
    })
}

fn local(
    source: &Source,
    text: &Spanned<String>,
    key: String,
    remote: SocketAddr,
) -> Result<IpAddr, ConfError> {
    let local: Option<IpAddr> = text.get_ref().parse().ok();
    local.filter(|local| local.is_ipv4() == remote.is_ipv4()).ok_or_else(|| {
        let what = format!("`{}` is no address from which {remote} is reached", text.get_ref());
        source.error(text.span(), key, what, "write an address of ours, without a port")
    })
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
