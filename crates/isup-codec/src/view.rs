use crate::error::Flaw;
use crate::options::OptionalParameters;
use crate::value::read;
use crate::{
    Cic, DecodeError, DecodeErrorKind, Key, Layout, Message, MessageType, Options, ParameterName,
    Value, Variant,
};

/// Where the body begins: after the circuit identification code and the message type.
const BODY: usize = 3;

/// A message as it lies in its octets, its structure checked. Nothing is copied; what a parameter
/// says is read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    variant: &'a Variant,
    cic: Cic,
    message_type: MessageType,
    body: &'a [u8],
    layout: Option<&'a Layout>,
    /// Where in the body the optional parameters begin, and where their end is.
    optional: (usize, usize),
}

/// Which part of a message a parameter stands in (Q.763 §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The mandatory fixed part.
    Fixed,
    /// The mandatory variable part.
    Variable,
    /// The optional part.
    Optional,
}

/// A parameter of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// Where it stands.
    pub part: Part,
    /// Its name.
    pub name: ParameterName,
    /// Where its contents begin, counted from the first octet of the circuit identification code.
    pub at: usize,
    /// Its contents.
    pub octets: &'a [u8],
}

impl Parameter<'_> {
    /// What it says; None where it is another parameter or the octets do not say it.
    pub fn get<T: Value>(&self, key: Key<T>) -> Option<T> {
        key.read((self.name, self.octets))
    }
}

impl<'a> View<'a> {
    /// Looks at what follows the routing label.
    pub fn parse(payload: &'a [u8], variant: &'a Variant) -> Result<Self, DecodeError> {
        let too_short = Flaw { at: payload.len(), kind: DecodeErrorKind::TooShort };
        let Some((code, rest)) = payload.split_first_chunk() else {
            return Err(too_short.of(None, None));
        };
        let cic = variant.cic(*code);
        let Some((code, body)) = rest.split_first() else {
            return Err(too_short.of(Some(cic), None));
        };
        Self::of(variant, cic, MessageType(*code), body)
    }

    fn of(
        variant: &'a Variant,
        cic: Cic,
        message_type: MessageType,
        body: &'a [u8],
    ) -> Result<Self, DecodeError> {
        let layout = variant.layout(message_type);
        let mut view = Self { variant, cic, message_type, body, layout, optional: (0, 0) };
        if let Some(layout) = layout {
            view.check(layout).map_err(|flaw| flaw.of(Some(cic), Some(message_type)))?;
        }
        Ok(view)
    }

    /// The message that a pass-along message carries, where it can be read; its places are counted
    /// as if it stood alone.
    pub fn passed_along(&self) -> Option<Self> {
        let (code, body) = self.body.split_first()?;
        // One within another is nothing that Q.763 Table 44 speaks of.
        let carries = self.message_type == MessageType::PAM && *code != MessageType::PAM.0;
        let message_type = MessageType(*code);
        if carries { Self::of(self.variant, self.cic, message_type, body).ok() } else { None }
    }

