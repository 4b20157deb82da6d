//! A simulated exchange of the switched network: ISUP, MTP and time slots
