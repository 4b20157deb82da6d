use crate::classify::emergency_number;
use crate::rules::{Action, Rules};
use crate::{Exit, Facts, Normaliser, Number, Plan, Rule, TrunkRef, classify};
use base::{Cause, Class};
use std::fmt::Write;
use std::sync::Arc;

/// Everything that routing needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The numbering plan around us.
    pub normaliser: Normaliser,
    /// The emergency plan; [`Plan::default`] where this gateway translates nothing.
    pub plan: Plan,
    /// The operator's rules, in any order.
    pub rules: Vec<Rule>,
    /// The exits that exist: a rule may name no other.
    pub exits: Vec<Exit>,
    /// The calling party's categories that mark an emergency call on a trusted trunk.
    pub emergency_categories: Vec<u8>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            normaliser: Normaliser::default(),
            plan: Plan::default(),
            rules: Vec::new(),
            exits: Vec::new(),
            emergency_categories: vec![11],
        }
    }
}

/// Why the configuration is refused. No route opens to traffic without an exit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The prefix of a rule is neither empty nor digits with an optional `+`.
    #[error("rule {rule}: the prefix `{prefix}` is not digits with an optional leading +")]
    Prefix {
        /// Position of the rule, from 0.
        rule: usize,
        /// The prefix as configured.
        prefix: String,
    },
    /// A rule that would swallow calls.
    #[error("rule {rule} (prefix `{prefix}`) has no exit: name one, or a cause to refuse with")]
    NoExit {
        /// Position of the rule, from 0.
        rule: usize,
        /// The prefix as configured.
        prefix: String,
    },
    /// A rule that both refuses and routes.
    #[error("rule {rule} (prefix `{prefix}`) has exits and refuses: keep one of them")]
    ExitAndRefusal {
        /// Position of the rule, from 0.
        rule: usize,
        /// The prefix as configured.
        prefix: String,
    },
    /// A rule names a trunk that does not exist.
    #[error("rule {rule} (prefix `{prefix}`) names {exit:?}, which does not exist")]
    UnknownExit {
        /// Position of the rule, from 0.
        rule: usize,
        /// The prefix as configured.
        prefix: String,
        /// What it names.
        exit: Exit,
    },
    /// The country code is not 1 to 3 digits.
    #[error("the country code `{0}` is not 1 to 3 digits")]
    Country(String),
    /// An emergency call could be left without a destination.
    #[error("the emergency plan has no last resort for 112: add a row `*,112,…`")]
    NoLastResort,
    /// An answering point that no rule reaches from every ingress.
    #[error("no rule without an ingress leads to {number}, a number of the emergency plan")]
    Unreachable {
        /// The long number, as the plan writes it.
        number: String,
    },
}

/// A call that asks for its way.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Where it came from.
    pub ingress: TrunkRef,
    /// The number as normalised.
    pub called: &'a Number,
    /// The class given at arrival.
    pub class: Class,
    /// The caller's commune (INSEE code), where known.
    pub location: Option<&'a str>,
    /// Whether to write down the steps.
    pub explain: bool,
}

/// Where a call goes.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The class, never below that of the query.
    pub class: Class,
    /// The number to call, translated where the plan says so.
    pub called: Number,
    /// Other numbers of the same answering point, in order; empty for ordinary calls.
    pub alternates: Arc<[Number]>,
    /// The exits to try, in order; at least one.
    pub exits: Arc<[Exit]>,
    /// The reasoning, when asked for.
    pub steps: Vec<String>,
}

/// No way for a call.
#[derive(Clone, Debug)]
pub struct NoRoute {
    /// What to tell the caller's side.
    pub cause: Cause,
    /// The class found on the way.
    pub class: Class,
    /// The reasoning, when asked for.
    pub steps: Vec<String>,
}

/// The plan and the rules, ready to answer.
#[derive(Clone, Debug)]
pub struct Router {
    normaliser: Normaliser,
    plan: Plan,
    rules: Rules,
    emergency_categories: Vec<u8>,
}

