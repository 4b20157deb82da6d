//! A SIP user agent that writes its messages as text.

use super::world::{World, address};
use base::Duration;
use std::net::SocketAddr;

/// One call of the user agent, as caller or as callee.
pub(crate) struct Ua {
    pub(crate) address: SocketAddr,
    id: String,
    /// The Call-ID of a call that the gateway placed.
    called: Option<String>,
    uri: String,
    /// From and To as this side writes them.
    own: String,
    peer: String,
    target: String,
    cseq: u32,
    /// The headers of the last request taken, to answer it.
    request: Vec<String>,
}

/// The value of the first header of that name.
pub(crate) fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.split("\r\n\r\n").next()?.lines().skip(1);
    lines
        .filter_map(|line| line.split_once(':'))
        .find_map(|(own, value)| own.eq_ignore_ascii_case(name).then_some(value.trim()))
}

pub(crate) fn status(text: &str) -> Option<u16> {
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// The session description of a message.
pub(crate) fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

impl Ua {
    /// An agent at 127.0.0.1:5070 that may call `uri`.
    pub(crate) fn new(id: &str, uri: &str) -> Self {
        Self::at("127.0.0.1:5070", id, uri)
    }

    pub(crate) fn at(place: &str, id: &str, uri: &str) -> Self {
        Self {
            address: address(place),
            id: id.to_owned(),
            called: None,
            uri: uri.to_owned(),
            own: format!("<sip:+33639980001@127.0.0.1>;tag={id}"),
            peer: format!("<{uri}>"),
            target: uri.to_owned(),
            cseq: 1,
            request: Vec::new(),
        }
    }

    pub(crate) fn offer() -> String {
        Self::sdp("PCMA", 8, "sendrecv")
    }

    pub(crate) fn sdp(codec: &str, payload: u8, direction: &str) -> String {
        format!(
            "v=0\r\no=ua 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 40000 RTP/AVP {payload}\r\na=rtpmap:{payload} {codec}/8000\r\n\
             a={direction}\r\n"
        )
    }

    pub(crate) fn request(
        &self,
        method: &str,
        branch: &str,
        more: &str,
        sdp: Option<&str>,
    ) -> String {
        let Self { address, own, peer, target, cseq, .. } = self;
        let id = self.call_id();
        let (kind, sdp) = sdp.map_or(("", ""), |sdp| ("Content-Type: application/sdp\r\n", sdp));
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bK{branch}\r\n\
             Max-Forwards: 70\r\nFrom: {own}\r\nTo: {peer}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:ua@{address}>\r\n{more}{kind}\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    pub(crate) fn invite(&self, world: &mut World) {
        self.invite_with(world, "", Some(&Self::offer()));
    }

    pub(crate) fn invite_with(&self, world: &mut World, more: &str, sdp: Option<&str>) {
        let text = self.request("INVITE", &format!("{}i", self.id), more, sdp);
        world.datagram(self.address, &text);
    }

    /// The next message for this call within two seconds, 100s left out.
    pub(crate) fn receive(&mut self, world: &mut World) -> Option<String> {
        let deadline = world.now + Duration::from_secs(2);
        loop {
            let mine = world.sip.iter().position(|(_, text)| {
                header(text, "Call-ID").is_some_and(|id| id == self.call_id())
            });
            if let Some((_, text)) = mine.and_then(|mine| world.sip.remove(mine)) {
                if status(&text) == Some(100) {
                    continue;
                }
                self.note(&text);
                return Some(text);
            }
            if world.now >= deadline {
                return None;
            }
            world.run(Duration::from_millis(5));
        }
    }

    fn call_id(&self) -> String {
        self.called.clone().unwrap_or_else(|| format!("{}@ua", self.id))
    }

    fn note(&mut self, text: &str) {
        if status(text).is_some() {
            if let Some(to) = header(text, "To").filter(|to| to.contains("tag=")) {
                self.peer = to.to_owned();
            }
            let contact = header(text, "Contact").filter(|_| !text.contains("CANCEL\r\n"));
            if let Some(contact) = contact {
                self.target = contact.split(['<', '>']).nth(1).unwrap().to_owned();
            }
        } else {
            let copied = ["Via", "From", "To", "Call-ID", "CSeq"];
            self.request = text
                .split("\r\n\r\n")
                .next()
                .unwrap()
                .lines()
                .filter(|line| copied.iter().any(|name| line.starts_with(&format!("{name}:"))))
                .map(str::to_owned)
                .collect();
        }
    }

    pub(crate) fn expect(&mut self, world: &mut World, expected: u16) -> String {
        let text = self.receive(world).unwrap_or_else(|| panic!("no {expected}"));
        assert_eq!(status(&text), Some(expected), "{text}");
        text
    }

    /// A final failure with a Q.850 cause, acknowledged.
    pub(crate) fn expect_failure(&mut self, world: &mut World, expected: u16, cause: u8) -> String {
        let text = self.expect(world, expected);
        let reason = header(&text, "Reason").unwrap_or_default();
        assert!(reason.starts_with(&format!("Q.850;cause={cause};")), "{text}");
        self.acknowledge_failure(world);
        text
    }

    pub(crate) fn expect_request(&mut self, world: &mut World, method: &str) -> String {
        let text = self.receive(world).unwrap_or_else(|| panic!("no {method}"));
        assert!(text.starts_with(&format!("{method} ")), "instead of {method}: {text}");
        text
    }

    /// The ACK of a final failure, which has the branch of the INVITE.
    pub(crate) fn acknowledge_failure(&self, world: &mut World) {
        let mut ack = self.request("ACK", &format!("{}i", self.id), "", None);
        ack = ack.replacen(&self.target, &self.uri, 1);
        world.datagram(self.address, &ack);
    }

    pub(crate) fn acknowledge(&self, world: &mut World, sdp: Option<&str>) {
        let branch = format!("{}a{}", self.id, self.cseq);
        world.datagram(self.address, &self.request("ACK", &branch, "", sdp));
    }

    pub(crate) fn cancel(&mut self, world: &mut World) {
        let own = Self {
            peer: format!("<{}>", self.uri),
            target: self.uri.clone(),
            ..Self::at("127.0.0.1:5070", &self.id, &self.uri)
        };
        let text = own.request("CANCEL", &format!("{}i", self.id), "", None);
        world.datagram(self.address, &text);
    }

    /// Hangs up and is confirmed.
    pub(crate) fn bye(&mut self, world: &mut World, more: &str) {
        self.cseq += 1;
        let branch = format!("{}b{}", self.id, self.cseq);
        let text = self.request("BYE", &branch, more, None);
        world.datagram(self.address, &text);
        self.expect(world, 200);
    }

    /// Takes the call that the gateway places.
    pub(crate) fn called(world: &mut World) -> (Self, String) {
        let deadline = world.now + Duration::from_secs(2);
        while !world.sip.iter().any(|(_, text)| text.starts_with("INVITE ")) {
            assert!(world.now < deadline, "no INVITE");
            world.run(Duration::from_millis(5));
        }
        let index = world.sip.iter().position(|(_, text)| text.starts_with("INVITE ")).unwrap();
        let (_, invite) = world.sip.remove(index).unwrap();
        let uri = invite.split(' ').nth(1).unwrap().to_owned();
        let mut ua = Self::new("callee", &uri);
        ua.called = header(&invite, "Call-ID").map(str::to_owned);
        ua.note(&invite);
        ua.own = format!("{};tag=callee", header(&invite, "To").unwrap());
        ua.peer = header(&invite, "From").unwrap().to_owned();
        ua.target =
            header(&invite, "Contact").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
        (ua, invite)
    }

    /// Answers the last request taken.
    pub(crate) fn respond(&self, world: &mut World, status: &str, more: &str, sdp: Option<&str>) {
        let body = sdp.map_or(("", ""), |sdp| ("application/sdp", sdp));
        self.respond_as(world, status, more, body);
    }

    /// The same with any body, and its type.
    pub(crate) fn respond_as(
        &self,
        world: &mut World,
        status: &str,
        more: &str,
        (kind, body): (&str, &str),
    ) {
        let mut lines = vec![format!("SIP/2.0 {status}")];
        for line in &self.request {
            let tag =
                if line.starts_with("To:") && !line.contains("tag=") { ";tag=callee" } else { "" };
            lines.push(format!("{line}{tag}"));
        }
        let kind = if kind.is_empty() { kind } else { &format!("Content-Type: {kind}\r\n") };
        let head = lines.join("\r\n");
        let contact = self.address;
        let length = body.len();
        let text = format!(
            "{head}\r\nContact: <sip:ua@{contact}>\r\n{more}{kind}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        world.datagram(self.address, &text);
    }

    /// A call from the SIP side that is answered.
    pub(crate) fn talking(world: &mut World, id: &str, uri: &str) -> (Self, isup::CallId) {
        let mut ua = Self::new(id, uri);
        ua.invite(world);
        let (call, _, _) = world.iam();
        world.backward(call, super::sip_to_pstn::con());
        ua.expect(world, 200);
        ua.acknowledge(world, None);
        (ua, call)
    }

    /// The next request of the dialog has another number.
    pub(crate) const fn next(&mut self) {
        self.cseq += 1;
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The final response to the INVITE, which is no longer the last request taken, and its ACK.
    pub(crate) fn expect_no_dialog(&mut self, world: &mut World, invite: &str, status: &str) {
        self.note(invite);
        self.respond(world, status, "", None);
        self.expect_request(world, "ACK");
    }

    /// A request in the dialog of a call that we took has our own numbering.
    pub(crate) fn set_cseq(&mut self, cseq: u32) {
        self.cseq = cseq;
    }
}
