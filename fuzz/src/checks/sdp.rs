//! What is read can be written, and reads the same again.

use sip_parser::sdp::SessionDescription;

pub(crate) fn check(data: &[u8]) {
    let Ok(read) = SessionDescription::parse(data) else { return };
    let written = read.write();
    let again = SessionDescription::parse(&written).expect("what is written can be read");
    assert_eq!(read, again, "{}", String::from_utf8_lossy(&written));
}
