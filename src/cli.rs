//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The configuration that runs when none is named.
pub(crate) const DEMO: &str = "conf/demo.toml";

/// A carrier gateway between SIP and the switched telephone network, built so that an emergency
/// call always gets through.
///
/// Without a command it runs the demo, conf/demo.toml.
///
/// Exit codes: 0 fine, 1 the thing asked about is wrong, 2 bad usage, 3 could not reach the
/// gateway.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a gateway until SIGINT or SIGTERM
    Run(Run),
    /// Say whether a configuration file is right, and if not, where and why
    Check {
        /// The configuration file
        conf: PathBuf,
    },
    /// Explain step by step how a call would be classified, translated and routed
    Route(Route),
    /// Show the state of a running gateway in a few figures
    Status(Remote),
    /// Show the calls of a running gateway
    Calls(Remote),
    /// Show the circuits of a running gateway, or operate them
    Circuits(Circuits),
    /// Show the SIP trunks of a running gateway, and where their calls go
    Trunks(Remote),
    /// Show the signalling links, link sets and associations of a running gateway, or keep a link
    /// from traffic
    Links(Links),
    /// Show what is wrong with a running gateway now: where, since when, how often
    Alarms(Remote),
    /// Run a simulated exchange until SIGINT or SIGTERM
    ///
    /// It answers calls by the digits called, as the demo's embedded exchange does, and is reached
    /// over M3UA and TCP. It carries no speech.
    #[command(verbatim_doc_comment)]
    Exchange {
        /// Its configuration file, such as conf/capacity-exchange.toml
        conf: PathBuf,
    },
    /// Have the exchange place calls towards the gateway, and wait for their end
    ///
    /// The embedded exchange, or the one at `exchange.admin` of the gateway's configuration; the
    /// admin address may also be that of a `tocsin exchange`.
    #[command(verbatim_doc_comment)]
    Originate(Originate),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The configuration file
    #[arg(default_value = DEMO)]
    pub(crate) conf: PathBuf,
    /// Write everything signalled and spoken to this file, as pcapng
    #[arg(long, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// The number as the caller dials it, or a URI: 112, 0199000001, urn:service:sos
    pub(crate) number: String,
    /// Where the call comes in: a SIP trunk or a trunk group (default: the first SIP trunk)
    #[arg(long, value_name = "NAME")]
    pub(crate) trunk: Option<String>,
    /// The caller's commune, as the INSEE numbers it
    #[arg(long, value_name = "INSEE")]
    pub(crate) location: Option<String>,
    /// The calling number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) caller: Option<String>,
    /// The configuration file
    #[arg(long, default_value = DEMO)]
    pub(crate) conf: PathBuf,
}

/// The running gateway that is asked.
#[derive(Debug, Args)]
pub(crate) struct Admin {
    /// Where the gateway's admin API is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) admin: String,
}

#[derive(Debug, Args)]
pub(crate) struct Remote {
    #[command(flatten)]
    pub(crate) admin: Admin,
    /// Answer in JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Circuits {
    #[command(subcommand)]
    pub(crate) operation: Option<OnCircuits>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OnCircuits {
    /// Block circuits for maintenance: no new calls, those in progress go on
    Block {
        #[command(flatten)]
        which: Which,
        /// Also where it leaves emergency calls without a way
        #[arg(long)]
        force: bool,
    },
    /// Take the blocking for maintenance back
    Unblock {
        #[command(flatten)]
        which: Which,
    },
    /// Reset circuits; calls on them end
    Reset {
        #[command(flatten)]
        which: Which,
    },
    /// Ask the peer how circuits stand, and put right what differs
    Query {
        #[command(flatten)]
        which: Which,
    },
    /// Test whether speech passes on one circuit, by a tone over a loop of the peer
    ///
    /// The peer is asked for a loop (CCR), 2,000 Hz is sent and has to come back. The circuit must
    /// be idle; it may be blocked for maintenance. Exit code 0 only if the test has passed. A
    /// circuit that fails is used by no call of ours, and tested again until it passes.
    #[command(verbatim_doc_comment)]
    Test {
        /// The trunk group
        group: String,
        /// The circuit identification code
        cic: u16,
        /// Also the last circuit of the only way of emergency calls
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Links {
    #[command(subcommand)]
    pub(crate) operation: Option<OnLinks>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OnLinks {
    /// Keep a link from traffic, if the peer agrees (Q.704 §10); never the last one to a point
    Inhibit {
        /// Its number, as `tocsin links` shows it
        link: u16,
        #[command(flatten)]
        remote: Remote,
    },
    /// Let it carry traffic again
    Uninhibit {
        /// Its number, as `tocsin links` shows it
        link: u16,
        #[command(flatten)]
        remote: Remote,
    },
}

/// Circuits of one trunk group.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The trunk group
    pub(crate) group: String,
    /// Circuit identification codes: 5, or 1-31
    #[arg(value_name = "CIC[-CIC]", value_parser = crate::commands::range)]
    pub(crate) cics: (u16, u16),
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Originate {
    /// The number called, such as +33199008001
    pub(crate) number: String,
    /// How many calls
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
    /// How many of them a second
    #[arg(long, default_value_t = 1.0)]
    pub(crate) rate: f64,
    /// How many seconds an answered call lasts
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS")]
    pub(crate) hold: f64,
    /// The calling number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) caller: Option<String>,
    #[command(flatten)]
    pub(crate) admin: Admin,
    /// Answer in JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_and_run_without_a_file_mean_the_demo() {
        assert!(Cli::parse_from(["tocsin"]).command.is_none());
        let Some(Command::Run(run)) = Cli::parse_from(["tocsin", "run"]).command else { panic!() };
        assert_eq!(run.conf, PathBuf::from(DEMO));
    }

    #[test]
    fn the_admin_address_may_stand_after_the_command_line_of_a_command() {
        let line = "tocsin originate +33199008001 --count 3 --rate 50 --hold 1 --admin http://a:1";
        let Some(Command::Originate(originate)) = Cli::parse_from(line.split(' ')).command else {
            panic!()
        };
        assert_eq!((originate.count, originate.hold), (3, 1.0));
        assert_eq!(originate.admin.admin, "http://a:1");
    }
}
