//! Header field names: the ones known by number, their compact forms, and how they hold values.

use wide::u8x16;

/// How a header field of some name holds its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// At most one line with one value (RFC 3261 §7.3.1): twice is an error.
    Single,
    /// Values in one line are separated by commas and may be spread over lines.
    List,
    /// One value a line, commas and all.
    Line,
}

/// One row a name: `Variant "Written-Name" compact shape`, as in `Via "Via" b'v' List`; compact
/// is 0 where there is no compact form. Makes `Name` and the table it is looked up in.
macro_rules! names {
    ($($variant:ident $written:literal $compact:literal $shape:ident)+) => {
        /// A header field name. Written in full or in compact form, in any case, it is the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the variants are the header fields' own names")]
        #[repr(u8)]
        pub enum Name {
            $($variant,)+
            /// Any other: found by [`crate::Message::named`].
            Other,
        }

        const TABLE: &[(Name, &str, u8, Shape)] =
            &[$((Name::$variant, $written, $compact, Shape::$shape)),+];
    };
}

names! {
    // RFC 3261 §20
    Accept "Accept" 0 List
    AcceptEncoding "Accept-Encoding" 0 List
    AcceptLanguage "Accept-Language" 0 List
    AlertInfo "Alert-Info" 0 List
    Allow "Allow" 0 List
    AuthenticationInfo "Authentication-Info" 0 Line
    Authorization "Authorization" 0 Line
    CallId "Call-ID" b'i' Single
    CallInfo "Call-Info" 0 List
    Contact "Contact" b'm' List
    ContentDisposition "Content-Disposition" 0 Line
    ContentEncoding "Content-Encoding" b'e' List
    ContentLanguage "Content-Language" 0 List
    ContentLength "Content-Length" b'l' Single
    ContentType "Content-Type" b'c' Single
    CSeq "CSeq" 0 Single
    Date "Date" 0 Line
    ErrorInfo "Error-Info" 0 List
    Expires "Expires" 0 Line
    From "From" b'f' Single
    InReplyTo "In-Reply-To" 0 List
    MaxForwards "Max-Forwards" 0 Single
    MimeVersion "MIME-Version" 0 Line
    MinExpires "Min-Expires" 0 Line
    Organization "Organization" 0 Line
    Priority "Priority" 0 Line
    ProxyAuthenticate "Proxy-Authenticate" 0 Line
    ProxyAuthorization "Proxy-Authorization" 0 Line
    ProxyRequire "Proxy-Require" 0 List
    RecordRoute "Record-Route" 0 List
    ReplyTo "Reply-To" 0 Line
    Require "Require" 0 List
    RetryAfter "Retry-After" 0 Line
    Route "Route" 0 List
    Server "Server" 0 Line
    Subject "Subject" b's' Line
    Supported "Supported" b'k' List
    Timestamp "Timestamp" 0 Line
    To "To" b't' Single
    Unsupported "Unsupported" 0 List
    UserAgent "User-Agent" 0 Line
    Via "Via" b'v' List
    Warning "Warning" 0 List
    WwwAuthenticate "WWW-Authenticate" 0 Line
    // RFC 3262, 3515, 3891, 3892, 3903, 3911, 4028, 4488, 4538, 5393, 5626, 6086, 6665
    AllowEvents "Allow-Events" b'u' List
    Event "Event" b'o' Line
    FlowTimer "Flow-Timer" 0 Line
    InfoPackage "Info-Package" 0 Line
    Join "Join" 0 Line
    MaxBreadth "Max-Breadth" 0 Line
    MinSe "Min-SE" 0 Line
    RAck "RAck" 0 Line
    RSeq "RSeq" 0 Line
    RecvInfo "Recv-Info" 0 List
    ReferSub "Refer-Sub" 0 Line
    ReferTo "Refer-To" b'r' Line
    ReferredBy "Referred-By" b'b' Line
    Replaces "Replaces" 0 Line
    SessionExpires "Session-Expires" b'x' Line
    SipEtag "SIP-ETag" 0 Line
    SipIfMatch "SIP-If-Match" 0 Line
    SubscriptionState "Subscription-State" 0 Line
    TargetDialog "Target-Dialog" 0 Line
    // RFC 3323, 3325, 3326, 3327, 3329, 3608, 3841, 4412, 5373, 5621, 6442, 6809, 7044, 7433,
    // 7989, 8224
    AcceptContact "Accept-Contact" b'a' List
    AcceptResourcePriority "Accept-Resource-Priority" 0 List
    AnswerMode "Answer-Mode" 0 Line
    ContentId "Content-ID" 0 Line
    FeatureCaps "Feature-Caps" 0 List
    Geolocation "Geolocation" 0 List
    GeolocationError "Geolocation-Error" 0 Line
    GeolocationRouting "Geolocation-Routing" 0 Line
    HistoryInfo "History-Info" 0 List
    Identity "Identity" b'y' Line
    PAssertedIdentity "P-Asserted-Identity" 0 List
    Path "Path" 0 List
    PPreferredIdentity "P-Preferred-Identity" 0 List
    Privacy "Privacy" 0 Line
    Reason "Reason" 0 List
    RejectContact "Reject-Contact" b'j' List
    RequestDisposition "Request-Disposition" b'd' List
    ResourcePriority "Resource-Priority" 0 List
    SecurityClient "Security-Client" 0 List
    SecurityServer "Security-Server" 0 List
    SecurityVerify "Security-Verify" 0 List
    ServiceRoute "Service-Route" 0 List
    SessionId "Session-ID" 0 Line
    UserToUser "User-to-User" 0 List
    // RFC 4964, 5009, 5502, 5806, 6050, 7315
    Diversion "Diversion" 0 List
    PAccessNetworkInfo "P-Access-Network-Info" 0 List
    PAnswerState "P-Answer-State" 0 Line
    PAssertedService "P-Asserted-Service" 0 List
    PAssociatedUri "P-Associated-URI" 0 List
    PCalledPartyId "P-Called-Party-ID" 0 Line
    PChargingFunctionAddresses "P-Charging-Function-Addresses" 0 Line
    PChargingVector "P-Charging-Vector" 0 Line
    PEarlyMedia "P-Early-Media" 0 List
    PPreferredService "P-Preferred-Service" 0 List
    PServedUser "P-Served-User" 0 Line
    PVisitedNetworkId "P-Visited-Network-ID" 0 List
}

