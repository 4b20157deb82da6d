use crate::error::Flaw;
use crate::options::OptionalParameters;
use crate::value::Unwritable;
use crate::{
    Cic, DecodeError, EncodeError, Layout, Message, MessageType, Options, ParameterName, Variant,
    View, variants,
};
use bytes::Bytes;

/// The longest message: a signalling information field of 272 octets less the routing label.
pub const MAX_LENGTH: usize = 268;

/// Reads a message of Q.763 (2000) from what follows the routing label.
pub fn decode(payload: &[u8]) -> Result<(Cic, Message), DecodeError> {
    variants::ITU.decode(payload)
}

/// Writes a message of Q.763 (2000) as it follows the routing label.
pub fn encode(cic: Cic, message: &Message) -> Result<Bytes, EncodeError> {
    variants::ITU.encode(cic, message)
}

impl Variant {
    /// Reads a message from what follows the routing label.
    pub fn decode(&self, payload: &[u8]) -> Result<(Cic, Message), DecodeError> {
        let view = View::parse(payload, self)?;
        Ok((view.cic(), view.message()?))
    }

    /// Writes a message as it follows the routing label.
    pub fn encode(&self, cic: Cic, message: &Message) -> Result<Bytes, EncodeError> {
        let mut out = Vec::with_capacity(64);
        self.encode_into(cic, message, &mut out)?;
        Ok(out.into())
    }

    /// Appends a message as it follows the routing label; nothing, where it cannot be written.
    pub fn encode_into(
        &self,
        cic: Cic,
        message: &Message,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if !self.has_cic(cic) {
            return Err(EncodeError::Cic { cic, bits: self.cic_bits });
        }
        let start = out.len();
        out.extend(cic.0.to_le_bytes());
        out.push(message.message_type().0);
        let mut writer = Writer { out, variant: self };
        let mut written = message.write(&mut writer);
        let length = out.len() - start;
        if written.is_ok() && length > MAX_LENGTH {
            written = Err(EncodeError::TooLong { length });
        }
        if written.is_err() {
            out.truncate(start);
        }
        written
    }
}

/// Whether a value fitted its octets.
pub(crate) type Written = Result<(), Unwritable>;

/// A message with a structure.
pub(crate) trait Body: Sized {
    /// As Q.763 (2000) lays it out: always the same one, so that others can be told from it.
    fn layout() -> &'static Layout;

    fn read(view: &View<'_>) -> Result<Self, Flaw>;

    /// Appends the contents of the first parameter of this name; None: there is none.
    fn write_parameter(&self, name: ParameterName, out: &mut Vec<u8>) -> Option<Written>;

    fn options(&self) -> Option<&Options>;
}

/// Writes a message's body.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    variant: &'a Variant,
}

impl Writer<'_> {
    /// The octets of a message that has no structure here.
    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// The parameters where the variant wants them.
    pub(crate) fn body<B: Body>(
        &mut self,
        message: &B,
        message_type: MessageType,
    ) -> Result<(), EncodeError> {
        let layout = self.variant.layout(message_type).unwrap_or(B::layout());
        for (name, length) in layout.fixed.iter() {
            let start = self.out.len();
            self.parameter(message, *name)?;
            if self.out.len() - start != usize::from(*length) {
                return Err(EncodeError::Parameter(*name));
            }
        }
        let pointers = self.out.len();
        let optional = pointers + layout.variable.len();
        self.out.resize(optional + usize::from(layout.optional.is_some()), 0);
        for (pointer, name) in (pointers..).zip(layout.variable.iter()) {
            self.point(pointer)?;
            self.out.push(0);
            let start = self.out.len();
            self.parameter(message, *name)?;
            let length = u8::try_from(self.out.len() - start);
            let length = length.map_err(|_| EncodeError::Parameter(*name))?;
            if let Some(octet) = self.out.get_mut(start - 1) {
                *octet = length;
            }
        }
        match message.options() {
            Some(options) if layout.optional.is_some() => {
                self.options(options, layout, B::layout(), optional)
            }
            _ => Ok(()),
        }
    }

    fn parameter<B: Body>(&mut self, message: &B, name: ParameterName) -> Result<(), EncodeError> {
        let written = message.write_parameter(name, self.out).ok_or(EncodeError::Missing(name))?;
        written.map_err(|_| EncodeError::Parameter(name))
    }

    /// The optional part, but for the first of each name that `layout` wants in the mandatory
    /// ones and `own` has not there.
    fn options(
        &mut self,
        options: &Options,
        layout: &Layout,
        own: &Layout,
        pointer: usize,
    ) -> Result<(), EncodeError> {
        let octets = options.octets().map_err(EncodeError::Parameter)?;
        let start = self.out.len();
        if std::ptr::eq(layout, own) {
            self.out.extend_from_slice(octets);
        } else {
            let mut moved = Vec::new();
            for (name, contents) in OptionalParameters::new(octets) {
                if layout.requires(name) && !own.requires(name) && !moved.contains(&name) {
                    moved.push(name);
                } else {
                    // The length was a length before.
                    self.out.extend([name.0, contents.len() as u8]);
                    self.out.extend_from_slice(contents);
                }
            }
        }
        if self.out.len() > start {
            self.out.push(ParameterName::END_OF_OPTIONAL_PARAMETERS.0);
            self.set_pointer(pointer, start)?;
        }
        Ok(())
    }

    /// Lets the pointer at `at` lead to what comes next.
    fn point(&mut self, at: usize) -> Result<(), EncodeError> {
        self.set_pointer(at, self.out.len())
    }

    fn set_pointer(&mut self, at: usize, target: usize) -> Result<(), EncodeError> {
        let length = self.out.len();
        let distance = u8::try_from(target - at).map_err(|_| EncodeError::TooLong { length })?;
        if let Some(pointer) = self.out.get_mut(at) {
            *pointer = distance;
        }
        Ok(())
    }
}
