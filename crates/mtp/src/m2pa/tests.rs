//! Two signalling points joined by links over associations.

mod faults;
mod procedures;
mod world;
