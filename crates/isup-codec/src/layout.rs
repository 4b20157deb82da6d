use crate::ParameterName;
use std::borrow::Cow;

/// Which parameters a type of message has, and where (Q.763 §1.5): as data, so that a variant can
/// say it in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The mandatory fixed part: names with how many octets they have, in their order.
    pub fixed: Cow<'static, [(ParameterName, u8)]>,
    /// The mandatory variable part, in the order of the pointers.
    pub variable: Cow<'static, [ParameterName]>,
    /// What the message's table allows in the optional part; None: it has no such part.
    pub optional: Option<Cow<'static, [ParameterName]>>,
}

impl Layout {
    /// No parameters at all.
    pub(crate) const BARE: Self =
        Self { fixed: Cow::Borrowed(&[]), variable: Cow::Borrowed(&[]), optional: None };

    /// The parameters of the mandatory parts.
    pub fn mandatory(&self) -> impl Iterator<Item = ParameterName> + '_ {
        self.fixed.iter().map(|(name, _)| *name).chain(self.variable.iter().copied())
    }

    /// Whether a message can be without any parameter.
    pub(crate) fn has_nothing_mandatory(&self) -> bool {
        self.fixed.is_empty() && self.variable.is_empty()
    }

    /// Whether a parameter of this name stands in one of the mandatory parts.
    pub fn requires(&self, name: ParameterName) -> bool {
        self.fixed.iter().any(|(its, _)| *its == name) || self.variable.contains(&name)
    }

    /// Whether the message's table names this parameter: one that is known, but not expected here,
    /// counts as one that is not known (Q.764 §2.9.5.3).
    pub fn expects(&self, name: ParameterName) -> bool {
        self.requires(name)
            || self.optional.as_ref().is_some_and(|optional| optional.contains(&name))
    }

    /// How long the mandatory fixed part is.
    pub(crate) fn fixed_length(&self) -> usize {
        self.fixed.iter().map(|(_, length)| usize::from(*length)).sum()
    }
}
