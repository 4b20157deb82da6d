//! sipp scenarios, built step by step: they differ in a few lines only.

use std::fmt::Write as _;

/// A sipp scenario of a caller or of a user agent that is called.
pub(crate) struct Scenario {
    text: String,
    /// Whose requests these are: the caller's tag differs from that of one who is called.
    tag: &'static str,
}

/// PCMA and PCMU offered or answered.
pub(crate) const SDP: &str = "v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 0
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
";

/// Where the call goes.
pub(crate) const CALLED: &str = "sip:[service]@[remote_ip]:[remote_port];user=phone";

/// A request of sipp's, by what differs from the usual.
///
/// The branch of its Via is made from the CSeq number, so that a CANCEL and the ACK to a failure
/// have the one of their INVITE (RFC 3261 §9.1, §17.1.1.3) without further ado.
pub(crate) struct Request {
    method: &'static str,
    cseq: u32,
    uri: &'static str,
    branch: String,
    /// To has the tag that the other side gave itself.
    in_dialog: bool,
    headers: String,
    body: String,
    edits: Vec<(String, String)>,
}

impl Request {
    /// A request within the dialog, to the other side's Contact.
    pub(crate) fn within(method: &'static str, cseq: u32) -> Self {
        Self { uri: "[next_url]", in_dialog: true, ..Self::outside(method, cseq) }
    }

    /// A request outside a dialog, to the number that is called.
    pub(crate) fn outside(method: &'static str, cseq: u32) -> Self {
        Self {
            method,
            cseq,
            uri: CALLED,
            branch: cseq.to_string(),
            in_dialog: false,
            headers: String::new(),
            body: String::new(),
            edits: Vec::new(),
        }
    }

    /// The ACK to a 2xx: a transaction of its own (RFC 3261 §13.2.2.4).
    pub(crate) fn ack(cseq: u32) -> Self {
        Self::within("ACK", cseq).branch(&format!("{cseq}ack"))
    }

    /// The ACK to a failure: part of the transaction (RFC 3261 §17.1.1.3).
    pub(crate) fn failure_ack(cseq: u32) -> Self {
        Self { in_dialog: true, ..Self::outside("ACK", cseq) }
    }

    /// Another request URI.
    pub(crate) const fn uri(mut self, uri: &'static str) -> Self {
        self.uri = uri;
        self
    }

    /// The same branch as other requests with this mark.
    pub(crate) fn branch(mut self, mark: &str) -> Self {
        mark.clone_into(&mut self.branch);
        self
    }

    /// One more header line, as `Name: value`.
    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers += line;
        self.headers.push('\n');
        self
    }

    /// A body and its type.
    pub(crate) fn body(mut self, content_type: &str, body: &str) -> Self {
        self.body = body.to_owned();
        if content_type.is_empty() {
            self
        } else {
            self.header(&format!("Content-Type: {content_type}"))
        }
    }

    /// A session description.
    pub(crate) fn sdp(self, sdp: &str) -> Self {
        self.body("application/sdp", sdp)
    }

    /// Whatever else shall be different: `from` in the finished text becomes `to`.
    pub(crate) fn edit(mut self, from: &str, to: &str) -> Self {
        self.edits.push((from.to_owned(), to.to_owned()));
        self
    }

    fn text(&self, own_tag: &str) -> String {
        let Self { method, cseq, uri, branch, headers, body, .. } = self;
        let (peer_tag, routes) =
            if self.in_dialog { ("[peer_tag_param]", "[routes]\n") } else { ("", "") };
        let text = format!(
            "{method} {uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK[pid]-[call_number]-{branch}
From: <sip:+33639980001@[local_ip]:[local_port]>;tag=[pid]{own_tag}[call_number]
To: <{CALLED}>{peer_tag}
{routes}Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
{headers}Content-Length: [len]

{body}"
        );
        self.edits.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from.as_str()), "no {from} in\n{text}");
            text.replace(from, to)
        })
    }
}

