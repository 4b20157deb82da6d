//! Trunks that prove something, ask for less, mark calls, or are registered with.

use super::*;

const MD5: &str = "0123456789abcdef0123456789abcdef";

fn with(keys: &str) -> String {
    changed("trusted = false\n", &format!("trusted = false\n{keys}\n"))
}

fn load(keys: &str, file: &str) -> Result<Settings, ConfError> {
    let folder = Folder::new();
    fs::write(folder.0.join("file"), file).unwrap();
    folder.load(&with(keys))
}

#[test]
fn users_and_passwords_are_read_from_files_beside() {
    let challenge = "challenge = { realm = \"example.net\", users = \"file\" }";
    let users = format!("# comment\n\nalice:example.net:{MD5}:-\nbob:example.net:-:{MD5}{MD5}\n");
    let peers = load(challenge, &users).unwrap().gateway.sip.peers;
    assert_eq!(peers.list[0].realm, Some(0));
    assert!(!peers.realms[0].open, "the trunk has sources");
    assert_eq!(peers.realms[0].accounts.len(), 2);
    assert!(!format!("{peers:?}").contains(MD5), "no secret is shown");
    let credentials = "credentials = { user = \"tocsin\", password_file = \"file\" }";
    let settings = load(credentials, "open sesame\n").unwrap();
    assert!(!format!("{settings:?}").contains("sesame"));
    assert!(settings.gateway.sip.peers.list[0].credentials.is_some());
}

#[test]
fn what_is_wrong_in_a_users_file_is_told_by_its_line_and_without_its_hashes() {
    let challenge = "challenge = { realm = \"example.net\", users = \"file\" }";
    for (users, line) in [
        ("", 0),
        ("# nobody\n", 0),
        ("alice\n", 1),
        (&format!("alice:example.com:{MD5}\n"), 1),
        (&format!("a:example.net:{MD5}\na:example.net:{MD5}\n"), 2),
        (&format!("a:example.net:{MD5}0\n"), 1),
        ("a:example.net:-:-\n", 1),
        (&format!(":example.net:{MD5}\n"), 1),
        (&format!("a:example.net:{MD5}:-:more\n"), 1),
    ] {
        let error = load(challenge, users).map(|_| ()).unwrap_err();
        assert_eq!(error.key, "sip.trunk[0].challenge.users", "{users}");
        if line > 0 {
            assert_eq!(error.line, line, "{users}");
            assert!(error.file.ends_with("file"));
        }
        assert!(!error.to_string().contains(MD5), "{error}");
    }
}

#[test]
fn other_mistakes_are_told_by_their_key() {
    for (keys, key) in [
        ("challenge = { realm = \"a\\\"b\", users = \"file\" }", "challenge.realm"),
        ("challenge = { realm = \"a\", users = \"none\" }", "challenge.users"),
        ("credentials = { user = \"\", password_file = \"file\" }", "credentials.user"),
        ("credentials = { user = \"a\", password_file = \"none\" }", "credentials.password_file"),
        ("credentials = { user = \"a\", password_file = \"file\" }", "credentials.password_file"),
        ("listener = \"5060\"", "listener"),
        ("listener = \"udp:127.0.0.1:5061\"", "listener"),
        ("listener = \"tcp:127.0.0.1:5060\"", "listener"),
        ("listener = [\"udp:127.0.0.1:5060\", \"udp:127.0.0.1:5060\"]", "listener[1]"),
        ("overload = \"some\"", "overload"),
        ("marks = { emergency = \"esnet.9\" }", "marks.emergency"),
        ("marks = { government = \"new.1\" }", "marks.government"),
    ] {
        let error = load(keys, "\n").map(|_| ()).unwrap_err();
        assert_eq!(error.key, format!("sip.trunk[0].{key}"), "{keys}");
    }
    let settings = load("listener = \"udp:127.0.0.1:5060\"", "").unwrap();
    assert_eq!(settings.gateway.trunks[0].listeners, settings.sip.listen[..1]);
    let right = [
        ("registrar", "udp:127.0.0.1:5090"),
        ("aor", "sip:a@example.net"),
        ("contact_user", "+33199008000"),
        ("expires", "10min"),
    ];
    let register = |wrong: &str, value: &str| {
        let keys = right.map(|(key, text)| {
            let text = if key == wrong { value } else { text };
            format!("{key} = \"{text}\"")
        });
        format!("register = {{ {} }}", keys.join(", "))
    };
    let settings = load(&register("", ""), "").unwrap();
    let trunk = &settings.gateway.trunks[0];
    assert!(trunk.sources.contains(&([127, 0, 0, 1].into(), 32)), "the registrar calls us");
    assert_eq!(settings.gateway.sip.peers.registrations[0].registrar, "sip:example.net");
    for (key, value) in [
        ("registrar", "127.0.0.1"),
        ("registrar", "udp:[::1]:5090"),
        ("aor", "tel:+33199008000"),
        ("contact_user", "a b"),
        ("expires", "1s"),
    ] {
        let error = load(&register(key, value), "").map(|_| ()).unwrap_err();
        assert_eq!(error.key, format!("sip.trunk[0].register.{key}"), "{value}");
    }
}
