//! Both ends of every circuit agree once nothing is on its way between them.

use exchange::Exchange;
use gateway::Gateway;
use std::collections::BTreeMap;

/// The circuits about which the ends disagree, in words.
pub(crate) fn disagreements(gateway: &Gateway, exchange: &Exchange) -> Vec<String> {
    let ours: BTreeMap<u16, &str> =
        gateway.circuits().iter().map(|circuit| (circuit.cic, circuit.state)).collect();
    let theirs: BTreeMap<u16, &str> =
        exchange.circuits().map(|circuit| (circuit.cic.0, circuit.state)).collect();
    let mut wrong = Vec::new();
    for (cic, ours) in &ours {
        let theirs = theirs.get(cic).copied().unwrap_or("missing");
        if !agree(ours, theirs) {
            wrong.push(format!("circuit {cic}: {ours} at the gateway, {theirs} at the exchange"));
        }
    }
    wrong
}

/// The states that fit each other. What is being released or reset settles by itself, and is not
/// settled yet.
fn agree(ours: &str, theirs: &str) -> bool {
    matches!(
        (ours, theirs),
        ("idle", "idle")
            | ("outgoing", "incoming")
            | ("incoming", "outgoing")
            | ("talking", "talking")
    )
}

/// The circuits that are not idle at both ends, in words.
pub(crate) fn busy(gateway: &Gateway, exchange: &Exchange) -> Vec<String> {
    let ours = gateway.circuits().into_iter().map(|circuit| (circuit.cic, circuit.state));
    let theirs = exchange.circuits().map(|circuit| (circuit.cic.0, circuit.state));
    ours.map(|circuit| ("gateway", circuit))
        .chain(theirs.map(|circuit| ("exchange", circuit)))
        .filter(|(_, (_, state))| *state != "idle")
        .map(|(end, (cic, state))| format!("circuit {cic} is {state} at the {end}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_agree_where_a_call_looks_the_same_from_both() {
        for (ours, theirs) in [("idle", "idle"), ("outgoing", "incoming"), ("incoming", "outgoing")]
        {
            assert!(agree(ours, theirs));
        }
        for (ours, theirs) in [
            ("idle", "incoming"),
            ("outgoing", "outgoing"),
            ("outgoing", "idle"),
            ("blocked", "blocked"),
            ("reset", "reset"),
            ("idle", "missing"),
        ] {
            assert!(!agree(ours, theirs), "{ours} {theirs}");
        }
    }
}
