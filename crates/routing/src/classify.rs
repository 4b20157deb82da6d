use crate::{Normaliser, Number, NumberKind, Plan, RawNumber, service_number};
use base::Class;

/// What is known about a message when its urgency must be told. Everything is optional: the class
/// is first told from the raw octets, before anything was parsed in full.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The request URI.
    pub uri: Option<&'a str>,
    /// The values of Resource-Priority (RFC 4412 §3.1), with commas between them.
    pub resource_priority: Option<&'a str>,
    /// Whether the peer's priority marks are believed.
    pub trusted: bool,
    /// The called number, where it was already normalised.
    pub called: Option<&'a Number>,
    /// The calling number, where it was already normalised.
    pub calling: Option<&'a Number>,
    /// Calling party's category (Q.763 §3.11).
    pub cpc: Option<u8>,
    /// The class of the call that the message belongs to, where it belongs to one.
    pub in_dialog: Option<Class>,
}

/// Calling party's category 14: IEPS call marking for preferential call set up (Q.763 Amendment 2).
const IEPS: u8 = 14;

/// How urgent a message is. Looks at the service asked for, the number dialled and the marks of
/// trusted peers, and at nothing that an operator's routing rule could change.
///
/// An emergency number behind our own country code (`+33112`) or behind a bare plus (`+112`) counts
/// as the emergency number: no subscriber has it, and handsets produce it. `categories` are the
/// calling party's categories that mark an emergency call on a trusted trunk.
pub fn classify(
    facts: &Facts<'_>,
    plan: &Plan,
    normaliser: &Normaliser,
    categories: &[u8],
) -> Class {
    if let Some(class) = facts.in_dialog {
        return class.in_dialog();
    }
    if facts.uri.and_then(service_number).is_some() {
        return Class::Emergency;
    }
    let called = match facts.called {
        Some(number) => Some(*number),
        None => {
            facts.uri.and_then(RawNumber::from_uri).and_then(|raw| normaliser.normalise(raw).ok())
        }
    };
    // The translated call is as urgent as the dialled one: it may reach us already translated.
    if called.is_some_and(|called| {
        emergency_number(&called, plan, normaliser).is_some() || plan.is_long_number(&called)
    }) {
        return Class::Emergency;
    }
    if facts.trusted {
        return from_marks(facts, plan, categories);
    }
    Class::Ordinary
}

/// The marks that count only from a trusted peer, the strongest first.
fn from_marks(facts: &Facts<'_>, plan: &Plan, categories: &[u8]) -> Class {
    let marked = facts.resource_priority.map(mark).unwrap_or_default();
    if marked == Class::Emergency || facts.cpc.is_some_and(|cpc| categories.contains(&cpc)) {
        return Class::Emergency;
    }
    if facts.calling.is_some_and(|calling| plan.is_long_number(calling)) {
        return Class::PsapCallback;
    }
    if marked == Class::GovernmentPriority || facts.cpc == Some(IEPS) {
        return Class::GovernmentPriority;
    }
    Class::Ordinary
}

/// The strongest of comma-separated Resource-Priority values. Those that nobody has registered
/// count for nothing (RFC 4412 §4.6.2), and so does the lowest of each scale of precedence: it is
/// what calls without a mark have.
fn mark(values: &str) -> Class {
    let each = values.split(',').filter_map(|value| value.trim().split_once('.'));
    each.map(|(namespace, value)| mark_of(namespace, value)).max().unwrap_or_default()
}

/// The scale of `dsn` and `drsn` above routine (RFC 4412 §10.2, §10.3).
const PRECEDENCE: [&str; 4] = ["flash-override", "flash", "immediate", "priority"];

fn mark_of(namespace: &str, value: &str) -> Class {
    let is = |name: &str| namespace.eq_ignore_ascii_case(name);
    let among = |known: &[&str]| known.iter().any(|known| value.eq_ignore_ascii_case(known));
    // RFC 7135: calls to, between and from answering points.
    if is("esnet") && among(&["0", "1", "2", "3", "4"]) {
        Class::Emergency
    } else if ((is("ets") || is("wps")) && among(&["0", "1", "2", "3", "4"]))
        || (is("q735") && among(&["0", "1", "2", "3"]))
        || ((is("dsn") || is("drsn")) && among(&PRECEDENCE))
        || (is("drsn") && among(&["flash-override-override"]))
    {
        Class::GovernmentPriority
    } else {
        Class::Ordinary
    }
}

