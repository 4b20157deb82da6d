use crate::{
    ConnectionId, EarlyPolicy, Flow, Hop, LocalMedia, Negotiated, Patience, PeerId, Redirects,
    RequestId, SessionId,
};
use base::{Class, Duration};
use bytes::Bytes;
use sip_parser::{Broken, Message};
use std::net::SocketAddr;

/// What may happen to us.
#[derive(Debug)]
pub enum Input {
    /// A message arrived.
    Message {
        /// Its way.
        flow: Flow,
        /// Its priority.
        class: Class,
        /// Whom the user knows by where it came from.
        peer: Option<PeerId>,
        /// The message.
        message: Message,
    },
    /// A message arrived that breaks the syntax.
    Broken {
        /// Its way.
        flow: Flow,
        /// Its priority.
        class: Class,
        /// What is wrong.
        broken: Box<Broken>,
    },
    /// Something could not be sent.
    SendFailed {
        /// The flow of the [`Output::Send`].
        flow: Flow,
    },
    /// Nobody listens where a datagram went, or no way leads there: the network said so.
    Unreachable {
        /// The way of the datagram.
        flow: Flow,
    },
    /// A connection is up.
    Connected {
        /// Its addresses and its id.
        flow: Flow,
    },
    /// A peer has opened a connection that nothing of ours but answers, and requests of dialogs
    /// that it carries, may go over: it comes from where somebody else is expected.
    Accepted {
        /// Its addresses and its id.
        flow: Flow,
    },
    /// The peer of a connection within TLS asks for requests to where it listens to come over this
    /// one, and has proved to be whom we expect there (RFC 5923 §8.2).
    Alias {
        /// The connection.
        flow: Flow,
        /// Where the peer listens.
        remote: SocketAddr,
    },
    /// A peer will send no more over a connection, but may still take something.
    HalfClosed {
        /// The connection.
        connection: ConnectionId,
    },
    /// Nothing has passed over a connection for a while.
    Idle {
        /// The connection.
        connection: ConnectionId,
    },
    /// A connection is gone.
    Closed {
        /// The connection.
        connection: ConnectionId,
    },
}

/// What we want done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a message. A TCP flow without a connection asks for one.
    Send {
        /// The way out.
        flow: Flow,
        /// Its priority.
        class: Class,
        /// The message.
        bytes: Bytes,
    },
    /// Close a connection.
    Close {
        /// The connection.
        connection: ConnectionId,
    },
    /// Tell the user of the sessions.
    Event(Event),
}

/// What happened to a session.
#[derive(Clone, Debug)]
pub enum Event {
    /// An INVITE arrived. 100 Trying has gone out.
    Incoming {
        /// The new session.
        session: SessionId,
        /// Where the INVITE came from.
        flow: Flow,
        /// Its priority.
        class: Class,
        /// Whom it is from: by the credentials where they were asked for, else as the user said.
        peer: Option<PeerId>,
        /// The INVITE.
        invite: Message,
        /// Whether it holds an offer (a usable one: others were refused with 488).
        offered: bool,
    },
    /// An INVITE was refused for its body, which makes no session: nothing in it can be read, or is
    /// speech that we could take.
    Refused {
        /// Where the INVITE came from.
        flow: Flow,
        /// Its priority.
        class: Class,
        /// Whom it is from, as in [`Event::Incoming`].
        peer: Option<PeerId>,
        /// The INVITE.
        invite: Message,
        /// What it was answered.
        status: u16,
    },
    /// A provisional answer (101 to 199) to our INVITE.
    Progress {
        /// The session.
        session: SessionId,
        /// The answer.
        response: Message,
        /// Early media.
        media: Option<Negotiated>,
    },
    /// A 2xx to our INVITE; its ACK has gone out.
    Answered {
        /// The session.
        session: SessionId,
        /// The answer.
        response: Message,
        /// What was agreed.
        media: Negotiated,
    },
    /// The ACK of our 2xx.
    Acknowledged {
        /// The session.
        session: SessionId,
        /// What was agreed, where the ACK brought the answer to our offer.
        media: Option<Negotiated>,
    },
    /// The media changed: the peer's re-INVITE or UPDATE was accepted, or the answer to our
    /// re-INVITE changed something.
    Media {
        /// The session.
        session: SessionId,
        /// What is agreed from now on.
        media: Negotiated,
    },
    /// The peer says that a key was pressed (RFC 6086 §9.3).
    Key {
        /// The session.
        session: SessionId,
        /// The key as RFC 4733 Table 3 counts them: 0 to 9, `*`, `#`, A to D.
        key: u8,
        /// How long.
        duration: Duration,
    },
    /// What a suspended call waited for is there: it may go on.
    Ready {
        /// The session.
        session: SessionId,
    },
    /// The peer, or its silence, ended the session. At most once.
    Released {
        /// The session.
        session: SessionId,
        /// Why.
        why: Released,
    },
    /// A next hop of our INVITE failed, and the next one is being tried (RFC 3263 §4.3).
    HopFailed {
        /// The session.
        session: SessionId,
        /// The hop that failed.
        flow: Flow,
        /// How.
        why: Released,
    },
    /// The session is over and its id is dead. Exactly once, last.
    Ended {
        /// The session.
        session: SessionId,
    },
    /// The final answer to a request outside any dialog. The id is dead.
    Replied {
        /// The request.
        request: RequestId,
        /// The answer.
        response: Message,
    },
    /// A request outside any dialog got no answer: [`Released::Timeout`] or
    /// [`Released::TransportFailed`]. The id is dead.
    Unanswered {
        /// The request.
        request: RequestId,
        /// Why.
        why: Released,
    },
}

