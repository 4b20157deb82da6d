use crate::Digits;
use crate::bits::Field;
use crate::value::{Unwritable, Value};
use std::fmt;

/// Values of the numbering plan indicator (Q.763 §3.9 d), 3 bits.
pub mod plan {
    /// ISDN (telephony) numbering plan, E.164.
    pub const ISDN: u8 = 1;
    /// Data numbering plan, X.121 (national use).
    pub const DATA: u8 = 3;
    /// Telex numbering plan, F.69 (national use).
    pub const TELEX: u8 = 4;
    /// Private numbering plan (national use), in the numbers of the party that has it.
    pub const PRIVATE: u8 = 5;
}

base::coded_value! {
    /// Nature of address indicator (Q.763 §3.9 b), 7 bits.
    pub struct NatureOfAddress(u8) {
        /// Subscriber number (national use).
        SUBSCRIBER = 0x01, "subscriber number";
        /// Unknown (national use).
        UNKNOWN = 0x02, "unknown";
        /// National (significant) number.
        NATIONAL = 0x03, "national (significant) number";
        /// International number.
        INTERNATIONAL = 0x04, "international number";
        /// Network-specific number (national use).
        NETWORK_SPECIFIC = 0x05, "network-specific number";
        /// Network routing number in national (significant) number format (national use).
        ROUTING_NATIONAL = 0x06, "network routing number, national";
        /// Network routing number in network-specific number format (national use).
        ROUTING_NETWORK_SPECIFIC = 0x07, "network routing number, network-specific";
        /// Network routing number concatenated with called directory number (national use).
        ROUTING_WITH_DIRECTORY_NUMBER = 0x08, "network routing number with directory number";
    }
}

base::coded_value! {
    /// Address presentation restricted indicator (Q.763 §3.10 e), 2 bits.
    pub struct Presentation(u8) {
        /// Presentation allowed.
        ALLOWED = 0, "presentation allowed";
        /// Presentation restricted.
        RESTRICTED = 1, "presentation restricted";
        /// Address not available (national use).
        NOT_AVAILABLE = 2, "address not available";
        /// Restricted by the network (national use).
        RESTRICTED_BY_NETWORK = 3, "presentation restricted by network";
    }
}

base::coded_value! {
    /// Screening indicator (Q.763 §3.10 f), 2 bits.
    pub struct Screening(u8) {
        /// User provided, not verified.
        USER_NOT_VERIFIED = 0, "user provided, not verified";
        /// User provided, verified and passed.
        USER_VERIFIED = 1, "user provided, verified and passed";
        /// User provided, verified and failed.
        USER_FAILED = 2, "user provided, verified and failed";
        /// Network provided.
        NETWORK = 3, "network provided";
    }
}

base::coded_value! {
    /// Number qualifier indicator (Q.763 §3.26 a).
    pub struct NumberQualifier(u8) {
        /// Dialled digits (national use).
        DIALLED_DIGITS = 0x00, "dialled digits";
        /// Additional called number (national use).
        ADDITIONAL_CALLED = 0x01, "additional called number";
        /// Supplemental user provided calling number, failed network screening (national use).
        SUPPLEMENTAL_FAILED = 0x02, "supplemental user provided calling number, failed screening";
        /// Supplemental user provided calling number, not screened (national use).
        SUPPLEMENTAL_NOT_SCREENED = 0x03, "supplemental user provided calling number, not screened";
        /// Redirecting terminating number (national use).
        REDIRECTING_TERMINATING = 0x04, "redirecting terminating number";
        /// Additional connected number.
        ADDITIONAL_CONNECTED = 0x05, "additional connected number";
        /// Additional calling party number.
        ADDITIONAL_CALLING = 0x06, "additional calling party number";
        /// Additional original called number (reserved for supplementary services).
        ADDITIONAL_ORIGINAL_CALLED = 0x07, "additional original called number";
        /// Additional redirecting number.
        ADDITIONAL_REDIRECTING = 0x08, "additional redirecting number";
        /// Additional redirection number.
        ADDITIONAL_REDIRECTION = 0x09, "additional redirection number";
    }
}

