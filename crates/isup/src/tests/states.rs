//! Every phase of a circuit and every message: what is answered, and where the circuit is then.
//! Whatever it was, REL and RSC clear it afterwards, and no timer is left.

use super::*;
use crate::Backward;
use isup_codec::{
    Anm, Cfn, Con, ContinuityCheck, Cot, Cpg, EventIndicator, Faa, Fac, FacilityIndicator, Far,
    Fot, Frj, Idr, Inf, InformationIndicators, InformationRequestIndicators, Inr, Irs,
    MessageCompatibility, Nrm, Octets, Options, Res, Sam, Sgm, SubsequentNumber, Sus, Usr, key,
};

/// An even circuit: the peer's, so that a dual seizure is lost.
const CIC: u16 = 2;

const PHASES: [&str; 11] = [
    "idle",
    "outgoing",
    "outgoing, ACM",
    "outgoing, answered",
    "collecting",
    "incoming",
    "incoming, ACM",
    "incoming, answered",
    "releasing",
    "resetting",
    "awaiting CCR",
];

/// A circuit in this phase, and nothing else going on.
fn in_phase(phase: &str) -> Exchange {
    let mut exchange = Exchange::with(config([CIC], 0));
    match phase {
        "outgoing" | "outgoing, ACM" | "outgoing, answered" => {
            exchange.outgoing();
            if phase != "outgoing" {
                exchange.receive(CIC, acm());
            }
            if phase == "outgoing, answered" {
                exchange.receive(CIC, Anm::new());
            }
        }
        "collecting" => exchange.receive(CIC, Iam { called: number("19", false), ..iam() }),
        "incoming" | "incoming, ACM" | "incoming, answered" => {
            let call = exchange.incoming(CIC);
            if phase != "incoming" {
                exchange.backward(call, Backward::AddressComplete(acm()));
            }
            if phase == "incoming, answered" {
                exchange.backward(call, Backward::Answer(Anm::new()));
            }
        }
        "releasing" => {
            let (call, _) = exchange.outgoing();
            exchange.release(call, Cause::NORMAL_CLEARING);
        }
        "resetting" => {
            exchange.operate_one(CIC, Operation::Reset);
        }
        "awaiting CCR" => {
            let nature = iam().nature.with_continuity_check(ContinuityCheck::THIS_CIRCUIT);
            exchange.receive(CIC, Iam { nature, ..iam() });
            exchange.receive(CIC, Cot { successful: false });
        }
        _ => {}
    }
    exchange.sent();
    exchange.told();
    exchange
}

fn messages() -> Vec<Message> {
    let options = Options::new;
    let instructions = MessageCompatibility(0).with_discard(true);
    let facility = FacilityIndicator::USER_TO_USER;
    let digits = "0".parse().unwrap();
    vec![
        iam().into(),
        Sam::new(SubsequentNumber { complete: false, digits }).into(),
        Inr { indicators: InformationRequestIndicators::default(), options: options() }.into(),
        Inf { indicators: InformationIndicators::default(), options: options() }.into(),
        Cot { successful: true }.into(),
        acm().into(),
        Con::new(BackwardCallIndicators::default()).into(),
        Cpg::new(EventIndicator::ALERTING).into(),
        Anm::new().into(),
        Fot { options: options() }.into(),
        rel(Cause::NORMAL_CLEARING).into(),
        Rlc::new().into(),
        Sus::new(true).into(),
        Res::new(true).into(),
        Cfn::new(cause(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED)).into(),
        Far { facility, options: options() }.into(),
        Faa { facility, options: options() }.into(),
        Frj { facility, cause: cause(Cause::FACILITY_REJECTED), options: options() }.into(),
        Usr { information: Octets::from(&[4, 1][..]), options: options() }.into(),
        Idr { options: options() }.into(),
        Irs { options: options() }.into(),
        Sgm { options: options() }.into(),
        Fac { options: options() }
            .with(key::MESSAGE_COMPATIBILITY_INFORMATION, &instructions)
            .into(),
        Nrm { options: options() }
            .with(key::MESSAGE_COMPATIBILITY_INFORMATION, &instructions)
            .into(),
        Message::Rsc,
        Message::Blo,
        Message::Bla,
        Message::Ubl,
        Message::Uba,
        Message::Ccr,
        Message::Lpa,
        Message::Ucic,
        Message::Olm,
    ]
}

