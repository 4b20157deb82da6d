//! How single values are written.

use base::Duration;
use std::net::{IpAddr, SocketAddr};

/// How an address with its transport is written.
pub(crate) const TRANSPORT_ADDRESS: &str =
    "write udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT";
/// How a target of a trunk is written.
pub(crate) const TARGET: &str =
    "write udp:ADDRESS:PORT (or tcp, tls), or a URI such as sip:pbx.example.net;transport=tcp";
/// How a source is written.
pub(crate) const NETWORK: &str = "write an address or ADDRESS/PREFIX-LENGTH, such as 192.0.2.0/24";
/// How a time is written.
pub(crate) const DURATION: &str = "write a number with ms, s, min or h, such as 30s";

/// `udp:127.0.0.1:5060`
pub(crate) fn transport_address(text: &str) -> Option<(sip::Transport, SocketAddr)> {
    let (transport, address) = text.split_once(':')?;
    Some((sip::Transport::from_name(transport)?, address.parse().ok()?))
}

/// `192.0.2.0/24`, `192.0.2.1`
pub(crate) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
    (prefix <= longest).then_some((address, prefix))
}

/// `40ms`, `30s`, `5min`, `2h`
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim_start() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        _ => None,
    }
}

/// A time as [`duration`] reads it, in the longest unit that says it whole.
pub(crate) fn written(time: Duration) -> String {
    let milliseconds = time.as_millis();
    let units = [("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    let whole = units
        .iter()
        .find(|(_, length)| milliseconds >= *length && milliseconds.is_multiple_of(*length));
    match whole {
        Some((unit, length)) => format!("{}{unit}", milliseconds / length),
        None if milliseconds == 0 => "0s".to_owned(),
        None => format!("{milliseconds}ms"),
    }
}

/// Whether somebody can be reached at an address: whoever sends there knows whom it sends to.
pub(crate) fn is_reachable(address: SocketAddr) -> bool {
    let ip = address.ip();
    let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !is_broadcast
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_documented() {
        assert_eq!(duration("40ms"), Some(Duration::from_millis(40)));
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("2 min"), Some(Duration::from_secs(120)));
        for wrong in ["", "s", "30", "-1s", "1d", "99999999999999999999s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(duration("24h"), Some(Duration::from_secs(86_400)));
        for text in ["0s", "40ms", "1500ms", "90s", "2min", "24h"] {
            assert_eq!(written(duration(text).unwrap()), text);
        }
        assert_eq!(network("127.0.0.0/8"), Some(([127, 0, 0, 0].into(), 8)));
        assert_eq!(network("::1"), Some(("::1".parse().unwrap(), 128)));
        for wrong in ["127.0.0.0/33", "localhost", "127.0.0.1/", "/8"] {
            assert_eq!(network(wrong), None, "{wrong}");
        }
        let address = transport_address("tcp:[::1]:5060");
        assert_eq!(address, Some((sip::Transport::Tcp, "[::1]:5060".parse().unwrap())));
        for wrong in ["127.0.0.1:5060", "sctp:127.0.0.1:5061", "udp:127.0.0.1"] {
            assert_eq!(transport_address(wrong), None, "{wrong}");
        }
    }
}