/// How the peer, or its silence, ended a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// The caller cancelled.
    Cancelled {
        /// The Reason header.
        reason: Option<String>,
    },
    /// BYE.
    Bye {
        /// The Reason header.
        reason: Option<String>,
    },
    /// A final answer of 300 or more.
    Rejected {
        /// The status.
        status: u16,
        /// The Reason header (RFC 6432).
        reason: Option<String>,
        /// The code of the first Warning.
        warning: Option<u16>,
    },
    /// 380: the call is for an emergency service (RFC 3261 §21.3.5).
    Emergency {
        /// The URN of the service (RFC 5031), where one was named.
        service: Option<String>,
    },
    /// No answer at all: Timer B, or no answer within the dialog.
    Timeout,
    /// The transport refused.
    TransportFailed,
    /// Nobody acknowledged our 2xx.
    NotAcknowledged,
    /// The peer's session description cannot be used.
    BadMedia,
    /// Nobody refreshed the session (RFC 4028 §10).
    Expired,
}

/// A call to be made.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Who is called.
    pub peer: Option<PeerId>,
    /// The next hop.
    pub flow: Flow,
    /// The Request-URI.
    pub request_uri: String,
    /// The From header without a tag.
    pub from: String,
    /// The To header.
    pub to: String,
    /// How many more hops the call may pass.
    pub max_forwards: u8,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// What we offer.
    pub media: LocalMedia,
    /// Where to go, in this order, should the next hop fail (RFC 3263 §4.3).
    pub spare: Vec<Hop>,
    /// How long each hop may keep silent.
    pub patience: Patience,
    /// Which redirections are followed.
    pub redirects: Redirects,
    /// The interval of the session timer that we ask for (RFC 4028); none: none.
    pub session_expires: Option<Duration>,
    /// What we make of provisional responses.
    pub early: EarlyPolicy,
}

/// How we end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The final status, where the INVITE is still to be answered.
    pub status: u16,
    /// Its phrase.
    pub phrase: &'static str,
    /// The Reason header of the answer, CANCEL or BYE (RFC 3326, RFC 6432).
    pub reason: Option<String>,
    /// The Retry-After header, in seconds.
    pub retry_after: Option<u32>,
}

/// Why a call was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No place for another session of this class.
    #[error("too many sessions")]
    Sessions,
    /// No place for another transaction of this class.
    #[error("too many transactions")]
    Transactions,
    /// Whoever could be called asked for less, and this call is of that part (RFC 7339, RFC 7415).
    #[error("the next hop asked for less")]
    Overload,
    /// Whoever could be called said to come again later (RFC 3261 §21.5.4).
    #[error("the next hop said to come again later")]
    RetryAfter,
    /// No socket of ours speaks the transport and the address family of the flow.
    #[error("no local address for this transport")]
    NoLocal,
}
