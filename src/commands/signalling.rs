use super::Exit;
use super::client::Client;
use super::show::{show, table};
use crate::admin::api::{
    Alarm, Association, LinkDetails, LinkOrder, LinkSet, Links, News, SignallingRoute,
};
use crate::cli::Remote;
use crate::{cli, out};
use std::collections::BTreeMap;
use std::fmt::Write;

/// `tocsin links`, `tocsin links inhibit|uninhibit LINK`
pub(crate) fn on_links(command: &cli::Links) -> Exit {
    match &command.operation {
        None => show(&command.remote, "/api/v1/links", links_text),
        Some(cli::OnLinks::Inhibit { link, remote }) => inhibit(*link, true, remote),
        Some(cli::OnLinks::Uninhibit { link, remote }) => inhibit(*link, false, remote),
    }
}

fn inhibit(link: u16, inhibited: bool, remote: &Remote) -> Exit {
    let client = Client::new(&remote.admin.admin);
    match client.post::<LinkOrder>("/api/v1/links", &LinkOrder { link, inhibited }) {
        Ok(order) if remote.json => out::line(serde_json::to_string(&order).unwrap_or_default()),
        Ok(_) => {
            let what = if inhibited { "inhibit" } else { "uninhibit" };
            out::line(format!("link {link}: the peer is asked to {what} it; see tocsin links"));
        }
        Err(exit) => return exit,
    }
    Exit::Fine
}

/// `tocsin alarms`
pub(crate) fn alarms(remote: &Remote) -> Exit {
    show(remote, "/api/v1/alarms", |alarms: &Vec<Alarm>| alarms_text(alarms))
}

fn count(counters: &BTreeMap<String, u64>, name: &str) -> String {
    counters.get(name).copied().unwrap_or_default().to_string()
}

/// One table for each kind of thing that there is, and what is wrong below it.
fn links_text(all: &Links) -> String {
    let mut parts = Vec::new();
    if !all.links.is_empty() {
        parts.push(each_link(&all.links));
        parts.push(each_set(&all.link_sets));
    }
    if !all.associations.is_empty() {
        parts.push(each_association(&all.associations));
    }
    let rows = all.destinations.iter().map(|one| {
        let state = if one.available { "available" } else { "unavailable" };
        let routes: Vec<_> = one.routes.iter().map(over).collect();
        [one.point_code.to_string(), state.to_owned(), routes.join(", ")]
    });
    parts.push(table(["DESTINATION", "STATE", "OVER"], rows.collect()));
    parts.join("\n")
}

/// `11 (in use)`, `12 (prohibited)`, `12`
fn over(route: &SignallingRoute) -> String {
    let SignallingRoute { adjacent, state, in_use, .. } = route;
    match (in_use, state == mtp::mtp3::RouteState::Allowed.name()) {
        (true, true) => format!("{adjacent} (in use)"),
        (true, false) => format!("{adjacent} (in use, {state})"),
        (false, true) => adjacent.to_string(),
        (false, false) => format!("{adjacent} ({state})"),
    }
}

fn each_link(links: &[LinkDetails]) -> String {
    let heading = [
        "LINK",
        "TO",
        "SLC",
        "STATE",
        "FOR",
        "SENT",
        "RECEIVED",
        "AGAIN",
        "ERRORED",
        "FAILED",
        "UNALIGNED",
        "WAITING",
    ];
    let rows = links.iter().map(|one| {
        let count = |name| count(&one.counters, name);
        [
            one.link.to_string(),
            one.adjacent.to_string(),
            one.slc.to_string(),
            one.state.clone(),
            seconds(&one.news),
            count("sent"),
            count("received"),
            count("retransmitted"),
            count("errored"),
            count("failures"),
            count("alignment_failures"),
            one.queued.to_string(),
        ]
    });
    let mut text = table(heading, rows.collect());
    for one in links.iter().filter(|one| !one.in_service) {
        why(&mut text, &format!("link {}", one.link), &one.news);
    }
    text
}

