use super::Exit;
use super::client::Client;
use crate::admin::api::{CircuitOrder, CircuitsOperated, TestOrder, Tested};
use crate::{cli, out};
use base::Duration;
use serde::Serialize;

/// More than the server needs to see the end of a test.
const TEST_PATIENCE: Duration = Duration::from_secs(20);

/// `tocsin circuits`, `tocsin circuits block|unblock|reset|query GROUP CIC[-CIC]`,
/// `tocsin circuits test GROUP CIC`
pub(crate) fn on_circuits(command: &cli::Circuits) -> Exit {
    match &command.operation {
        None => super::show::circuits(&command.remote),
        Some(cli::OnCircuits::Block { which, force }) => operate("block", which, *force),
        Some(cli::OnCircuits::Unblock { which }) => operate("unblock", which, false),
        Some(cli::OnCircuits::Reset { which }) => operate("reset", which, false),
        Some(cli::OnCircuits::Query { which }) => operate("query", which, false),
        Some(cli::OnCircuits::Test { group, cic, force, remote }) => {
            test(group, (*cic, *force), remote)
        }
    }
}

/// `tocsin circuits test GROUP CIC`: fine when the test has passed.
fn test(group: &str, (cic, force): (u16, bool), remote: &cli::Remote) -> Exit {
    let client = Client::patient(&remote.admin.admin, TEST_PATIENCE);
    let order = TestOrder { group: group.to_owned(), cic, force };
    match client.post::<Tested>("/api/v1/circuits/test", &order) {
        Ok(tested) => {
            let Tested { result, meaning, .. } = &tested;
            let text = format!("circuit {group}/{cic}: {result}: {meaning}");
            out::line(if remote.json { json(&tested) } else { text });
            if result == isup::TestResult::Passed.name() { Exit::Fine } else { Exit::Wrong }
        }
        Err(exit) => exit,
    }
}

fn operate(operation: &str, command: &cli::Which, force: bool) -> Exit {
    let client = Client::new(&command.remote.admin.admin);
    let (first, last) = command.cics;
    let order = CircuitOrder {
        operation: operation.to_owned(),
        group: command.group.clone(),
        first,
        last,
        force,
    };
    match client.post::<CircuitsOperated>("/api/v1/circuits", &order) {
        Ok(done) => {
            out::line(if command.remote.json { json(&done) } else { text(operation, &done) });
            Exit::Fine
        }
        Err(exit) => exit,
    }
}

/// `5`, `1-31`
pub(crate) fn range(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("`{text}` names no circuits; write 5 or 1-31");
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let first = first.parse().map_err(|_| wrong())?;
    let last = last.parse().map_err(|_| wrong())?;
    if first <= last { Ok((first, last)) } else { Err(wrong()) }
}

fn json(done: &impl Serialize) -> String {
    serde_json::to_string(done).unwrap_or_default()
}

fn text(operation: &str, done: &CircuitsOperated) -> String {
    let CircuitsOperated { asked, unchanged, calls } = done;
    let mut text = format!("{operation}: the peer is asked about {asked} circuit(s)");
    if *unchanged > 0 {
        text.push_str(&format!(", {unchanged} stand so already or are being cleared"));
    }
    if *calls > 0 {
        text.push_str(&format!(", {calls} call(s) ended"));
    }
    text.push_str("; `tocsin circuits` shows what it has acknowledged");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuits_are_named_one_by_one_or_from_to() {
        assert_eq!(range("5"), Ok((5, 5)));
        assert_eq!(range("1-31"), Ok((1, 31)));
        for wrong in ["", "-", "5-", "31-1", "a", "1-99999", "1-2-3"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
