use crate::dialog::Dialog;
use crate::early::Early;
use crate::failover::Way;
use crate::prack::Preview;
use crate::redirect::Redirection;
use crate::refresh::SessionTimer;
use crate::reliable::Reliable;
use crate::{ConnectionId, Flow, LocalMedia, Negotiated, negotiation};
use base::{Class, Duration, SlotKey};
use sip_parser::Message;
use sip_parser::sdp::SessionDescription;
use std::net::IpAddr;

/// One INVITE and the dialog it makes.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) class: Class,
    pub(crate) call_id: String,
    /// Our tag.
    pub(crate) tag: String,
    /// Whether the user wants the peer on hold.
    pub(crate) held: bool,
    pub(crate) timer: SessionTimer,
    /// The reliable provisional responses to the peer's INVITE, where it knows them.
    pub(crate) reliable: Option<Box<Reliable>>,
    pub(crate) redirection: Redirection,
    /// Whether the call waits for its caller's preconditions.
    pub(crate) suspended: bool,
    pub(crate) phase: Phase,
}

impl Session {
    /// The connection that later messages of the session would go over; while an INVITE has no
    /// final answer its transaction counts on one.
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        self.flow()?.connection
    }

    /// The way that later messages of the session would go.
    pub(crate) fn flow(&self) -> Option<Flow> {
        match &self.phase {
            Phase::Accepted(accepted) => Some(accepted.dialog.flow()),
            Phase::Talking(talking) => Some(talking.dialog.flow()),
            _ => None,
        }
    }
}

/// Where a session stands. Each phase holds what it needs and nothing of the others.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The peer's INVITE has no final answer yet.
    Ringing(Box<Ringing>),
    /// Our 2xx has no ACK yet.
    Accepted(Box<Accepted>),
    /// Our INVITE has no answer at all yet.
    Calling(Box<Calling>),
    /// Our INVITE has a provisional answer.
    Early(Box<Early>),
    /// Our INVITE is not wanted any more, but a CANCEL must wait for a provisional answer (§9.1).
    Withdrawn(Box<Withdrawn>),
    /// Our INVITE is cancelled; its final answer is awaited.
    Cancelling(Box<Withdrawn>),
    /// The dialog is confirmed.
    Talking(Box<Talking>),
    /// Our BYE has no final answer yet.
    Closing(Box<Closing>),
    /// Between two phases, within one step; and when nothing is left to do.
    Over,
}

#[derive(Debug)]
pub(crate) struct Ringing {
    pub(crate) transaction: SlotKey,
    pub(crate) invite: Message,
    pub(crate) flow: Flow,
    pub(crate) dialog: Dialog,
    pub(crate) offer: Offer,
    /// Where the caller's speech may come from, if its offer does not say it: of emergency calls.
    pub(crate) guess: Option<IpAddr>,
}

/// What became of the offer in the peer's INVITE.
#[derive(Debug)]
pub(crate) enum Offer {
    /// There was none: ours goes in the 2xx.
    None,
    /// Not answered yet.
    Open(Box<SessionDescription>),
    /// There was none, and ours went in a reliable provisional response: PRACK brings the answer.
    Ours(Box<Proposal>),
    /// Answered. The 2xx repeats what an unreliable provisional response said.
    Answered(Box<Agreement>),
}

/// What was agreed, and in which words of ours.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) local: LocalMedia,
    pub(crate) ours: SessionDescription,
    pub(crate) media: Negotiated,
    /// Whether our description puts the peer on hold.
    pub(crate) held: bool,
    /// As in [`Ringing`].
    pub(crate) guess: Option<IpAddr>,
}

#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) dialog: Dialog,
    pub(crate) settlement: Settlement,
    pub(crate) answer: Unacknowledged,
    pub(crate) intent: Intent,
}

/// Whether the ACK still has to bring an answer.
#[derive(Debug)]
pub(crate) enum Settlement {
    Agreed(Agreement),
    Offered(Proposal),
}

/// An offer of ours that waits for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) local: LocalMedia,
    pub(crate) ours: SessionDescription,
    /// Whether it puts the peer on hold.
    pub(crate) held: bool,
    /// Where the peer's speech may come from, if its answer does not say it, as in [`Ringing`].
    pub(crate) guess: Option<IpAddr>,
}

/// What happens once the ACK is here.
#[derive(Debug)]
pub(crate) enum Intent {
    Talk,
    /// §15: the callee must not send BYE before the ACK.
    Leave {
        reason: Option<String>,
    },
}

/// A 2xx that is sent again until its ACK comes (§13.3.1.4).
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    pub(crate) transaction: SlotKey,
    pub(crate) cseq: u32,
    pub(crate) interval: Duration,
}

#[derive(Debug)]
pub(crate) struct Calling {
    pub(crate) transaction: SlotKey,
    pub(crate) proposal: Proposal,
    /// Should the INVITE have to be written again, or go elsewhere.
    pub(crate) way: Way,
}

