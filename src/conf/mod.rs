//! Configuration files: read, checked, turned into the cores' configurations. The only place that
//! knows the file format.

mod convert;
mod error;
mod file;
mod settings;
mod texts;
mod values;

pub(crate) use convert::seed;
pub(crate) use error::ConfError;
pub(crate) use settings::{
    AssociationProtocol, AssociationSettings, AssociationTransport, AssociationWay,
    ExchangeSettings, LinkSlot, Settings, SipSettings, SpanSettings,
};

use error::Source;
use std::path::Path;

/// Reads a configuration file. No value that it lets through is refused later.
pub(crate) fn load(path: &Path) -> Result<Settings, ConfError> {
    let source = Source::read(path)?;
    let file: file::File =
        toml::from_str(&source.text).map_err(|error| source.toml_error(&error))?;
    convert::convert(&source, &file)
}

/// Reads the configuration file of an exchange that is a process of its own.
pub(crate) fn load_exchange(path: &Path) -> Result<ExchangeSettings, ConfError> {
    let source = Source::read(path)?;
    let file: file::ExchangeFile =
        toml::from_str(&source.text).map_err(|error| source.toml_error(&error))?;
    convert::exchange(&source, &file)
}

/// What a configuration file describes, as far as can be told before it is known to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Describes {
    Gateway,
    Exchange,
}

/// A file without SIP is that of an exchange.
pub(crate) fn describes(path: &Path) -> Describes {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let is_exchange = toml::from_str::<toml::Table>(&text)
        .is_ok_and(|file| !file.contains_key("sip") && file.contains_key("ss7"));
    if is_exchange { Describes::Exchange } else { Describes::Gateway }
}

#[cfg(test)]
mod tests;
