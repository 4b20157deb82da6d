//! SIP from the network into the queue, and from the queue into the SIP core.

use crate::inbox::{Lane, Waiting};
use crate::shares::{Concern, Source};
use crate::{Gateway, SipTrunk};
use base::{Class, Instant};
use bytes::Bytes;
use call::Setup;
use routing::Facts;
use sip_parser::{Broken, Message, Method, Name, ParseError, Peek, Start, peek};
use std::borrow::Cow;
use tracing::warn;

/// Whether a message is about a call, as far as its first lines tell. What belongs to a call
/// is never of the lowest class.
fn concern_of(peek: &Peek<'_>, class: Class) -> Concern {
    let begins = matches!(peek.start, Start::Request { method: "INVITE", .. });
    if begins || class != Class::Ordinary { Concern::Call } else { Concern::Other }
}

impl Gateway {
    /// A message arrived: tells its class from its first lines and lets it wait.
    pub(crate) fn sip_arrived(&mut self, now: Instant, flow: sip::Flow, bytes: Bytes) {
        if bytes.iter().all(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            // Somebody keeps a way through a translator of addresses open; there is no answer to it
            // over datagrams (RFC 5626 §3.5.1).
            return;
        }
        let Some(peek) = peek(&bytes) else {
            self.stats.not_sip += 1;
            return;
        };
        let source = self.source_of(&flow);
        let class = self.class_of_sip(source, &peek);
        let lane = peek.call_id.map(Lane::dialog);
        let concern = concern_of(&peek, class);
        let waiting = Waiting::Sip { flow, source, concern, class, bytes };
        let shed = self.inbox.push(now, class, lane, waiting);
        self.shed(now, shed);
    }

    /// What was shed from the queue: a peer whose INVITE it is learns at once that it should try
    /// elsewhere, without a transaction of ours (RFC 3261 §8.2.7). ISUP repeats by itself.
    pub(crate) fn shed(&mut self, now: Instant, shed: Option<Waiting>) {
        let Some(Waiting::Sip { flow, bytes, source: Source::Trunk(_), .. }) = shed else {
            return;
        };
        let Ok(message) = Message::parse(bytes, &self.settings.sip_limits) else {
            return;
        };
        let call = message.is_request() && message.method() == Method::Invite;
        if call && message.to().tag().is_none() {
            let (status, phrase) = (503, interworking::causes::phrase(503));
            let broken = Box::new(Broken { status, phrase, message: Some(message) });
            let class = Class::Ordinary;
            self.sip.handle_input(now, sip::Input::Broken { flow, class, broken });
        }
    }

    /// Who answers for a message that came this way.
    pub(crate) fn source_of(&self, flow: &sip::Flow) -> Source {
        let trunk = self.trunk_of(flow);
        trunk.map_or(Source::Stranger(flow.remote.ip()), |(index, _)| Source::Trunk(index))
    }

    /// How urgent a message is, by its first lines. Whatever call turns out to be an emergency
    /// later is one here already: see [`Gateway::class_of_invite`].
    pub(crate) fn class_of_sip(&self, source: Source, peek: &Peek<'_>) -> Class {
        let known = self.sip.class_of(peek);
        let trunk = match source {
            Source::Trunk(index) => self.settings.trunks.get(usize::from(index)),
            // Its calls are refused, so nothing that it writes makes it urgent; but a proxy of a
            // call that we know may speak from an address that we do not.
            Source::Stranger(_) if !self.settings.strangers_emergencies => {
                return known.unwrap_or_default();
            }
            Source::Stranger(_) => None,
        };
        let (uri, is_call) = match peek.start {
            Start::Request { uri, method } => {
                (Some(uri), method == "INVITE" && peek.to_tag.is_none())
            }
            Start::Response { .. } => (None, false),
        };
        let uri = uri.map(|uri| readable(uri, peek.is_uri_whole));
        let marks = one_line(peek.priorities.into_iter().flatten());
        let class = self.calls.router().classify(&Facts {
            uri: uri.as_deref(),
            resource_priority: marks.as_deref(),
            trusted: trunk.is_some_and(|trunk| trunk.trusted),
            // A call is told by itself: its branch may be one that some telephone uses for all.
            in_dialog: known.filter(|_| !is_call),
            ..Facts::default()
        });
        class.max(known.unwrap_or_default())
    }

