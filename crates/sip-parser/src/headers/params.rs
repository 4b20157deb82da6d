//! The parameters of a value that have no field of their own.

use std::fmt::{self, Display};

use crate::grammar;
use crate::usual;
use crate::value::text_within;

use super::Quoted;

/// Name and value.
type Param<'a> = (&'a str, Option<&'a str>);

/// The parameters of a value, but for those that are fields of its type. Two are equal when they
/// hold the same parameters in the same order, however they are spaced.
#[derive(Clone, Copy, Default)]
pub struct Others<'a> {
    all: &'a str,
    named: &'static [&'static str],
    /// Whether commas stand between them, as in the authentication header fields; else a
    /// semicolon before each.
    commas: bool,
}

impl<'a> Others<'a> {
    /// All of `params` must be parameters, each behind its semicolon.
    pub(super) fn read(params: &'a str, named: &'static [&'static str]) -> Option<Self> {
        Self { all: params, named, commas: false }.checked()
    }

    /// All of `params` must be parameters, with commas between them.
    pub(super) fn read_commas(params: &'a str, named: &'static [&'static str]) -> Option<Self> {
        Self { all: params, named, commas: true }.checked()
    }

    /// The first parameters of `params`, up to what is none.
    pub(super) fn readable(params: &'a str, named: &'static [&'static str]) -> Self {
        let mut read = Self { all: params, named, commas: false };
        let mut rest = params.as_bytes();
        while let Some((after, _)) = read.next(rest) {
            rest = after;
        }
        read.all = params.get(..params.len() - rest.len()).unwrap_or_default();
        read
    }

    fn checked(self) -> Option<Self> {
        let mut rest = self.all.as_bytes();
        while !grammar::trim_start(rest).is_empty() {
            rest = self.next(rest)?.0;
        }
        Some(self)
    }

    /// The first parameter of `rest`, and what follows it.
    fn next(&self, rest: &'a [u8]) -> Option<(&'a [u8], grammar::Param<'a>)> {
        if self.commas {
            return grammar::comma_param(rest).ok();
        }
        usual::param(rest).or_else(|| grammar::param(rest).ok())
    }

    /// Every parameter, those with fields of their own too.
    pub(super) fn all(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let (this, mut rest) = (*self, self.all.as_bytes());
        std::iter::from_fn(move || {
            let (after, (name, value)) = this.next(rest)?;
            rest = after;
            Some((text_within(this.all, name), value.map(|value| text_within(this.all, value))))
        })
    }

    /// The value of a parameter with a field of its own: `None` when `of` cannot read it, or it
    /// has none.
    pub(super) fn field<T>(
        &self,
        name: &str,
        of: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.all().find(|row| row.0.eq_ignore_ascii_case(name)) {
            Some((_, value)) => of(value?).map(Some),
            None => Some(None),
        }
    }

    /// Every other parameter in order: its name as written and its value, quotes included.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let named = self.named;
        self.all().filter(move |row| !named.iter().any(|name| name.eq_ignore_ascii_case(row.0)))
    }

    /// The first other parameter of that name, in any case: `Some(None)` when it stands without a
    /// value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&'a str>> {
        self.iter().find(|row| row.0.eq_ignore_ascii_case(name)).map(|row| row.1)
    }

    /// The value of the first other parameter of that name, quotes included.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name).flatten()
    }
}

impl PartialEq for Others<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Others<'_> {}

impl fmt::Debug for Others<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Each behind its semicolon; in the authentication header fields, with commas between them.
impl Display for Others<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.commas {
            return CommaList::new(f).others(self);
        }
        self.iter().try_for_each(|(name, value)| match value {
            Some(value) => write!(f, ";{name}={value}"),
            None => write!(f, ";{name}"),
        })
    }
}

/// Writes parameters with commas between them.
pub(super) struct CommaList<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    separator: &'static str,
}

impl<'a, 'f> CommaList<'a, 'f> {
    pub(super) fn new(f: &'a mut fmt::Formatter<'f>) -> Self {
        Self { f, separator: "" }
    }

    /// Writes `name=value` where there is a value.
    pub(super) fn put(&mut self, name: &str, value: Option<impl Display>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        write!(self.f, "{}{name}={value}", self.separator)?;
        self.separator = ", ";
        Ok(())
    }

    pub(super) fn others(&mut self, others: &Others<'_>) -> fmt::Result {
        for (name, value) in others.iter() {
            match value {
                Some(value) => self.put(name, Some(value))?,
                None => {
                    write!(self.f, "{}{name}", self.separator)?;
                    self.separator = ", ";
                }
            }
        }
        Ok(())
    }
}

/// Writes `;name=value` where there is a value.
pub(super) fn write_field(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: Option<impl Display>,
) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, ";{name}={value}"))
}

/// A value that must not be quoted.
pub(super) fn plain(value: &str) -> Option<&str> {
    (!value.starts_with('"')).then_some(value)
}

/// A value that should be quoted, and need not be.
pub(super) fn quoted(value: &str) -> Option<Quoted<'_>> {
    if value.starts_with('"') { Quoted::inside(value) } else { Quoted::new(value) }
}

/// A token that should not be quoted, and may be.
pub(super) fn token(value: &str) -> Option<&str> {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    grammar::is_token(inside.as_bytes()).then_some(inside)
}