/// A name's place in `PLACES`: by its length, its first and its last letter in any case. The
/// factors were searched for few names a place.
#[inline]
const fn place(length: usize, first: u8, last: u8) -> usize {
    let letters = (first | 0x20) as usize * 40 + (last | 0x20) as usize * 47;
    (letters + length * 41) % PLACES_MAX
}

const PLACES_MAX: usize = 256;
/// At most so many names share a place.
const SHARED_MAX: usize = 2;
const EMPTY: u8 = u8::MAX;

/// Rows of `TABLE` by place.
static PLACES: [[u8; SHARED_MAX]; PLACES_MAX] = places();

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
#[expect(clippy::cast_possible_truncation, reason = "a test holds the table below 255 rows")]
const fn places() -> [[u8; SHARED_MAX]; PLACES_MAX] {
    let mut places = [[EMPTY; SHARED_MAX]; PLACES_MAX];
    let mut row = 0;
    while row < TABLE.len() {
        let name = TABLE[row].1.as_bytes();
        let at = place(name.len(), name[0], name[name.len() - 1]);
        let mut free = 0;
        while places[at][free] != EMPTY {
            free += 1;
        }
        places[at][free] = row as u8;
        row += 1;
    }
    places
}

/// The names of `TABLE` in small letters, each with its colon, in two halves.
static LETTERS: [[[u8; HALF]; 2]; TABLE.len()] = letters();

