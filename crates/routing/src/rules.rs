use crate::{Number, NumberKind};
use base::Cause;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a call may leave, or where it came from, as numbers that other crates give a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// A group of circuits: the number of the group.
    Circuits(u16),
    /// A SIP trunk: its position in the configuration.
    Sip(u16),
}

/// Where a call came from.
pub type TrunkRef = Exit;

/// One of the operator's rules: numbers that begin with `prefix` leave by `exits`, in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `+33199` matches E.164 numbers, `39` without `+` matches numbers of every kind by their
    /// normalised digits, the empty prefix matches everything.
    pub prefix: String,
    /// Only for calls that came in here; a rule with an ingress goes before one without.
    pub from: Option<TrunkRef>,
    /// Where the call may leave, in order of preference.
    pub exits: Vec<Exit>,
    /// Instead of exits: refuse the call with this cause.
    pub refuse: Option<Cause>,
}

impl Rule {
    /// A rule for calls from everywhere.
    pub fn new(prefix: impl Into<String>, exits: Vec<Exit>) -> Self {
        Self { prefix: prefix.into(), from: None, exits, refuse: None }
    }

    /// A rule that refuses.
    pub fn refusing(prefix: impl Into<String>, cause: Cause) -> Self {
        Self { prefix: prefix.into(), from: None, exits: Vec::new(), refuse: Some(cause) }
    }

    /// The same rule, only for calls that came in at `ingress`.
    pub fn only_from(mut self, ingress: TrunkRef) -> Self {
        self.from = Some(ingress);
        self
    }
}

/// What a rule says to do.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Leave(Arc<[Exit]>),
    Refuse(Cause),
}

#[derive(Clone, Debug)]
struct Compiled {
    rule: usize,
    international_only: bool,
    from: Option<TrunkRef>,
    action: Action,
}

/// The rules by prefix.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    by_prefix: BTreeMap<Box<[u8]>, Vec<Compiled>>,
    longest: usize,
}

impl Rules {
    /// Adds a checked rule. Among equal prefixes, a rule with an ingress goes first, then one for
    /// E.164 numbers, then the order of the configuration.
    pub(crate) fn add(&mut self, index: usize, rule: &Rule) {
        let digits = rule.prefix.trim_start_matches('+');
        let action = match rule.refuse {
            Some(cause) => Action::Refuse(cause),
            None => Action::Leave(rule.exits.as_slice().into()),
        };
        let entry = self.by_prefix.entry(digits.as_bytes().into()).or_default();
        entry.push(Compiled {
            rule: index,
            international_only: rule.prefix.starts_with('+'),
            from: rule.from,
            action,
        });
        entry.sort_by_key(|rule| (rule.from.is_none(), !rule.international_only, rule.rule));
        self.longest = self.longest.max(digits.len());
    }

    /// The rule with the longest prefix that accepts the call, and its position in the
    /// configuration.
    pub(crate) fn find(
        &self,
        called: &Number,
        ingress: Option<TrunkRef>,
    ) -> Option<(usize, &Action)> {
        let digits = called.digits().as_bytes();
        let international = called.kind() == NumberKind::International;
        (0..=self.longest.min(digits.len())).rev().find_map(|length| {
            let rules = self.by_prefix.get(digits.get(..length)?)?;
            let found = rules.iter().find(|rule| {
                (rule.from.is_none() || rule.from == ingress)
                    && (international || !rule.international_only)
            })?;
            Some((found.rule, &found.action))
        })
    }
}
