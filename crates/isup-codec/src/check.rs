//! What a variant may say: one made at run time is written by people.

use crate::{
    Layout, MAX_LENGTH, Message, MessageRow, MessageType, ParameterName, ParameterRow, Variant,
};

/// Why a variant cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariantError {
    /// The widths of its codes are none.
    #[error("circuit identification codes have 1 to 16 bits, not {0}")]
    CicBits(u8),
    /// Two rows are about one message.
    #[error("there are two rows for message {:#04x}", .0.0)]
    MessageTwice(MessageType),
    /// Two rows are about one parameter.
    #[error("there are two rows for parameter {:#04x}", .0.0)]
    ParameterTwice(ParameterName),
    /// The code ends the optional part (Q.763 §3.20).
    #[error("the code 0 ends the optional part: no parameter can have it")]
    ParameterZero,
    /// What Q.763 gives no parameters has no place for any here.
    #[error("{0} has no parameters and can have none")]
    Bare(MessageType),
    /// A parameter that the message cannot do without has no place.
    #[error("{message} cannot do without its mandatory {missing}")]
    Missing {
        /// The message.
        message: MessageType,
        /// The parameter.
        missing: ParameterName,
    },
    /// One parameter has two places.
    #[error("{message} has {twice} twice")]
    Twice {
        /// The message.
        message: MessageType,
        /// The parameter.
        twice: ParameterName,
    },
    /// A parameter cannot have that many octets in the fixed part.
    #[error("{name} cannot have {octets} octets")]
    Octets {
        /// The parameter.
        name: ParameterName,
        /// How many were given.
        octets: u8,
    },
    /// The mandatory parts leave no message.
    #[error("the mandatory parts of {0} do not fit a message signal unit")]
    TooLong(MessageType),
    /// Only a message without mandatory parameters can be an answer whatever was asked.
    #[error("{0} is no message without mandatory parameters")]
    Answer(MessageType),
    /// A message of Q.763 is answered as Q.764 says.
    #[error("what answers {0} is said by Q.764")]
    Answered(MessageType),
}

impl Variant {
    /// Refuses what could not be written or read.
    pub fn check(&self) -> Result<(), VariantError> {
        if !(1..=16).contains(&self.cic_bits) {
            return Err(VariantError::CicBits(self.cic_bits));
        }
        self.parameters.iter().try_for_each(|row| self.check_parameter(row))?;
        self.messages.iter().try_for_each(|row| self.check_message(row))
    }

    /// Refuses a row of this variant about a parameter.
    pub fn check_parameter(&self, row: &ParameterRow) -> Result<(), VariantError> {
        if row.name == ParameterName::END_OF_OPTIONAL_PARAMETERS {
            return Err(VariantError::ParameterZero);
        }
        let rows = self.parameters.iter().filter(|other| other.name == row.name);
        if rows.count() > 1 { Err(VariantError::ParameterTwice(row.name)) } else { Ok(()) }
    }

    /// Refuses a row of this variant about a message.
    pub fn check_message(&self, row: &MessageRow) -> Result<(), VariantError> {
        let message = row.message_type;
        let rows = self.messages.iter().filter(|other| other.message_type == message);
        if rows.count() > 1 {
            return Err(VariantError::MessageTwice(message));
        }
        if let Some(layout) = &row.layout {
            self.check_layout(message, layout)?;
        }
        let Some(answer) = row.answer else { return Ok(()) };
        if Message::TYPED.contains(&message) {
            return Err(VariantError::Answered(message));
        }
        let layout = self.layout(answer).filter(|layout| layout.has_nothing_mandatory());
        layout.map(|_| ()).ok_or(VariantError::Answer(answer))
    }

    fn check_layout(&self, message: MessageType, layout: &Layout) -> Result<(), VariantError> {
        let own = message.layout();
        if own == Some(&Layout::BARE) && *layout != Layout::BARE {
            return Err(VariantError::Bare(message));
        }
        let wanted = own.into_iter().flat_map(Layout::mandatory);
        // The only one for which there is a substitute.
        let wanted = wanted.filter(|name| *name != ParameterName::TRANSMISSION_MEDIUM_REQUIREMENT);
        for missing in wanted {
            if !layout.requires(missing) {
                return Err(VariantError::Missing { message, missing });
            }
        }
        for twice in layout.mandatory() {
            if layout.mandatory().filter(|name| *name == twice).count() > 1 {
                return Err(VariantError::Twice { message, twice });
            }
        }
        for (name, octets) in layout.fixed.iter() {
            let (least, most) = match self.parameter(*name).contents {
                Some(contents) => contents.lengths(),
                None => (0, u8::MAX),
            };
            if *octets == 0 || !(least..=most).contains(octets) {
                return Err(VariantError::Octets { name: *name, octets: *octets });
            }
        }
        // Pointers and lengths, and the pointer to the optional part; contents of none.
        let length = layout.fixed_length() + 2 * layout.variable.len() + 1;
        // A pointer has eight bits (Q.763 §1.6).
        let points = layout.variable.len() < 0x80;
        if length + 3 > MAX_LENGTH || !points {
            Err(VariantError::TooLong(message))
        } else {
            Ok(())
        }
    }
}