/// A name and its colon are no longer than two of it.
const HALF: usize = 16;

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
const fn letters() -> [[[u8; HALF]; 2]; TABLE.len()] {
    let mut letters = [[[0; HALF]; 2]; TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        let name = TABLE[row].1.as_bytes();
        let mut at = 0;
        while at < name.len() {
            letters[row][at / HALF][at % HALF] = name[at].to_ascii_lowercase();
            at += 1;
        }
        letters[row][at / HALF][at % HALF] = b':';
        row += 1;
    }
    letters
}

/// A bit for each name that may be there once, and for Via.
static WATCHED: [u16; TABLE.len()] = watched();

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
const fn watched() -> [u16; TABLE.len()] {
    let mut watched = [0; TABLE.len()];
    let mut row = 0;
    let mut bit: u16 = 1;
    while row < TABLE.len() {
        if matches!(TABLE[row].3, Shape::Single) || matches!(TABLE[row].0, Name::Via) {
            watched[row] = bit;
            // Overflows, which stops the build, when there are more than bits.
            bit *= 2;
        }
        row += 1;
    }
    watched
}

/// Half of what a line starts with.
#[derive(Clone, Copy)]
struct Half(u8x16);

impl Half {
    fn new(octets: &[u8; HALF]) -> Self {
        Self(u8x16::new(*octets))
    }

    /// A bit for each colon, the lowest for the first octet.
    fn colons(self) -> u32 {
        self.0.simd_eq(u8x16::splat(b':')).to_bitmask()
    }

    /// A bit for each octet that is the same as in half a row of `LETTERS`, in any case.
    fn same(self, letters: &[u8; HALF]) -> u32 {
        // What has the bit of all letters gets the bit of the small ones.
        let small = self.0 | ((self.0 & u8x16::splat(0x40)).unbounded_shr_scalar(1));
        small.simd_eq(u8x16::new(*letters)).to_bitmask()
    }
}

/// Compact forms by letter (RFC 3261 §7.3.3).
const COMPACT: [Name; 26] = compact_forms();

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
const fn compact_forms() -> [Name; 26] {
    let mut forms = [Name::Other; 26];
    let mut row = 0;
    while row < TABLE.len() {
        if TABLE[row].2 != 0 {
            forms[(TABLE[row].2 - b'a') as usize] = TABLE[row].0;
        }
        row += 1;
    }
    forms
}

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
const fn row_of_table(row: usize) -> Name {
    TABLE[row].0
}

