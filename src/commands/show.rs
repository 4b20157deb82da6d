use super::Exit;
use super::client::Client;
use crate::admin::api::{Association, Call, Circuit, Congestion, Registration, Status, Trunk};
use crate::cli::Remote;
use crate::out;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The circuits of a large node are put together out of a hundred answers, each of which may take a
/// moment under load.
const CIRCUITS_PATIENCE: base::Duration = base::Duration::from_secs(60);

/// `tocsin status`
pub(crate) fn status(remote: &Remote) -> Exit {
    show(remote, "/api/v1/status", status_text)
}

/// `tocsin calls`
pub(crate) fn calls(remote: &Remote) -> Exit {
    show(remote, "/api/v1/calls", |calls: &Vec<Call>| calls_text(calls))
}

/// `tocsin circuits`
pub(crate) fn circuits(remote: &Remote) -> Exit {
    let client = Client::patient(&remote.admin.admin, CIRCUITS_PATIENCE);
    let text = |circuits: &Vec<Circuit>| circuits_text(circuits);
    show_by(&client, remote, "/api/v1/circuits", text)
}

/// `tocsin trunks`
pub(crate) fn trunks(remote: &Remote) -> Exit {
    show(remote, "/api/v1/trunks", |trunks: &Vec<Trunk>| trunks_text(trunks))
}

pub(super) fn show<T: DeserializeOwned>(
    remote: &Remote,
    path: &str,
    text: impl Fn(&T) -> String,
) -> Exit {
    show_by(&Client::new(&remote.admin.admin), remote, path, text)
}

fn show_by<T: DeserializeOwned>(
    client: &Client,
    remote: &Remote,
    path: &str,
    text: impl Fn(&T) -> String,
) -> Exit {
    let shown =
        if remote.json { client.text(path) } else { client.get(path).map(|answer| text(&answer)) };
    match shown {
        Ok(shown) => {
            out::line(shown.trim_end());
            Exit::Fine
        }
        Err(exit) => exit,
    }
}

fn status_text(status: &Status) -> String {
    let state = match (status.draining, status.ready) {
        (true, _) => "draining: new calls are refused, but emergency calls",
        (false, true) => "ready for calls",
        (false, false) => "not ready: no signalling link, or no usable circuit",
    };
    let mut text = format!(
        "Tocsin {}, up {} s, {state}\ncalls     {}\nwaiting   {}\n",
        status.version,
        status.uptime_seconds,
        figures(&status.active),
        figures(&status.queued)
    );
    for link in &status.links {
        let state = if link.in_service { "in service" } else { "out of service" };
        let _infallible = writeln!(text, "link {:<4} {state}", link.link);
    }
    for one in &status.associations {
        let state = if one.in_service { "in service" } else { "out of service" };
        let Association { name, ours, peers, .. } = one;
        let _infallible = writeln!(text, "association {name} {state} ({ours}, peer {peers})");
    }
    for group in &status.groups {
        let circuits = figures(&group.circuits);
        let congestion = congestion_text(&group.congestion);
        let _infallible = writeln!(text, "group {}: {circuits}{congestion}", group.name);
    }
    text
}

/// `; 25 % of ordinary calls held back (step 1, its level 2); told our level 1`
fn congestion_text(congestion: &Congestion) -> String {
    let Congestion { step, level, held_back, told } = congestion;
    let mut text = String::new();
    if *held_back > 0 {
        let by = [(step, "step"), (level, "its level")];
        let by = by.iter().filter(|(figure, _)| **figure > 0);
        let by: Vec<_> = by.map(|(figure, name)| format!("{name} {figure}")).collect();
        text = format!("; {held_back} % of ordinary calls held back ({})", by.join(", "));
    }
    if *told > 0 {
        let _infallible = write!(text, "; told our level {told}");
    }
    text
}

