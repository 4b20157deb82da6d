//! sipp scenarios, built step by step: the rows of the demo table differ in a few lines only.

use std::fmt::Write as _;

/// A sipp scenario of a caller or of a user agent that is called.
pub(crate) struct Scenario(String);

const SDP: &str = "v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 0
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
";

fn message(body: &str) -> String {
    format!("  <send><![CDATA[\n{body}\n]]></send>\n")
}

/// The headers of a later request of the caller's dialog.
fn later(method: &str, cseq: u32, uri: &str, peer: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+33639980001@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port];user=phone>{peer}
[routes]
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Length: 0
"
    )
}

impl Scenario {
    /// A caller: `INVITE` with PCMA and PCMU offered.
    pub(crate) fn caller() -> Self {
        Self::caller_with("", SDP)
    }

    /// A caller whose `INVITE` has further header lines and this body.
    pub(crate) fn caller_with(headers: &str, sdp: &str) -> Self {
        let content = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
        let mut text = String::from("<?xml version=\"1.0\"?>\n<scenario name=\"caller\">\n");
        text += &format!(
            "  <send retrans=\"500\"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port];user=phone SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+33639980001@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port];user=phone>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
{headers}{content}Content-Length: [len]

{sdp}]]></send>
  <recv response=\"100\" optional=\"true\"></recv>
"
        );
        Self(text)
    }

    /// A provisional answer that must come.
    pub(crate) fn progress(mut self, status: u16) -> Self {
        let _ = writeln!(self.0, "  <recv response=\"{status}\"></recv>");
        self
    }

    /// A provisional answer that must come with a session description.
    pub(crate) fn progress_with_media(self, status: u16) -> Self {
        self.receive(&format!("response=\"{status}\""), "m=audio [0-9]+ RTP/AVP 8", "msg")
    }

    /// A provisional answer that may come.
    pub(crate) fn maybe(mut self, status: u16) -> Self {
        let _ = writeln!(self.0, "  <recv response=\"{status}\" optional=\"true\"></recv>");
        self
    }

    fn receive(mut self, what: &str, pattern: &str, search_in: &str) -> Self {
        let _ = writeln!(
            self.0,
            "  <recv {what} rrs=\"true\"><action><ereg regexp=\"{pattern}\" \
             search_in=\"{search_in}\" check_it=\"true\" assign_to=\"1\"/>\
             <log message=\"[$1]\"/></action></recv>"
        );
        self
    }

    /// 200 with a session description, acknowledged.
    pub(crate) fn answered(self) -> Self {
        let mut this = self.receive("response=\"200\"", "m=audio [0-9]+ RTP/AVP", "msg");
        this.0 += &message(&later("ACK", 1, "[next_url]", "[peer_tag_param]"));
        this
    }

    /// A final failure with this `Reason` cause, acknowledged.
    pub(crate) fn rejected(mut self, status: u16, cause: u8) -> Self {
        let _ = writeln!(
            self.0,
            "  <recv response=\"{status}\"><action><ereg regexp=\"Q.850;[ ]*cause={cause}([^0-9]|$)\" \
             search_in=\"hdr\" header=\"Reason:\" check_it=\"true\" assign_to=\"2\"/>\
             <log message=\"[$2]\"/></action></recv>"
        );
        self.acknowledge_failure()
    }

    /// A final failure, acknowledged.
    pub(crate) fn refused(mut self, status: u16) -> Self {
        let _ = writeln!(self.0, "  <recv response=\"{status}\"></recv>");
        self.acknowledge_failure()
    }

    fn acknowledge_failure(mut self) -> Self {
        let uri = "sip:[service]@[remote_ip]:[remote_port];user=phone";
        // RFC 3261 §17.1.1.3: the branch of the INVITE.
        let ack = later("ACK", 1, uri, "[peer_tag_param]").replace("[branch]", "[branch-3]");
        self.0 += &message(&ack);
        self
    }

    /// Silence of the user for some time.
    pub(crate) fn pause(mut self, milliseconds: u32) -> Self {
        let _ = writeln!(self.0, "  <pause milliseconds=\"{milliseconds}\"/>");
        self
    }

    /// The caller hangs up.
    pub(crate) fn hang_up(mut self) -> Self {
        let bye = later("BYE", 2, "[next_url]", "[peer_tag_param]");
        self.0 += &message(&bye).replace("<send>", "<send retrans=\"500\">");
        self.0 += "  <recv response=\"200\"></recv>\n";
        self
    }

    /// The caller gives up before the answer.
    pub(crate) fn cancel(mut self) -> Self {
        let uri = "sip:[service]@[remote_ip]:[remote_port];user=phone";
        let cancel = later("CANCEL", 1, uri, "");
        let cancel = cancel.replace("[branch]", "[branch-4]").replace("[routes]\n", "");
        self.0 += &message(&cancel).replace("<send>", "<send retrans=\"500\">");
        self.0 += "  <recv response=\"200\"></recv>\n  <recv response=\"487\"></recv>\n";
        self.acknowledge_failure()
    }

    /// The other side hangs up, with this `Reason` cause.
    pub(crate) fn hung_up_on(mut self, cause: u8) -> Self {
        self = self.request("BYE", &format!("cause={cause}"));
        self.0 += &message(&response("200 OK", ""));
        self
    }

    /// The other side offers a session again, holding this attribute; it is accepted.
    pub(crate) fn offered(mut self, attribute: &str, answer: &str) -> Self {
        self = self.request("INVITE", attribute);
        let sdp = format!("{SDP}a={answer}\n");
        self.0 += &message(&response("200 OK", &sdp));
        self.0 += "  <recv request=\"ACK\"></recv>\n";
        self
    }

    fn request(mut self, method: &str, pattern: &str) -> Self {
        let _ = writeln!(
            self.0,
            "  <recv request=\"{method}\"><action><ereg regexp=\"{pattern}\" search_in=\"msg\" \
             check_it=\"true\" assign_to=\"3\"/><log message=\"[$3]\"/></action></recv>"
        );
        self
    }

    /// A user agent that is called and has received the `INVITE`.
    pub(crate) fn callee() -> Self {
        let text = "<?xml version=\"1.0\"?>\n<scenario name=\"callee\">\n  \
                    <recv request=\"INVITE\" rrs=\"true\"></recv>\n";
        Self(text.to_owned())
    }

    /// The user agent answers `INVITE` with this status; a session description where it is 200.
    pub(crate) fn respond(mut self, status: &str) -> Self {
        let sdp = if status.starts_with("200") { SDP } else { "" };
        self.0 += &message(&response(status, sdp));
        if !status.starts_with('1') {
            self.0 += "  <recv request=\"ACK\"></recv>\n";
        }
        self
    }

    /// The gateway ends the call.
    pub(crate) fn ended_by_gateway(mut self) -> Self {
        self.0 += "  <recv request=\"BYE\"></recv>\n";
        self.0 += &message(&response("200 OK", ""));
        self
    }

    /// The finished scenario.
    pub(crate) fn finish(self) -> String {
        // `[$n]` is logged only to satisfy sipp's check that each variable is used.
        self.0 + "</scenario>\n"
    }
}

fn response(status: &str, sdp: &str) -> String {
    let content = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Record-Route:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
{content}Content-Length: [len]

{sdp}"
    )
}
