//! How values and messages look in a trace: `{}` on one line, `{:#}` a line for each parameter.

use crate::{Message, Parameter, Variant, View, variants};
use std::fmt;

/// Bit fields one after the other, those that say something.
pub(crate) struct Fields<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    any: bool,
    result: fmt::Result,
}

impl<'a, 'f> Fields<'a, 'f> {
    pub(crate) const fn new(f: &'a mut fmt::Formatter<'f>) -> Self {
        Self { f, any: false, result: Ok(()) }
    }

    /// A field that is 0 or says so.
    pub(crate) fn flag(&mut self, text: &str, value: bool) {
        if value {
            self.field(format_args!("{text}"));
        }
    }

    pub(crate) fn number(&mut self, text: &str, value: u8) {
        if value != 0 {
            self.field(format_args!("{text} {value}"));
        }
    }

    /// A field whose values have names.
    pub(crate) fn code(&mut self, text: &str, value: u8, name: Option<&str>) {
        match name {
            _ if value == 0 => {}
            Some(name) => self.field(format_args!("{text}: {name}")),
            None => self.field(format_args!("{text}: {value:#x}")),
        }
    }

    pub(crate) fn field(&mut self, what: fmt::Arguments<'_>) {
        let comma = if std::mem::replace(&mut self.any, true) { ", " } else { "" };
        self.result = self.result.and_then(|()| write!(self.f, "{comma}{what}"));
    }

    pub(crate) fn finish(self) -> fmt::Result {
        self.result?;
        if self.any { Ok(()) } else { self.f.write_str("-") }
    }
}

pub(crate) fn hex(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut octets = octets.iter();
    match octets.next() {
        None => f.write_str("-"),
        Some(first) => {
            write!(f, "{first:02x}")?;
            octets.try_for_each(|octet| write!(f, " {octet:02x}"))
        }
    }
}

/// The contents of a parameter, or its octets where they are not what they should be.
struct Shown<'a> {
    variant: &'a Variant,
    parameter: Parameter<'a>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameter { name, octets, .. } = self.parameter;
        let row = self.variant.parameter(name);
        match row.text {
            Some(text) => write!(f, "{text}: ")?,
            None => write!(f, "parameter {:#04x}: ", name.0)?,
        }
        let Some(contents) = row.contents else { return hex(octets, f) };
        match contents.show(octets, f) {
            Some(result) => result,
            None => {
                f.write_str("unreadable ")?;
                hex(octets, f)
            }
        }
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variant = self.variant();
        match variant.message_name(self.message_type()) {
            Some(name) => write!(f, "{name}")?,
            None => write!(f, "message {:#04x}", self.message_type().0)?,
        }
        write!(f, " on circuit {}", self.cic())?;
        let mut separator = ": ";
        for parameter in self.parameters() {
            if f.alternate() {
                write!(f, "\n  {:>3} ", parameter.at)?;
            } else {
                f.write_str(separator)?;
            }
            separator = "; ";
            Shown { variant, parameter }.fmt(f)?;
        }
        if let Some(passed_along) = self.passed_along() {
            f.write_str(": ")?;
            return fmt::Display::fmt(&passed_along, f);
        }
        if self.layout().is_none() && !self.body().is_empty() {
            f.write_str(if f.alternate() { "\n    3 " } else { ": " })?;
            hex(self.body(), f)?;
        }
        Ok(())
    }
}

/// As the ITU's Q.763 would write it, without circuit.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = crate::encode(crate::Cic(0), self);
        let view =
            written.as_ref().ok().and_then(|octets| View::parse(octets, &variants::ITU).ok());
        match view {
            Some(view) => {
                let mut separator = ": ";
                write!(f, "{}", self.message_type())?;
                for parameter in view.parameters() {
                    f.write_str(separator)?;
                    separator = "; ";
                    Shown { variant: &variants::ITU, parameter }.fmt(f)?;
                }
                Ok(())
            }
            None => write!(f, "{} that cannot be written", self.message_type()),
        }
    }
}
