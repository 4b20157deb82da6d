//! The core under scripted peers and virtual time, and two cores against each other.

mod auth;
mod bench;
mod calls_in;
mod calls_out;
mod clients;
mod dialogs;
mod extensions;
mod failover;
mod families;
mod hostile;
mod methods;
mod outside;
mod overload;
mod pair;
mod priority;
mod redirects;
mod refusals;
mod registration;
mod reliable_in;
mod reliable_out;
mod servers;
mod session_timers;
mod size;
mod talking;
mod torture;
mod urgent;