/// What is sent in answer, and the state afterwards, where something follows at all.
fn expected(phase: &str, message: &str) -> Option<(&'static str, &'static str)> {
    let before_backward = matches!(phase, "idle" | "outgoing" | "collecting" | "incoming");
    let outgoing = phase.starts_with("outgoing");
    let call = outgoing || phase.starts_with("incoming");
    match (message, phase) {
        ("OLM", "outgoing") => Some(("", "releasing")),
        ("IAM", "idle" | "outgoing") => Some(("", "incoming")),
        ("SAM", "idle") => Some(("RSC", "reset")),
        ("INR", _) if outgoing => Some(("INF", "outgoing")),
        ("IDR", _) if outgoing => Some(("IRS", "outgoing")),
        ("INR" | "INF" | "IDR" | "IRS" | "FAR" | "FAA" | "FRJ" | "USR", "idle") => {
            Some(("RSC", "reset"))
        }
        ("FAR", _) if call => Some(("FRJ", if outgoing { "outgoing" } else { "incoming" })),
        // Who checks nothing and asked for nothing is told nothing.
        ("COT", "idle" | "outgoing") => Some(("RSC", "reset")),
        ("ACM" | "CON" | "ANM", "outgoing") => Some(("", "outgoing")),
        ("ACM" | "CON" | "CPG" | "ANM" | "SUS" | "RES", _) if before_backward => {
            Some(("RSC", "reset"))
        }
        ("REL", "releasing") => Some(("RLC", "releasing")),
        ("REL", "resetting") => Some(("RLC", "reset")),
        ("REL", _) => Some(("RLC", "idle")),
        ("RLC", "releasing" | "resetting") => Some(("", "idle")),
        ("RLC", "collecting") => Some(("REL", "releasing")),
        ("RLC", _) if call => Some(("REL", "releasing")),
        _ => None,
    }
}

fn name(message: &Message) -> String {
    message.message_type().to_string()
}

#[test]
fn each_message_in_each_phase_has_its_consequence() {
    // What these do to blocking and to checks has tests of its own.
    const SUPERVISION: [&str; 8] = ["RSC", "BLO", "BLA", "UBL", "UBA", "CCR", "LPA", "UCIC"];
    for phase in PHASES {
        for message in messages() {
            let mut exchange = in_phase(phase);
            let before = exchange.state(CIC);
            let name = name(&message);
            exchange.receive(CIC, message);
            if SUPERVISION.contains(&name.as_str()) {
                continue;
            }
            let sent = exchange.sent().into_iter().map(|(_, sent)| sent.message_type().to_string());
            let sent = sent.collect::<Vec<_>>().join(" ");
            let expected = expected(phase, &name).unwrap_or(("", before));
            assert_eq!((sent.as_str(), exchange.state(CIC)), expected, "{name} while {phase}");
        }
    }
}

#[test]
fn from_each_phase_and_after_each_message_a_release_and_a_reset_clear_the_circuit() {
    for phase in PHASES {
        for message in messages() {
            let mut exchange = in_phase(phase);
            let shown = format!("{} while {phase}", name(&message));
            exchange.receive(CIC, message);
            exchange.receive(CIC, rel(Cause::NORMAL_CLEARING));
            exchange.receive(CIC, Message::Rsc);
            exchange.receive(CIC, Message::Ubl);
            // What we asked for is answered, also what was asked before the message came.
            if matches!(phase, "releasing" | "resetting") {
                exchange.receive(CIC, Rlc::new());
            }
            for _ in 0..4 {
                for (cic, sent) in exchange.sent() {
                    let answer: Option<Message> = match sent {
                        Message::Rel(_) | Message::Rsc => Some(Rlc::new().into()),
                        Message::Blo => Some(Message::Bla),
                        Message::Ubl => Some(Message::Uba),
                        _ => None,
                    };
                    if let Some(answer) = answer {
                        exchange.receive(cic, answer);
                    }
                }
            }
            assert_eq!(exchange.isup.calls(), 0, "{shown}");
            assert_eq!(exchange.isup.poll_timeout(), None, "{shown}");
            assert_eq!(exchange.state(CIC), "idle", "{shown}");
        }
    }
}

#[test]
fn from_each_phase_silence_leads_to_an_idle_circuit_or_to_an_alarm() {
    for phase in PHASES {
        let mut exchange = in_phase(phase);
        exchange.wait(minutes(60));
        let state = exchange.state(CIC);
        let talks = phase.ends_with("answered");
        // A call that came in waits for its own side.
        let waits = talks || matches!(phase, "incoming" | "incoming, ACM" | "collecting");
        let alarmed = exchange.told().iter().any(|event| matches!(event, Event::Alarm { .. }));
        assert!(state == "idle" || waits || alarmed, "{phase}: {state}");
    }
}
