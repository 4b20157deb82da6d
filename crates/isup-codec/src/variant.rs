use crate::value::Contents;
use crate::{Cic, Layout, Message, MessageType, ParameterName, Raw};
use bytes::Bytes;
use std::borrow::Cow;

/// A national or older version of ISUP, as data: what it has otherwise than its base, and at the
/// bottom of all, than Q.763 (2000).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// What it differs from; None: Q.763 (2000).
    pub base: Option<&'static Self>,
    /// How many bits a circuit identification code has (Q.763 §1.2), at most 16.
    pub cic_bits: u8,
    /// How many bits a signalling point code has in the network that speaks it (Q.704 §14.2.2).
    pub point_code_bits: u8,
    /// The messages that differ.
    pub messages: Cow<'static, [MessageRow]>,
    /// The parameters that differ.
    pub parameters: Cow<'static, [ParameterRow]>,
}

/// How a variant has a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Its type.
    pub message_type: MessageType,
    /// Its abbreviation.
    pub name: Cow<'static, str>,
    /// Its parameters; None: the variant has no such message. A message that Q.763 (2000) has too
    /// needs the mandatory ones from there, in either part and in any order; the transmission
    /// medium alone may be missing.
    pub layout: Option<Layout>,
    /// The message that acknowledges it, whatever it says: one without mandatory parameters.
    pub answer: Option<MessageType>,
}

/// How a variant has a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterRow {
    /// Its name code.
    pub name: ParameterName,
    /// What it is called; None: the variant has no such parameter.
    pub text: Option<Cow<'static, str>>,
    /// What its contents are, where they are known.
    pub contents: Option<Contents>,
}

/// What a variant knows about a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Meaning<'a> {
    /// What it is called, where it is known.
    pub text: Option<&'a str>,
    /// What its contents are, where they are known.
    pub contents: Option<Contents>,
}

impl Variant {
    /// The greatest circuit identification code.
    pub const fn cic_max(&self) -> Cic {
        Cic(((1u32 << self.cic_bits) - 1) as u16)
    }

    /// Whether there can be a circuit of this code.
    pub const fn has_cic(&self, cic: Cic) -> bool {
        cic.0 <= self.cic_max().0
    }

    /// The code in the first two octets of a message; their other bits are spare.
    pub const fn cic(&self, octets: [u8; 2]) -> Cic {
        Cic(u16::from_le_bytes(octets) & self.cic_max().0)
    }

    /// Which parameters a message of this type has, and where; None: the type is not known.
    pub fn layout(&self, message_type: MessageType) -> Option<&Layout> {
        match self.message_row(message_type) {
            Some(row) => row.layout.as_ref(),
            None => message_type.layout(),
        }
    }

    /// The abbreviation of a message type, where it is known.
    pub fn message_name(&self, message_type: MessageType) -> Option<&str> {
        match self.message_row(message_type) {
            Some(row) => row.layout.is_some().then_some(&row.name),
            None => message_type.name(),
        }
    }

    /// What acknowledges a message of this type, where the variant wants that of every exchange.
    pub fn answer(&self, message_type: MessageType) -> Option<Message> {
        let answer = self.message_row(message_type)?.answer?;
        let optional = self.layout(answer)?.optional.is_some();
        // A pointer of zero: no optional part.
        let body = Bytes::from_static(if optional { &[0] } else { &[] });
        Some(Message::Other(Raw { message_type: answer, body }))
    }

    /// Whether a message of this type acknowledges one that is the variant's own.
    pub fn is_answer(&self, message_type: MessageType) -> bool {
        let own = self.messages.iter().any(|row| row.answer == Some(message_type));
        own || self.base.is_some_and(|base| base.is_answer(message_type))
    }

    /// Whether the variant has no message of this type, though Q.763 (2000) has.
    pub(crate) fn lacks(&self, message_type: MessageType) -> bool {
        self.message_row(message_type).is_some_and(|row| row.layout.is_none())
    }

    /// What a parameter of this name is.
    pub fn parameter(&self, name: ParameterName) -> Meaning<'_> {
        match self.parameter_row(name) {
            Some(row) => Meaning { text: row.text.as_deref(), contents: row.contents },
            None => Meaning { text: name.name(), contents: name.contents() },
        }
    }

    /// Whether the variant knows a parameter of this name.
    pub fn knows(&self, name: ParameterName) -> bool {
        self.parameter(name).text.is_some()
    }

    /// The parameter that is called this.
    pub fn parameter_named(&self, text: &str) -> Option<ParameterName> {
        let mut names = (1..=u8::MAX).map(ParameterName);
        names.find(|name| self.parameter(*name).text == Some(text))
    }

    /// The message that is called this.
    pub fn message_named(&self, text: &str) -> Option<MessageType> {
        let mut types = (0..=u8::MAX).map(MessageType);
        types.find(|message_type| self.message_name(*message_type) == Some(text))
    }

    fn message_row(&self, message_type: MessageType) -> Option<&MessageRow> {
        let own = self.messages.iter().find(|row| row.message_type == message_type);
        own.or_else(|| self.base?.message_row(message_type))
    }

    fn parameter_row(&self, name: ParameterName) -> Option<&ParameterRow> {
        let own = self.parameters.iter().find(|row| row.name == name);
        own.or_else(|| self.base?.parameter_row(name))
    }
}