    /// How urgent a call is, by the whole of its INVITE.
    pub(crate) fn class_of_invite(&self, invite: &Message, setup: &Setup, trusted: bool) -> Class {
        let marks = one_line(invite.values(Name::ResourcePriority));
        self.calls.router().classify(&Facts {
            uri: invite.uri(),
            resource_priority: marks.as_deref(),
            trusted,
            called: Some(&setup.called),
            calling: setup.calling.as_ref().map(|calling| &calling.number),
            ..Facts::default()
        })
    }

    /// The trunk that a peer belongs to: by what it has proved to be, else by its address. What is
    /// proved wins over the address, however narrow that is; among trunks of a name that it has
    /// proved, one of its address comes first.
    pub(crate) fn trunk_of(&self, flow: &sip::Flow) -> Option<(u16, &SipTrunk)> {
        let (names, address) = (self.peers.streams.names(flow), flow.remote.ip());
        let trunks = (0_u16..).zip(&self.settings.trunks);
        let named = trunks.clone().filter(|(_, trunk)| trunk.is_named(names));
        let here = named.clone().find(|(_, trunk)| trunk.contains(address));
        let by_address = || trunks.clone().find(|(_, trunk)| trunk.is_known_by(address));
        here.or_else(|| named.clone().next()).or_else(by_address)
    }

    /// The message's turn has come.
    pub(crate) fn sip_served(&mut self, now: Instant, flow: sip::Flow, class: Class, bytes: Bytes) {
        let input = match Message::parse(bytes, &self.settings.sip_limits) {
            Ok(message) => {
                self.stream_asked(now, flow, &message);
                if message.is_request() && message.method() == Method::Options {
                    // RFC 3261 §11.2: the answer is that of an INVITE.
                    let retry_after = self.retry_after();
                    let closed = (!self.is_ready()).then_some(sip::Closed { retry_after });
                    self.sip.set_closed(closed);
                }
                let peer = self.trunk_of(&flow).map(|(index, _)| sip::PeerId(index));
                sip::Input::Message { flow, class, peer, message }
            }
            Err(ParseError::Broken(broken)) => {
                self.stats.broken_sip += 1;
                match taken_anyway(class, *broken) {
                    Ok(message) => {
                        warn!(remote = %flow.remote, "an emergency call breaks the syntax");
                        let peer = self.trunk_of(&flow).map(|(index, _)| sip::PeerId(index));
                        sip::Input::Message { flow, class, peer, message }
                    }
                    Err(broken) => sip::Input::Broken { flow, class, broken: Box::new(broken) },
                }
            }
            Err(ParseError::NotSip) => {
                self.stats.not_sip += 1;
                return;
            }
        };
        self.sip.handle_input(now, input);
    }
}

/// A message of an emergency call that breaks the syntax (RFC 3261 §21.4.1) is taken all the same
/// where whatever tells one from another can be read: most slips are in what nobody here needs.
fn taken_anyway(class: Class, broken: Broken) -> Result<Message, Broken> {
    let is_whole = |message: &Message| {
        let (cseq, from, via) = (message.cseq(), message.from(), message.top_via());
        cseq.number > 0
            && message.status() != Some(0)
            && cseq.method == message.method().as_str()
            && !message.call_id().is_empty()
            && from.tag().is_some()
            && !via.host.is_empty()
    };
    match broken.message {
        // 505: nobody knows what another version means by it.
        Some(message) if class.is_emergency() && broken.status != 505 && is_whole(&message) => {
            Ok(message)
        }
        message => Err(Broken { message, ..broken }),
    }
}

/// A Request-URI as the parse reads it, as far as that matters: what stands behind an octet that is
/// no text cannot change what is called, but where it ends must be seen.
fn readable(uri: &str, is_whole: bool) -> Cow<'_, str> {
    if is_whole { Cow::Borrowed(uri) } else { Cow::Owned(format!("{uri}\u{FFFD}@")) }
}

/// Values of a header in one line (RFC 3261 §7.3.1).
fn one_line<'a>(values: impl Iterator<Item = &'a str>) -> Option<Cow<'a, str>> {
    values.map(Cow::Borrowed).reduce(|line, value| Cow::Owned(format!("{line},{value}")))
}
