//! What a response says about the load of whoever sent it (RFC 7339 §4).

use super::Algorithm;
use base::Duration;
use sip_parser::Via;

/// RFC 7339 §4.3.
const VALIDITY: Duration = Duration::from_millis(500);
/// The longest that one word is obeyed.
const VALIDITY_MAX: Duration = Duration::from_secs(300);

/// The parameters of a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) algorithm: Algorithm,
    pub(crate) value: u32,
    /// Zero: there is no overload.
    pub(crate) validity: Duration,
    /// In hundred-thousandths; none where the neighbour numbers nothing, or in its own way.
    pub(crate) sequence: Option<u64>,
}

impl Told {
    /// Reads them; none where the neighbour knows nothing of overload control.
    pub(crate) fn read(via: &Via<'_>) -> Option<Self> {
        let value: u32 = via.params.value("oc")?.parse().ok()?;
        let algorithm = match via.params.value("oc-algo").map(unquoted) {
            None => Algorithm::Loss,
            Some(name) if name.eq_ignore_ascii_case("loss") => Algorithm::Loss,
            Some(name) if name.eq_ignore_ascii_case("rate") => Algorithm::Rate,
            Some(_) => return None,
        };
        let validity = match via.params.value("oc-validity") {
            Some(millis) => Duration::from_millis(millis.parse().ok()?),
            None => VALIDITY,
        };
        let sequence = via.params.value("oc-seq").and_then(sequence);
        let validity = validity.min(VALIDITY_MAX);
        let value = if algorithm == Algorithm::Loss { value.min(100) } else { value };
        Some(Self { algorithm, value, validity, sequence })
    }
}

/// RFC 7339 §9: at most twelve digits, and a fraction of at most five. Many leave the fraction out.
fn sequence(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    if !digits(whole, 12) || !digits(fraction, 5) {
        return None;
    }
    format!("{whole}{fraction:0<5}").parse().ok()
}

fn unquoted(text: &str) -> &str {
    text.trim_matches('"').trim()
}

/// The algorithms that a request's sender knows, in its order (RFC 7339 §4.2); none where it
/// knows nothing of overload control.
pub(crate) fn known(via: &Via<'_>) -> Option<Vec<Algorithm>> {
    via.params.get("oc")?;
    let names = via.params.value("oc-algo").map_or("loss", unquoted);
    let each = names.split(',').filter_map(|name| match name.trim() {
        name if name.eq_ignore_ascii_case("loss") => Some(Algorithm::Loss),
        name if name.eq_ignore_ascii_case("rate") => Some(Algorithm::Rate),
        _ => None,
    });
    Some(each.collect())
}
