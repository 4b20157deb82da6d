//! SIP over connections: octets in, messages out (RFC 3261 §18.3).

use crate::{Gateway, Output};
use base::{Class, Instant};
use bytes::Bytes;
use sip_parser::{Frame, FrameError, Framer};
use std::collections::BTreeMap;
use tracing::debug;

/// The open connections; their number is bounded by whoever accepts them.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: BTreeMap<sip::ConnectionId, Stream>,
}

impl Streams {
    /// What the peer of a connection has proved to be (RFC 5922).
    pub(crate) fn names(&self, flow: &sip::Flow) -> &[String] {
        let stream = flow.connection.and_then(|connection| self.open.get(&connection));
        stream.map_or(&[], |stream| &stream.names)
    }
}

#[derive(Debug)]
struct Stream {
    flow: sip::Flow,
    /// What the peer has proved to be.
    names: Vec<String>,
    framer: Framer,
}

impl Gateway {
    /// A connection is up.
    pub(crate) fn stream_connected(&mut self, now: Instant, flow: sip::Flow, names: Vec<String>) {
        if let Some(connection) = flow.connection {
            let framer = Framer::new(self.settings.sip_limits);
            self.peers.streams.open.insert(connection, Stream { flow, names, framer });
        }
        self.sip.handle_input(now, sip::Input::Connected { flow });
    }

    /// Octets came on a connection.
    pub(crate) fn stream_bytes(&mut self, now: Instant, id: sip::ConnectionId, bytes: &[u8]) {
        let Some(stream) = self.peers.streams.open.get_mut(&id) else {
            return;
        };
        stream.framer.push(bytes);
        loop {
            // Looked up anew for each message: what is between borrows the whole gateway.
            let Some(stream) = self.peers.streams.open.get_mut(&id) else {
                return;
            };
            let flow = stream.flow;
            match stream.framer.next() {
                Ok(Some(Frame::Message(bytes))) => self.sip_arrived(now, flow, bytes),
                // RFC 5626 §3.5.1: the pong.
                Ok(Some(Frame::Ping)) => self.outputs.push_back(Output::Sip {
                    flow,
                    class: Class::InDialog,
                    bytes: Bytes::from_static(b"\r\n"),
                }),
                Ok(None) => return,
                Err(error) => return self.stream_refused(now, id, flow, error),
            }
        }
    }

    /// The end of a message is not found again on a stream (RFC 3261 §18.3): what can still be
    /// answered is answered, then the connection ends.
    fn stream_refused(
        &mut self,
        now: Instant,
        connection: sip::ConnectionId,
        flow: sip::Flow,
        error: FrameError,
    ) {
        debug!(remote = %flow.remote, kind = ?error.kind, "stream refused");
        self.stats.broken_streams += 1;
        if let Some(broken) = error.broken {
            let class = Class::Ordinary;
            self.sip.handle_input(now, sip::Input::Broken { flow, class, broken });
            self.settle(now);
        }
        self.outputs.push_back(Output::SipClose { connection });
        self.stream_closed(now, connection);
    }

    /// A connection is gone.
    pub(crate) fn stream_closed(&mut self, now: Instant, connection: sip::ConnectionId) {
        self.peers.streams.open.remove(&connection);
        self.sip.handle_input(now, sip::Input::Closed { connection });
    }
}
