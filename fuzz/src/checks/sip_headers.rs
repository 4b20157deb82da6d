//! A header field value and a URI: whatever the text, every type that reads it writes something
//! that reads the same again, and a URI is the same as itself.

use std::fmt::Debug;

use sip_parser::headers::{
    Accept, AcceptLanguage, AcceptResourcePriority, Allow, AuthenticationInfo, Authorization,
    CallId, CallInfo, Contact, ContentDisposition, ContentId, ContentType, Date, Diversion, Event,
    Expires, Geolocation, GeolocationError, GeolocationRouting, HistoryInfo, Identity, InfoPackage,
    MaxForwards, MinSe, PAccessNetworkInfo, PAssertedIdentity, PAssertedService, PChargingVector,
    PEarlyMedia, Privacy, Quoted, RAck, RSeq, Reason, Replaces, Require, ResourcePriority,
    RetryAfter, SessionExpires, Subject, SubscriptionState, TargetDialog, Timestamp, UserToUser,
    Warning, WwwAuthenticate, escape,
};
use sip_parser::{CSeq, Typed, Uri, Via, escape_user, unescape_uri};

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    values(&text);
    uri(&text);
    let escaped = escape(&text);
    assert_eq!(Quoted::new(&escaped).expect("it is escaped").text(), text);
    assert_eq!(unescape_uri(&escape_user(&text)), text);
}

/// `parse(display(x)) == x`.
macro_rules! again {
    ($text:expr, $($kind:ty),+ $(,)?) => {
        $(if let Some(read) = <$kind>::parse($text) {
            let written = read.to_string();
            same(&written, &read, <$kind>::parse(&written));
        })+
    };
}

fn same<T: PartialEq + Debug>(written: &str, read: &T, again: Option<T>) {
    assert_eq!(again.as_ref(), Some(read), "written as {written:?}");
}

fn values(text: &str) {
    again!(
        text,
        Accept,
        AcceptLanguage,
        AcceptResourcePriority,
        Allow,
        AuthenticationInfo,
        Authorization,
        CSeq,
        CallId,
        CallInfo,
        Contact,
        ContentDisposition,
        ContentId,
        ContentType,
        Date,
        Diversion,
        Event,
        Expires,
        Geolocation,
        GeolocationError,
        GeolocationRouting,
        HistoryInfo,
        Identity,
        InfoPackage,
        MaxForwards,
        MinSe,
        PAccessNetworkInfo,
        PAssertedIdentity,
        PAssertedService,
        PChargingVector,
        PEarlyMedia,
        Privacy,
        RAck,
        RSeq,
        Reason,
        Replaces,
        Require,
        ResourcePriority,
        RetryAfter,
        SessionExpires,
        Subject,
        SubscriptionState,
        TargetDialog,
        Timestamp,
        UserToUser,
        Via,
        Warning,
        WwwAuthenticate,
    );
    if let Some(overload) = Via::parse(text).and_then(|via| via.overload()) {
        let written = format!("SIP/2.0/UDP h{overload}");
        let again = Via::parse(&written).expect("a Via").overload();
        same(&written, &overload, again);
    }
    if let Some(entry) = HistoryInfo::parse(text) {
        let _ = (entry.is_private(), entry.header("Reason").map(|value| value.len()));
    }
    if let Some(data) = UserToUser::parse(text) {
        let _ = data.octets().map(Iterator::count);
    }
    if let Some(contact) = Contact::parse(text) {
        let _ = (contact.q(), contact.expires(), contact.instance(), contact.reg_id());
    }
}

fn uri(text: &str) {
    let Some(uri) = Uri::parse(text) else { return };
    match uri {
        Uri::Sip(sip) => {
            let few = sip.params.iter().count() <= 64 && sip.header_fields().count() <= 64;
            assert_eq!(uri.is_same(&uri), few);
            if let Some(number) = sip.telephone() {
                let _ = (number.is_well_formed(), number.trunk_group());
            }
        }
        Uri::Tel(tel) => {
            assert_eq!(uri.is_same(&uri), tel.params.iter().count() <= 64);
            assert!(tel.digits().count() <= tel.number.len());
            if tel.is_well_formed() {
                assert!(tel.digits().next().is_some());
            }
        }
        Uri::Urn(_) | Uri::Other { .. } => assert!(uri.is_same(&uri)),
    }
}