/// A value of an XML attribute.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Scenario {
    fn new(tag: &'static str) -> Self {
        let text = String::from("<?xml version=\"1.0\"?>\n<scenario name=\"case\">\n");
        Self { text, tag }
    }

    /// A caller that has not said anything yet.
    pub(crate) fn silent_caller() -> Self {
        Self::new("c")
    }

    /// A caller: `INVITE` with PCMA and PCMU offered.
    pub(crate) fn caller() -> Self {
        Self::caller_with("", SDP)
    }

    /// A caller whose `INVITE` has further header lines and this body.
    pub(crate) fn caller_with(headers: &str, sdp: &str) -> Self {
        let mut invite = Request::outside("INVITE", 1);
        headers.clone_into(&mut invite.headers);
        Self::calling(if sdp.is_empty() { invite } else { invite.sdp(sdp) })
    }

    /// A caller with an `INVITE` of its own.
    pub(crate) fn calling(invite: Request) -> Self {
        Self::silent_caller().send(invite).maybe(100)
    }

    /// A user agent that is called and has received the `INVITE`.
    pub(crate) fn callee() -> Self {
        Self::callee_hearing("INVITE")
    }

    /// The same, where this (a regular expression) must occur in the `INVITE`.
    pub(crate) fn callee_hearing(pattern: &str) -> Self {
        Self::new("s").request("INVITE", pattern)
    }

    /// Sends a request, again and again until it is answered where it is to be answered.
    pub(crate) fn send(self, request: Request) -> Self {
        let again = if request.method == "ACK" { "" } else { " retrans=\"500\"" };
        let text = request.text(self.tag);
        self.raw(&format!("  <send{again}><![CDATA[\n{text}\n]]></send>\n"))
    }

    /// Sends a request once.
    pub(crate) fn send_once(self, request: Request) -> Self {
        let text = request.text(self.tag);
        self.raw(&format!("  <send><![CDATA[\n{text}\n]]></send>\n"))
    }

    /// Answers the last request received.
    pub(crate) fn reply(self, status: &str, headers: &str, sdp: &str) -> Self {
        let text = response(status, "", headers, sdp);
        self.raw(&format!("  <send><![CDATA[\n{text}\n]]></send>\n"))
    }

    /// Answers the `INVITE` that begins the dialog, with a tag that ends so.
    pub(crate) fn reply_with_tag(self, status: &str, tag: &str, headers: &str, sdp: &str) -> Self {
        let text = response(status, &format!(";tag=[pid]s[call_number]{tag}"), headers, sdp);
        self.raw(&format!("  <send><![CDATA[\n{text}\n]]></send>\n"))
    }

    /// Lines of sipp's own language.
    pub(crate) fn raw(mut self, xml: &str) -> Self {
        self.text += xml;
        self
    }

    /// What must come, as `response="180"` or `request="BYE"`, and a regular expression that must
    /// occur in it.
    fn receive(mut self, what: &str, pattern: &str) -> Self {
        // The variable is logged to satisfy sipp's check that each is used.
        let _ = writeln!(
            self.text,
            "  <recv {what}><action><ereg regexp=\"{}\" search_in=\"msg\" \
             check_it=\"true\" assign_to=\"1\"/><log message=\"[$1]\"/></action></recv>",
            quoted(pattern)
        );
        self
    }

    /// An answer that must come, with what must occur in it.
    pub(crate) fn expect(self, status: u16, pattern: &str) -> Self {
        // Only a response that makes or keeps a dialog says where it leads.
        let routes = if status < 300 { " rrs=\"true\"" } else { "" };
        self.receive(&format!("response=\"{status}\"{routes}"), pattern)
    }

    /// A request that must come, with what must occur in it.
    pub(crate) fn request(self, method: &str, pattern: &str) -> Self {
        self.receive(&format!("request=\"{method}\" rrs=\"true\""), pattern)
    }

    /// A provisional answer that must come.
    pub(crate) fn progress(mut self, status: u16) -> Self {
        let _ = writeln!(self.text, "  <recv response=\"{status}\" rrs=\"true\"></recv>");
        self
    }

    /// A provisional answer that must come with a session description.
    pub(crate) fn progress_with_media(self, status: u16) -> Self {
        self.expect(status, "m=audio [0-9]+ RTP/AVP 8")
    }

    /// A provisional answer that may come.
    pub(crate) fn maybe(mut self, status: u16) -> Self {
        let _ = writeln!(self.text, "  <recv response=\"{status}\" optional=\"true\"></recv>");
        self
    }

    /// 200 with a session description, acknowledged.
    pub(crate) fn answered(self) -> Self {
        self.expect(200, "m=audio [0-9]+ RTP/AVP").send(Request::ack(1))
    }

    /// A final failure with this `Reason` cause, acknowledged.
    pub(crate) fn rejected(self, status: u16, cause: u8) -> Self {
        let pattern = format!("Reason: *Q.850;[ ]*cause={cause}([^0-9]|$)");
        self.expect(status, &pattern).send(Request::failure_ack(1))
    }

    /// A final failure, acknowledged.
    pub(crate) fn refused(self, status: u16) -> Self {
        self.expect(status, "SIP").send(Request::failure_ack(1))
    }

    /// Silence of the user for some time. Whatever comes meanwhile is too much.
    pub(crate) fn pause(mut self, milliseconds: u32) -> Self {
        let _ = writeln!(self.text, "  <pause milliseconds=\"{milliseconds}\"/>");
        self
    }

    /// The caller hangs up.
    pub(crate) fn hang_up(self) -> Self {
        self.hang_up_as(2)
    }

    /// The same where the dialog has used up more CSeq numbers.
    pub(crate) fn hang_up_as(self, cseq: u32) -> Self {
        self.send(Request::within("BYE", cseq)).expect(200, "BYE")
    }

    /// The caller gives up before the answer.
    pub(crate) fn cancel(self) -> Self {
        self.send(Request::outside("CANCEL", 1)).expect(200, "CANCEL").refused(487)
    }

    /// The other side hangs up, with this `Reason` cause.
    pub(crate) fn hung_up_on(self, cause: u8) -> Self {
        self.request("BYE", &format!("cause={cause}")).reply("200 OK", "", "")
    }

    /// The other side offers a session again, holding this attribute; it is accepted.
    pub(crate) fn offered(self, attribute: &str, answer: &str) -> Self {
        self.request("INVITE", attribute)
            .reply("200 OK", "", &format!("{SDP}a={answer}\n"))
            .request("ACK", "ACK")
    }

    /// The user agent answers `INVITE` with this status; a session description where it is 200.
    pub(crate) fn respond(self, status: &str) -> Self {
        let sdp = if status.starts_with("200") { SDP } else { "" };
        let this = self.reply_with_tag(status, "", "", sdp);
        if status.starts_with('1') { this } else { this.request("ACK", "ACK") }
    }

    /// The gateway ends the call.
    pub(crate) fn ended_by_gateway(self) -> Self {
        self.request("BYE", "BYE").reply("200 OK", "", "")
    }

    /// The finished scenario.
    pub(crate) fn finish(self) -> String {
        self.text + "</scenario>\n"
    }
}

fn response(status: &str, tag: &str, headers: &str, sdp: &str) -> String {
    let content = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Record-Route:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
{headers}{content}Content-Length: [len]

{sdp}"
    )
}