impl Router {
    /// Checks the configuration: every rule has an exit that exists, and every number of the
    /// emergency plan is reached by a rule that asks for no particular ingress.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { normaliser, plan, rules: list, exits, emergency_categories } = config;
        let country = &normaliser.country;
        if !matches!(country.len(), 1..=3) || !country.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(ConfigError::Country(country.clone()));
        }
        let mut rules = Rules::default();
        for (index, rule) in list.iter().enumerate() {
            check(index, rule, &exits)?;
            rules.add(index, rule);
        }
        if !plan.is_empty() && plan.lookup(None, "112").is_none() {
            return Err(ConfigError::NoLastResort);
        }
        if let Some(number) = plan
            .long_numbers()
            .find(|number| !matches!(rules.find(number, None), Some((_, Action::Leave(_)))))
        {
            return Err(ConfigError::Unreachable { number: number.to_e164() });
        }
        Ok(Self { normaliser, plan, rules, emergency_categories })
    }

    /// The numbering plan around us.
    pub const fn normaliser(&self) -> &Normaliser {
        &self.normaliser
    }

    /// The emergency plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How urgent a message is; see [`classify()`].
    pub fn classify(&self, facts: &Facts<'_>) -> Class {
        classify(facts, &self.plan, &self.normaliser, &self.emergency_categories)
    }

    /// The way of a call: emergency first, then the rules.
    pub fn route(&self, query: &Query<'_>) -> Result<Decision, NoRoute> {
        let mut steps = Steps(query.explain.then(Vec::new));
        steps.add(|step| {
            let digits = query.called.digits();
            write!(step, "called {digits} ({:?}) from {:?}", query.called.kind(), query.ingress)
        });
        let service = emergency_number(query.called, &self.plan, &self.normaliser);
        let class = self.class_of(query, service.is_some());
        steps.add(|step| write!(step, "class {class}"));
        let Some(service) = service else {
            return self.leave(query, class, *query.called, None, steps);
        };
        let found = self.plan.find(query.location, service);
        let Some((area, entry)) = found else {
            steps
                .add(|step| write!(step, "the plan has no entry and no last resort for {service}"));
            return self.leave(query, class, *query.called, None, steps);
        };
        steps.add(|step| {
            let (long, service) = (entry.long_number.to_e164(), &entry.service);
            write!(step, "plan row {area}: {service} answers at {long}")
        });
        self.leave(query, class, entry.long_number, Some(&entry.alternates), steps)
    }

    /// The exits of another number of the same emergency call.
    pub fn route_alternate(&self, number: &Number, ingress: TrunkRef) -> Option<Arc<[Exit]>> {
        match self.rules.find(number, Some(ingress)) {
            Some((_, Action::Leave(exits))) => Some(Arc::clone(exits)),
            Some((_, Action::Refuse(_))) | None => None,
        }
    }

    fn class_of(&self, query: &Query<'_>, service: bool) -> Class {
        let emergency = service || self.plan.is_long_number(query.called);
        if emergency { query.class.max(Class::Emergency) } else { query.class }
    }

    fn leave(
        &self,
        query: &Query<'_>,
        class: Class,
        called: Number,
        alternates: Option<&Arc<[Number]>>,
        mut steps: Steps,
    ) -> Result<Decision, NoRoute> {
        // An operator's rule may not refuse a translated emergency call: fall back on the rules
        // that ask for no ingress, which `new` has checked.
        let refused = |found: &Option<(usize, &Action)>| {
            !matches!(found, Some((_, Action::Leave(_)))) && class.is_emergency()
        };
        let found = Some(self.rules.find(&called, Some(query.ingress)))
            .filter(|found| !refused(found))
            .unwrap_or_else(|| self.rules.find(&called, None));
        let (rule, exits) = match found {
            Some((rule, Action::Leave(exits))) => (rule, exits),
            Some((rule, Action::Refuse(cause))) => {
                steps.add(|step| write!(step, "rule {rule} refuses: cause {} {cause}", cause.0));
                return Err(NoRoute { cause: *cause, class, steps: steps.into() });
            }
            None => {
                steps.add(|step| write!(step, "no rule matches"));
                let cause = Cause::UNALLOCATED;
                return Err(NoRoute { cause, class, steps: steps.into() });
            }
        };
        steps.add(|step| write!(step, "rule {rule} leads to {exits:?}"));
        let exits = if called == *query.called && !class.is_emergency() {
            without(exits, query.ingress)
        } else {
            Arc::clone(exits)
        };
        if exits.is_empty() {
            steps.add(|step| write!(step, "refused: it would leave where it came from"));
            let cause = Cause::EXCHANGE_ROUTING_ERROR;
            return Err(NoRoute { cause, class, steps: steps.into() });
        }
        Ok(Decision {
            class,
            called,
            alternates: alternates.map(Arc::clone).unwrap_or_default(),
            exits,
            steps: steps.into(),
        })
    }
}

/// The exits but the one where an untranslated call came in: it would loop.
fn without(exits: &Arc<[Exit]>, ingress: TrunkRef) -> Arc<[Exit]> {
    if exits.contains(&ingress) {
        exits.iter().copied().filter(|exit| *exit != ingress).collect()
    } else {
        Arc::clone(exits)
    }
}

fn check(index: usize, rule: &Rule, known: &[Exit]) -> Result<(), ConfigError> {
    let (rule_index, prefix) = (index, rule.prefix.clone());
    let digits = rule.prefix.strip_prefix('+').unwrap_or(&rule.prefix);
    if digits.len() > Number::MAX_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ConfigError::Prefix { rule: rule_index, prefix });
    }
    match (rule.exits.is_empty(), rule.refuse.is_some()) {
        (true, false) => {
            return Err(ConfigError::NoExit { rule: rule_index, prefix });
        }
        (false, true) => {
            return Err(ConfigError::ExitAndRefusal { rule: rule_index, prefix });
        }
        (true, true) | (false, false) => {}
    }
    match rule.exits.iter().chain(&rule.from).find(|exit| !known.contains(exit)) {
        Some(&exit) => Err(ConfigError::UnknownExit { rule: rule_index, prefix, exit }),
        None => Ok(()),
    }
}

/// The explanation, written only when somebody asked for it.
struct Steps(Option<Vec<String>>);

impl Steps {
    fn add(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) {
        if let Some(steps) = &mut self.0 {
            let mut step = String::new();
            if write(&mut step).is_ok() {
                steps.push(step);
            }
        }
    }
}

impl From<Steps> for Vec<String> {
    fn from(steps: Steps) -> Self {
        steps.0.unwrap_or_default()
    }
}

impl std::fmt::Display for NoRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no route: {}", self.cause)
    }
}

impl std::error::Error for NoRoute {}

#[cfg(test)]
mod tests;
