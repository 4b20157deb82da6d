//! Configuration files: read, checked, turned into the cores' configurations. The only place that
//! knows the file format.

mod convert;
mod error;
mod file;
mod settings;
mod values;

pub(crate) use error::ConfError;
pub(crate) use settings::{
    AssociationSettings, AssociationWay, LinkSlot, Settings, SipSettings, SpanSettings,
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

#[cfg(test)]
mod tests;
