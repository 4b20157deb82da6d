use base::Cause;
use isup_codec::{
    CalledStatus, CallingPartysCategory, CircuitState, ContinuityCheck, EventIndicator, Iam,
    Message, MessageType, OptionalBackwardCallIndicators, Options, ParameterName, Presentation,
    Range, SupervisionType, TransmissionMedium, key,
};
use std::fmt;

/// What a message has to be.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// One of these types.
    pub kinds: Vec<MessageType>,
    /// And all of these hold.
    pub checks: Vec<Check>,
}

/// What has to hold of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// REL, CFN, ACM, CPG: one of these causes.
    Cause(Vec<Cause>),
    /// REL, CFN: what the cause says it is about.
    Diagnostic(Vec<u8>),
    /// IAM: the digits of the called party number, and whether they are all.
    Called(String, bool),
    /// IAM: the calling party number ends in these digits and may be shown, or not.
    Calling(String, Presentation),
    /// IAM: the calling party's category.
    Category(CallingPartysCategory),
    /// IAM: what the connection must carry.
    Medium(TransmissionMedium),
    /// IAM: the continuity check indicator.
    Continuity(ContinuityCheck),
    /// IAM, ACM: whether an echo control device is included.
    Echo(bool),
    /// IAM: satellites so far.
    Satellites(u8),
    /// ACM, CON, ANM: the called party's status.
    Status(CalledStatus),
    /// ACM, CPG: whether there is something to hear.
    InBand(bool),
    /// CPG: the event.
    Event(EventIndicator),
    /// SUS, RES: by the network.
    ByNetwork(bool),
    /// COT: success.
    Successful(bool),
    /// The parameter is there.
    Has(ParameterName),
    /// The parameter is not there.
    Lacks(ParameterName),
    /// The parameter is there with these octets.
    Octets(ParameterName, Vec<u8>),
    /// GRS, GRA, CGB, CGBA, CGU, CGUA, CQM, CQR: the circuits.
    Range(Range),
    /// GRA, CGB, CGBA, CGU, CGUA: whether all circuits are marked, or none.
    Marked(bool),
    /// CGB, CGBA, CGU, CGUA: the type.
    Kind(SupervisionType),
    /// CQR: every circuit is in this state.
    AllIn(CircuitState),
    /// CQR: the circuit at this position is in this state.
    OneIn(usize, CircuitState),
}

impl Pattern {
    /// A message of this type, whatever it says.
    pub fn of(kind: MessageType) -> Self {
        Self { kinds: vec![kind], checks: Vec::new() }
    }