/// `3 ordinary, 1 emergency`, or `none`.
fn figures(by_name: &BTreeMap<String, u32>) -> String {
    let some = by_name.iter().filter(|(_, count)| **count > 0);
    let some: Vec<_> = some.map(|(name, count)| format!("{count} {name}")).collect();
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

fn calls_text(calls: &[Call]) -> String {
    let heading = ["CALL", "CLASS", "PHASE", "FROM", "CALLING", "TO", "CALLED", "CIRCUIT", "FOR"];
    let rows = calls.iter().map(|call| {
        [
            call.id.clone(),
            call.class.clone(),
            call.phase.clone(),
            call.ingress.clone(),
            call.calling.clone(),
            call.egress.clone(),
            call.called.clone(),
            call.circuit.clone().unwrap_or_default(),
            format!("{} s", call.seconds),
        ]
    });
    table(heading, rows.collect())
}

fn circuits_text(circuits: &[Circuit]) -> String {
    let rows = circuits.iter().map(|circuit| {
        let class = circuit.class.clone().unwrap_or_default();
        let blocked = circuit.blocked.join(", ");
        [circuit.group.clone(), circuit.cic.to_string(), circuit.state.clone(), class, blocked]
    });
    table(["GROUP", "CIC", "STATE", "CLASS", "BLOCKED"], rows.collect())
}

fn trunks_text(trunks: &[Trunk]) -> String {
    let mut rows = Vec::new();
    for trunk in trunks {
        let name = || trunk.name.clone();
        if trunk.targets.is_empty() {
            rows.push([name(), String::new(), String::new(), String::new(), String::new()]);
        }
        for target in &trunk.targets {
            let known = || [name(), target.target.clone(), target.state.clone()];
            if target.ways.is_empty() {
                let [name, target, state] = known();
                rows.push([name, target, state, String::new(), String::new()]);
            }
            rows.extend(target.ways.iter().map(|way| {
                let [name, target, state] = known();
                [name, target, state, way.way.clone(), way.state.clone()]
            }));
        }
    }
    let mut text = table(["TRUNK", "TARGET", "NAME", "ADDRESS", "STATE"], rows);
    for trunk in trunks {
        if let Some(registration) = &trunk.registration {
            let line = registration_text(&trunk.name, registration);
            let _infallible = writeln!(text, "{line}");
        }
    }
    text
}

/// `voip: registered with sip:example.net for 42 s more; 503 7 s ago`
fn registration_text(trunk: &str, registration: &Registration) -> String {
    let Registration { registrar, registered, expires_seconds, failure, failed_seconds_ago } =
        registration;
    let state = if *registered { "registered with" } else { "not registered with" };
    let mut text = format!("{trunk}: {state} {registrar}");
    if let Some(seconds) = expires_seconds {
        let _infallible = write!(text, " for {seconds} s more");
    }
    if let Some((failure, seconds)) = failure.as_ref().zip(*failed_seconds_ago) {
        let _infallible = write!(text, "; {failure} {seconds} s ago");
    }
    text
}

/// Columns as wide as their widest entry.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut all = vec![heading.map(str::to_owned)];
    all.extend(rows);
    let mut widths = [0; N];
    for row in &all {
        for (width, entry) in widths.iter_mut().zip(row) {
            *width = (*width).max(entry.chars().count());
        }
    }
    let mut text = String::new();
    for row in &all {
        let mut line = String::new();
        for (entry, width) in row.iter().zip(widths) {
            let entry = if entry.is_empty() { "-" } else { entry };
            let _infallible = write!(line, "{entry:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_headings() {
        let rows =
            vec![["exchange".to_owned(), String::new()], ["b".to_owned(), "idle".to_owned()]];
        assert_eq!(
            table(["GROUP", "STATE"], rows),
            "GROUP     STATE\nexchange  -\nb         idle\n"
        );
    }

    #[test]
    fn a_registration_says_how_long_and_what_failed() {
        let mut registration = Registration {
            registrar: "sip:example.net".to_owned(),
            registered: true,
            expires_seconds: Some(42),
            failure: None,
            failed_seconds_ago: None,
        };
        assert_eq!(
            registration_text("voip", &registration),
            "voip: registered with sip:example.net for 42 s more"
        );
        (registration.registered, registration.expires_seconds) = (false, None);
        (registration.failure, registration.failed_seconds_ago) = (Some("403".to_owned()), Some(7));
        assert_eq!(
            registration_text("voip", &registration),
            "voip: not registered with sip:example.net; 403 7 s ago"
        );
    }

    #[test]
    fn only_what_there_is_is_counted() {
        let counts = [("emergency".to_owned(), 1), ("in_dialog".to_owned(), 0)];
        assert_eq!(figures(&BTreeMap::from(counts)), "1 emergency");
        assert_eq!(figures(&BTreeMap::new()), "none");
    }
}