/// First octet of every number.
const NATURE: Field = Field::new(0, 7);
const ODD: Field = Field::bit(7);
/// Second octet: a flag whose meaning is the parameter's, or which is spare; presentation and
/// screening are spare in some.
const SCREENING: Field = Field::new(0, 2);
const PRESENTATION: Field = Field::new(2, 2);
const PLAN: Field = Field::new(4, 3);
const FLAG: Field = Field::bit(7);

/// The octets of most numbers, whatever their bits are called.
struct Common {
    nature: NatureOfAddress,
    flag: bool,
    plan: u8,
    presentation: Presentation,
    screening: Screening,
    complete: bool,
    digits: Digits,
}

impl Common {
    const LENGTHS: (u8, u8) = (2, 2 + Digits::OCTETS);

    const fn new(nature: NatureOfAddress, plan: u8, digits: Digits) -> Self {
        let (presentation, screening) = (Presentation(0), Screening(0));
        Self { nature, flag: false, plan, presentation, screening, complete: false, digits }
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let ([first, second], signals) = octets.split_first_chunk()?;
        let (first, second) = (u16::from(*first), u16::from(*second));
        let (digits, complete) = Digits::read(ODD.is_set(first), signals)?;
        Some(Self {
            nature: NatureOfAddress(NATURE.get(first)),
            flag: FLAG.is_set(second),
            plan: PLAN.get(second),
            presentation: Presentation(PRESENTATION.get(second)),
            screening: Screening(SCREENING.get(second)),
            complete,
            digits,
        })
    }

    /// The same of a number in which ST means nothing.
    fn read_without_st(octets: &[u8]) -> Option<Self> {
        Self::read(octets).filter(|number| !number.complete)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let fits = NATURE.holds(self.nature.0)
            && PLAN.holds(self.plan)
            && PRESENTATION.holds(self.presentation.0)
            && SCREENING.holds(self.screening.0);
        if !fits {
            return Err(Unwritable);
        }
        let odd = !(self.digits.len() + usize::from(self.complete)).is_multiple_of(2);
        out.push(ODD.put(NATURE.put(0, self.nature.0), odd.into()) as u8);
        let second = SCREENING.put(0, self.screening.0);
        let second = PRESENTATION.put(second, self.presentation.0);
        let second = PLAN.put(second, self.plan);
        out.push(FLAG.put(second, self.flag.into()) as u8);
        self.digits.write(self.complete, out);
        Ok(())
    }
}

/// A number as a trace has it: the digits, and in brackets what they are.
fn show(
    f: &mut fmt::Formatter<'_>,
    (nature, plan, digits): (NatureOfAddress, u8, &Digits),
    rest: &[(bool, &dyn fmt::Display)],
) -> fmt::Result {
    if digits.is_empty() {
        f.write_str("no digits")?;
    }
    write!(f, "{digits} ({nature}")?;
    match plan {
        plan::ISDN => {}
        plan::DATA => f.write_str(", X.121")?,
        plan::TELEX => f.write_str(", F.69")?,
        plan::PRIVATE => f.write_str(", private plan")?,
        other => write!(f, ", plan {other}")?,
    }
    for (_, what) in rest.iter().filter(|(shown, _)| *shown) {
        write!(f, ", {what}")?;
    }
    f.write_str(")")
}

/// Called party number (Q.763 §3.9). Redirection numbers (§3.46) and called directory numbers
/// (§3.86) are laid out like this too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalledPartyNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// Whether routing to an internal network number is allowed.
    pub inn_allowed: bool,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the end of pulsing signal ST follows: no more digits will come.
    pub complete: bool,
    /// The digits.
    pub digits: Digits,
}

impl CalledPartyNumber {
    /// A complete E.164 number.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self { nature, inn_allowed: true, plan: plan::ISDN, complete: true, digits }
    }
}

