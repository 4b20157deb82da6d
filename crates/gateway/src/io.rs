use base::{Class, Duration, Instant};
use bytes::Bytes;
use std::net::IpAddr;

/// What may happen to a gateway.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram reached a SIP socket.
    SipDatagram {
        /// Where it came from and to.
        flow: sip::Flow,
        /// The datagram.
        bytes: Bytes,
    },
    /// A SIP connection is up: accepted, or opened for an [`Output::Sip`] without one.
    SipConnected {
        /// The connection's addresses and its id.
        flow: sip::Flow,
        /// What a TLS peer has proved to be: the names of its verified certificate (RFC 5922).
        names: Vec<String>,
    },
    /// Octets arrived on a SIP connection.
    SipBytes {
        /// The connection.
        connection: sip::ConnectionId,
        /// Any part of the stream.
        bytes: Bytes,
    },
    /// The peer of a SIP connection will send no more, but may still take something.
    SipHalfClosed {
        /// The connection.
        connection: sip::ConnectionId,
    },
    /// Nothing has passed over a SIP connection for a while.
    SipIdle {
        /// The connection.
        connection: sip::ConnectionId,
    },
    /// A SIP connection is gone.
    SipClosed {
        /// The connection.
        connection: sip::ConnectionId,
    },
    /// The domain name system has answered, or not.
    Resolved {
        /// The question of an [`Output::Resolve`].
        question: sip::Question,
        /// What it says.
        answer: sip::Answer,
    },
    /// Something could not be sent: no connection, or the system refused.
    SipSendFailed {
        /// The flow of the [`Output::Sip`].
        flow: sip::Flow,
    },
    /// The network says that nobody listens where a SIP datagram went.
    SipUnreachable {
        /// The way of the datagram.
        flow: sip::Flow,
    },
    /// A signalling time slot reports.
    Line {
        /// The signalling link on that time slot.
        link: mtp::LinkId,
        /// The report.
        event: tdm::LineEvent,
    },
    /// The connection of an M3UA association reports.
    Association {
        /// The association.
        association: mtp::m3ua::AssociationId,
        /// The report.
        event: mtp::m3ua::Event,
    },
    /// The media plane reports.
    Media(media::Event),
    /// A span's state changed.
    SpanState {
        /// The span's number.
        span: u16,
        /// Whether it carries traffic.
        up: bool,
    },
}

/// What a gateway wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a SIP message. A TCP flow without a connection asks for one to `flow.remote`.
    Sip {
        /// The way out.
        flow: sip::Flow,
        /// Priority of what is sent.
        class: Class,
        /// The message.
        bytes: Bytes,
    },
    /// Close a SIP connection.
    SipClose {
        /// The connection.
        connection: sip::ConnectionId,
    },
    /// Ask the domain name system.
    Resolve {
        /// What; the same question may be open already.
        question: sip::Question,
    },
    /// The targets of the trunks are elsewhere than was told last: whoever is there is a neighbour
    /// as those are whose addresses stand in the configuration.
    Neighbours {
        /// The addresses of each trunk, in the order of the trunks.
        addresses: Vec<Vec<IpAddr>>,
    },
    /// Give a command to a signalling time slot.
    Line {
        /// The signalling link on that time slot.
        link: mtp::LinkId,
        /// The command.
        command: tdm::LineCommand,
    },
    /// Give a command to the connection of an M3UA association.
    Association {
        /// The association.
        association: mtp::m3ua::AssociationId,
        /// The command.
        command: mtp::m3ua::Command,
    },
    /// Give a command to the media plane.
    Media(media::Command),
    /// A call has ended: write its record.
    Cdr(call::Cdr),
    /// The first message of ours for a call has gone out, a 100 not counted. Once for each call.
    SetUp {
        /// The class of the call.
        class: Class,
        /// The time since the INVITE or the IAM arrived.
        delay: Duration,
    },
    /// A message signal unit passed, from its service information octet on (capture only).
    Msu {
        /// What it passed over.
        via: mtp::Via,
        /// Whether we sent it.
        outgoing: bool,
        /// SIO, routing label, information.
        msu: Bytes,
    },
}

/// Why the gateway wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Messages wait in the queue.
    Queue,
    /// A SIP connection: the rest of a message, or the answer to a ping.
    Stream,
    /// A SIP connection that lasts is to be pinged.
    KeepAlive,
    /// A SIP transaction or session timer.
    Sip(sip::Timer),
    /// A target of a SIP trunk is to be located or asked whether it is there.
    Target,
    /// An ISUP timer of Q.764 Annex A.
    Isup(isup::Timer),
    /// A signalling link or network timer.
    Mtp(mtp::Timer),
    /// A deadline of the call table.
    Call(call::Timer),
}

/// The earliest of several named deadlines.
pub(crate) fn soonest(
    deadlines: impl IntoIterator<Item = Option<(Instant, Timer)>>,
) -> Option<(Instant, Timer)> {
    deadlines.into_iter().flatten().min_by_key(|(deadline, _)| *deadline)
}
