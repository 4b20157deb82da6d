//! What stands in the file about level 3 of the message transfer part: routes, and whether it
//! passes messages on.

use super::in_range;
use super::m2pa::Beside;
use super::switched::point_code;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use mtp::{LinkConfig, PointCode, RouteConfig};
use std::collections::BTreeSet;
use toml::Spanned;

/// The routes beyond the neighbours to whom these links lead.
pub(super) fn routes(
    source: &Source,
    ss7: &file::Ss7,
    beside: &Beside<'_>,
    links: &[LinkConfig],
) -> Result<Vec<RouteConfig>, ConfError> {
    let mut routes = Vec::new();
    let mut known = BTreeSet::new();
    for (n, entry) in ss7.route.iter().enumerate() {
        let (route, key) = (entry.get_ref(), |name: &str| format!("ss7.route[{n}].{name}"));
        let dpc = destination(source, &route.destination, key("destination"), beside)?;
        let adjacent = PointCode(*route.adjacent.get_ref());
        let refused = |what: String, remedy: &str| {
            Err(source.error(route.adjacent.span(), key("adjacent"), what, remedy))
        };
        if !links.iter().any(|link| link.adjacent == adjacent) {
            let what = format!("no [[ss7.m2pa]] leads to signalling point {adjacent}");
            return refused(what, "name the neighbour that passes messages on");
        }
        if adjacent == dpc {
            let what = format!("{dpc} is the neighbour itself, which is reached without a route");
            return refused(what, "remove this route, or name another neighbour");
        }
        if !known.insert((dpc, adjacent)) {
            let what = format!("there is a route to {dpc} over {adjacent} already");
            return refused(what, "remove one of them");
        }
        let priority = in_range(source, &route.priority, key("priority"), 0..=15)?;
        routes.push(RouteConfig { dpc, adjacent, priority });
    }
    Ok(routes)
}

fn destination(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
    beside: &Beside<'_>,
) -> Result<PointCode, ConfError> {
    let code = point_code(source, value, key.clone())?;
    let what = if code == beside.own {
        "this is ss7.point_code, our own".to_owned()
    } else if beside.far == Some(code) {
        "the embedded exchange is at the end of the spans".to_owned()
    } else if beside.is_of_m3ua(code) {
        format!("an association of M3UA leads to signalling point {code}, too")
    } else {
        return Ok(code);
    };
    let remedy = "name a point that is reached over neighbours of [[ss7.m2pa]] only";
    Err(source.error(value.span(), key, what, remedy))
}
