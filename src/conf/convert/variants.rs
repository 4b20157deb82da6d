//! `[[ss7.variant]]`: an operator's own version of ISUP, as what it has otherwise than another one.

use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use isup_codec::{
    Contents, Layout, MessageRow, MessageType, Octets, ParameterName, ParameterRow, Variant,
    VariantError, variants,
};
use std::borrow::Cow;
use std::sync::Arc;
use toml::Spanned;

/// Point codes of the routing label here (Q.704 §14.2.2).
const POINT_CODE_BITS: u8 = 14;

/// The variants that groups may speak.
pub(super) struct Variants(Vec<Arc<Variant>>);

/// Where something is said about a variant.
struct Place<'a> {
    source: &'a Source,
    key: String,
    span: std::ops::Range<usize>,
}

impl Place<'_> {
    fn error(&self, what: impl Into<String>, remedy: impl Into<String>) -> ConfError {
        self.source.error(self.span.clone(), self.key.clone(), what, remedy)
    }
}

impl Variants {
    /// The variants of the file, each over one that is built in or stands before it.
    pub(super) fn new(
        source: &Source,
        given: &[Spanned<file::Variant>],
    ) -> Result<Self, ConfError> {
        let built_in = variants::ALL.into_iter().cloned().map(Arc::new);
        let mut variants = Self(built_in.collect());
        for (n, entry) in given.iter().enumerate() {
            let own = variants.own(source, entry.get_ref(), &format!("ss7.variant[{n}]"))?;
            variants.0.push(Arc::new(own));
        }
        Ok(variants)
    }

    /// The variant that a group or another variant names.
    pub(super) fn find(
        &self,
        source: &Source,
        name: &Spanned<String>,
        key: String,
    ) -> Result<Arc<Variant>, ConfError> {
        let place = Place { source, key, span: name.span() };
        let found = self.0.iter().find(|variant| variant.name == **name.get_ref());
        let usable = |variant: &Variant| variant.point_code_bits == POINT_CODE_BITS;
        let known = || {
            let names = self.0.iter().filter(|variant| usable(variant));
            let names: Vec<_> = names.map(|variant| &*variant.name).collect();
            format!("known here: {}, or a [[ss7.variant]] above", names.join(", "))
        };
        match found {
            None => {
                let what = format!("there is no variant `{}`", name.get_ref());
                Err(place.error(what, known()))
            }
            Some(variant) if !usable(variant) => {
                let bits = variant.point_code_bits;
                let what = format!(
                    "point codes of `{}` have {bits} bits, those of this gateway {POINT_CODE_BITS}",
                    variant.name
                );
                Err(place.error(what, known()))
            }
            Some(variant) => Ok(Arc::clone(variant)),
        }
    }

    fn own(&self, source: &Source, given: &file::Variant, key: &str) -> Result<Variant, ConfError> {
        let name = given.name.get_ref();
        let place = Place { source, key: format!("{key}.name"), span: given.name.span() };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(place.error(format!("`{name}` is no name"), "use letters, digits, - and _"));
        }
        if self.0.iter().any(|variant| variant.name == **name) {
            let what = format!("there is a variant `{name}` already");
            return Err(place.error(what, "give each its own"));
        }
        let base = self.find(source, &given.base, format!("{key}.base"))?;
        let bits = given.circuit_code_bits.as_ref();
        if let Some(bits) = bits {
            super::in_range(source, bits, format!("{key}.circuit_code_bits"), 5..=16)?;
        }
        // One that is built in is its base; of another one the rows are taken over.
        let built_in = variants::by_name(&base.name);
        let inherited = if built_in.is_some() { &variants::ITU } else { &*base };
        let mut own = Variant {
            name: Cow::Owned(name.clone()),
            base: built_in.or(base.base),
            cic_bits: bits.map_or(base.cic_bits, |bits| *bits.get_ref()),
            point_code_bits: base.point_code_bits,
            messages: inherited.messages.clone(),
            parameters: inherited.parameters.clone(),
        };
        parameters(source, given, key, &mut own)?;
        messages(source, given, key, &mut own)?;
        Ok(own)
    }
}

