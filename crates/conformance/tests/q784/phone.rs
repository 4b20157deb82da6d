//! The users at the SIP side of a gateway: the upper tester of a switch that speaks SIP. Text in,
//! text out; used by the simulated gateway and by the real one.

use base::Cause;
use conformance::{Act, Call, Heard, Need, Party};
use isup_codec::{Cic, SupervisionType};
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// What a gateway has none of, nor the network behind it; and what only the machines can be told.
pub(crate) const LACKS: [(Need, &str); 14] = [
    (Need::Hold, "a hold by a SIP user is not told on the circuits"),
    (Need::TestsCircuits, "its circuits have no bearer here"),
    (Need::Tones, "its circuits have no bearer here"),
    (Need::Bearers, "its circuits have no bearer here"),
    (
        Need::Overload,
        "takes a gateway that is nearly full; crates/gateway/src/tests/congestion.rs fills one",
    ),
    (Need::LoopBack, "its circuits have no bearer here"),
    (Need::ChecksContinuity, "its circuits have no bearer here"),
    (Need::OverlapIn, "the group is not for digits one by one"),
    (Need::OverlapOut, "the group is not for digits one by one"),
    (Need::SegmentsOut, "this driver has no more to say than one message holds"),
    (Need::AsksForCaller, "this driver does not ask for it"),
    (Need::OwnDelay, "a call that begins here starts no count of its delay"),
    (Need::Transit, "calls end here"),
    (Need::UnrestrictedBearer, "carries speech only"),
];

/// What the staff of a gateway is told to do: the operation, and the circuits.
pub(crate) fn order(act: &Act, circuits: &[Cic]) -> Option<(&'static str, RangeInclusive<u16>)> {
    let all = || circuits[0].0..=circuits[circuits.len() - 1].0;
    Some(match act {
        Act::Block(cic) => ("block", cic.0..=cic.0),
        Act::Unblock(cic) => ("unblock", cic.0..=cic.0),
        Act::Reset(cic) => ("reset", cic.0..=cic.0),
        Act::BlockAll(SupervisionType::MAINTENANCE, true) => ("block", all()),
        Act::BlockAll(SupervisionType::MAINTENANCE, false) | Act::Clear => ("unblock", all()),
        Act::ResetAll => ("reset", all()),
        Act::QueryAll => ("query", all()),
        _ => return None,
    })
}

/// One call of a user.
struct Dialog {
    id: String,
    party: Party,
    own: String,
    peer: String,
    /// The request URI of requests within the dialog.
    target: String,
    cseq: u32,
    /// The INVITE: as it was sent by the caller, its lines to be copied by the called user.
    invite: Vec<String>,
    answered: bool,
    /// It was ended from here: what the gateway says of that is no news.
    ended: bool,
    held: bool,
}

