//! tshark as the judge of everything that a gateway sent.

use super::gateway::Gateway;
use std::path::Path;
use std::process::Command;

/// The name of the capture in a gateway's folder: what to say after `--pcap`.
pub(crate) const FILE: &str = "capture.pcapng";

/// Signalling and speech told by their ports, so that nothing is guessed.
const PORTS: &[&str] = &[
    "udp.port==5060,sip",
    "udp.port==5080,sip",
    "udp.port==5082,sip",
    "tcp.port==5060,sip",
    "tcp.port==5070,sip",
    "tcp.port==5061,sip",
    "tcp.port==5071,sip",
    "udp.port==16384-17000,rtp",
];

/// Lines of tshark's about `file`.
pub(crate) fn tshark(file: &Path, arguments: &[&str]) -> String {
    let ports = PORTS.iter().flat_map(|port| ["-d", port]);
    let mut command = Command::new("tshark");
    let output = command.arg("-r").arg(file).args(ports).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Stops the gateway and demands that it ends well and that tshark finds nothing malformed and no
/// expert warning in what it sent. What it received is not ours to judge: peers here are broken on
/// purpose.
pub(crate) fn stop_and_judge(mut gateway: Gateway) {
    gateway.signal("TERM");
    let (code, _) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    judge(&gateway.folder.join(FILE));
}

/// Judges what was sent into this capture.
pub(crate) fn judge(file: &Path) {
    // pcapng marks each packet with its direction: 2 is outbound. A warning is 0x00600000; those
    // of TCP itself are about the capture, which is taken above the system's TCP.
    let sent = "frame.packet_flags_direction == 2";
    let wrong = format!(
        "{sent} && (_ws.malformed || (_ws.expert.severity >= 6291456 && !tcp.analysis.flags))"
    );
    let columns = ["-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message", "-e"];
    let found = tshark(file, &[&["-Y", &wrong][..], &columns, &["_ws.col.Info"]].concat());
    assert!(found.is_empty(), "in {}:\n{found}", file.display());
    let all = tshark(file, &["-Y", sent]).lines().count();
    assert!(all > 5, "only {all} packets sent in {}", file.display());
}
