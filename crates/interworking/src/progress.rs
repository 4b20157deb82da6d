//! What happens between the first message and the answer, in both directions.

use crate::NumberFormat;
use crate::causes::phrase;
use crate::identity::asks_for_privacy;
use call::Signal;
use isup::Backward;
use isup_codec::{
    Acm, BackwardCallIndicators, CalledCategory, CalledStatus, Charge, Con, ConnectedNumber, Cpg,
    EventIndicator, OptionalBackwardCallIndicators, ParameterName, key,
};
use routing::Number;
use sip_parser::{Message, Name};
use std::net::IpAddr;

/// RFC 3398 §7.2.5, §7.2.6: an ACM. Speech is to be heard where the in-band bit says so, where
/// interworking was met, behind which the state of the call is told by tones only, and where a
/// cause says that the call has failed: then somebody announces that (§7.1.6).
pub fn signal_of_acm(acm: &Acm) -> Signal {
    let early_media = acm.in_band()
        || acm.backward.interworking()
        || acm.options.contains(ParameterName::CAUSE_INDICATORS);
    if acm.backward.called_status() == CalledStatus::SUBSCRIBER_FREE {
        Signal::Alerting { early_media }
    } else {
        Signal::Progress { early_media }
    }
}

/// RFC 3398 §7.2.9: a CPG.
pub fn signal_of_cpg(cpg: &Cpg) -> Signal {
    let interworking =
        cpg.get(key::BACKWARD_CALL_INDICATORS).is_some_and(BackwardCallIndicators::interworking);
    let early_media =
        cpg.in_band() || interworking || cpg.options.contains(ParameterName::CAUSE_INDICATORS);
    match cpg.event.event {
        EventIndicator::ALERTING => Signal::Alerting { early_media },
        EventIndicator::FORWARDED_BUSY
        | EventIndicator::FORWARDED_NO_REPLY
        | EventIndicator::FORWARDED_UNCONDITIONAL => Signal::Forwarding { early_media },
        _ => Signal::Progress { early_media },
    }
}

/// RFC 3398 §7.2.7: an ANM or a CON.
pub fn signal_of_answer(connected: Option<&ConnectedNumber>, numbers: &NumberFormat) -> Signal {
    Signal::Answer { connected: connected.and_then(|number| numbers.number_of_connected(number)) }
}

/// A provisional response that we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provisional {
    /// 180, 181 or 183.
    pub status: u16,
    /// Its phrase.
    pub phrase: &'static str,
    /// Whether it carries our media.
    pub media: bool,
}

/// RFC 3398 §7.2.5, §7.2.6, §7.2.9: the provisional response for a signal, if it has one.
pub fn provisional_for_signal(signal: &Signal) -> Option<Provisional> {
    let (status, media) = match signal {
        Signal::Alerting { early_media } => (180, *early_media),
        Signal::Forwarding { early_media } => (181, *early_media),
        Signal::Progress { early_media } => (183, *early_media),
        Signal::Answer { .. } | Signal::Suspend | Signal::Resume | Signal::Release(_) => {
            return None;
        }
    };
    Some(Provisional { status, phrase: phrase(status), media })
}

/// RFC 3398 §8.2.3: what a provisional response says. `early_media`: whether media was agreed on.
pub fn signal_of_provisional(status: u16, early_media: bool) -> Signal {
    match status {
        180 => Signal::Alerting { early_media },
        181 => Signal::Forwarding { early_media },
        _ => Signal::Progress { early_media },
    }
}

/// RFC 3398 §8.2.4: a 200. The identity that a trusted peer asserts is the number that answered
/// (RFC 3325 §5), unless whoever answered wants it hidden (§7).
pub fn signal_of_ok(response: &Message, trusted: bool, numbers: &NumberFormat) -> Signal {
    let shown = trusted && !asks_for_privacy(response);
    let mut asserted = response.name_addrs(Name::PAssertedIdentity).filter(|_| shown);
    Signal::Answer { connected: asserted.find_map(|identity| numbers.number_of_uri(identity.uri)) }
}

/// The headers of our 200 that tell which number answered: to a trusted peer only.
pub fn connected_for_sip(
    connected: Option<&Number>,
    trusted: bool,
    host: IpAddr,
    numbers: &NumberFormat,
) -> Vec<(&'static str, String)> {
    let shown = connected.filter(|_| trusted);
    let header =
        |number| ("P-Asserted-Identity", format!("<{}>", numbers.uri(number, written(host))));
    shown.map(header).into_iter().collect()
}

/// RFC 3398 §8.2.3, §8.2.4: the messages for a signal; `first`: nothing has been sent backward yet.
/// The ISUP core makes a CPG of an ACM and an ANM of a CON that is not the first.
pub fn backward_for_signal(signal: &Signal, first: bool, numbers: &NumberFormat) -> Vec<Backward> {
    match signal {
        Signal::Alerting { early_media } => {
            vec![address_complete(CalledStatus::SUBSCRIBER_FREE, *early_media)]
        }
        Signal::Progress { early_media } => {
            vec![address_complete(CalledStatus::NO_INDICATION, *early_media)]
        }
        Signal::Forwarding { early_media } => {
            let mut cpg = Cpg::new(EventIndicator::FORWARDED_UNCONDITIONAL);
            if *early_media {
                cpg.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &IN_BAND);
            }
            let early = first.then(|| address_complete(CalledStatus::NO_INDICATION, *early_media));
            early.into_iter().chain([Backward::Progress(cpg)]).collect()
        }
        Signal::Answer { connected } => {
            let mut con = Con::new(indicators(CalledStatus::SUBSCRIBER_FREE));
            let connected = connected.as_ref().and_then(|number| numbers.connected_party(number));
            if let Some(connected) = connected {
                con.set(key::CONNECTED_NUMBER, &connected);
            }
            vec![Backward::Connect(con)]
        }
        Signal::Suspend | Signal::Resume | Signal::Release(_) => Vec::new(),
    }
}

/// The indicators that RFC 3398 §8.2.3 prescribes.
const fn indicators(status: CalledStatus) -> BackwardCallIndicators {
    BackwardCallIndicators(0)
        .with_charge(Charge::CHARGE)
        .with_called_status(status)
        .with_called_category(CalledCategory::ORDINARY)
        .with_isup_all_the_way(true)
}

const IN_BAND: OptionalBackwardCallIndicators =
    OptionalBackwardCallIndicators(0).with_in_band(true);

fn address_complete(status: CalledStatus, early_media: bool) -> Backward {
    let mut acm = Acm::new(indicators(status));
    if early_media {
        acm.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &IN_BAND);
    }
    Backward::AddressComplete(acm)
}

/// RFC 3986 §3.2.2: an IPv6 address stands in brackets.
fn written(host: IpAddr) -> String {
    match host {
        IpAddr::V4(host) => host.to_string(),
        IpAddr::V6(host) => format!("[{host}]"),
    }
}

#[cfg(test)]
mod tests;
