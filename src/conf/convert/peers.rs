//! What is agreed with each SIP trunk: who proves what to whom, and how one asks the other for
//! less. The files with secrets stand beside the configuration file; what is in them is never
//! repeated, not even in a refusal.

use super::{duration, seed};
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{self, Challenge, Credentials, OneOrMore, Register, Trunk};
use crate::conf::settings::SipSettings;
use crate::conf::values::{TRANSPORT_ADDRESS, transport_address};
use base::Duration;
use sip::{
    Account, Flow, Marks, Overload, Peer, PeerId, Peers, Realm, RegistrationConfig, Secret,
    Transport,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The longest password, user name and realm.
const LONGEST: usize = 255;
const USERS: &str = "write lines of user:realm:MD5:SHA256, both of user:realm:password in \
                     hexadecimal; one of them may be -";

pub(super) fn peers(
    source: &Source,
    sip: &file::Sip,
    settings: &SipSettings,
) -> Result<Peers, ConfError> {
    let secret = [seed(), seed(), seed(), seed()];
    let strangers_emergencies = sip.emergency_from_anywhere;
    let mut peers = Peers { secret, strangers_emergencies, ..Peers::default() };
    for (n, trunk) in sip.trunk.get_ref().iter().enumerate() {
        let trunk = trunk.get_ref();
        let realm = match &trunk.challenge {
            Some(challenge) => Some(realm(source, n, challenge, trunk, &mut peers.realms)?),
            None => None,
        };
        let credentials = trunk.credentials.as_ref();
        let credentials = credentials.map(|given| credentials_of(source, n, given)).transpose()?;
        let (overload, marks) = (overload(source, n, trunk)?, marks(source, n, trunk)?);
        if let Some(given) = &trunk.register {
            let (given, own) = (given.get_ref(), trunk.listener.as_ref());
            peers.registrations.push(registration(source, n, given, (settings, own))?);
        }
        peers.list.push(Peer { realm, credentials, overload, marks });
    }
    Ok(peers)
}

fn registration(
    source: &Source,
    n: usize,
    given: &Register,
    (settings, own): (&SipSettings, Option<&Spanned<OneOrMore>>),
) -> Result<RegistrationConfig, ConfError> {
    let key = |name: &str| format!("sip.trunk[{n}].register.{name}");
    let (transport, remote) = registrar(source, n, &given.registrar)?;
    let fits = |listen: &&(Transport, SocketAddr)| {
        listen.0 == transport && listen.1.is_ipv4() == remote.is_ipv4()
    };
    // What is wrong with a listener is said where those of the trunk are converted.
    let own = own.map_or(&[][..], |own| own.get_ref().as_slice());
    let own: Vec<_> = own.iter().filter_map(|text| transport_address(text)).collect();
    let Some((_, local)) = own.iter().chain(&settings.listen).find(fits) else {
        let what = "no address of sip.listen has its transport and address family";
        let remedy = "listen with that transport too, or reach the registrar by another";
        return Err(source.error(given.registrar.span(), key("registrar"), what, remedy));
    };
    let aor = given.aor.get_ref();
    let host = match sip_parser::Uri::parse(aor) {
        Some(sip_parser::Uri::Sip(uri)) if uri.user.is_some() => uri.host,
        _ => {
            let what = format!("`{aor}` is no address of record");
            let remedy = "write sip:USER@DOMAIN";
            return Err(source.error(given.aor.span(), key("aor"), what, remedy));
        }
    };
    let user = given.contact_user.get_ref();
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"+-_.".contains(&octet);
    if user.is_empty() || !user.bytes().all(plain) {
        let what = format!("`{user}` cannot be called");
        let remedy = "write the number that calls to it are for, or a name";
        return Err(source.error(given.contact_user.span(), key("contact_user"), what, remedy));
    }
    let second = Duration::from_secs(1);
    let range = second * 60..=second * 86_400;
    let expires = duration(source, &given.expires, &key("expires"), range)?;
    Ok(RegistrationConfig {
        peer: PeerId(n as u16),
        flow: Flow { transport, local: *local, remote, connection: None, peer: None },
        registrar: format!("sip:{host}"),
        aor: aor.clone(),
        contact_user: user.clone(),
        expires,
        seed: seed(),
    })
}

/// The way to the registrar of a trunk.
pub(super) fn registrar(
    source: &Source,
    n: usize,
    entry: &Spanned<String>,
) -> Result<(Transport, SocketAddr), ConfError> {
    transport_address(entry.get_ref()).ok_or_else(|| {
        let what = format!("`{}` is no transport with an address", entry.get_ref());
        let key = format!("sip.trunk[{n}].register.registrar");
        source.error(entry.span(), key, what, TRANSPORT_ADDRESS)
    })
}

fn overload(source: &Source, n: usize, trunk: &Trunk) -> Result<Overload, ConfError> {
    let Some(overload) = &trunk.overload else {
        return Ok(Overload::Off);
    };
    match overload.get_ref().as_str() {
        "off" => Ok(Overload::Off),
        "loss" => Ok(Overload::Loss),
        "rate" => Ok(Overload::Rate),
        other => {
            let what = format!("`{other}` is no way of overload control");
            let key = format!("sip.trunk[{n}].overload");
            Err(source.error(overload.span(), key, what, "write loss, rate or off"))
        }
    }
}

fn marks(source: &Source, n: usize, trunk: &Trunk) -> Result<Marks, ConfError> {
    let Some(file::Marks { emergency, government }) = &trunk.marks else {
        return Ok(Marks::default());
    };
    let mark = |given: &Option<Spanned<String>>, key: &str| {
        let Some(given) = given else {
            return Ok(None);
        };
        let parts = given.get_ref().split_once('.');
        if parts.is_some_and(|(namespace, value)| sip::is_known_mark(namespace, value)) {
            return Ok(Some(given.get_ref().clone()));
        }
        let what = format!("`{}` is no Resource-Priority", given.get_ref());
        let key = format!("sip.trunk[{n}].marks.{key}");
        Err(source.error(given.span(), key, what, "write one such as esnet.1, ets.2 or wps.3"))
    };
    let (emergency, government) = (mark(emergency, "emergency")?, mark(government, "government")?);
    Ok(Marks { emergency, government })
}

/// The place of the realm among all, with the users of this trunk in it.
fn realm(
    source: &Source,
    n: usize,
    challenge: &Spanned<Challenge>,
    trunk: &Trunk,
    realms: &mut Vec<Realm>,
) -> Result<u16, ConfError> {
    let key = format!("sip.trunk[{n}].challenge");
    let Challenge { realm: name, users } = challenge.get_ref();
    if !is_plain(name.get_ref()) {
        let remedy = "write a short name of visible ASCII without : \" and \\";
        let key = format!("{key}.realm");
        return Err(source.error(name.span(), key, "this cannot be a realm", remedy));
    }
    let (path, text) = read(source, users, &format!("{key}.users"))?;
    let known = realms.iter().position(|realm| realm.name == *name.get_ref());
    let at = known.unwrap_or(realms.len());
    if known.is_none() {
        realms.push(Realm { name: name.get_ref().clone(), ..Realm::default() });
    }
    let Some(realm) = realms.get_mut(at) else {
        return Ok(0);
    };
    realm.open |= trunk.sources.is_empty() && trunk.tls_names.is_empty();
    let before = realm.accounts.len();
    for (line, text) in text.lines().enumerate() {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| ConfError {
            file: path.clone(),
            line: line + 1,
            column: 1,
            key: format!("{key}.users"),
            what: what.to_owned(),
            remedy: USERS.to_owned(),
        };
        let (user, account) = account(text, n as u16, &realm.name).map_err(wrong)?;
        if realm.accounts.insert(user, account).is_some() {
            return Err(wrong("there is such a user in this realm already"));
        }
    }
    if realm.accounts.len() == before {
        let what = "there is no user in this file";
        return Err(source.error(users.span(), format!("{key}.users"), what, USERS));
    }
    Ok(at as u16)
}

fn account(line: &str, owner: u16, realm: &str) -> Result<(String, Account), &'static str> {
    let mut fields = line.split(':');
    let (user, named) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let (md5, sha256) = (fields.next().unwrap_or("-"), fields.next().unwrap_or("-"));
    if fields.next().is_some() || !is_plain(user) {
        return Err("this is no user");
    }
    if named != realm {
        return Err("this user is of another realm than the trunk asks for");
    }
    let hash = |text: &str, digits: usize| {
        let text = text.trim();
        match text {
            "" | "-" => Ok(None),
            _ if text.len() == digits && text.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
                Ok(Some(Secret::new(text.to_ascii_lowercase())))
            }
            _ => Err("a hash does not have its length in hexadecimal digits"),
        }
    };
    let account = Account { owner, md5: hash(md5, 32)?, sha256: hash(sha256, 64)? };
    if account.md5.is_none() && account.sha256.is_none() {
        return Err("this user has no hash at all");
    }
    Ok((user.to_owned(), account))
}