    /// A message of this type as well.
    #[must_use]
    pub fn or(mut self, kind: MessageType) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Of which this holds.
    #[must_use]
    pub fn with(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// What is wrong with a message, if anything is.
    pub fn flaw(&self, message: &Message) -> Option<String> {
        if !self.kinds.contains(&message.message_type()) {
            return Some(format!("it is {}", message.message_type()));
        }
        let wrong = self.checks.iter().find(|check| !check.holds(message));
        wrong.map(|check| format!("{check} does not hold of {message:?}"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.kinds.iter().map(ToString::to_string).collect();
        f.write_str(&kinds.join(" or "))?;
        for check in &self.checks {
            write!(f, ", {check}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(causes) => {
                let causes: Vec<_> = causes.iter().map(|cause| cause.0.to_string()).collect();
                write!(f, "cause {}", causes.join(" or "))
            }
            Self::Called(digits, true) => write!(f, "called {digits}, complete"),
            Self::Called(digits, false) => write!(f, "called {digits}, more to follow"),
            other => fmt::Debug::fmt(other, f),
        }
    }
}

fn iam(message: &Message) -> Option<&Iam> {
    match message {
        Message::Iam(iam) => Some(iam),
        _ => None,
    }
}

fn in_band(options: &Options) -> bool {
    let optional = options.get(key::OPTIONAL_BACKWARD_CALL_INDICATORS);
    optional.is_some_and(OptionalBackwardCallIndicators::in_band)
}

impl Check {
    fn holds(&self, message: &Message) -> bool {
        match self {
            Self::Cause(causes) => cause(message).is_some_and(|(cause, _)| causes.contains(&cause)),
            Self::Diagnostic(octets) => cause(message).is_some_and(|(_, about)| about == *octets),
            Self::Has(name) => find(message, *name).is_some(),
            Self::Lacks(name) => find(message, *name).is_none(),
            Self::Octets(name, octets) => find(message, *name) == Some(octets),
            Self::Called(..)
            | Self::Calling(..)
            | Self::Category(_)
            | Self::Medium(_)
            | Self::Continuity(_)
            | Self::Satellites(_) => iam(message).is_some_and(|iam| self.holds_of_iam(iam)),
            Self::Echo(_)
            | Self::Status(_)
            | Self::InBand(_)
            | Self::Event(_)
            | Self::ByNetwork(_)
            | Self::Successful(_) => self.holds_of_call(message),
            Self::Range(_) | Self::Marked(_) | Self::Kind(_) | Self::AllIn(_) | Self::OneIn(..) => {
                self.holds_of_group(message)
            }
        }
    }

    fn holds_of_iam(&self, iam: &Iam) -> bool {
        match self {
            Self::Called(digits, complete) => {
                iam.called.digits == digits.as_str() && iam.called.complete == *complete
            }
            Self::Calling(digits, presentation) => {
                iam.get(key::CALLING_PARTY_NUMBER).is_some_and(|number| {
                    number.digits.as_str().ends_with(digits) && number.presentation == *presentation
                })
            }
            Self::Category(category) => iam.category == *category,
            Self::Medium(medium) => iam.medium == *medium,
            Self::Continuity(check) => iam.nature.continuity_check() == *check,
            Self::Satellites(count) => iam.nature.satellites() == *count,
            _ => false,
        }
    }

    fn holds_of_call(&self, message: &Message) -> bool {
        match (self, message) {
            (Self::Echo(included), Message::Iam(iam)) => iam.nature.echo_control() == *included,
            (Self::Echo(included), Message::Acm(acm)) => acm.backward.echo_control() == *included,
            (Self::Echo(included), Message::Con(con)) => con.backward.echo_control() == *included,
            (Self::Status(status), Message::Acm(acm)) => acm.backward.called_status() == *status,
            (Self::Status(status), Message::Con(con)) => con.backward.called_status() == *status,
            (Self::InBand(there), Message::Acm(acm)) => in_band(&acm.options) == *there,
            (Self::InBand(there), Message::Cpg(cpg)) => {
                let event = cpg.event.event == EventIndicator::IN_BAND;
                (event || in_band(&cpg.options)) == *there
            }
            (Self::Event(event), Message::Cpg(cpg)) => cpg.event.event == *event,
            (Self::ByNetwork(by_network), Message::Sus(sus)) => sus.by_network == *by_network,
            (Self::ByNetwork(by_network), Message::Res(res)) => res.by_network == *by_network,
            (Self::Successful(successful), Message::Cot(cot)) => cot.successful == *successful,
            _ => false,
        }
    }

    fn holds_of_group(&self, message: &Message) -> bool {
        if let Message::Cqr(cqr) = message {
            return match self {
                Self::Range(range) => cqr.range == *range,
                Self::AllIn(state) => cqr.states.0.iter().all(|its| its == state),
                Self::OneIn(position, state) => cqr.states.0.get(*position) == Some(state),
                _ => false,
            };
        }
        let (kind, status) = match message {
            Message::Grs(grs) => return *self == Self::Range(grs.range),
            Message::Cqm(cqm) => return *self == Self::Range(cqm.range),
            Message::Gra(gra) => (None, &gra.status),
            Message::Cgb(cgb) => (Some(cgb.kind), &cgb.status),
            Message::Cgba(cgba) => (Some(cgba.kind), &cgba.status),
            Message::Cgu(cgu) => (Some(cgu.kind), &cgu.status),
            Message::Cgua(cgua) => (Some(cgua.kind), &cgua.status),
            _ => return false,
        };
        match self {
            Self::Range(range) => status.range() == *range,
            Self::Marked(marked) => {
                (0..status.range().count()).all(|position| status.is_set(position) == *marked)
            }
            Self::Kind(its) => kind == Some(*its),
            _ => false,
        }
    }
}

/// The cause of a message, and what it is about.
fn cause(message: &Message) -> Option<(Cause, Vec<u8>)> {
    let indicators = match message {
        Message::Rel(rel) => Some(rel.cause.clone()),
        Message::Cfn(cfn) => Some(cfn.cause.clone()),
        other => other.options().and_then(|options| options.get(key::CAUSE_INDICATORS)),
    };
    indicators.map(|indicators| (indicators.cause, indicators.diagnostic.to_vec()))
}

fn find(message: &Message, name: ParameterName) -> Option<&[u8]> {
    message.options().and_then(|options| options.find(name))
}

impl From<MessageType> for Pattern {
    fn from(kind: MessageType) -> Self {
        Self::of(kind)
    }
}
