use super::*;
use crate::conf::AssociationTransport;
use mtp::m3ua::{Share, TrafficMode};

/// The gateway for load tests with its association written so.
fn with(keys: &str) -> Result<Settings, ConfError> {
    let text = fs::read_to_string(repository().join("conf/capacity.toml")).unwrap();
    let from = "connect = \"127.0.0.1:2905\"\npeers = [2]\n";
    assert_eq!(text.matches(from).count(), 1);
    Folder::new().load(&text.replace(from, &format!("connect = \"127.0.0.1:2905\"\n{keys}\n")))
}

#[test]
fn an_association_may_serve_several_application_servers() {
    let settings = with(
        "peer_asp_identifier = 9\n\
         [[ss7.association.server]]\npeers = [2]\nrouting_context = 7\nshare_by = \"cic\"\n\
         traffic_mode = \"loadshare\"\nasps_needed = 2\n\
         [[ss7.association.server]]\npeers = [3, 4]\nregister = true",
    );
    let settings = settings.unwrap();
    let association = &settings.gateway.mtp.m3ua.associations[0];
    assert_eq!(association.peer_identifier, Some(9));
    let [first, second] = &association.servers[..] else { panic!() };
    assert_eq!((first.context, first.share, first.needed), (Some(7), Share::Cic, 2));
    assert_eq!(first.mode, Some(TrafficMode::LOADSHARE));
    assert!(second.register && second.context.is_none());
    let peers: Vec<u32> = association.peers().map(|peer| peer.0).collect();
    assert_eq!(peers, [2, 3, 4]);
}

#[test]
fn application_servers_that_cannot_be_are_refused() {
    let server = "[[ss7.association.server]]\npeers = [2]\nrouting_context = 7\n";
    for (keys, key) in [
        (String::new(), "ss7.association[0].peers"),
        ("peers = []".to_owned(), "ss7.association[0].peers"),
        ("peers = [2, 1]".to_owned(), "ss7.association[0].peers[1]"),
        ("peers = [2]\ntraffic_mode = \"x\"".to_owned(), "ss7.association[0].traffic_mode"),
        ("peers = [2]\nshare_by = \"x\"".to_owned(), "ss7.association[0].share_by"),
        ("peers = [2]\nasps_needed = 0".to_owned(), "ss7.association[0].asps_needed"),
        (format!("peers = [2]\n{server}"), "ss7.association[0].peers"),
        (
            format!("{server}[[ss7.association.server]]\npeers = [3]\n"),
            "ss7.association[0].server[1].routing_context",
        ),
        (
            format!("{server}[[ss7.association.server]]\npeers = [3]\nrouting_context = 7\n"),
            "ss7.association[0].server[1].routing_context",
        ),
        (
            format!("{server}[[ss7.association.server]]\npeers = [2]\nrouting_context = 8\n"),
            "ss7.association[0].server[1].peers",
        ),
    ] {
        let error = with(&keys).map(|_| ()).unwrap_err();
        assert_eq!(error.key, key, "{error}");
        assert!(error.line > 0 && !error.remedy.is_empty(), "{error}");
    }
}

/// The same with the end of its connection written so, too.
fn carried(keys: &str) -> Result<Settings, ConfError> {
    let text = fs::read_to_string(repository().join("conf/capacity.toml")).unwrap();
    Folder::new().load(&text.replace("connect = \"127.0.0.1:2905\"\n", keys))
}

#[test]
fn an_association_may_be_carried_by_sctp() {
    let carried_by = |keys: &str| carried(keys).unwrap().associations[0].transport.clone();
    assert_eq!(carried_by("connect = \"127.0.0.1:2905\"\n"), AssociationTransport::Tcp);
    let several = carried_by(
        "transport = \"sctp\"\nconnect = [\"127.0.0.1:2905\", \"127.0.0.9:2905\"]\n\
         local = [\"127.0.0.2\", \"127.0.0.3\"]\n",
    );
    let locals = vec!["127.0.0.3".parse().unwrap()];
    let remotes = vec!["127.0.0.9:2905".parse().unwrap()];
    assert_eq!(several, AssociationTransport::Sctp { locals, remotes });
    let usual = carried_by("transport = \"sctp-udp\"\nconnect = \"127.0.0.1:2905\"\n");
    assert_eq!(usual, AssociationTransport::SctpUdp { ports: (9_899, 9_899) });
    let chosen = carried_by(
        "transport = \"sctp-udp\"\nconnect = \"127.0.0.1:2905\"\nudp_port = 1\npeer_udp_port = 2\n",
    );
    assert_eq!(chosen, AssociationTransport::SctpUdp { ports: (1, 2) });
}

#[test]
fn transports_that_cannot_be_are_refused() {
    let to = "connect = \"127.0.0.1:2905\"\n";
    let both = "connect = [\"127.0.0.1:2905\", \"127.0.0.9:2905\"]\n";
    for (keys, key) in [
        (format!("{to}transport = \"x\"\n"), "transport"),
        (both.to_owned(), "transport"),
        (format!("{both}transport = \"sctp-udp\"\n"), "transport"),
        (format!("{to}udp_port = 9899\n"), "udp_port"),
        (format!("{to}transport = \"sctp\"\npeer_udp_port = 9899\n"), "peer_udp_port"),
        (format!("{to}transport = \"sctp-udp\"\nudp_port = 0\n"), "udp_port"),
        (format!("{}transport = \"sctp\"\n", both.replace("9:2905", "9:2906")), "connect"),
        ("connect = []\ntransport = \"sctp\"\n".to_owned(), "connect"),
        (format!("{to}local = [\"::1\"]\n"), "local"),
    ] {
        let error = carried(&keys).map(|_| ()).unwrap_err();
        assert_eq!(error.key, format!("ss7.association[0].{key}"), "{error}");
        assert!(error.line > 0 && !error.remedy.is_empty(), "{error}");
    }
}
