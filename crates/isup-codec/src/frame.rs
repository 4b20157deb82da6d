use crate::value::{Fixed, Value};
use crate::{
    Cic, DecodeError, DecodeErrorKind, EncodeError, Message, MessageType, Parameter, ParameterName,
};
use bytes::Bytes;

/// The longest message: a signalling information field of 272 octets less the routing label.
pub const MAX_LENGTH: usize = 268;

/// The spare bits of the circuit identification code (Q.763 §1.2).
const CIC_BITS: u16 = Cic::MAX.0;

/// Reads a message from what follows the routing label.
pub fn decode(payload: &[u8]) -> Result<(Cic, Message), DecodeError> {
    let short = |cic| DecodeError { cic, message_type: None, kind: DecodeErrorKind::TooShort };
    let Some((cic, rest)) = payload.split_first_chunk() else { return Err(short(None)) };
    let cic = Cic(u16::from_le_bytes(*cic) & CIC_BITS);
    let Some((code, body)) = rest.split_first() else { return Err(short(Some(cic))) };
    let message_type = MessageType(*code);
    let message = Message::read(message_type, body).map_err(|kind| DecodeError {
        cic: Some(cic),
        message_type: Some(message_type),
        kind,
    })?;
    Ok((cic, message))
}

/// Writes a message as it follows the routing label.
pub fn encode(cic: Cic, message: &Message) -> Result<Bytes, EncodeError> {
    if !cic.is_valid() {
        return Err(EncodeError::Cic(cic));
    }
    let mut writer = Writer { out: Vec::with_capacity(64), pointer: 0, options: None };
    writer.out.extend(cic.0.to_le_bytes());
    writer.out.push(message.message_type().0);
    message.write(&mut writer)?;
    if writer.out.len() > MAX_LENGTH {
        return Err(EncodeError::TooLong { length: writer.out.len() });
    }
    Ok(writer.out.into())
}

/// Reads a message's body from its front: the fixed part, then the pointers.
pub(crate) struct Reader<'a> {
    pub(crate) body: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeErrorKind> {
        let taken = self.body.get(self.at..self.at + length).ok_or(DecodeErrorKind::TooShort)?;
        self.at += length;
        Ok(taken)
    }

    /// A parameter of the mandatory fixed part.
    pub(crate) fn fixed<T: Fixed>(&mut self, name: ParameterName) -> Result<T, DecodeErrorKind> {
        T::read(self.take(T::LENGTH)?).ok_or(DecodeErrorKind::BadParameter(name))
    }

    /// Where the pointer at the front leads, counted from itself (Q.763 §1.6).
    fn pointer(&mut self) -> Result<Option<usize>, DecodeErrorKind> {
        let at = self.at;
        let &[pointer] = self.take(1)? else { return Err(DecodeErrorKind::TooShort) };
        Ok((pointer != 0).then_some(at + usize::from(pointer)))
    }

    /// A parameter of the mandatory variable part.
    pub(crate) fn variable<T: Value>(&mut self, name: ParameterName) -> Result<T, DecodeErrorKind> {
        let at = self.pointer()?.ok_or(DecodeErrorKind::BadPointer)?;
        let length = *self.body.get(at).ok_or(DecodeErrorKind::BadPointer)?;
        let value = self.body.get(at + 1..).and_then(|rest| rest.get(..usize::from(length)));
        T::read(value.ok_or(DecodeErrorKind::BadLength)?).ok_or(DecodeErrorKind::BadParameter(name))
    }

    /// The optional part. Where a message ends before the pointer to it, there is none: messages
    /// of older versions had no such pointer.
    pub(crate) fn options(&mut self, options: &mut Options) -> Result<(), DecodeErrorKind> {
        if self.at >= self.body.len() {
            return Ok(());
        }
        let Some(at) = self.pointer()? else { return Ok(()) };
        let rest = self.body.get(at..).filter(|rest| !rest.is_empty());
        let mut rest = rest.ok_or(DecodeErrorKind::BadPointer)?;
        // A missing end of optional parameters octet is forgiven at the end of the message.
        while let Some((name, after)) = rest.split_first() {
            let name = ParameterName(*name);
            if name == ParameterName::END_OF_OPTIONAL_PARAMETERS {
                break;
            }
            let (length, after) = after.split_first().ok_or(DecodeErrorKind::BadLength)?;
            let (value, after) =
                after.split_at_checked((*length).into()).ok_or(DecodeErrorKind::BadLength)?;
            options.parameters.push(Parameter { name, value: Bytes::copy_from_slice(value) });
            rest = after;
        }
        Ok(())
    }
}

