use super::Exit;
use crate::conf::Describes;
use crate::{conf, out};
use std::path::Path;

/// `tocsin check CONF`
pub(crate) fn check(path: &Path) -> Exit {
    if conf::describes(path) == Describes::Exchange {
        return check_exchange(path);
    }
    match conf::load(path) {
        Ok(settings) => {
            settings.advice.iter().for_each(out::complain);
            let circuits = settings.gateway.bearers.len();
            let (spans, links) = (settings.spans.count, settings.spans.links.len());
            out::line(format_args!(
                "{}: fine: {spans} spans, {links} signalling link(s), {circuits} circuits, \
                 {} SIP trunk(s)",
                path.display(),
                settings.gateway.trunks.len()
            ));
            Exit::Fine
        }
        Err(error) => {
            out::complain(error);
            Exit::Wrong
        }
    }
}

/// The file of a `tocsin exchange`.
fn check_exchange(path: &Path) -> Exit {
    match conf::load_exchange(path) {
        Ok(settings) => {
            let circuits: usize =
                settings.exchange.isup.groups.iter().map(|group| group.cics.len()).sum();
            out::line(format_args!(
                "{}: fine: an exchange, {} association(s), {circuits} circuits",
                path.display(),
                settings.associations.len()
            ));
            Exit::Fine
        }
        Err(error) => {
            out::complain(error);
            Exit::Wrong
        }
    }
}
