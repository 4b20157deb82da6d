//! The timers of Q.764 by their numbers: whatever row the table of `isup` has may be set.

use super::duration;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use isup::{TABLE, Timers};

/// The values of the timers, those that stand in the file within the ranges of Annex A.
pub(super) fn timers(source: &Source, given: &file::Timers) -> Result<Timers, ConfError> {
    let mut timers = Timers::default();
    for (name, value) in given {
        let key = format!("ss7.timers.{}", name.get_ref());
        let row = TABLE.iter().find(|row| row.name.to_string().to_lowercase() == *name.get_ref());
        let Some(row) = row else {
            let known = TABLE.map(|row| row.name.to_string().to_lowercase()).join(", ");
            let remedy = format!("known here: {known}");
            return Err(source.error(name.span(), key, "there is no such timer", remedy));
        };
        let value = duration(source, value, &key, row.min..=row.max)?;
        timers = timers.with(row.name, value);
    }
    Ok(timers)
}
