//! What call control tells a SIP leg.

use crate::Gateway;
use base::{Cause, Instant};
use call::{CallId, Release, Signal};
use interworking::{connected_for_sip, provisional_for_signal, release_for_sip};
use media::Listener;
use sip::SessionId;

impl Gateway {
    pub(crate) fn tell_sip(
        &mut self,
        now: Instant,
        call: CallId,
        session: SessionId,
        (trusted, hears): (bool, bool),
        signal: &Signal,
    ) {
        match signal {
            Signal::Answer { connected } => {
                self.ringback(call, None);
                // Whoever answers an emergency call is heard, if there is any way to hear it.
                if let Some(media) = self.tell_media(call).or_else(|| self.speech_anew(call)) {
                    let (connected, host) = (connected.as_ref(), media.address.ip());
                    let numbers = &self.settings.numbers;
                    let headers = connected_for_sip(connected, trusted, host, numbers);
                    let agreed = self.sip.answer(now, session, &media, &headers);
                    self.agree(call, agreed);
                } else {
                    self.calls.release(now, call, Release::new(Cause::RESOURCE_UNAVAILABLE));
                }
            }
            Signal::Suspend => self.sip.set_held(now, session, true),
            Signal::Resume => self.sip.set_held(now, session, false),
            Signal::Release(release) => {
                let release = release_for_sip(release, self.retry_after());
                if let Some(record) = self.legs.get_mut(call) {
                    record.refused = Some(release.status);
                }
                self.sip.release(now, session, &release);
            }
            Signal::Alerting { .. } | Signal::Progress { .. } | Signal::Forwarding { .. } => {
                self.tell_progress(now, call, session, hears, signal);
            }
        }
    }

    /// A provisional response; with it our media, where there is something to hear. Alerting
    /// without it is heard as our own ringing tone by a caller whose media is up already.
    fn tell_progress(
        &mut self,
        now: Instant,
        call: CallId,
        session: SessionId,
        hears: bool,
        signal: &Signal,
    ) {
        let Some(provisional) = provisional_for_signal(signal) else {
            return;
        };
        let needed = provisional.media || self.sip.needs_media(session);
        let media = if needed { self.tell_media(call) } else { None };
        let (status, phrase) = (provisional.status, provisional.phrase);
        // RFC 5009 §8.2: the path stands both ways, and somebody is to be heard on it.
        let gate = [("P-Early-Media", "sendrecv".to_owned())];
        let headers = if hears && provisional.media { &gate[..] } else { &[] };
        let agreed = self.sip.progress(now, session, status, phrase, headers, media.as_ref());
        self.agree(call, agreed);
        match signal {
            Signal::Alerting { early_media: false } => self.ringback(call, Some(Listener::Peer)),
            Signal::Alerting { .. } | Signal::Progress { early_media: true } => {
                self.ringback(call, None);
            }
            _ => {}
        }
    }
}