/// All users: one that calls and one that is called at a time.
pub(crate) struct Phone {
    /// `ADDRESS:PORT` of the users and of the gateway.
    own: String,
    gateway: String,
    /// Where the users take speech.
    speech: String,
    /// The digits ahead of a national number.
    prefix: &'static str,
    caller: &'static str,
    calls: u32,
    dialogs: Vec<Dialog>,
    pub(crate) out: VecDeque<String>,
    pub(crate) heard: VecDeque<Heard>,
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.split("\r\n\r\n").next()?;
    head.lines().skip(1).find_map(|line| {
        let (its, value) = line.split_once(':')?;
        its.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn status(text: &str) -> Option<u16> {
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// What stands between the angle brackets.
fn uri(value: &str) -> &str {
    value.split(['<', '>']).nth(1).unwrap_or(value)
}

/// The user part, without what marks an international number.
fn user(uri: &str) -> Option<String> {
    let digits = uri.split_once(':')?.1.split(['@', ';']).next()?.trim_start_matches('+');
    let number = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
    number.then(|| digits.to_owned())
}

fn cause(text: &str) -> Option<Cause> {
    let reason = header(text, "Reason").filter(|reason| reason.starts_with("Q.850"))?;
    let value = reason.split("cause=").nth(1)?.split([';', ',']).next()?;
    value.trim().parse().ok().map(Cause)
}

/// Copied from a request into its responses.
fn copied(text: &str) -> Vec<String> {
    let names = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"];
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter(|line| {
        names.iter().any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
    });
    lines.map(str::to_owned).collect()
}

impl Phone {
    pub(crate) fn new(own: &str, gateway: &str, speech: &str, caller: &'static str) -> Self {
        Self {
            own: own.to_owned(),
            gateway: gateway.to_owned(),
            speech: speech.to_owned(),
            prefix: "0",
            caller,
            calls: 0,
            dialogs: Vec::new(),
            out: VecDeque::new(),
            heard: VecDeque::new(),
        }
    }

    fn sdp(&self, direction: &str) -> String {
        let (address, port) = self.speech.rsplit_once(':').unwrap();
        format!(
            "v=0\r\no=ua 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na={direction}\r\n"
        )
    }

    /// What the users are to do; false where that is nothing of theirs.
    pub(crate) fn act(&mut self, act: &Act) -> bool {
        match act {
            Act::Call(call) => self.call(call),
            Act::Alert => self.respond(Party::Called, "180 Ringing", "", false),
            Act::Progress => self.respond(Party::Called, "183 Session Progress", "", true),
            Act::Forward => self.respond(Party::Called, "181 Call Is Being Forwarded", "", false),
            Act::Answer => {
                self.respond(Party::Called, "200 OK", "", true);
                if let Some(dialog) = self.dialog(Party::Called) {
                    dialog.answered = true;
                }
            }
            Act::Refuse(why) => {
                let reason = format!("Reason: Q.850;cause={}\r\n", why.0);
                self.respond(Party::Called, "480 Temporarily Unavailable", &reason, false);
                self.ended(Party::Called);
            }
            Act::HangUp(party) => self.hang_up(*party),
            Act::Hold(party) => self.hold(*party, "sendonly"),
            Act::Retrieve(party) => self.hold(*party, "sendrecv"),
            Act::Clear => {
                for party in [Party::Caller, Party::Called] {
                    self.hang_up(party);
                }
            }
            _ => return false,
        }
        true
    }

    fn dialog(&mut self, party: Party) -> Option<&mut Dialog> {
        self.dialogs.iter_mut().rev().find(|dialog| dialog.party == party && !dialog.ended)
    }

    fn ended(&mut self, party: Party) {
        if let Some(dialog) = self.dialog(party) {
            dialog.ended = true;
        }
    }

    fn call(&mut self, call: &Call) {
        self.calls += 1;
        let (own, gateway) = (&self.own, &self.gateway);
        let id = format!("q784-{}@{own}", self.calls);
        let target = format!("sip:{}{}@{gateway}", self.prefix, call.to);
        let dialog = Dialog {
            party: Party::Caller,
            own: format!("<sip:+33{}@{own}>;tag=c{}", self.caller, self.calls),
            peer: format!("<{target}>"),
            target,
            cseq: 1,
            invite: Vec::new(),
            answered: false,
            ended: false,
            held: false,
            id,
        };
        let mut more = format!("P-Asserted-Identity: <sip:+33{}@{own}>\r\n", self.caller);
        if call.hidden {
            more += "Privacy: id\r\n";
        }
        let text = self.request(&dialog, "INVITE", "i", &more, Some(&self.sdp("sendrecv")));
        self.out.push_back(text);
        self.dialogs.push(dialog);
    }

    fn request(
        &self,
        dialog: &Dialog,
        method: &str,
        branch: &str,
        more: &str,
        sdp: Option<&str>,
    ) -> String {
        let Dialog { id, own, peer, target, cseq, .. } = dialog;
        let via = &self.own;
        let call = id.split('@').next().unwrap();
        let (kind, sdp) = sdp.map_or(("", ""), |sdp| ("Content-Type: application/sdp\r\n", sdp));
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{call}{branch}\r\n\
             Max-Forwards: 70\r\nFrom: {own}\r\nTo: {peer}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:ua@{via}>\r\n{more}{kind}\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    fn response(&self, lines: &[String], status: &str, more: &str, sdp: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for line in lines {
            let bare = line.starts_with("To:") && !line.contains("tag=");
            text += &format!("{line}{}\r\n", if bare { ";tag=callee" } else { "" });
        }
        let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let own = &self.own;
        text +=
            &format!("Contact: <sip:ua@{own}>\r\n{more}{kind}Content-Length: {}\r\n", sdp.len());
        format!("{text}\r\n{sdp}")
    }

    fn respond(&mut self, party: Party, status: &str, more: &str, speech: bool) {
        let Some(dialog) = self.dialog(party) else { return };
        let lines = dialog.invite.clone();
        let sdp = if speech { self.sdp("sendrecv") } else { String::new() };
        let text = self.response(&lines, status, more, &sdp);
        self.out.push_back(text);
    }

    fn hang_up(&mut self, party: Party) {
        let Some(position) =
            self.dialogs.iter().rposition(|dialog| dialog.party == party && !dialog.ended)
        else {
            return;
        };
        let mut dialog = self.dialogs.remove(position);
        dialog.ended = true;
        let text = if dialog.answered {
            dialog.cseq += 1;
            let branch = format!("b{}", dialog.cseq);
            self.request(&dialog, "BYE", &branch, "Reason: Q.850;cause=16\r\n", None)
        } else if party == Party::Caller {
            let bare = Dialog {
                id: dialog.id.clone(),
                own: dialog.own.clone(),
                peer: format!("<{}>", dialog.invite.first().unwrap_or(&dialog.target)),
                target: dialog.target.clone(),
                invite: Vec::new(),
                ..dialog
            };
            self.request(&bare, "CANCEL", "i", "", None)
        } else {
            self.response(&dialog.invite, "480 Temporarily Unavailable", "", "")
        };
        self.out.push_back(text);
        self.dialogs.push(dialog);
    }

    fn hold(&mut self, party: Party, direction: &str) {
        let Some(position) =
            self.dialogs.iter().rposition(|dialog| dialog.party == party && !dialog.ended)
        else {
            return;
        };
        let mut dialog = self.dialogs.remove(position);
        dialog.cseq += 1;
        let branch = format!("h{}", dialog.cseq);
        let sdp = self.sdp(direction);
        self.out.push_back(self.request(&dialog, "INVITE", &branch, "", Some(&sdp)));
        self.dialogs.push(dialog);
    }

    /// A message of the gateway.
    pub(crate) fn receive(&mut self, text: &str) {
        let id = header(text, "Call-ID").unwrap_or_default();
        let position = self.dialogs.iter().rposition(|dialog| dialog.id == id);
        match (status(text), position) {
            (Some(status), Some(position)) => self.answered(status, text, position),
            (Some(_), None) => {}
            (None, position) => self.requested(text, position),
        }
    }

    fn answered(&mut self, status: u16, text: &str, position: usize) {
        let mut dialog = self.dialogs.remove(position);
        let invite = header(text, "CSeq").is_some_and(|cseq| cseq.ends_with("INVITE"));
        if invite && status > 100 {
            self.invite_answered(status, text, &mut dialog);
        }
        self.dialogs.push(dialog);
    }

    fn invite_answered(&mut self, status: u16, text: &str, dialog: &mut Dialog) {
        let again = !header(text, "CSeq").unwrap_or_default().starts_with("1 ");
        let first = dialog.target.clone();
        if let Some(to) = header(text, "To").filter(|to| to.contains("tag=")) {
            dialog.peer = to.to_owned();
        }
        let body = text.contains("m=audio");
        match status {
            180 => self.heard.push_back(Heard::Alerting),
            181 => self.heard.push_back(Heard::Forwarded),
            101..=199 if body => self.heard.push_back(Heard::InBand),
            101..=199 => self.heard.push_back(Heard::Progress),
            200..=299 => {
                if let Some(contact) = header(text, "Contact") {
                    dialog.target = uri(contact).to_owned();
                }
                let branch = format!("a{}", dialog.cseq);
                self.out.push_back(self.request(dialog, "ACK", &branch, "", None));
                if !again && !dialog.answered && !dialog.ended {
                    dialog.answered = true;
                    let shown = header(text, "P-Asserted-Identity").map(uri).and_then(user);
                    self.heard.push_back(Heard::Answered { by: shown });
                }
            }
            _ => {
                let branch = if again { format!("h{}", dialog.cseq) } else { "i".to_owned() };
                let ack = self.request(dialog, "ACK", &branch, "", None);
                self.out.push_back(ack.replacen(&dialog.target, &first, 1));
                if !again && !dialog.ended {
                    dialog.ended = true;
                    self.heard.push_back(Heard::Released(Party::Caller, cause(text)));
                }
            }
        }
    }

    fn requested(&mut self, text: &str, position: Option<usize>) {
        let method = text.split(' ').next().unwrap_or_default();
        match (method, position) {
            ("INVITE", None) => self.called(text),
            ("ACK", _) => {}
            ("INVITE", Some(position)) => self.invited_again(text, position),
            ("CANCEL" | "BYE", Some(position)) => {
                self.out.push_back(self.response(&copied(text), "200 OK", "", ""));
                let dialog = &mut self.dialogs[position];
                if !dialog.ended {
                    dialog.ended = true;
                    self.heard.push_back(Heard::Released(dialog.party, cause(text)));
                    if method == "CANCEL" {
                        let lines = dialog.invite.clone();
                        let over = self.response(&lines, "487 Request Terminated", "", "");
                        self.out.push_back(over);
                    }
                }
            }
            (_, Some(_)) => self.out.push_back(self.response(&copied(text), "200 OK", "", "")),
            ("OPTIONS", None) => {
                self.out.push_back(self.response(&copied(text), "200 OK", "", ""));
            }
            (_, None) => {
                let gone = "481 Call/Transaction Does Not Exist";
                self.out.push_back(self.response(&copied(text), gone, "", ""));
            }
        }
    }

    fn called(&mut self, text: &str) {
        let lines = copied(text);
        self.out.push_back(self.response(&lines, "100 Trying", "", ""));
        let to = header(text, "To").unwrap_or_default();
        let from = header(text, "From").unwrap_or_default();
        let contact = header(text, "Contact").unwrap_or_default();
        let called = text.split(' ').nth(1).and_then(user).unwrap_or_default();
        let shown = header(text, "P-Asserted-Identity")
            .filter(|_| header(text, "Privacy").is_none())
            .map(uri)
            .and_then(user);
        let from_shown = user(uri(from));
        self.dialogs.push(Dialog {
            id: header(text, "Call-ID").unwrap_or_default().to_owned(),
            party: Party::Called,
            own: format!("{to};tag=callee"),
            peer: from.to_owned(),
            target: uri(contact).to_owned(),
            cseq: 100,
            invite: lines,
            answered: false,
            ended: false,
            held: false,
        });
        self.heard.push_back(Heard::Called { to: called, from: shown.or(from_shown) });
    }

    /// A re-INVITE: the other end is held, or taken back; or the INVITE once more.
    fn invited_again(&mut self, text: &str, position: usize) {
        let dialog = &mut self.dialogs[position];
        let (party, was_held) = (dialog.party, dialog.held);
        if !dialog.answered {
            return;
        }
        let held = text.contains("a=sendonly") || text.contains("a=inactive");
        dialog.held = held;
        let direction = if held { "recvonly" } else { "sendrecv" };
        let sdp = self.sdp(direction);
        self.out.push_back(self.response(&copied(text), "200 OK", "", &sdp));
        match (was_held, held) {
            (false, true) => self.heard.push_back(Heard::Suspended(party)),
            (true, false) => self.heard.push_back(Heard::Resumed(party)),
            _ => {}
        }
    }
}