    /// By whose tables it is read.
    pub const fn variant(&self) -> &'a Variant {
        self.variant
    }

    /// The circuit that it is about.
    pub const fn cic(&self) -> Cic {
        self.cic
    }

    /// Its type.
    pub const fn message_type(&self) -> MessageType {
        self.message_type
    }

    /// Everything after the message type.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What its type says about its parameters; None: it is not known, and neither are they.
    pub const fn layout(&self) -> Option<&'a Layout> {
        self.layout
    }

    /// The message as a value of its own.
    pub fn message(&self) -> Result<Message, DecodeError> {
        let flawed = |flaw: Flaw| flaw.of(Some(self.cic), Some(self.message_type));
        Message::read(self).map_err(flawed)
    }

    /// The parameters in the order of the parts.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> + use<'a> {
        let (start, _) = self.optional;
        let mut at = start;
        let optional = self.optional_parameters().map(move |(name, octets)| {
            let contents = at + 2;
            at = contents + octets.len();
            Parameter { part: Part::Optional, name, at: BODY + contents, octets }
        });
        self.mandatory_parameters().chain(optional)
    }

    /// The first parameter of this name.
    pub fn find(&self, name: ParameterName) -> Option<Parameter<'a>> {
        self.parameters().find(|parameter| parameter.name == name)
    }

    /// What the first parameter of this name says; None where there is none, or it cannot be read.
    pub fn get<T: Value>(&self, key: Key<T>) -> Option<T> {
        self.find(key.name())?.get(key)
    }

    fn mandatory_parameters(&self) -> impl Iterator<Item = Parameter<'a>> + use<'a> {
        let Self { body, layout, .. } = *self;
        let fixed: &'a [(ParameterName, u8)] = layout.map_or(&[], |layout| &layout.fixed);
        let variable: &'a [ParameterName] = layout.map_or(&[], |layout| &layout.variable);
        let mut end = 0;
        let fixed = fixed.iter().map(move |(name, length)| {
            let at = end;
            end += usize::from(*length);
            Parameter {
                part: Part::Fixed,
                name: *name,
                at: BODY + at,
                octets: body.get(at..end).unwrap_or_default(),
            }
        });
        let pointers = layout.map_or(0, Layout::fixed_length);
        let variable = (pointers..).zip(variable).filter_map(move |(pointer, name)| {
            let (at, octets) = variable_contents(body, pointer).ok()?;
            Some(Parameter { part: Part::Variable, name: *name, at: BODY + at, octets })
        });
        fixed.chain(variable)
    }

    fn optional_parameters(&self) -> OptionalParameters<'a> {
        let (start, end) = self.optional;
        OptionalParameters::new(self.body.get(start..end).unwrap_or_default())
    }

    /// A parameter that the message cannot do without, in whichever of the mandatory parts the
    /// variant has it.
    pub(crate) fn mandatory<T: Value>(&self, key: Key<T>) -> Result<T, Flaw> {
        let name = key.name();
        let mut parameters = self.mandatory_parameters();
        let (found, at) = match parameters.find(|parameter| parameter.name == name) {
            Some(parameter) => (read(parameter.octets), parameter.at),
            None => (T::absent(), BODY),
        };
        found.ok_or(Flaw { at, kind: DecodeErrorKind::BadParameter(name) })
    }

    /// The optional part, after the parameters that the variant has in its mandatory parts and
    /// `own` has not.
    pub(crate) fn options(&self, own: &Layout) -> Options {
        let (start, end) = self.optional;
        let optional = self.body.get(start..end).unwrap_or_default();
        if self.layout.is_some_and(|layout| std::ptr::eq(layout, own)) {
            return Options::from_octets(optional);
        }
        let mut options = Options::new();
        let mandatory = self.mandatory_parameters();
        for parameter in mandatory.filter(|parameter| !own.requires(parameter.name)) {
            options.push(parameter.name, parameter.octets);
        }
        for (name, contents) in OptionalParameters::new(optional) {
            options.push(name, contents);
        }
        options
    }

    /// Finds the parts, so that going through them later cannot fail.
    fn check(&mut self, layout: &Layout) -> Result<(), Flaw> {
        let pointers = layout.fixed_length();
        let end = pointers + layout.variable.len();
        if self.body.len() < end {
            let at = BODY + self.body.len();
            return Err(Flaw { at, kind: DecodeErrorKind::TooShort });
        }
        for pointer in pointers..end {
            variable_contents(self.body, pointer)?;
        }
        if layout.optional.is_some() {
            self.optional = optional_part(self.body, end)?;
        }
        Ok(())
    }
}

/// Where the pointer at `at` leads, counted from itself (Q.763 §1.6); None: nowhere, by its own
/// word.
fn follow(body: &[u8], at: usize) -> Option<usize> {
    body.get(at).filter(|pointer| **pointer != 0).map(|pointer| at + usize::from(*pointer))
}

/// The contents to which the pointer at `pointer` leads, and where they begin.
fn variable_contents(body: &[u8], pointer: usize) -> Result<(usize, &[u8]), Flaw> {
    let flaw = |kind| Flaw { at: BODY + pointer, kind };
    let at = follow(body, pointer).ok_or(flaw(DecodeErrorKind::BadPointer))?;
    let length = body.get(at).ok_or(flaw(DecodeErrorKind::BadPointer))?;
    let contents = body.get(at + 1..).and_then(|rest| rest.get(..usize::from(*length)));
    let flaw = Flaw { at: BODY + at, kind: DecodeErrorKind::BadLength };
    Ok((at + 1, contents.ok_or(flaw)?))
}

/// Where the optional part to which the pointer at `pointer` leads begins and ends. Where a message
/// ends before the pointer, there is none: messages of older versions had no such pointer.
fn optional_part(body: &[u8], pointer: usize) -> Result<(usize, usize), Flaw> {
    let Some(start) = follow(body, pointer) else { return Ok((0, 0)) };
    let mut at = start;
    if at >= body.len() {
        return Err(Flaw { at: BODY + pointer, kind: DecodeErrorKind::BadPointer });
    }
    // A missing end of optional parameters octet is forgiven at the end of the message.
    while let Some(name) = body.get(at) {
        if ParameterName(*name) == ParameterName::END_OF_OPTIONAL_PARAMETERS {
            break;
        }
        let next = body.get(at + 1).map(|length| at + 2 + usize::from(*length));
        let bad = Flaw { at: BODY + at + 1, kind: DecodeErrorKind::BadLength };
        at = next.filter(|next| *next <= body.len()).ok_or(bad)?;
    }
    Ok((start, at))
}
