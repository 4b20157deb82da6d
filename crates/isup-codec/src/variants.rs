//! The variants that are built in. Each names what it has otherwise than its base.

use crate::value::Contents;
use crate::{
    GenericName, HtrInformation, Layout, MessageRow, MessageType, NatureOfConnection, Octets,
    ParameterName, ParameterRow, Value, Variant,
};
use std::borrow::Cow;

/// Q.763 (2000) as it stands.
pub static ITU: Variant = Variant {
    name: Cow::Borrowed("itu-2000"),
    base: None,
    cic_bits: 12,
    point_code_bits: 14,
    messages: Cow::Borrowed(&[]),
    parameters: Cow::Borrowed(&[]),
};

/// EN 300 356-1: what it excepts from Q.763 (2000) is when messages and parameters are used, not
/// how they are written.
pub static ETSI: Variant = Variant {
    name: Cow::Borrowed("etsi"),
    base: None,
    cic_bits: 12,
    point_code_bits: 14,
    messages: Cow::Borrowed(&[]),
    parameters: Cow::Borrowed(&[]),
};

/// Q.763 (1997): without what came by Q.765 (application transport), Q.769.1 (number portability)
/// and Q.730-series services since.
pub static ITU_1997: Variant = Variant {
    name: Cow::Borrowed("itu-1997"),
    base: None,
    cic_bits: 12,
    point_code_bits: 14,
    messages: Cow::Borrowed(&[
        without(MessageType::APM),
        without(MessageType::PRI),
        without(MessageType::SDM),
    ]),
    parameters: Cow::Borrowed(&[
        no(ParameterName::REDIRECT_CAPABILITY),
        no(ParameterName::REDIRECT_COUNTER),
        no(ParameterName::APPLICATION_TRANSPORT),
        no(ParameterName::CCNR_POSSIBLE_INDICATOR),
        no(ParameterName::PIVOT_CAPABILITY),
        no(ParameterName::PIVOT_ROUTING_INDICATORS),
        no(ParameterName::CALLED_DIRECTORY_NUMBER),
        no(ParameterName::ORIGINAL_CALLED_IN_NUMBER),
        no(ParameterName::CALLING_GEODETIC_LOCATION),
        no(ParameterName::HTR_INFORMATION),
        no(ParameterName::NETWORK_ROUTING_NUMBER),
        no(ParameterName::QUERY_ON_RELEASE_CAPABILITY),
        no(ParameterName::PIVOT_STATUS),
        no(ParameterName::PIVOT_COUNTER),
        no(ParameterName::PIVOT_ROUTING_FORWARD_INFORMATION),
        no(ParameterName::PIVOT_ROUTING_BACKWARD_INFORMATION),
        no(ParameterName::REDIRECT_STATUS),
        no(ParameterName::REDIRECT_FORWARD_INFORMATION),
        no(ParameterName::REDIRECT_BACKWARD_INFORMATION),
        no(ParameterName::NUMBER_PORTABILITY_FORWARD_INFORMATION),
    ]),
};

/// The white book, Q.763 (1993): without what 1997 added, with what it took back.
pub static WHITE_BOOK: Variant = Variant {
    name: Cow::Borrowed("white-book"),
    base: Some(&ITU_1997),
    cic_bits: 12,
    point_code_bits: 14,
    messages: Cow::Borrowed(&[without(MessageType::LPR)]),
    parameters: Cow::Borrowed(&[
        // Bit A: a freephone call.
        has::<u8>(ParameterName(0x41), "freephone indicators"),
        has::<Octets>(ParameterName(0x42), "generic reference"),
        no(ParameterName::CIRCUIT_ASSIGNMENT_MAP),
        no(ParameterName::HOP_COUNTER),
        no(ParameterName::CALL_TRANSFER_REFERENCE),
        no(ParameterName::LOOP_PREVENTION_INDICATORS),
        no(ParameterName::CALL_TRANSFER_NUMBER),
        no(ParameterName::CCSS),
        no(ParameterName::FORWARD_GVNS),
        no(ParameterName::BACKWARD_GVNS),
        no(ParameterName::NETWORK_MANAGEMENT_CONTROLS),
        no(ParameterName::CORRELATION_ID),
        no(ParameterName::SCF_ID),
        no(ParameterName::CALL_DIVERSION_TREATMENT_INDICATORS),
        no(ParameterName::CALLED_IN_NUMBER),
        no(ParameterName::CALL_OFFERING_TREATMENT_INDICATORS),
        no(ParameterName::CHARGED_PARTY_IDENTIFICATION),
        no(ParameterName::CONFERENCE_TREATMENT_INDICATORS),
        no(ParameterName::DISPLAY_INFORMATION),
        no(ParameterName::UID_ACTION_INDICATORS),
        no(ParameterName::UID_CAPABILITY_INDICATORS),
        no(ParameterName::COLLECT_CALL_REQUEST),
    ]),
};