impl Value for CalledPartyNumber {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let Common { nature, flag, plan, complete, digits, .. } = Common::read(octets)?;
        Some(Self { nature, inn_allowed: !flag, plan, complete, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        Common {
            flag: !self.inn_allowed,
            complete: self.complete,
            ..Common::new(self.nature, self.plan, self.digits)
        }
        .write(out)
    }
}

impl fmt::Display for CalledPartyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inn = (!self.inn_allowed, &"no internal network number" as &dyn fmt::Display);
        show(f, (self.nature, self.plan, &self.digits), &[inn, (self.complete, &"complete")])
    }
}

/// Calling party number (Q.763 §3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingPartyNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// Whether the number is known to be incomplete.
    pub incomplete: bool,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the called party may see it.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl CallingPartyNumber {
    /// An E.164 number that the network vouches for and everybody may see.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self {
            nature,
            incomplete: false,
            plan: plan::ISDN,
            presentation: Presentation::ALLOWED,
            screening: Screening::NETWORK,
            digits,
        }
    }
}

impl Value for CallingPartyNumber {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let number = Common::read_without_st(octets)?;
        let Common { nature, flag: incomplete, plan, presentation, screening, digits, .. } = number;
        Some(Self { nature, incomplete, plan, presentation, screening, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let Self { nature, incomplete, plan, presentation, screening, digits } = *self;
        let common = Common::new(nature, plan, digits);
        Common { flag: incomplete, presentation, screening, ..common }.write(out)
    }
}

impl fmt::Display for CallingPartyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest: [(bool, &dyn fmt::Display); 3] =
            [(self.incomplete, &"incomplete"), (true, &self.presentation), (true, &self.screening)];
        show(f, (self.nature, self.plan, &self.digits), &rest)
    }
}

/// Connected number (Q.763 §3.16): laid out as the calling party number, with a spare bit for the
/// number incomplete indicator. Call transfer numbers (§3.64) are like this too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the calling party may see it.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl ConnectedNumber {
    /// An E.164 number that the network vouches for and everybody may see.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self {
            nature,
            plan: plan::ISDN,
            presentation: Presentation::ALLOWED,
            screening: Screening::NETWORK,
            digits,
        }
    }
}

impl Value for ConnectedNumber {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let number = Common::read_without_st(octets)?;
        let Common { nature, plan, presentation, screening, digits, .. } = number;
        Some(Self { nature, plan, presentation, screening, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let Self { nature, plan, presentation, screening, digits } = *self;
        Common { presentation, screening, ..Common::new(nature, plan, digits) }.write(out)
    }
}

impl fmt::Display for ConnectedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest: [(bool, &dyn fmt::Display); 2] =
            [(true, &self.presentation), (true, &self.screening)];
        show(f, (self.nature, self.plan, &self.digits), &rest)
    }
}

/// Redirecting number (Q.763 §3.44), original called number (§3.39), called IN number (§3.73) and
/// original called IN number (§3.87): who may see it is said, who vouches for it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectingNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the called party may see it.
    pub presentation: Presentation,
    /// The digits.
    pub digits: Digits,
}

impl RedirectingNumber {
    /// An E.164 number that everybody may see.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self { nature, plan: plan::ISDN, presentation: Presentation::ALLOWED, digits }
    }
}

impl Value for RedirectingNumber {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let Common { nature, plan, presentation, digits, .. } = Common::read_without_st(octets)?;
        Some(Self { nature, plan, presentation, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let Self { nature, plan, presentation, digits } = *self;
        Common { presentation, ..Common::new(nature, plan, digits) }.write(out)
    }
}

impl fmt::Display for RedirectingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, (self.nature, self.plan, &self.digits), &[(true, &self.presentation)])
    }
}

/// Location number (Q.763 §3.30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// Whether routing to an internal network number is allowed.
    pub inn_allowed: bool,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether it may be shown.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl LocationNumber {
    /// An E.164 number that the network vouches for, which is not shown.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self {
            nature,
            inn_allowed: false,
            plan: plan::ISDN,
            presentation: Presentation::RESTRICTED,
            screening: Screening::NETWORK,
            digits,
        }
    }
}

