//! The first message of a call, in both directions.

use crate::{NumberFormat, calling_of_invite, identity_for_sip};
use base::{Cause, Class, Duration, Instant};
use call::{Release, Setup, location};
use isup_codec::{CallingPartysCategory, Iam, key};
use routing::{RawNumber, TrunkRef};
use sip_parser::Message;
use std::net::SocketAddr;

/// RFC 3261 §8.1.1.6: the recommended start of Max-Forwards, where nobody gave one.
const MAX_FORWARDS: u8 = 70;

/// Five bits (Q.763 §3.80).
const MAX_HOP_COUNTER: u8 = 31;

/// The call that an INVITE asks for (RFC 3398 §7.2.1.1). Its class has yet to be told: here it is
/// ordinary. A request URI that holds no number is answered with 404.
pub fn setup_of_invite(
    invite: &Message,
    ingress: TrunkRef,
    trusted: bool,
    arrived: Instant,
    numbers: &NumberFormat,
) -> Result<Setup, Release> {
    let unallocated = || Release::new(Cause::UNALLOCATED).with_status(404);
    let raw = invite.uri().and_then(RawNumber::from_uri).ok_or_else(unallocated)?;
    let called = numbers.normaliser.normalise(raw).map_err(|_| unallocated())?;
    Ok(Setup {
        called,
        calling: calling_of_invite(invite, trusted, numbers),
        class: Class::Ordinary,
        category: None,
        hops: invite.max_forwards().unwrap_or(MAX_FORWARDS),
        ingress,
        location: None,
        arrived,
    })
}

/// The call that an IAM asks for (RFC 3398 §8.2.1.1), its class as above.
pub fn setup_of_iam(
    iam: &Iam,
    ingress: TrunkRef,
    arrived: Instant,
    numbers: &NumberFormat,
) -> Result<Setup, Release> {
    let called = numbers.number_of_called(&iam.called);
    Ok(Setup {
        called: called.map_err(|cause| Release::new(cause).at(location::TRANSIT))?,
        calling: iam
            .get(key::CALLING_PARTY_NUMBER)
            .and_then(|calling| numbers.calling_of_isup(&calling)),
        class: Class::Ordinary,
        category: Some(iam.category.0),
        // The other three bits are spare: set or not, they give no call more hops.
        hops: iam.get(key::HOP_COUNTER).map_or(MAX_FORWARDS, |hops| hops & MAX_HOP_COUNTER),
        ingress,
        location: None,
        arrived,
    })
}

/// The IAM for a call (RFC 3398 §7.2.1.1): en bloc, speech, ISUP preferred all the way. An
/// emergency call goes with category 11, whoever places it.
pub fn iam_for_setup(setup: &Setup, numbers: &NumberFormat) -> Result<Iam, Release> {
    let called = numbers.called_party(&setup.called).map_err(Release::new)?;
    let category = if setup.class.is_emergency() {
        CallingPartysCategory::PRIORITY
    } else {
        setup.category.map_or(CallingPartysCategory::ORDINARY, CallingPartysCategory)
    };
    let mut iam = Iam::new(called, category);
    let calling = setup.calling.as_ref().and_then(|calling| numbers.calling_party(calling));
    if let Some(calling) = calling {
        iam.set(key::CALLING_PARTY_NUMBER, &calling);
    }
    iam.set(key::HOP_COUNTER, &setup.hops.min(MAX_HOP_COUNTER));
    Ok(iam)
}

/// The SIP peer that a call is sent to.
#[derive(Clone, Debug)]
pub struct SipPeer {
    /// From where to where.
    pub flow: sip::Flow,
    /// The host of the Request-URI: a name stays one whatever it leads to (RFC 3263 §4).
    pub host: String,
    /// Whether it is trusted with the identities of callers (RFC 3325 §5).
    pub trusted: bool,
    /// The interval of the session timer that it is asked for (RFC 4028); none: none.
    pub session_expires: Option<Duration>,
    /// How much is made of reliable provisional responses.
    pub reliability: sip::Reliability,
}

/// The INVITE for a call (RFC 3398 §8.2.1.1).
pub fn outgoing_for_setup(
    setup: &Setup,
    peer: &SipPeer,
    media: sip::LocalMedia,
    numbers: &NumberFormat,
) -> sip::Outgoing {
    let ours: SocketAddr = peer.flow.local;
    let uri = numbers.uri(&setup.called, &peer.host);
    let calling = setup.calling.as_ref();
    let identity = identity_for_sip(calling, peer.trusted, &ours.to_string(), numbers);
    let mut headers = identity.headers;
    if setup.class.is_emergency() && peer.trusted {
        // RFC 7135: the next hop sees that this is an emergency call without a plan of its own.
        headers.push(("Resource-Priority", "esnet.1".to_owned()));
    }
    sip::Outgoing {
        peer: None,
        flow: peer.flow,
        to: format!("<{uri}>"),
        request_uri: uri,
        from: identity.from,
        max_forwards: setup.hops,
        headers,
        media,
        // RFC 5009 §8: whom we trust is believed about early media.
        early: sip::EarlyPolicy { reliability: peer.reliability, gated: peer.trusted },
        spare: Vec::new(),
        patience: sip::Patience::default(),
        redirects: sip::Redirects::default(),
        session_expires: peer.session_expires,
    }
}

#[cfg(test)]
mod tests;