fn each_set(sets: &[LinkSet]) -> String {
    let heading = ["LINK SET", "IN SERVICE", "FOR", "FAILED", "CHANGEOVERS", "CHANGEBACKS", "HELD"];
    let rows = sets.iter().map(|one| {
        [
            one.adjacent.to_string(),
            format!("{} of {}", one.in_service, one.links.len()),
            seconds(&one.news),
            count(&one.counters, "failures"),
            count(&one.counters, "changeovers"),
            count(&one.counters, "changebacks"),
            one.held.to_string(),
        ]
    });
    table(heading, rows.collect())
}

fn each_association(associations: &[Association]) -> String {
    let heading = [
        "ASSOCIATION",
        "STATE",
        "OURS",
        "PEER'S",
        "FOR",
        "SENT",
        "RECEIVED",
        "FAILED",
        "BROKEN",
        "ERRORS",
        "WAITING",
    ];
    let rows = associations.iter().map(|one| {
        let state = match (one.in_service, one.connected) {
            (true, _) => "in service",
            (false, true) => "connected",
            (false, false) => "down",
        };
        let errors = ["errors_sent", "errors_received"].map(|name| count(&one.counters, name));
        [
            one.name.clone(),
            state.to_owned(),
            one.ours.clone(),
            one.peers.clone(),
            seconds(&one.news),
            one.sent.to_string(),
            one.received.to_string(),
            one.failed.to_string(),
            count(&one.counters, "broken"),
            errors.join("+"),
            one.queued.to_string(),
        ]
    });
    let mut text = table(heading, rows.collect());
    for one in associations.iter().filter(|one| !one.in_service) {
        why(&mut text, &format!("association {}", one.name), &one.news);
    }
    text
}

fn seconds(news: &News) -> String {
    format!("{} s", news.seconds)
}

/// `link 0: out of service since 2026-01-01T00:00:00.000Z: the span lost its signal`
fn why(text: &mut String, which: &str, news: &News) {
    let News { since, reason, .. } = news;
    let _infallible = writeln!(text, "{which}: out of service since {since}: {reason}");
}

fn alarms_text(alarms: &[Alarm]) -> String {
    if alarms.is_empty() {
        return "no alarms".to_owned();
    }
    let rows = alarms.iter().map(|one| {
        [
            one.alarm.clone(),
            format!("{} {}", one.kind, one.name),
            one.since.clone(),
            format!("{} s", one.seconds),
            one.times.to_string(),
            one.detail.clone(),
        ]
    });
    table(["ALARM", "WHERE", "SINCE", "FOR", "TIMES", "DETAIL"], rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::api::Destination;

    #[test]
    fn what_is_out_of_service_says_why() {
        let since = "2026-01-01T00:00:00.000Z".to_owned();
        let news = News { since, seconds: 7, reason: "the connection is gone".to_owned() };
        let counters = [("broken".to_owned(), 3), ("errors_sent".to_owned(), 4)];
        let association = Association {
            name: "peer".to_owned(),
            connected: false,
            ours: "ASP-DOWN".to_owned(),
            peers: "ASP-DOWN".to_owned(),
            in_service: false,
            queued: 0,
            sent: 1,
            received: 2,
            failed: 5,
            news,
            counters: counters.into_iter().collect(),
        };
        let all = Links {
            links: Vec::new(),
            link_sets: Vec::new(),
            associations: vec![association],
            destinations: vec![Destination { point_code: 2, available: false, routes: Vec::new() }],
        };
        let text = links_text(&all);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("ASSOCIATION  STATE  OURS"), "{text}");
        let cells: Vec<_> = lines[1].split_whitespace().collect();
        let told =
            ["peer", "down", "ASP-DOWN", "ASP-DOWN", "7", "s", "1", "2", "5", "3", "4+0", "0"];
        assert_eq!(cells, told);
        let why = "association peer: out of service since 2026-01-01T00:00:00.000Z: the connection \
                   is gone";
        assert_eq!(lines[2], why);
        assert_eq!(
            lines[3..],
            ["", "DESTINATION  STATE        OVER", "2            unavailable  -"]
        );
    }

    #[test]
    fn no_alarm_is_said_in_words() {
        assert_eq!(alarms_text(&[]), "no alarms");
    }
}
