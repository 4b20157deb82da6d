use super::*;
use crate::conf::{AssociationProtocol, AssociationTransport};
use mtp::{Level2Config, LinkConfig};

const KEYS: &str = "name = \"first\"\nadjacent = 2\nslc = 0\nconnect = \"127.0.0.1:3565\"\n";

/// The gateway for load tests with these links in place of its association.
fn with(links: &str) -> Result<Settings, ConfError> {
    let text = fs::read_to_string(repository().join("conf/capacity.toml")).unwrap();
    let (before, rest) = text.split_once("[[ss7.association]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    Folder::new().load(&format!("{before}{links}\n{after}"))
}

fn link(link: &LinkConfig) -> (u32, u8, mtp::m2pa::Config) {
    let Level2Config::M2pa(config) = link.level2 else { panic!("{link:?}") };
    (link.adjacent.0, link.slc, config)
}

#[test]
fn links_over_associations_and_what_carries_them() {
    let second = "name = \"second\"\nadjacent = 2\nslc = 7\nlisten = \"127.0.0.1:3565\"\n\
                  sources = [\"127.0.0.0/8\"]\ntransport = \"sctp-udp\"\nwindow = 5\n";
    let settings = with(&format!("[[ss7.m2pa]]\n{KEYS}[[ss7.m2pa]]\n{second}")).unwrap();
    let [one, two] = &settings.gateway.mtp.links[..] else { panic!() };
    assert_eq!((one.id.0, two.id.0), (0, 1));
    let ((adjacent, slc, config), (_, other, its)) = (link(one), link(two));
    assert_eq!((adjacent, slc, config.opens, config.window), (2, 0, true, 1_024));
    assert_eq!((other, its.opens, its.window), (7, false, 5));
    let carried: Vec<_> =
        settings.associations.iter().map(|one| (one.id, one.protocol, &one.transport)).collect();
    let m2pa = AssociationProtocol::M2pa;
    let udp = AssociationTransport::SctpUdp { ports: (9_899, 9_899) };
    assert_eq!(
        carried,
        [(config.association, m2pa, &AssociationTransport::Tcp), (its.association, m2pa, &udp)]
    );
    assert_eq!(m2pa.ppid(), 5);
}

#[test]
fn links_that_cannot_be_are_refused() {
    let first = format!("[[ss7.m2pa]]\n{KEYS}");
    let changed = |from: &str, to: &str| {
        assert_eq!(KEYS.matches(from).count(), 1);
        format!("[[ss7.m2pa]]\n{}", KEYS.replace(from, to))
    };
    let second = |keys: &str| format!("{first}[[ss7.m2pa]]\nname = \"second\"\n{keys}");
    let connect = "connect = \"127.0.0.1:3566\"";
    let association = "[[ss7.association]]\nname = \"x\"\nconnect = \"127.0.0.1:2905\"\n";
    for (links, key) in [
        (changed("adjacent = 2", "adjacent = 16384"), "ss7.m2pa[0].adjacent"),
        (changed("adjacent = 2", "adjacent = 1"), "ss7.m2pa[0].adjacent"),
        (format!("{association}peers = [2]\n{first}"), "ss7.m2pa[0].adjacent"),
        (changed("slc = 0", "slc = 16"), "ss7.m2pa[0].slc"),
        (second(&format!("adjacent = 2\nslc = 0\n{connect}")), "ss7.m2pa[1].slc"),
        (second("adjacent = 2\nslc = 1\nconnect = \"127.0.0.1:3565\""), "ss7.m2pa[1].connect"),
        (format!("{first}[[ss7.m2pa]]\n{KEYS}"), "ss7.m2pa[1].name"),
        (changed("connect", "listen"), "ss7.m2pa[0].sources"),
        (changed("connect", "local"), "ss7.m2pa[0].connect"),
        (changed("slc = 0", "slc = 0\ntransport = \"udp\""), "ss7.m2pa[0].transport"),
        (changed("slc = 0", "slc = 0\nudp_port = 1"), "ss7.m2pa[0].udp_port"),
        (changed("slc = 0", "slc = 0\nwindow = 0"), "ss7.m2pa[0].window"),
        (changed("127.0.0.1:3565", "127.0.0.1"), "ss7.m2pa[0].connect"),
    ] {
        let error = with(&links).map(|_| ()).unwrap_err();
        assert_eq!(error.key, key, "{error}");
        assert!(error.line > 0 && !error.remedy.is_empty(), "{error}");
    }
}
