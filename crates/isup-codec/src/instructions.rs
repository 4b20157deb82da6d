//! What is to be done with what is not understood (Q.764 §2.9.5), and what is carried for others.

use crate::ParameterName;
use crate::notation::q763;
use crate::value::{Octets, Unwritable, Value};
use std::fmt;

/// The low bits of an octet whose high bit says that it is the last of its group.
const LAST: u8 = 0x80;

base::coded_value! {
    /// What a network that is neither broadband nor narrowband as the sender's does (Q.763 §3.33).
    pub struct BroadbandInterworking(u8) {
        /// Pass on.
        PASS_ON = 0, "pass on";
        /// Discard the message.
        DISCARD = 1, "discard message";
        /// Release the call.
        RELEASE = 2, "release call";
    }
}

base::coded_value! {
    /// What to do with a parameter that cannot be passed on (Q.763 §3.41).
    pub struct PassOnNotPossible(u8) {
        /// Release the call.
        RELEASE = 0, "release call";
        /// Discard the message.
        DISCARD_MESSAGE = 1, "discard message";
        /// Discard the parameter.
        DISCARD_PARAMETER = 2, "discard parameter";
    }
}

q763! { indicators
    /// Message compatibility information (Q.763 §3.33).
    MessageCompatibility(Extended) {
        /// Whether transit exchanges too have to take it in.
        end_node with_end_node: bool = 0, 1, "end node interpretation";
        /// Whether to release the call.
        release with_release: bool = 1, 1, "release call";
        /// Whether to send a notification.
        notify with_notify: bool = 2, 1, "send notification";
        /// Whether to discard the message.
        discard with_discard: bool = 3, 1, "discard message";
        /// Whether to discard the message, and not to release the call, where it cannot be passed
        /// on.
        discard_unless_passed_on with_discard_unless_passed_on: bool
            = 4, 1, "discard if not passed on";
        /// What other networks do.
        broadband with_broadband: BroadbandInterworking
            = 5, 2, "broadband/narrowband interworking indicator";
    }

    /// The instructions for one parameter (Q.763 §3.41).
    ParameterInstructions(Extended) {
        /// Whether transit exchanges too have to take it in.
        end_node with_end_node: bool = 0, 1, "end node interpretation";
        /// Whether to release the call.
        release with_release: bool = 1, 1, "release call";
        /// Whether to send a notification.
        notify with_notify: bool = 2, 1, "send notification";
        /// Whether to discard the message.
        discard_message with_discard_message: bool = 3, 1, "discard message";
        /// Whether to discard the parameter.
        discard_parameter with_discard_parameter: bool = 4, 1, "discard parameter";
        /// What to do where it cannot be passed on.
        pass_on_not_possible with_pass_on_not_possible: PassOnNotPossible
            = 5, 2, "pass on not possible indicator";
    }
}

/// Parameter compatibility information (Q.763 §3.41): instructions for each of some parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterCompatibility(pub Vec<UpgradedParameter>);

/// A parameter that not every exchange will know, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradedParameter {
    /// The parameter.
    pub name: ParameterName,
    /// What to do.
    pub instructions: ParameterInstructions,
    /// What the octets say that may follow: 7 bits of each.
    pub more: Octets,
}

impl ParameterCompatibility {
    /// What to do about the parameter of this name.
    pub fn instructions(&self, name: ParameterName) -> Option<ParameterInstructions> {
        self.0.iter().find(|upgraded| upgraded.name == name).map(|upgraded| upgraded.instructions)
    }
}

impl UpgradedParameter {
    /// The octets from the front that are about one parameter, and the rest.
    fn split(octets: &[u8]) -> Option<(Self, &[u8])> {
        let (name, rest) = octets.split_first()?;
        let last = rest.iter().position(|octet| octet & LAST != 0)?;
        let (instructions, rest) = rest.split_at_checked(last + 1)?;
        let (first, more) = instructions.split_first()?;
        let more: Vec<u8> = more.iter().map(|octet| octet & !LAST).collect();
        let instructions = ParameterInstructions(first & !LAST);
        Some((Self { name: ParameterName(*name), instructions, more: more.into() }, rest))
    }
}

impl Value for ParameterCompatibility {
    const LENGTHS: (u8, u8) = (2, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (mut rest, mut all) = (octets, Vec::new());
        while !rest.is_empty() {
            let (upgraded, after) = UpgradedParameter::split(rest)?;
            all.push(upgraded);
            rest = after;
        }
        Some(Self(all))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        for UpgradedParameter { name, instructions, more } in &self.0 {
            let octets = [instructions.0].into_iter().chain(more.0.iter().copied());
            out.push(name.0);
            out.extend(octets.map(|octet| octet & !LAST));
            if let Some(octet) = out.last_mut() {
                *octet |= LAST;
            }
        }
        if self.0.is_empty() { Err(Unwritable) } else { Ok(()) }
    }
}