fn parameters(
    source: &Source,
    given: &file::Variant,
    key: &str,
    own: &mut Variant,
) -> Result<(), ConfError> {
    for (n, entry) in given.parameter.iter().enumerate() {
        let key = format!("{key}.parameter[{n}]");
        let parameter = entry.get_ref();
        let place = |name: &str, span| Place { source, key: format!("{key}.{name}"), span };
        let code = place("code", parameter.code.span());
        let name = ParameterName(*parameter.code.get_ref());
        let before = given.parameter.get(..n).unwrap_or_default();
        if before.iter().any(|other| other.get_ref().code.get_ref() == parameter.code.get_ref()) {
            let error = VariantError::ParameterTwice(name);
            return Err(code.error(error.to_string(), "say it in one row"));
        }
        let row = match (&parameter.name, &parameter.absent) {
            (_, true) => {
                if let Some(given) = &parameter.name {
                    let what = "a parameter that the variant does not have needs no name";
                    return Err(place("name", given.span()).error(what, "remove it"));
                }
                ParameterRow { name, text: None, contents: None }
            }
            (None, false) => {
                let remedy = "add `name`, or `absent = true` where the variant has none";
                return Err(code.error("the parameter has no name", remedy));
            }
            (Some(text), false) => {
                let place = place("name", text.span());
                let text = text.get_ref().clone();
                let other = own.parameter_named(&text).filter(|other| *other != name);
                if let Some(other) = other {
                    let what = format!("`{text}` is parameter {:#04x} already", other.0);
                    return Err(place.error(what, "give each its own name"));
                }
                if text.is_empty() || text.len() > 60 || text.chars().any(char::is_control) {
                    return Err(place.error("that is no name", "write 1 to 60 characters"));
                }
                let contents = contents(source, parameter, &key, own)?;
                ParameterRow { name, text: Some(Cow::Owned(text)), contents }
            }
        };
        let rows = own.parameters.to_mut();
        rows.retain(|other| other.name != name);
        rows.push(row);
        let row = own.parameters.last().map_or(Ok(()), |row| own.check_parameter(row));
        row.map_err(|error| code.error(error.to_string(), "give it a code from 1 to 255"))?;
    }
    Ok(())
}

/// What a parameter holds: by a word, or as much as another parameter does.
fn contents(
    source: &Source,
    parameter: &file::VariantParameter,
    key: &str,
    own: &Variant,
) -> Result<Option<Contents>, ConfError> {
    let Some(like) = &parameter.contents else { return Ok(None) };
    let known = match like.get_ref().as_str() {
        "octets" => Some(Contents::of::<Octets>()),
        "octet" => Some(Contents::of::<u8>()),
        "flag" => Some(Contents::of::<bool>()),
        other => own.parameter_named(other).and_then(|name| own.parameter(name).contents),
    };
    if known.is_some() {
        return Ok(known);
    }
    let place = Place { source, key: format!("{key}.contents"), span: like.span() };
    let what = format!("nothing is known of the contents of `{}`", like.get_ref());
    let remedy =
        "write octets, octet, flag, or the name of a parameter of Q.763 that holds the same";
    Err(place.error(what, remedy))
}

fn messages(
    source: &Source,
    given: &file::Variant,
    key: &str,
    own: &mut Variant,
) -> Result<(), ConfError> {
    let mut places = Vec::new();
    for (n, entry) in given.message.iter().enumerate() {
        let key = format!("{key}.message[{n}]");
        let message = entry.get_ref();
        let message_type = MessageType(*message.code.get_ref());
        let place = Place { source, key: format!("{key}.code"), span: message.code.span() };
        let before = given.message.get(..n).unwrap_or_default();
        if before.iter().any(|other| other.get_ref().code.get_ref() == message.code.get_ref()) {
            let error = VariantError::MessageTwice(message_type);
            return Err(place.error(error.to_string(), "say it in one row"));
        }
        let row = row(source, message, message_type, &key, own)?;
        let rows = own.messages.to_mut();
        rows.retain(|other| other.message_type != message_type);
        rows.push(row);
        places.push((message_type, place));
    }
    // Only now are all of them known that one may name as its answer.
    for (n, (message_type, place)) in places.iter().enumerate() {
        if let Some(Some(answer)) = given.message.get(n).map(|entry| &entry.get_ref().answer) {
            let key = format!("{key}.message[{n}].answer");
            let place = Place { source, key, span: answer.span() };
            let answer = answer_named(own, answer, &place)?;
            let rows = own.messages.to_mut();
            let row = rows.iter_mut().find(|row| row.message_type == *message_type);
            if let Some(row) = row {
                row.answer = Some(answer);
            }
            check(own, *message_type, &place)?;
        }
        check(own, *message_type, place)?;
    }
    Ok(())
}

fn answer_named(
    own: &Variant,
    name: &Spanned<String>,
    place: &Place<'_>,
) -> Result<MessageType, ConfError> {
    own.message_named(name.get_ref()).ok_or_else(|| {
        let what = format!("there is no message `{}`", name.get_ref());
        place.error(what, "name a message of Q.763, or of this variant")
    })
}

