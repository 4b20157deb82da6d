//! The operator's names for what the cores number.

use routing::TrunkRef;

/// Trunks, groups and circuits by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// SIP trunks in the order of the configuration.
    pub(crate) trunks: Vec<String>,
    /// Trunk groups in the order of the configuration.
    pub(crate) groups: Vec<String>,
    /// Associations in the order of the configuration.
    pub(crate) associations: Vec<String>,
    /// `group/cic`, in the order of the circuits.
    pub(crate) circuits: Vec<String>,
}

impl Names {
    /// The name of a trunk or trunk group.
    pub(crate) fn trunk(&self, trunk: TrunkRef) -> &str {
        let name = match trunk {
            TrunkRef::Sip(index) => self.trunks.get(usize::from(index)),
            TrunkRef::Circuits(index) => self.groups.get(usize::from(index)),
        };
        name.map_or("unknown", String::as_str)
    }

    /// The trunk or trunk group of this name.
    pub(crate) fn find(&self, name: &str) -> Option<TrunkRef> {
        let position = |names: &[String]| {
            names.iter().position(|known| known == name).and_then(|at| u16::try_from(at).ok())
        };
        let trunk = position(&self.trunks).map(TrunkRef::Sip);
        trunk.or_else(|| position(&self.groups).map(TrunkRef::Circuits))
    }

    /// A step of the router's reasoning with names for the numbers.
    pub(crate) fn explain(&self, step: &str) -> String {
        let named = |text: String, what: &str, names: &[String]| {
            names
                .iter()
                .enumerate()
                .fold(text, |text, (index, name)| text.replace(&format!("{what}({index})"), name))
        };
        let text = named(step.to_owned(), "Circuits", &self.groups);
        named(text, "Sip", &self.trunks)
    }

    /// The name of an association.
    pub(crate) fn association(&self, id: mtp::m3ua::AssociationId) -> &str {
        self.associations.get(usize::from(id.0)).map_or("unknown", String::as_str)
    }

    /// The name of a circuit.
    pub(crate) fn circuit(&self, circuit: u32) -> Option<&str> {
        self.circuits.get(circuit as usize).map(String::as_str)
    }
}
