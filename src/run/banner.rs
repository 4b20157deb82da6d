//! What is told on standard output at the start: what listens where, and what to try.

use crate::conf::{AssociationSettings, AssociationWay, ExchangeSettings, Settings};
use std::fmt::Write;
use std::path::Path;

/// The whole text.
pub(crate) fn banner(settings: &Settings, conf: &Path, pcap: Option<&Path>) -> String {
    let mut text = format!("Tocsin {} on {}\n\n", env!("CARGO_PKG_VERSION"), conf.display());
    let listen: Vec<_> = settings.sip.listen.iter().map(|(t, a)| written(*t, *a)).collect();
    let media = &settings.gateway.media;
    let (first, last) = (media.ports.start(), media.ports.end());
    let admin = settings.admin;
    for (what, place) in [
        ("SIP", listen.join("  ")),
        ("RTP", format!("udp:{}-{last}", std::net::SocketAddr::new(media.address, *first))),
        ("SS7", switched(settings)),
        ("admin", format!("http://{admin}/")),
        ("records", settings.cdr.display().to_string()),
    ] {
        let _infallible = writeln!(text, "  {what:<8} {place}");
    }
    if let Some(pcap) = pcap {
        let _infallible = writeln!(text, "  {:<8} {}", "capture", pcap.display());
    }
    text.push_str(
        "\nCalls are taken once the signalling link is in service, in a few seconds. Then try:\n\n",
    );
    for line in commands(settings) {
        let _infallible = writeln!(text, "  {line}");
    }
    text.push_str("\nControl-C ends it.");
    text
}

/// The side of the switched network.
fn switched(settings: &Settings) -> String {
    let circuits = settings.gateway.bearers.len();
    let own = settings.gateway.mtp.own;
    let mut parts = vec![format!("{circuits} circuits"), format!("we are point {own}")];
    if let Some(exchange) = &settings.exchange {
        let links = settings.spans.links.iter();
        let links: Vec<_> = links.map(|link| format!("{}/{}", link.span, link.slot)).collect();
        let (spans, slots) = (settings.spans.count, links.join(", "));
        parts.push(format!("{spans} spans, signalling on time slot {slots}"));
        parts.push(format!("the embedded exchange is {}", exchange.mtp.own));
    }
    parts.extend(settings.associations.iter().map(association));
    parts.join("; ")
}

fn association(association: &AssociationSettings) -> String {
    let (name, transport) = (&association.name, association.transport.name());
    let what = association.protocol.name();
    match &association.way {
        AssociationWay::Connect { remote, .. } => format!("{what} {name} to {transport}:{remote}"),
        AssociationWay::Listen { address, .. } => format!("{what} {name} on {transport}:{address}"),
    }
}

/// The text of an exchange that is a process of its own.
pub(crate) fn exchange(settings: &ExchangeSettings, conf: &Path) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let circuits: usize = settings.exchange.isup.groups.iter().map(|group| group.cics.len()).sum();
    let mut parts = vec![format!("{circuits} circuits")];
    parts.push(format!("we are point {}", settings.exchange.mtp.own));
    parts.extend(settings.associations.iter().map(association));
    let (ss7, admin) = (parts.join("; "), settings.admin);
    format!(
        "Tocsin {version}, exchange, on {}\n\n  SS7      {ss7}\n  admin    http://{admin}/\n\n\
         Calls are taken once an association is in service. Control-C ends it.",
        conf.display()
    )
}

fn written(transport: sip::Transport, address: std::net::SocketAddr) -> String {
    format!("{}:{address}", transport.name())
}

/// Three commands to try, as they work with these settings.
fn commands(settings: &Settings) -> Vec<String> {
    let admin = settings.admin;
    let tocsin = "cargo run -q --release --";
    let remote = if admin.to_string() == "127.0.0.1:8080" {
        String::new()
    } else {
        format!(" --admin http://{admin}")
    };
    let mut commands = Vec::new();
    let udp = settings.sip.listen.iter().find(|(transport, _)| *transport == sip::Transport::Udp);
    if let Some((_, address)) = udp {
        let ip = address.ip();
        // Not the port of the user agent that the second command starts.
        commands.push(format!("sipp -sn uac -s 0199000001 -i {ip} -p 5080 -m 1 {address}"));
    }
    let mut targets = settings.gateway.trunks.iter().flat_map(|trunk| &trunk.targets);
    let target = targets.find_map(sip::Target::as_address);
    if let Some((sip::Transport::Udp, target)) = target {
        let (ip, port) = (target.ip(), target.port());
        commands.push(format!(
            "sipp -sn uas -i {ip} -p {port} -m 1 -bg; {tocsin} originate 0199008001{remote}"
        ));
    }
    commands.push(format!("curl http://{admin}/metrics"));
    commands
}