impl fmt::Display for ParameterCompatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = crate::print::Fields::new(f);
        for upgraded in &self.0 {
            list.field(format_args!("{} ({})", upgraded.name, upgraded.instructions));
        }
        list.finish()
    }
}

base::coded_value! {
    /// Application context identifier (Q.763 §3.82, Q.765).
    pub struct ApplicationContext(u16) {
        /// Unidentified context and error handling.
        ERROR_HANDLING = 0, "unidentified context and error handling ASE";
        /// PSS1, virtual private networks.
        PSS1 = 1, "PSS1 ASE";
        /// Charging.
        CHARGING = 3, "charging ASE";
        /// Generic addressing and transport.
        GAT = 4, "GAT";
        /// Bearer association transport (Q.765.5).
        BAT = 5, "BAT ASE";
        /// Enhanced unidentified context and error handling.
        ENHANCED_ERROR_HANDLING = 6, "enhanced unidentified context and error handling ASE";
    }
}

/// Application transport (Q.763 §3.82): a piece of what two applications say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationTransport {
    /// Whose information it is: 7 bits, or 14.
    pub context: ApplicationContext,
    /// Whether to release the call where it cannot be handed over.
    pub release: bool,
    /// Whether to notify the sender where it cannot be handed over.
    pub notify: bool,
    /// Whether it begins a sequence of segments.
    pub new_sequence: bool,
    /// How many segments follow, 6 bits.
    pub segments: u8,
    /// To which sequence it belongs, 7 bits; where there are more segments than one.
    pub reference: Option<u8>,
    /// The information.
    pub information: Octets,
}

impl ApplicationTransport {
    const RELEASE: u8 = 1;
    const NOTIFY: u8 = 1 << 1;
    const NEW_SEQUENCE: u8 = 1 << 6;
    const SEGMENTS: u8 = Self::NEW_SEQUENCE - 1;
    const CONTEXT_MAX: u16 = (1 << 14) - 1;
}

impl Value for ApplicationTransport {
    const LENGTHS: (u8, u8) = (3, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, mut rest) = octets.split_first()?;
        let mut context = u16::from(first & !LAST);
        if first & LAST == 0 {
            let (second, after) = rest.split_first()?;
            context = context << 7 | u16::from(second & !LAST);
            rest = after;
        }
        let ([instructions, segmentation], mut rest) = rest.split_first_chunk()?;
        let mut reference = None;
        if segmentation & LAST == 0 {
            let (octet, after) = rest.split_first()?;
            (reference, rest) = (Some(octet & !LAST), after);
        }
        // Extensions of the instructions are not defined.
        (instructions & LAST != 0).then_some(Self {
            context: ApplicationContext(context),
            release: instructions & Self::RELEASE != 0,
            notify: instructions & Self::NOTIFY != 0,
            new_sequence: segmentation & Self::NEW_SEQUENCE != 0,
            segments: segmentation & Self::SEGMENTS,
            reference,
            information: Octets::read(rest)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let fits = self.context.0 <= Self::CONTEXT_MAX
            && self.segments <= Self::SEGMENTS
            && self.reference.is_none_or(|reference| reference < LAST);
        if !fits {
            return Err(Unwritable);
        }
        let (high, low) = ((self.context.0 >> 7) as u8, self.context.0 as u8 | LAST);
        out.extend((high != 0).then_some(high));
        out.push(low);
        let bit = |yes, bit| if yes { bit } else { 0 };
        out.push(LAST | bit(self.release, Self::RELEASE) | bit(self.notify, Self::NOTIFY));
        let segmentation = self.segments | bit(self.new_sequence, Self::NEW_SEQUENCE);
        match self.reference {
            None => out.push(segmentation | LAST),
            Some(reference) => out.extend([segmentation, reference | LAST]),
        }
        self.information.write(out)
    }
}

impl fmt::Display for ApplicationTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = crate::print::Fields::new(f);
        list.field(format_args!("{}", self.context));
        list.flag("release call", self.release);
        list.flag("send notification", self.notify);
        list.flag("new sequence", self.new_sequence);
        list.number("segments", self.segments);
        if let Some(reference) = self.reference {
            list.field(format_args!("reference {reference}"));
        }
        list.field(format_args!("{}", self.information));
        list.finish()
    }
}
