//! Trunks that are known by what their peers prove.

use super::*;
use rcgen::{CertificateParams, KeyPair};

/// The demo with TLS and these keys of its trunk; whoever vouches for it vouches for all.
fn load(keys: &str, tls: &str) -> Result<Settings, ConfError> {
    let folder = Folder::new();
    let key = KeyPair::generate().unwrap();
    let pem = CertificateParams::default().self_signed(&key).unwrap().pem();
    fs::write(folder.0.join("ours.pem"), pem).unwrap();
    fs::write(folder.0.join("ours.key"), key.serialize_pem()).unwrap();
    let tcp = "\"tcp:127.0.0.1:5060\"";
    let text = changed(tcp, &format!("{tcp}, \"tls:127.0.0.1:5061\""));
    let section = format!(
        "[sip.tls]\ncertificate = \"ours.pem\"\nkey = \"ours.key\"\nclient_ca = \"ours.pem\"\n\
         server_ca = \"ours.pem\"\n{tls}\n[[sip.trunk]]"
    );
    let text = text.replacen("[[sip.trunk]]", &section, 1);
    folder.load(&text.replace("trusted = false\n", &format!("trusted = false\n{keys}\n")))
}

#[test]
fn names_beside_addresses_are_worth_a_word() {
    let settings = load("tls_names = [\"sbc.example.net\"]", "").unwrap();
    let [advice] = settings.advice.as_slice() else { panic!("{:?}", settings.advice) };
    assert_eq!(advice.key, "sip.trunk[0].tls_names");
    assert!(advice.to_string().contains("127.0.0.0/8"), "{advice}");
    assert!(!settings.gateway.trunks[0].tls_required);
    assert!(load("", "").unwrap().advice.is_empty());
}

#[test]
fn a_trunk_without_addresses_is_worth_a_word() {
    let trunk = "tls_names = [\"sbc.example.net\"]\n[[sip.trunk]]\nname = \"far\"\n\
        tls_names = [\"far.example.net\"]\n";
    let settings = load(trunk, "").unwrap();
    let advice: Vec<_> = settings.advice.iter().map(|advice| advice.key.as_str()).collect();
    assert_eq!(advice, ["sip.trunk[0].tls_names", "sip.trunk[1].sources"]);
    assert!(settings.advice[1].to_string().contains("`far`"), "{}", settings.advice[1]);
    // Where the calls of a trunk go becomes known.
    let target = format!("{trunk}target = \"sips:far.example.net\"");
    assert_eq!(load(&target, "").unwrap().advice.len(), 1);
}

#[test]
fn a_trunk_may_be_known_by_names_only() {
    let names = "tls_names = [\"sbc.example.net\"]\ntls_required = true";
    let error = load(names, "").map(|_| ()).unwrap_err();
    assert_eq!(error.key, "sip.trunk[0].tls_required");
    assert!(error.what.contains("without TLS"), "the demo's target is one of UDP: {error}");
    let error = load("tls_required = true", "").map(|_| ()).unwrap_err();
    assert!(error.what.contains("nobody"), "{error}");
}

#[test]
fn the_rate_of_handshakes_has_bounds() {
    assert_eq!(load("", "").unwrap().sip.handshake_rate, 200);
    assert_eq!(load("", "handshakes_per_second = 50").unwrap().sip.handshake_rate, 50);
    let error = load("", "handshakes_per_second = 0").map(|_| ()).unwrap_err();
    assert_eq!(error.key, "sip.tls.handshakes_per_second");
}

#[test]
fn a_target_is_a_neighbour() {
    let settings = Folder::new().load(&changed("udp:127.0.0.1:5070", "udp:192.0.2.7:5070"));
    let settings = settings.unwrap();
    assert!(settings.sip.neighbours[0].contains(&([192, 0, 2, 7].into(), 32)));
    assert!(settings.sip.queue_per_trunk);
}

#[test]
fn a_registrar_is_a_neighbour() {
    let registrar = "register = { registrar = \"udp:192.0.2.1:5060\", \
                     aor = \"sip:tocsin@example.net\", contact_user = \"+33199008000\" }";
    let settings = load(registrar, "").unwrap();
    assert!(settings.sip.neighbours[0].contains(&([192, 0, 2, 1].into(), 32)));
}

#[test]
fn a_listener_may_have_a_priority_mark_of_its_own() {
    let tcp = "\"tcp:127.0.0.1:5060\"";
    let settings = Folder::new().load(&changed(tcp, "\"tcp:[::1]:5060;dscp=46\"")).unwrap();
    assert_eq!(settings.sip.dscps, [24, 46]);
    assert_eq!(settings.sip.listen[1].1, "[::1]:5060".parse().unwrap());
    for mark in ["64", "-1", "x", ""] {
        let (error, _) = refusal(tcp, &format!("\"tcp:127.0.0.1:5060;dscp={mark}\""));
        assert_eq!(error.key, "sip.listen[1]", "{error}");
        assert!(error.remedy.contains(";dscp=N"), "{error}");
    }
}