fn check(own: &Variant, message_type: MessageType, place: &Place<'_>) -> Result<(), ConfError> {
    let row = own.messages.iter().find(|row| row.message_type == message_type);
    let checked = row.map_or(Ok(()), |row| own.check_message(row));
    checked.map_err(|error| {
        let remedy = match &error {
            VariantError::Missing { missing, .. } => {
                format!("name `{missing}` in `fixed` or `variable`")
            }
            VariantError::Octets { .. } => "give it as many as it has in Q.763".to_owned(),
            VariantError::Twice { .. } => "name it once".to_owned(),
            VariantError::Answer(_) | VariantError::Answered(_) => {
                "remove `answer`, or name a message without mandatory parameters".to_owned()
            }
            _ => "correct the row, or remove it".to_owned(),
        };
        place.error(error.to_string(), remedy)
    })
}

/// A message as it is written, with what its base says where the file says nothing.
fn row(
    source: &Source,
    given: &file::VariantMessage,
    message_type: MessageType,
    key: &str,
    own: &Variant,
) -> Result<MessageRow, ConfError> {
    let place = |name: &str, span| Place { source, key: format!("{key}.{name}"), span };
    let code = || place("code", given.code.span());
    let known = own.message_name(message_type).map(str::to_owned);
    if given.absent {
        let says_more = given.fixed.is_some()
            || given.variable.is_some()
            || given.optional.is_some()
            || given.answer.is_some();
        if says_more {
            let what = "a message that the variant does not have has no parameters and no answer";
            return Err(code().error(what, "remove either `absent` or the rest"));
        }
        let name = Cow::Owned(String::new());
        return Ok(MessageRow { message_type, name, layout: None, answer: None });
    }
    let name = match (&given.name, known) {
        (Some(name), _) => {
            let text = name.get_ref();
            let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if text.is_empty() || text.len() > 15 || !text.chars().all(word) {
                let what = format!("`{text}` is no abbreviation");
                return Err(place("name", name.span()).error(what, "write it like TXA"));
            }
            let other = own.message_named(text).filter(|other| *other != message_type);
            if let Some(other) = other {
                let what = format!("`{text}` is message {:#04x} already", other.0);
                return Err(place("name", name.span()).error(what, "give each its own"));
            }
            text.clone()
        }
        (None, Some(known)) => known,
        (None, None) => {
            let remedy = "add `name`, or `absent = true` where the variant has none";
            return Err(code().error("the message has no name", remedy));
        }
    };
    let mut layout = own.layout(message_type).cloned().unwrap_or(Layout {
        fixed: Cow::Borrowed(&[]),
        variable: Cow::Borrowed(&[]),
        optional: None,
    });
    if let Some(fixed) = &given.fixed {
        layout.fixed = Cow::Owned(fixed_part(source, fixed, key, own)?);
    }
    if let Some(variable) = &given.variable {
        layout.variable = Cow::Owned(list(source, variable, &format!("{key}.variable"), own)?);
    }
    if let Some(optional) = &given.optional {
        let more = list(source, optional, &format!("{key}.optional"), own)?;
        let names = layout.optional.get_or_insert_default().to_mut();
        names.extend(more.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    let answer = own.answer(message_type).map(|answer| answer.message_type());
    Ok(MessageRow { message_type, name: Cow::Owned(name), layout: Some(layout), answer })
}

fn fixed_part(
    source: &Source,
    given: &[Spanned<file::VariantFixed>],
    key: &str,
    own: &Variant,
) -> Result<Vec<(ParameterName, u8)>, ConfError> {
    let one = |(m, entry): (usize, &Spanned<file::VariantFixed>)| {
        let key = format!("{key}.fixed[{m}]");
        let entry = entry.get_ref();
        let name = parameter(source, &entry.parameter, format!("{key}.parameter"), own)?;
        let lengths = own.parameter(name).contents.map(|contents| contents.lengths());
        match (&entry.octets, lengths) {
            (Some(octets), _) => Ok((name, *octets.get_ref())),
            (None, Some((least, most))) if least == most => Ok((name, least)),
            _ => {
                let span = entry.parameter.span();
                let place = Place { source, key: format!("{key}.octets"), span };
                Err(place.error("nobody says how long it is", "add `octets`"))
            }
        }
    };
    given.iter().enumerate().map(one).collect()
}

fn list(
    source: &Source,
    given: &[Spanned<String>],
    key: &str,
    own: &Variant,
) -> Result<Vec<ParameterName>, ConfError> {
    let one = |(m, name)| parameter(source, name, format!("{key}[{m}]"), own);
    given.iter().enumerate().map(one).collect()
}

fn parameter(
    source: &Source,
    name: &Spanned<String>,
    key: String,
    own: &Variant,
) -> Result<ParameterName, ConfError> {
    own.parameter_named(name.get_ref()).ok_or_else(|| {
        let place = Place { source, key, span: name.span() };
        let what = format!("there is no parameter `{}`", name.get_ref());
        place.error(what, "write its name as Q.763 Table 5 does, or as a row of `parameter` above")
    })
}