fn credentials_of(
    source: &Source,
    n: usize,
    given: &Spanned<Credentials>,
) -> Result<sip::Credentials, ConfError> {
    let key = format!("sip.trunk[{n}].credentials");
    let Credentials { user, password_file } = given.get_ref();
    if !is_plain(user.get_ref()) {
        let remedy = "write a short name of visible ASCII without : \" and \\";
        let key = format!("{key}.user");
        return Err(source.error(user.span(), key, "this cannot be a user name", remedy));
    }
    let (path, text) = read(source, password_file, &format!("{key}.password_file"))?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() || password.len() > LONGEST || password.contains('\r') {
        let what = format!("the first line of {} is no password", path.display());
        let remedy = format!("write it there alone, with at most {LONGEST} octets");
        let key = format!("{key}.password_file");
        return Err(source.error(password_file.span(), key, what, remedy));
    }
    Ok(sip::Credentials { user: user.get_ref().clone(), password: Secret::new(password) })
}

fn is_plain(text: &str) -> bool {
    let plain = |octet: u8| (b' '..=b'~').contains(&octet) && !b":\"\\".contains(&octet);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)
}

/// A file beside the configuration file.
fn read(
    source: &Source,
    name: &Spanned<String>,
    key: &str,
) -> Result<(PathBuf, String), ConfError> {
    let path = source.file.parent().unwrap_or(Path::new("")).join(name.get_ref());
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        source.error(name.span(), key, what, "name a readable file beside this one")
    })?;
    Ok((path, text))
}
