//! What must hold for any input: one function a target. They know the crates and nothing else, so
//! that both the fuzzer and the ordinary tests can run them.

mod isup_differential;
mod isup_message;
mod m3ua_message;
mod mtp2_bits;
mod mtp3_point;
mod sdp;
mod sip_headers;
mod sip_message;
mod sip_multipart;
mod sip_rsip;
mod sip_session;
mod sip_stream;

/// Panics if something does not hold.
pub type Check = fn(&[u8]);

/// Target and its check, named as in `targets/` and `corpus/`.
pub const TARGETS: &[(&str, Check)] = &[
    ("isup_differential", isup_differential::check), // one row a line
    ("isup_message", isup_message::check),
    ("m3ua_message", m3ua_message::check),
    ("mtp2_bits", mtp2_bits::check),
    ("mtp3_point", mtp3_point::check),
    ("sdp", sdp::check),
    ("sip_headers", sip_headers::check),
    ("sip_message", sip_message::check),
    ("sip_multipart", sip_multipart::check),
    ("sip_rsip", sip_rsip::check),
    ("sip_session", sip_session::check),
    ("sip_stream", sip_stream::check),
];

/// Runs the check of `target` on `data`.
pub fn run(target: &str, data: &[u8]) {
    let (_, check) = TARGETS.iter().find(|row| row.0 == target).expect("a row in TARGETS");
    check(data);
}