impl Value for LocationNumber {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let number = Common::read_without_st(octets)?;
        let Common { nature, flag, plan, presentation, screening, digits, .. } = number;
        Some(Self { nature, inn_allowed: !flag, plan, presentation, screening, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let Self { nature, inn_allowed, plan, presentation, screening, digits } = *self;
        let common = Common::new(nature, plan, digits);
        Common { flag: !inn_allowed, presentation, screening, ..common }.write(out)
    }
}

impl fmt::Display for LocationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest: [(bool, &dyn fmt::Display); 3] = [
            (!self.inn_allowed, &"no internal network number"),
            (true, &self.presentation),
            (true, &self.screening),
        ];
        show(f, (self.nature, self.plan, &self.digits), &rest)
    }
}

/// Generic number (Q.763 §3.26): one of the other parties, as the qualifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenericNumber {
    /// Whose number it is.
    pub qualifier: NumberQualifier,
    /// The number.
    pub number: CallingPartyNumber,
}

impl Value for GenericNumber {
    const LENGTHS: (u8, u8) = (1 + Common::LENGTHS.0, 1 + Common::LENGTHS.1);

    fn read(octets: &[u8]) -> Option<Self> {
        let (qualifier, number) = octets.split_first()?;
        let number = CallingPartyNumber::read(number)?;
        Some(Self { qualifier: NumberQualifier(*qualifier), number })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.push(self.qualifier.0);
        self.number.write(out)
    }
}

impl fmt::Display for GenericNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.qualifier, self.number)
    }
}

/// Subsequent number (Q.763 §3.51).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubsequentNumber {
    /// Whether the end of pulsing signal ST follows.
    pub complete: bool,
    /// The digits.
    pub digits: Digits,
}

impl Value for SubsequentNumber {
    const LENGTHS: (u8, u8) = (1, Common::LENGTHS.1 - 1);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, signals) = octets.split_first()?;
        let (digits, complete) = Digits::read(ODD.is_set((*first).into()), signals)?;
        Some(Self { complete, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let odd = !(self.digits.len() + usize::from(self.complete)).is_multiple_of(2);
        out.push(ODD.put(0, odd.into()) as u8);
        self.digits.write(self.complete, out);
        Ok(())
    }
}

impl fmt::Display for SubsequentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.digits, if self.complete { " (complete)" } else { "" })
    }
}

/// HTR information (Q.763 §3.89): the number of a help terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HtrInformation {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// The digits.
    pub digits: Digits,
}

impl Value for HtrInformation {
    const LENGTHS: (u8, u8) = Common::LENGTHS;

    fn read(octets: &[u8]) -> Option<Self> {
        let Common { nature, plan, digits, .. } = Common::read_without_st(octets)?;
        Some(Self { nature, plan, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        Common::new(self.nature, self.plan, self.digits).write(out)
    }
}

impl fmt::Display for HtrInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, (self.nature, self.plan, &self.digits), &[])
    }
}

/// Network routing number (Q.763 §3.90): where a ported number is, in one octet less than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkRoutingNumber {
    /// 1: national (significant) format, 2: network-specific format; 4 bits.
    pub nature: u8,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// The digits.
    pub digits: Digits,
}

const ROUTING_NATURE: Field = Field::new(0, 4);

impl Value for NetworkRoutingNumber {
    const LENGTHS: (u8, u8) = (1, Common::LENGTHS.1 - 1);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, signals) = octets.split_first()?;
        let first = u16::from(*first);
        let (digits, false) = Digits::read(ODD.is_set(first), signals)? else { return None };
        Some(Self { nature: ROUTING_NATURE.get(first), plan: PLAN.get(first), digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if !ROUTING_NATURE.holds(self.nature) || !PLAN.holds(self.plan) {
            return Err(Unwritable);
        }
        let first = PLAN.put(ROUTING_NATURE.put(0, self.nature), self.plan);
        out.push(ODD.put(first, self.digits.is_odd().into()) as u8);
        self.digits.write(false, out);
        Ok(())
    }
}

impl fmt::Display for NetworkRoutingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (nature {}, plan {})", self.digits, self.nature, self.plan)
    }
}
