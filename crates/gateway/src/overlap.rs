//! A SIP caller that dials on: further INVITEs of one call bring more digits of the number
//! (RFC 3578 §4.5). They follow the IAM as SAMs, where the group allows it.

use crate::Gateway;
use crate::legs::Leg;
use base::{Cause, Instant};
use call::{CallId, Release, Setup};
use isup::GroupId;
use isup_codec::CalledPartyNumber;
use sip::SessionId;
use sip_parser::Message;
use std::collections::BTreeMap;
use tracing::info;

/// What the INVITEs of one caller to one number have in common: Call-ID and From tag.
type Dialling = (String, String);

/// The calls that may still get more digits.
#[derive(Debug, Default)]
pub(crate) struct Overlaps {
    calls: BTreeMap<Dialling, CallId>,
    names: BTreeMap<CallId, Dialling>,
}

impl Overlaps {
    fn note(&mut self, name: Dialling, call: CallId) {
        if let Some(before) = self.calls.insert(name.clone(), call) {
            self.names.remove(&before);
        }
        self.names.insert(call, name);
    }

    pub(crate) fn forget(&mut self, call: CallId) {
        if let Some(name) = self.names.remove(&call) {
            self.calls.remove(&name);
        }
    }
}

fn name(invite: &Message) -> Option<Dialling> {
    Some((invite.call_id().to_owned(), invite.from().tag()?.to_owned()))
}

impl Gateway {
    /// The number as it goes to this group: without ST where more may follow. That of an emergency
    /// call is whole.
    pub(crate) fn address(&self, group: GroupId, setup: &Setup, called: &mut CalledPartyNumber) {
        let overlap = self.isup.group(group).is_some_and(|group| group.overlap);
        let whole = self.isup.numbers().is_whole(called.nature, &called.digits);
        called.complete = !overlap || whole || setup.class.is_emergency();
    }

    /// An ordinary call of a SIP trunk may get more digits.
    pub(crate) fn may_dial_on(&mut self, call: CallId, invite: &Message) {
        if self.settings.overlap
            && self.calls.class(call).is_some_and(|class| !class.is_emergency())
            && let Some(name) = name(invite)
        {
            self.legs.overlaps.note(name, call);
        }
    }

    /// Takes an INVITE for what its caller dialled after an earlier one, and says so. The earlier
    /// one is answered that its number was incomplete (RFC 3578 §4.5).
    pub(crate) fn dials_on(
        &mut self,
        now: Instant,
        leg: Leg,
        setup: &Setup,
        invite: &Message,
    ) -> bool {
        let found = name(invite).and_then(|name| self.legs.overlaps.calls.get(&name).copied());
        let Some(call) = found.filter(|_| !setup.class.is_emergency()) else { return false };
        let Some((before, circuit)) = self.both_legs(call) else { return false };
        let Some(view) = self.calls.get(call).filter(|_| self.isup.is_open(circuit)) else {
            return false;
        };
        let more = setup.called.digits().strip_prefix(view.called.digits());
        let more = more.filter(|_| view.called.kind() == setup.called.kind());
        let Some(Ok(more)) = more.filter(|more| !more.is_empty()).map(str::parse) else {
            return false;
        };
        let Ok(called) = self.settings.numbers.called_party(&setup.called) else { return false };
        if view.ingress != setup.ingress || !self.calls.dials_on(call, setup.called) {
            return false;
        }
        let whole = self.isup.numbers().is_whole(called.nature, &called.digits);
        info!(%call, called = %setup.called, "more digits");
        self.stats.dialled_on += 1;
        self.isup.more_digits(now, circuit, more, whole);
        self.legs.replace_ingress(call, leg);
        let incomplete = Release::new(Cause::INVALID_NUMBER_FORMAT).with_status(484);
        self.refuse_sip(now, before, &incomplete);
        true
    }

    fn both_legs(&self, call: CallId) -> Option<(SessionId, isup::CallId)> {
        let record = self.legs.get(call)?;
        match (record.ingress?, record.egress?) {
            (Leg::Sip { session, .. }, Leg::Isup { call, .. }) => Some((session, call)),
            _ => None,
        }
    }
}
