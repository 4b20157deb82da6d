use base::Cause;
use call::Calling;
use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, ConnectedNumber, Digits, NatureOfAddress, Presentation,
    Screening,
};
use routing::{Nature, Normaliser, Number, NumberKind, RawNumber};

/// How numbers are written in the networks around us (RFC 3398 §12): ISUP carries our own
/// country's numbers as national (significant) numbers, SIP carries all as E.164 with a `+`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberFormat {
    /// The numbering plan around us.
    pub normaliser: Normaliser,
}

impl NumberFormat {
    /// The format of the networks under a numbering plan.
    pub const fn new(normaliser: Normaliser) -> Self {
        Self { normaliser }
    }

    /// The called number of an IAM, complete (en bloc).
    pub fn called_party(&self, number: &Number) -> Result<CalledPartyNumber, Cause> {
        let (nature, digits) = self.isup_digits(number)?;
        Ok(CalledPartyNumber::new(nature, digits))
    }

    /// The calling number of an IAM. A number that a network vouches for goes as network provided,
    /// any other as not verified (Q.763 §3.10 e).
    pub fn calling_party(&self, calling: &Calling) -> Option<CallingPartyNumber> {
        let (nature, digits) = self.isup_digits(&calling.number).ok()?;
        let mut party = CallingPartyNumber::new(nature, digits);
        if calling.restricted {
            party.presentation = Presentation::RESTRICTED;
        }
        if !calling.verified {
            party.screening = Screening::USER_NOT_VERIFIED;
        }
        Some(party)
    }

    /// The number that an IAM calls; cause 28 where the digits are no number.
    pub fn number_of_called(&self, called: &CalledPartyNumber) -> Result<Number, Cause> {
        self.number(called.nature, &called.digits).ok_or(Cause::INVALID_NUMBER_FORMAT)
    }

    /// Who calls, unless the number is not available.
    pub fn calling_of_isup(&self, calling: &CallingPartyNumber) -> Option<Calling> {
        if calling.presentation == Presentation::NOT_AVAILABLE {
            return None;
        }
        Some(Calling {
            number: self.number(calling.nature, &calling.digits)?,
            // Q.763 §3.10 d: the fourth value is restriction by the network, so only one shows it.
            restricted: calling.presentation != Presentation::ALLOWED,
            verified: matches!(calling.screening, Screening::NETWORK | Screening::USER_VERIFIED),
        })
    }

    /// The number that answered, for an ANM or a CON.
    pub fn connected_party(&self, number: &Number) -> Option<ConnectedNumber> {
        let (nature, digits) = self.isup_digits(number).ok()?;
        Some(ConnectedNumber::new(nature, digits))
    }

    /// The number that answered, where it may be shown.
    pub fn number_of_connected(&self, connected: &ConnectedNumber) -> Option<Number> {
        let shown = connected.presentation == Presentation::ALLOWED;
        shown.then(|| self.number(connected.nature, &connected.digits)).flatten()
    }

    /// A `sip:` URI for a number at a host. A local number says where it is valid
    /// (RFC 3966 §5.1.5).
    pub fn uri(&self, number: &Number, host: impl std::fmt::Display) -> String {
        let digits = number.digits();
        match number.kind() {
            NumberKind::International => format!("sip:+{digits}@{host};user=phone"),
            NumberKind::Short | NumberKind::Unknown => {
                let country = &self.normaliser.country;
                format!("sip:{digits};phone-context=+{country}@{host};user=phone")
            }
        }
    }

    /// The number that a URI names.
    pub fn number_of_uri(&self, uri: &str) -> Option<Number> {
        self.normaliser.normalise(RawNumber::from_uri(uri)?).ok()
    }

    fn isup_digits(&self, number: &Number) -> Result<(NatureOfAddress, Digits), Cause> {
        let (nature, digits) = match number.kind() {
            NumberKind::International => match self.normaliser.national_significant(number) {
                Some(national) => (NatureOfAddress::NATIONAL, national),
                None => (NatureOfAddress::INTERNATIONAL, number.digits()),
            },
            NumberKind::Short => (NatureOfAddress::NATIONAL, number.digits()),
            NumberKind::Unknown => (NatureOfAddress::UNKNOWN, number.digits()),
        };
        let digits = digits.parse().map_err(|_| Cause::INVALID_NUMBER_FORMAT)?;
        Ok((nature, digits))
    }

    fn number(&self, nature: NatureOfAddress, digits: &Digits) -> Option<Number> {
        let nature = match nature {
            NatureOfAddress::NATIONAL => Nature::National,
            NatureOfAddress::INTERNATIONAL => Nature::International,
            _ => Nature::Dialled,
        };
        let raw = RawNumber { text: digits.as_str(), nature, context: None };
        self.normaliser.normalise(raw).ok()
    }
}

#[cfg(test)]
mod tests;
