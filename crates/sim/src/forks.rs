//! A proxy that forks (RFC 3261 §16): it hands a call for one user agent to another as well.
//! Whoever answers is heard; a refusal is passed on once both have refused (§16.7 5). It takes
//! nobody back: the second to answer is for the caller to release (§13.2.2.4).

use bytes::Bytes;
use sip_parser::{Limits, Message, Method};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// The calls that were forked, by the branch of their INVITE, and who refused them.
#[derive(Debug, Default)]
pub(crate) struct Forks(BTreeMap<String, Option<BTreeSet<SocketAddr>>>);

/// What is to be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    Straight,
    /// To both.
    Both,
    /// No further.
    Stays,
}

impl Forks {
    /// The way of a request to the user agent; `forks` is asked once for each new call.
    pub(crate) fn request(&mut self, bytes: &Bytes, forks: impl FnOnce() -> bool) -> Course {
        let of_invite = [&b"INVITE "[..], b"CANCEL ", b"ACK "];
        if !of_invite.iter().any(|method| bytes.starts_with(method)) {
            return Course::Straight;
        }
        let Ok(request) = Message::parse(bytes.clone(), &Limits::default()) else {
            return Course::Straight;
        };
        let branch = request.top_via().branch.unwrap_or_default();
        let is_new = request.method() == Method::Invite && request.to().tag().is_none();
        if is_new && !self.0.contains_key(branch) {
            self.0.insert(branch.to_owned(), forks().then(BTreeSet::new));
        }
        match self.0.get(branch) {
            Some(Some(_)) => Course::Both,
            _ => Course::Straight,
        }
    }

    /// The way of a response of one of two user agents.
    pub(crate) fn response(&mut self, from: SocketAddr, bytes: &Bytes) -> Course {
        if !bytes.starts_with(b"SIP/2.0 ") {
            return Course::Straight;
        }
        let Ok(response) = Message::parse(bytes.clone(), &Limits::default()) else {
            return Course::Straight;
        };
        let refuses = response.status().is_some_and(|status| status >= 300);
        let branch = response.top_via().branch.unwrap_or_default();
        let Some(Some(refused)) = self.0.get_mut(branch) else {
            return Course::Straight;
        };
        if !refuses || response.method() != Method::Invite {
            return Course::Straight;
        }
        refused.insert(from);
        if refused.len() > 1 { Course::Straight } else { Course::Stays }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str, method: &str, branch: u32) -> Bytes {
        Bytes::from(format!(
            "{line}\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{branch}\r\n\
             From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
             Max-Forwards: 70\r\n\r\n"
        ))
    }

    #[test]
    fn requests_go_to_both_and_the_second_refusal_goes_back() {
        let mut forks = Forks::default();
        let request =
            |method: &str, branch| message(&format!("{method} sip:b@h SIP/2.0"), method, branch);
        assert_eq!(forks.request(&request("INVITE", 1), || false), Course::Straight);
        assert_eq!(forks.request(&request("INVITE", 2), || true), Course::Both);
        assert_eq!(forks.request(&request("INVITE", 1), || true), Course::Straight, "once asked");
        assert_eq!(forks.request(&request("CANCEL", 2), || false), Course::Both);
        assert_eq!(forks.request(&request("ACK", 3), || true), Course::Straight);
        assert_eq!(forks.request(&request("BYE", 2), || true), Course::Straight);
        let response = |status, method: &str| message(&format!("SIP/2.0 {status} X"), method, 2);
        let [one, two]: [SocketAddr; 2] =
            ["127.0.0.1:5070", "127.0.0.1:5071"].map(|text| text.parse().unwrap());
        for (from, status, method, course) in [
            (one, 180, "INVITE", Course::Straight),
            (one, 481, "CANCEL", Course::Straight),
            (one, 486, "INVITE", Course::Stays),
            (one, 486, "INVITE", Course::Stays),
            (two, 200, "INVITE", Course::Straight),
            (two, 487, "INVITE", Course::Straight),
            (one, 486, "INVITE", Course::Straight),
        ] {
            assert_eq!(forks.response(from, &response(status, method)), course, "{status}");
        }
    }
}