impl Name {
    /// The name that `text` writes, in full or compact, in any case.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    pub(crate) fn of_bytes(text: &[u8]) -> Self {
        if let [letter] = text {
            let at = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
            return COMPACT.get(at).copied().unwrap_or(Self::Other);
        }
        let [first, .., last] = text else { return Self::Other };
        let rows = PLACES.get(place(text.len(), *first, *last));
        let rows = rows.into_iter().flatten().filter_map(|row| TABLE.get(usize::from(*row)));
        let mut found = rows.filter(|row| row.1.as_bytes().eq_ignore_ascii_case(text));
        found.next().map_or(Self::Other, |row| row.0)
    }

    /// The name at the start of a line, known and with its colon right behind it, and its length.
    /// A shortcut: what is not found here may still be a name, by [`Name::of_bytes`].
    #[inline]
    pub(crate) fn at_start(line: &[u8]) -> Option<(Self, usize)> {
        let (first, rest) = line.split_first_chunk()?;
        let first = Half::new(first);
        let colons = first.colons();
        if colons == 0 {
            return Self::long_at_start(line, first, Half::new(rest.first_chunk()?));
        }
        let length = colons.trailing_zeros() as usize;
        if length < 2 {
            let name = Self::of_bytes(line.get(..length)?);
            return (name != Self::Other).then_some((name, length));
        }
        // The name and its colon.
        let all = (2 << length) - 1;
        Self::find(line, length, |[letters, _]| first.same(letters) & all == all)
    }

    /// The same of a name that is longer than half a row.
    fn long_at_start(line: &[u8], first: Half, second: Half) -> Option<(Self, usize)> {
        let colons = second.colons();
        let length = colons.trailing_zeros() as usize;
        let all = if colons == 0 { return None } else { (2 << length) - 1 };
        Self::find(line, HALF + length, |[start, end]| {
            first.same(start) == 0xffff && second.same(end) & all == all
        })
    }

    /// The name of that length at the start of a line, if `is_same` finds its row of `LETTERS`.
    #[inline]
    fn find(
        line: &[u8],
        length: usize,
        is_same: impl Fn(&[[u8; HALF]; 2]) -> bool,
    ) -> Option<(Self, usize)> {
        let rows = PLACES.get(place(length, *line.first()?, *line.get(length - 1)?))?;
        let row = rows.iter().find(|row| LETTERS.get(usize::from(**row)).is_some_and(&is_same))?;
        Some((Self::of_row(*row), length))
    }

    /// The bit of a name that is watched while a message is read: one that may be there once, and
    /// Via. 0 for others.
    #[inline]
    pub(crate) fn watched(self) -> u16 {
        WATCHED.get(self as usize).copied().unwrap_or(0)
    }

    /// The name as this crate writes it; empty for `Other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        TABLE.get(self as usize).map_or("", |row| row.1)
    }

    /// The name in that row of the table, which is its number; `Other` behind the last.
    pub(crate) const fn of_row(row: u8) -> Self {
        let row = row as usize;
        if row < TABLE.len() { row_of_table(row) } else { Self::Other }
    }

    #[inline]
    pub(crate) fn shape(self) -> Shape {
        TABLE.get(self as usize).map_or(Shape::Line, |row| row.3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_full_and_compact_form_in_any_case() {
        assert!(TABLE.len() < usize::from(EMPTY));
        for (row, (name, written, compact, _)) in TABLE.iter().enumerate() {
            assert_eq!(*name as usize, row);
            assert_eq!(name.as_str(), *written);
            assert_eq!(Name::of(written), *name);
            assert_eq!(Name::of(&written.to_uppercase()), *name);
            if *compact != 0 {
                assert_eq!(Name::of_bytes(&[*compact]), *name);
                assert_eq!(Name::of_bytes(&[compact.to_ascii_uppercase()]), *name);
            }
        }
    }

    #[test]
    fn the_shortcut_finds_what_is_a_known_name() {
        for (name, written, compact, _) in TABLE {
            let line = |written: &str| format!("{written}: a value of some length");
            let found = Name::at_start(line(written).as_bytes());
            assert_eq!(found, Some((*name, written.len())));
            let found = Name::at_start(line(&written.to_uppercase()).as_bytes());
            assert_eq!(found, Some((*name, written.len())));
            if *compact != 0 {
                let compact = char::from(*compact).to_string();
                assert_eq!(Name::at_start(line(&compact).as_bytes()), Some((*name, 1)));
            }
            for at in 0..written.len() {
                for octet in 0..=u8::MAX {
                    let mut line = line(written).into_bytes();
                    line[at] = octet;
                    if let Some((name, length)) = Name::at_start(&line) {
                        assert_eq!(Name::of_bytes(&line[..length]), name);
                        assert_eq!(line[length], b':');
                    }
                }
            }
        }
        for (_, written, ..) in TABLE {
            for nuls in 1..24 {
                let line = format!("{written}{}: a value of some length", "\0".repeat(nuls));
                assert_eq!(Name::at_start(line.as_bytes()), None, "{written} and {nuls} NULs");
            }
        }
        assert_eq!(Name::at_start(b"Via: 1"), None);
        assert_eq!(Name::at_start(b"Via: 0123456789a"), Some((Name::Via, 3)));
        assert_eq!(Name::at_start(b": 01234567890123456789012345"), None);
        assert_eq!(Name::at_start(b"Via : SIP/2.0/UDP 192.0.2.1"), None);
    }

    #[test]
    fn other_names_are_other() {
        for text in ["", "z", "?", "Vi", "Viaa", "X-Via", "Call_ID", "Call\rID", "C\u{1}ll-ID", "é"]
        {
            assert_eq!(Name::of(text), Name::Other, "{text}");
        }
        assert_eq!(Name::of(&"a".repeat(1000)), Name::Other);
        assert_eq!(Name::Other.as_str(), "");
    }
}