/// What the charging messages of SPIROU carry in their fixed part. No name is written there, so
/// these stand for themselves, among the codes that Q.763 leaves to each nation.
const COLLECTION_FIELD: ParameterName = ParameterName(0xfd);
const MESSAGE_NUMBER: ParameterName = ParameterName(0xfe);

/// SPIROU (1998), the French interconnection interface: charging by messages.
pub static SPIROU: Variant = Variant {
    name: Cow::Borrowed("spirou"),
    base: Some(&ITU_1997),
    cic_bits: 12,
    point_code_bits: 14,
    messages: Cow::Borrowed(&[
        // Charging pulse.
        answered(
            MessageType(0xe2),
            message(0xe1, "ITX", &[(COLLECTION_FIELD, 1), (MESSAGE_NUMBER, 1)], &[], Some(&[])),
        ),
        // Charging acknowledgement.
        message(0xe2, "TXA", &[], &[], Some(&[])),
    ]),
    parameters: Cow::Borrowed(&[
        has::<u8>(COLLECTION_FIELD, "collection field"),
        has::<u8>(MESSAGE_NUMBER, "message number"),
    ]),
};

/// Its code in Q.763, written in the variable part here.
const USER_SERVICE_INFORMATION: ParameterName = ParameterName::USER_SERVICE_INFORMATION;
const GROUP_CHARACTERISTICS: ParameterName = ParameterName(0xe5);
const VALIDATION_RESPONSE: ParameterName = ParameterName(0xe6);
const OUTGOING_TRUNK_GROUP: ParameterName = ParameterName(0xe7);
const CIRCUIT_NAME: ParameterName = ParameterName(0xe8);
const CLLI: ParameterName = ParameterName(0xe9);
const ORIGINATING_LINE: ParameterName = ParameterName(0xea);
const CHARGE_NUMBER: ParameterName = ParameterName(0xeb);
const JURISDICTION: ParameterName = ParameterName(0xc4);
const CARRIER: ParameterName = ParameterName(0xc5);
const GENERIC_NAME: ParameterName = ParameterName(0xc7);