#[derive(Debug)]
pub(crate) struct Withdrawn {
    pub(crate) transaction: SlotKey,
    pub(crate) reason: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Talking {
    pub(crate) dialog: Dialog,
    pub(crate) agreement: Agreement,
    /// Whether the INVITE was ours: decides who waits longer after a glare (§14.1).
    pub(crate) we_called: bool,
    pub(crate) exchange: Exchange,
    /// How many re-INVITEs in a row could not be sent.
    pub(crate) unsent: u8,
}

/// The re-INVITE under way.
#[derive(Debug)]
pub(crate) enum Exchange {
    Idle,
    /// Ours.
    Ours {
        transaction: SlotKey,
        proposal: Proposal,
        preview: Preview,
    },
    /// The peer's, accepted and not acknowledged; with our offer where the peer made none.
    Theirs {
        answer: Unacknowledged,
        offered: Option<Proposal>,
    },
}

#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) dialog: Dialog,
}

impl Session {
    /// The dialog that a request of the peer belongs to.
    pub(crate) fn dialog_of(&mut self, request: &Message) -> Option<&mut Dialog> {
        let dialog = match &mut self.phase {
            Phase::Ringing(ringing) => &mut ringing.dialog,
            Phase::Accepted(accepted) => &mut accepted.dialog,
            Phase::Talking(talking) => &mut talking.dialog,
            Phase::Closing(closing) => &mut closing.dialog,
            Phase::Early(early) => {
                return early.dialogs().find(|dialog| dialog.takes(request));
            }
            Phase::Calling(_) | Phase::Withdrawn(_) | Phase::Cancelling(_) | Phase::Over => {
                return None;
            }
        };
        dialog.takes(request).then_some(dialog)
    }

    /// The dialog that a request of ours went out in.
    pub(crate) fn dialog_to(&mut self, tag: &str) -> Option<&mut Dialog> {
        let dialog = match &mut self.phase {
            Phase::Ringing(ringing) => &mut ringing.dialog,
            Phase::Accepted(accepted) => &mut accepted.dialog,
            Phase::Talking(talking) => &mut talking.dialog,
            Phase::Closing(closing) => &mut closing.dialog,
            Phase::Early(early) => {
                let mut forks = early.dialogs();
                return forks.find(|dialog| dialog.remote_tag() == tag);
            }
            Phase::Calling(_) | Phase::Withdrawn(_) | Phase::Cancelling(_) | Phase::Over => {
                return None;
            }
        };
        (dialog.remote_tag() == tag).then_some(dialog)
    }

    /// How our first INVITE went out, while it has no final answer.
    pub(crate) fn way(&self) -> Option<&Way> {
        match &self.phase {
            Phase::Calling(calling) => Some(&calling.way),
            Phase::Early(early) => Some(&early.call.way),
            _ => None,
        }
    }

    /// The transaction of the first INVITE while it has no final answer.
    pub(crate) fn invite_transaction(&self) -> Option<SlotKey> {
        match &self.phase {
            Phase::Ringing(ringing) => Some(ringing.transaction),
            Phase::Calling(calling) => Some(calling.transaction),
            Phase::Early(early) => Some(early.call.transaction),
            Phase::Withdrawn(withdrawn) => Some(withdrawn.transaction),
            Phase::Cancelling(cancelling) => Some(cancelling.transaction),
            Phase::Accepted(_) | Phase::Talking(_) | Phase::Closing(_) | Phase::Over => None,
        }
    }
}

impl Proposal {
    /// Our first offer.
    pub(crate) fn first(
        media: &LocalMedia,
        origin: u64,
        held: bool,
        (peer, emergency): (IpAddr, bool),
    ) -> Self {
        let ours = negotiation::offer(media, origin, held);
        let mut first = Self { local: media.clone(), ours, held, guess: None };
        first.goes_to(peer);
        first.guess = emergency.then_some(peer);
        first
    }

    /// The offer goes to another hop, perhaps of the other family.
    pub(crate) fn goes_to(&mut self, hop: IpAddr) {
        self.guess = self.guess.map(|_| hop);
        if let Some(own) = self.local.facing(hop) {
            negotiation::move_to(&mut self.ours, own);
        }
    }

    /// What is agreed by the peer's answer; none where it cannot be used.
    pub(crate) fn conclude(self, answer: Option<&SessionDescription>) -> Option<Agreement> {
        let media = negotiation::conclude((&self.ours, &self.local), answer?, self.guess)?;
        Some(self.with(media))
    }

    /// What is agreed by an answer that came earlier.
    pub(crate) fn with(self, media: Negotiated) -> Agreement {
        Agreement { local: self.local, ours: self.ours, media, held: self.held, guess: self.guess }
    }
}

impl Agreement {
    /// The same streams offered again.
    pub(crate) fn proposal(&self, held: bool) -> Proposal {
        let ours = negotiation::renewed(&self.ours, held);
        Proposal { local: self.local.clone(), ours, held, guess: self.guess }
    }

    /// Our answer to a new offer of the peer; none where nothing fits.
    pub(crate) fn answer(&self, offer: &SessionDescription, held: bool) -> Option<Self> {
        let session_id = &self.ours.origin.session_id;
        let (ours, media) = negotiation::answer(offer, &self.local, session_id, held, self.guess)?;
        let ours = negotiation::succeeding(&self.ours, ours);
        Some(Self { local: self.local.clone(), ours, media, held, guess: self.guess })
    }
}
