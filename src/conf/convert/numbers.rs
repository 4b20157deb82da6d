//! Numbers: how they are written, the emergency plan, the routes.

use super::figure;
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{File, Route};
use crate::names::Names;
use crate::wallclock;
use base::Cause;
use gateway::SipTrunk;
use interworking::NumberFormat;
use routing::{Exit, Normaliser, Plan, Router, Rule};
use std::path::Path;
use toml::Spanned;

pub(super) fn routing(
    source: &Source,
    file: &File,
    names: &Names,
    trunks: &[SipTrunk],
) -> Result<routing::Config, ConfError> {
    let normaliser = normaliser(source, file)?;
    let plan = plan(source, file, &normaliser)?;
    let routes = file.route.iter().enumerate();
    let rules = routes.map(|(n, route)| rule(source, n, route.get_ref(), names, trunks));
    let rules = rules.collect::<Result<_, _>>()?;
    let sip = (0..names.trunks.len() as u16).map(Exit::Sip);
    let exits = sip.chain((0..names.groups.len() as u16).map(Exit::Circuits)).collect();
    let config = routing::Config { normaliser, plan, rules, exits, ..routing::Config::default() };
    // Interlocks: no emergency number without a way out.
    Router::new(config.clone()).map_err(|error| {
        let place = file.emergency.plan.as_ref().map_or(0..0, Spanned::span);
        let remedy = "add a [[route]] without `from` for it, or correct the plan";
        source.error(place, "emergency.plan", error.to_string(), remedy)
    })?;
    Ok(config)
}

/// How numbers travel in ISUP.
pub(super) fn format(normaliser: &Normaliser) -> NumberFormat {
    NumberFormat::new(normaliser.clone())
}

fn normaliser(source: &Source, file: &File) -> Result<Normaliser, ConfError> {
    let digits = |value: &Spanned<String>, key: &str, most: usize, least: usize| {
        let text = value.get_ref();
        let fits = (least..=most).contains(&text.len());
        if fits && text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Ok(text.clone());
        }
        let remedy = format!("write {least} to {most} digits");
        Err(source.error(value.span(), key, format!("`{text}` does not fit"), remedy))
    };
    let numbers = &file.numbers;
    let length = numbers.national_length.as_ref();
    let length = length.map(|length| figure(source, length, "numbers.national_length", 4..=14));
    let france = Normaliser::default();
    let is_france = *numbers.country.get_ref() == france.country;
    Ok(Normaliser {
        national_length: length.transpose()?.or(france.national_length.filter(|_| is_france)),
        country: digits(&numbers.country, "numbers.country", 3, 1)?,
        national_prefix: digits(&numbers.national_prefix, "numbers.national_prefix", 4, 0)?,
        international_prefix: digits(
            &numbers.international_prefix,
            "numbers.international_prefix",
            5,
            1,
        )?,
    })
}

/// The plan stands beside the configuration file.
fn plan(source: &Source, file: &File, normaliser: &Normaliser) -> Result<Plan, ConfError> {
    let Some(name) = &file.emergency.plan else {
        return Ok(Plan::default());
    };
    let path = source.file.parent().unwrap_or(Path::new("")).join(name.get_ref());
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        let remedy = "name a file beside this one, or leave the key out";
        source.error(name.span(), "emergency.plan", what, remedy)
    })?;
    let today = wallclock::today();
    Plan::parse_with(&text, normaliser, Some(today)).map_err(|error| ConfError {
        file: path,
        line: error.line,
        column: error.column,
        key: "emergency.plan".to_owned(),
        what: error.what,
        remedy: error.remedy,
    })
}

fn rule(
    source: &Source,
    n: usize,
    route: &Route,
    names: &Names,
    trunks: &[SipTrunk],
) -> Result<Rule, ConfError> {
    let key = |name: &str| format!("route[{n}].{name}");
    let prefix = route.prefix.get_ref();
    let digits = prefix.strip_prefix('+').unwrap_or(prefix);
    let is_plus_alone = digits.is_empty() && !prefix.is_empty();
    if is_plus_alone || digits.len() > 32 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let what = format!("`{prefix}` is no prefix");
        let remedy = "write digits, or + and digits with the country code, or \"\" for all numbers";
        return Err(source.error(route.prefix.span(), key("prefix"), what, remedy));
    }
    let from =
        route.from.as_ref().map(|from| exit(source, from, key("from"), names)).transpose()?;
    let mut exits = Vec::new();
    for (m, to) in route.to.iter().enumerate() {
        let key = key(&format!("to[{m}]"));
        let exit = exit(source, to, key.clone(), names)?;
        if let Exit::Sip(index) = exit
            && trunks.get(usize::from(index)).is_none_or(|trunk| trunk.targets.is_empty())
        {
            let what = format!("trunk `{}` has no target: it takes no calls", to.get_ref());
            let remedy = "give the trunk a target, or name another exit";
            return Err(source.error(to.span(), key, what, remedy));
        }
        exits.push(exit);
    }
    match (&route.refuse, exits.is_empty()) {
        (None, false) => Ok(Rule { prefix: prefix.clone(), from, exits, refuse: None }),
        (Some(cause), true) => {
            let cause = Cause(figure(source, cause, key("refuse"), 1..=127)?);
            Ok(Rule { prefix: prefix.clone(), from, exits, refuse: Some(cause) })
        }
        (None, true) => {
            let remedy = "add `to` with an exit, or `refuse` with a cause value of Q.850";
            let what = "this route leads nowhere";
            Err(source.error(route.prefix.span(), key("to"), what, remedy))
        }
        (Some(cause), false) => {
            let what = "this route leads somewhere and refuses";
            Err(source.error(cause.span(), key("refuse"), what, "keep `to` or `refuse`"))
        }
    }
}

fn exit(
    source: &Source,
    name: &Spanned<String>,
    key: String,
    names: &Names,
) -> Result<Exit, ConfError> {
    names.find(name.get_ref()).ok_or_else(|| {
        let known: Vec<_> = names.trunks.iter().chain(&names.groups).map(String::as_str).collect();
        let what = format!("there is no trunk or group `{}`", name.get_ref());
        source.error(name.span(), key, what, format!("write one of {}", known.join(", ")))
    })
}