/// ANSI T1.113: the bearer capability in place of the transmission medium, an RLC without cause,
/// circuit reservation and validation, exit.
pub static ANSI: Variant = Variant {
    name: Cow::Borrowed("ansi"),
    base: None,
    cic_bits: 14,
    point_code_bits: 24,
    messages: Cow::Borrowed(&[
        message(
            MessageType::IAM.0,
            "IAM",
            &[
                (ParameterName::NATURE_OF_CONNECTION_INDICATORS, NatureOfConnection::LENGTHS.0),
                (ParameterName::FORWARD_CALL_INDICATORS, 2),
                (ParameterName::CALLING_PARTYS_CATEGORY, 1),
            ],
            &[USER_SERVICE_INFORMATION, ParameterName::CALLED_PARTY_NUMBER],
            Some(&[
                ParameterName::ACCESS_TRANSPORT,
                ParameterName(0xc6),
                ParameterName::CALL_REFERENCE,
                ParameterName::CALLING_PARTY_NUMBER,
                CARRIER,
                ParameterName(0xee),
                CHARGE_NUMBER,
                ParameterName::CIRCUIT_ASSIGNMENT_MAP,
                ParameterName::CONNECTION_REQUEST,
                ParameterName(0xc3),
                ParameterName::GENERIC_NUMBER,
                ParameterName::GENERIC_DIGITS,
                GENERIC_NAME,
                ParameterName::HOP_COUNTER,
                ParameterName(0xe4),
                JURISDICTION,
                ParameterName::NETWORK_SPECIFIC_FACILITY,
                ParameterName(0xef),
                ParameterName(0xc2),
                ParameterName::ORIGINAL_CALLED_NUMBER,
                ORIGINATING_LINE,
                ParameterName::MLPP_PRECEDENCE,
                ParameterName::REDIRECTING_NUMBER,
                ParameterName::REDIRECTION_INFORMATION,
                ParameterName::REMOTE_OPERATIONS,
                ParameterName(0xec),
                ParameterName(0xed),
                ParameterName(0xe3),
                ParameterName::TRANSIT_NETWORK_SELECTION,
                ParameterName::USER_TO_USER_INFORMATION,
                ParameterName::USER_SERVICE_INFORMATION_PRIME,
            ]),
        ),
        message(MessageType::RLC.0, "RLC", &[], &[], None),
        message(0xe9, "CRA", &[], &[], None),
        message(0xea, "CRM", &[(ParameterName::NATURE_OF_CONNECTION_INDICATORS, 1)], &[], None),
        message(
            0xeb,
            "CVR",
            &[(VALIDATION_RESPONSE, 1), (GROUP_CHARACTERISTICS, 1)],
            &[],
            Some(&[CIRCUIT_NAME, CLLI]),
        ),
        message(0xec, "CVT", &[], &[], None),
        message(0xed, "EXM", &[], &[], Some(&[OUTGOING_TRUNK_GROUP])),
    ]),
    parameters: Cow::Borrowed(&[
        has::<Octets>(ParameterName(0xc2), "operator services information"),
        has::<Octets>(ParameterName(0xc3), "egress service"),
        has::<Octets>(JURISDICTION, "jurisdiction information"),
        has::<Octets>(CARRIER, "carrier identification"),
        has::<Octets>(ParameterName(0xc6), "business group"),
        has::<GenericName>(GENERIC_NAME, "generic name"),
        has::<Octets>(ParameterName(0xe1), "notification indicator"),
        has::<Octets>(ParameterName(0xe3), "transaction request"),
        has::<u8>(GROUP_CHARACTERISTICS, "circuit group characteristic indicator"),
        has::<u8>(VALIDATION_RESPONSE, "circuit validation response indicator"),
        has::<Octets>(OUTGOING_TRUNK_GROUP, "outgoing trunk group number"),
        has::<Octets>(CIRCUIT_NAME, "circuit identification name"),
        has::<Octets>(CLLI, "common language location identification"),
        has::<u8>(ORIGINATING_LINE, "originating line information"),
        // Laid out as that number: nature, plan, digits.
        has::<HtrInformation>(CHARGE_NUMBER, "charge number"),
        has::<u8>(ParameterName(0xec), "service code"),
        has::<u8>(ParameterName(0xed), "special processing request"),
        has::<u8>(ParameterName(0xee), "carrier selection information"),
        has::<Octets>(ParameterName(0xef), "network transport"),
    ]),
};

/// Every variant that is built in.
pub static ALL: [&Variant; 6] = [&ITU, &ETSI, &ITU_1997, &WHITE_BOOK, &SPIROU, &ANSI];

/// The built-in variant of this name.
pub fn by_name(name: &str) -> Option<&'static Variant> {
    ALL.into_iter().find(|variant| variant.name == name)
}

const fn message(
    code: u8,
    name: &'static str,
    fixed: &'static [(ParameterName, u8)],
    variable: &'static [ParameterName],
    optional: Option<&'static [ParameterName]>,
) -> MessageRow {
    let optional = match optional {
        Some(optional) => Some(Cow::Borrowed(optional)),
        None => None,
    };
    let (fixed, variable) = (Cow::Borrowed(fixed), Cow::Borrowed(variable));
    MessageRow {
        message_type: MessageType(code),
        name: Cow::Borrowed(name),
        layout: Some(Layout { fixed, variable, optional }),
        answer: None,
    }
}

/// The same message where another one acknowledges it.
const fn answered(answer: MessageType, mut message: MessageRow) -> MessageRow {
    message.answer = Some(answer);
    message
}

/// A message that the variant does not have.
const fn without(message_type: MessageType) -> MessageRow {
    MessageRow { message_type, name: Cow::Borrowed(""), layout: None, answer: None }
}

/// A parameter that the variant does not have.
const fn no(name: ParameterName) -> ParameterRow {
    ParameterRow { name, text: None, contents: None }
}

const fn has<T: Value>(name: ParameterName, text: &'static str) -> ParameterRow {
    let contents = Some(Contents::of::<T>());
    ParameterRow { name, text: Some(Cow::Borrowed(text)), contents }
}
