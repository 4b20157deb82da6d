//! Resource-Priority: RFC 4412, RFC 7135. What a mark is worth is the user's matter; here is only
//! which marks there are, and what the protocol asks for.

use crate::requests::Refusal;
use sip_parser::headers::ResourcePriority;
use sip_parser::{Message, Name};

/// RFC 4412 §4.1.
pub(crate) const OPTION: &str = "resource-priority";

/// The marks that are understood, each namespace with the most urgent first (RFC 4412 §12.6,
/// RFC 7135 §5.2).
pub(crate) const NAMESPACES: [(&str, &[&str]); 6] = [
    ("esnet", &["4", "3", "2", "1", "0"]),
    ("ets", &["0", "1", "2", "3", "4"]),
    ("wps", &["0", "1", "2", "3", "4"]),
    ("q735", &["0", "1", "2", "3", "4"]),
    ("dsn", &["flash-override", "flash", "immediate", "priority", "routine"]),
    (
        "drsn",
        &["flash-override-override", "flash-override", "flash", "immediate", "priority", "routine"],
    ),
];

/// The value of Accept-Resource-Priority.
pub(crate) fn accepted() -> String {
    let each = NAMESPACES.iter().flat_map(|(namespace, values)| {
        values.iter().map(move |value| format!("{namespace}.{value}"))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Whether a mark is one of those.
pub fn is_known_mark(namespace: &str, value: &str) -> bool {
    let mut rows = NAMESPACES.iter().filter(|row| row.0.eq_ignore_ascii_case(namespace));
    rows.any(|row| row.1.iter().any(|known| known.eq_ignore_ascii_case(value)))
}

/// RFC 4412 §4.6.2: who requires that a mark is understood, and gives none that is, is told which
/// are. Without the option tag an unknown mark is as good as none.
pub(crate) fn inspect(request: &Message) -> Option<Refusal> {
    let required = request.values(Name::Require).any(|tag| tag.eq_ignore_ascii_case(OPTION));
    if !required {
        return None;
    }
    let marks = request.all_typed::<ResourcePriority<'_>>();
    let mut marks = marks.filter_map(Result::ok);
    if marks.any(|mark| is_known_mark(mark.namespace, mark.priority)) {
        return None;
    }
    let headers = vec![(Name::AcceptResourcePriority.as_str(), accepted())];
    Some(((417, "Unknown Resource-Priority"), headers))
}
