use crate::Unit;

/// What a signalling time slot reports.
#[expect(
    clippy::large_enum_variant,
    reason = "rings hold it by value: the span's thread allocates nothing"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEvent {
    /// A good signal unit.
    SignalUnit(Unit),
    /// So many further good FISUs or LSSUs, each equal to the last unit given.
    Repeated(u32),
    /// So many signal units failed the checks of Q.703 §4.1.3 and §4.2.
    Errored(u32),
    /// The line is out of alignment: so many times 16 octets went by (Q.703 §4.1.4).
    OctetCounting(u32),
    /// The oldest [`LineCommand::Send`] not yet reported has gone out.
    Transmitted,
}

/// What a signalling time slot is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineCommand {
    /// Send the unit once, after those given before it.
    Send(Unit),
    /// From now on repeat this unit whenever nothing else is to be sent.
    Fill(Unit),
    /// From now on send flags whenever nothing else is to be sent.
    Silence,
}