/// The digits of the emergency service that a number calls.
pub(crate) fn emergency_number<'n>(
    called: &'n Number,
    plan: &Plan,
    normaliser: &Normaliser,
) -> Option<&'n str> {
    let is_service = |digits: &&str| plan.is_service_number(digits);
    let national = match called.kind() {
        NumberKind::Short | NumberKind::Unknown => None,
        NumberKind::International => normaliser.national_significant(called),
    };
    national.filter(is_service).or_else(|| Some(called.digits()).filter(is_service))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
        *,112,europe,+33199009400,,,\n\
        *,114,deaf,+33199009500,+33199009501,,\n";

    fn class(facts: Facts<'_>) -> Class {
        classify(&facts, &Plan::parse(PLAN).unwrap(), &Normaliser::default(), &[11])
    }

    fn of_uri(uri: &str) -> Class {
        class(Facts { uri: Some(uri), ..Facts::default() })
    }

    #[test]
    fn emergency_is_seen_in_what_is_called() {
        for uri in [
            "urn:service:sos",
            "urn:service:sos.police",
            "sip:112@gw.example",
            "tel:15;phone-context=+33",
            "sip:17@127.0.0.1;user=phone",
            "sip:18@127.0.0.1",
            "sip:114@127.0.0.1",
            "sip:+33112@127.0.0.1",
            "tel:+112",
            "tel:+33-15",
            "sip:0033112@127.0.0.1",
            "sip:%31%31%32@127.0.0.1",
            "sip:112;phone-context=example.com@127.0.0.1",
            "sip:0199009400@127.0.0.1",
            "tel:+33199009501",
        ] {
            assert_eq!(of_uri(uri), Class::Emergency, "{uri}");
        }
        for uri in
            ["sip:0199000000@127.0.0.1", "sip:115@127.0.0.1", "tel:+44112", "sip:alice@a", "x"]
        {
            assert_eq!(of_uri(uri), Class::Ordinary, "{uri}");
        }
    }

    #[test]
    fn marks_count_from_trusted_peers_only() {
        let number = Number::international("33199009400").unwrap();
        let marks = [
            (
                Facts { resource_priority: Some("wps.0, esnet.1"), ..Facts::default() },
                Class::Emergency,
            ),
            (Facts { cpc: Some(11), ..Facts::default() }, Class::Emergency),
            (Facts { calling: Some(&number), ..Facts::default() }, Class::PsapCallback),
            (
                Facts { resource_priority: Some("ETS.3"), ..Facts::default() },
                Class::GovernmentPriority,
            ),
            (
                Facts { resource_priority: Some("new.0, DSN.Flash"), ..Facts::default() },
                Class::GovernmentPriority,
            ),
            (
                Facts {
                    resource_priority: Some("drsn.flash-override-override"),
                    ..Facts::default()
                },
                Class::GovernmentPriority,
            ),
            (
                Facts { resource_priority: Some("q735.3"), ..Facts::default() },
                Class::GovernmentPriority,
            ),
            (
                Facts {
                    resource_priority: Some("q735.4,dsn.routine,ets.5,esnet,esnet.9"),
                    ..Facts::default()
                },
                Class::Ordinary,
            ),
            (Facts { cpc: Some(14), ..Facts::default() }, Class::GovernmentPriority),
            (Facts { cpc: Some(10), ..Facts::default() }, Class::Ordinary),
        ];
        for (facts, expected) in marks {
            assert_eq!(class(facts), Class::Ordinary);
            assert_eq!(class(Facts { trusted: true, ..facts }), expected);
        }
    }

    #[test]
    fn a_later_message_has_the_class_of_its_call() {
        let facts =
            Facts { uri: Some("sip:112@gw"), in_dialog: Some(Class::Ordinary), ..Facts::default() };
        assert_eq!(class(facts), Class::InDialog);
        let facts = Facts { in_dialog: Some(Class::Emergency), ..Facts::default() };
        assert_eq!(class(facts), Class::EmergencyInDialog);
    }
}
