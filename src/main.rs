//! The composition root: configuration files, sockets and a clock around one gateway, media
//! threads, management, and the command line. No protocol rule lives here.

mod admin;
mod cdr;
mod circuit_state;
mod cli;
mod commands;
mod conf;
mod logging;
mod names;
mod out;
mod run;
mod wallclock;

use clap::Parser;
use cli::{Cli, Command};
use logging::Log;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let log = match start_log() {
        Ok(log) => log,
        Err(error) => {
            out::complain(format_args!("cannot start the log: {error}"));
            return commands::Exit::Wrong.into();
        }
    };
    let exit = match command {
        None => run::run(&cli::Run { conf: cli::DEMO.into(), pcap: None }),
        Some(Command::Run(command)) => run::run(&command),
        Some(Command::Check { conf }) => commands::check(&conf),
        Some(Command::Route(command)) => commands::route(&command),
        Some(Command::Status(remote)) => commands::status(&remote),
        Some(Command::Calls(remote)) => commands::calls(&remote),
        Some(Command::Circuits(command)) => commands::on_circuits(&command),
        Some(Command::Trunks(remote)) => commands::trunks(&remote),
        Some(Command::Links(command)) => commands::on_links(&command),
        Some(Command::Alarms(remote)) => commands::alarms(&remote),
        Some(Command::Exchange { conf }) => run::exchange(&conf),
        Some(Command::Originate(command)) => commands::originate(&command),
    };
    log.finish();
    exit.into()
}

/// What is logged where nobody says: dcsctp would log each packet.
const USUAL: &str = "info,dcsctp=warn";

/// Logs go to standard error; `TOCSIN_LOG`, or else `RUST_LOG`, says how much of them.
fn start_log() -> std::io::Result<Log> {
    let wanted = ["TOCSIN_LOG", "RUST_LOG"].into_iter().find_map(|name| std::env::var(name).ok());
    let filter = match wanted.as_deref().map(EnvFilter::try_new) {
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            out::complain(format_args!("TOCSIN_LOG or RUST_LOG: {error}; logging `info`"));
            EnvFilter::new(USUAL)
        }
        None => EnvFilter::new(USUAL),
    };
    let log = Log::start(std::io::stderr())?;
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    // A panic is told as a log line like any other event; where it is contained, calls go on.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panic")));
    Ok(log)
}