/// The optional parameters that nobody has asked for yet.
#[derive(Default)]
pub(crate) struct Options {
    parameters: Vec<Parameter>,
}

impl Options {
    /// The first parameter of this name, unless its contents are not what they should be: such a
    /// one must not cost the call, and stays among the others.
    pub(crate) fn take<T: Value>(&mut self, name: ParameterName) -> Option<T> {
        let at = self.parameters.iter().position(|parameter| parameter.name == name)?;
        let value = T::read(&self.parameters.get(at)?.value)?;
        self.parameters.remove(at);
        Some(value)
    }

    pub(crate) fn into_rest(self) -> Vec<Parameter> {
        self.parameters
    }
}

/// Writes a message's body from its front. The calls must come in the order of the parts.
pub(crate) struct Writer {
    out: Vec<u8>,
    /// Where the next pointer stands.
    pointer: usize,
    /// Where the pointer to the optional part stands, while there is no such part.
    options: Option<usize>,
}

impl Writer {
    /// The octets of a message that we do not know.
    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    pub(crate) fn fixed<T: Fixed>(
        &mut self,
        name: ParameterName,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.write(&mut self.out).map_err(|_| EncodeError::Parameter(name))
    }

    /// Makes room for the pointers to `variable` parameters, and to the optional part if the
    /// message may have one.
    pub(crate) fn pointers(&mut self, variable: usize, optional: bool) {
        self.pointer = self.out.len();
        self.out.resize(self.pointer + variable, 0);
        if optional {
            self.options = Some(self.out.len());
            self.out.push(0);
        }
    }

    /// Lets the pointer at `at` lead to what comes next.
    fn point(&mut self, at: usize) -> Result<(), EncodeError> {
        let length = self.out.len();
        let distance = u8::try_from(length - at).map_err(|_| EncodeError::TooLong { length })?;
        if let Some(pointer) = self.out.get_mut(at) {
            *pointer = distance;
        }
        Ok(())
    }

    pub(crate) fn variable<T: Value>(
        &mut self,
        name: ParameterName,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.point(self.pointer)?;
        self.pointer += 1;
        self.contents(name, value)
    }

    pub(crate) fn option<T: Value>(
        &mut self,
        name: ParameterName,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        // The name would end the optional part.
        if name == ParameterName::END_OF_OPTIONAL_PARAMETERS {
            return Err(EncodeError::Parameter(name));
        }
        if let Some(at) = self.options.take() {
            self.point(at)?;
        }
        self.out.push(name.0);
        self.contents(name, value)
    }

    /// The parameters without a field, and the end of the optional part.
    pub(crate) fn others(&mut self, others: &[Parameter]) -> Result<(), EncodeError> {
        for parameter in others {
            self.option(parameter.name, Some(&parameter.value))?;
        }
        if self.options.is_none() {
            self.out.push(ParameterName::END_OF_OPTIONAL_PARAMETERS.0);
        }
        Ok(())
    }

    /// The length octet and what it counts.
    fn contents<T: Value>(&mut self, name: ParameterName, value: &T) -> Result<(), EncodeError> {
        let at = self.out.len();
        self.out.push(0);
        value.write(&mut self.out).map_err(|_| EncodeError::Parameter(name))?;
        let length = u8::try_from(self.out.len() - at - 1);
        let length = length.map_err(|_| EncodeError::Parameter(name))?;
        if let Some(octet) = self.out.get_mut(at) {
            *octet = length;
        }
        Ok(())
    }
}
