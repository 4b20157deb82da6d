//! A program for the kernel that sorts datagrams into the sockets of one address by their sources
//! (classic BPF, `SO_ATTACH_REUSEPORT_CBPF`): it returns the number of a socket.

use std::net::IpAddr;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) jump_true: u8,
    pub(crate) jump_false: u8,
    pub(crate) value: u32,
}

/// The longest program that the kernel takes (`BPF_MAXINSNS`).
const LONGEST: usize = 4_096;
/// Of one network at most: four words of an address, each loaded, masked and compared, and the end.
const OF_NETWORK: usize = 13;

/// Loads from here on are from the network header (`SKF_NET_OFF`, -0x100000).
const NETWORK_HEADER: u32 = 0xfff0_0000;
/// Where the source address stands in it (RFC 791 §3.1, RFC 8200 §3).
const SOURCE_V4: u32 = 12;
const SOURCE_V6: u32 = 8;

/// `BPF_LD | BPF_W | BPF_ABS`, `BPF_ALU | BPF_AND | BPF_K`, `BPF_JMP | BPF_JEQ | BPF_K`,
/// `BPF_RET | BPF_K`
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

const fn plain(code: u16, value: u32) -> Instruction {
    Instruction { code, jump_true: 0, jump_false: 0, value }
}

/// Socket `n` for what comes from one of `networks[n]`, the first that fits; the one behind them
/// for all else. Networks past the longest program are as all else.
pub(crate) fn program(is_ipv4: bool, networks: &[Vec<(IpAddr, u8)>]) -> Vec<Instruction> {
    let mut program = Vec::new();
    for (socket, networks) in (0_u32..).zip(networks) {
        for (network, prefix) in networks.iter().filter(|(one, _)| one.is_ipv4() == is_ipv4) {
            if program.len() + OF_NETWORK + 1 > LONGEST {
                break;
            }
            program.extend(of_network(*network, *prefix, socket));
        }
    }
    program.push(plain(RETURN, u32::try_from(networks.len()).unwrap_or(u32::MAX)));
    program
}

/// Returns `socket` for a source within a network, and else goes on behind.
fn of_network(network: IpAddr, prefix: u8, socket: u32) -> Vec<Instruction> {
    let (source, words): (u32, Vec<u32>) = match network {
        IpAddr::V4(network) => (SOURCE_V4, vec![network.into()]),
        IpAddr::V6(network) => {
            let bits = u128::from(network);
            (SOURCE_V6, [96, 64, 32, 0].map(|shift| (bits >> shift) as u32).to_vec())
        }
    };
    let mut checks = Vec::new();
    for (number, word) in (0_u32..).zip(words) {
        let bits = u32::from(prefix).saturating_sub(32 * number).min(32);
        // Nothing of the words behind the prefix is compared.
        let Some(mask) = u32::MAX.checked_shl(32 - bits).filter(|mask| *mask != 0) else {
            break;
        };
        checks.push(plain(LOAD, NETWORK_HEADER + source + 4 * number));
        checks.push(plain(AND, mask));
        checks.push(plain(JUMP_IF_EQUAL, word & mask));
    }
    let length = checks.len();
    for (at, check) in checks.iter_mut().enumerate() {
        if check.code == JUMP_IF_EQUAL {
            // Behind the return that comes last.
            check.jump_false = u8::try_from(length - at).unwrap_or(u8::MAX);
        }
    }
    checks.push(plain(RETURN, socket));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_its_longest() {
        let networks = vec![vec![("2001:db8::1".parse().unwrap(), 128); 1_000]; 2];
        let program = program(false, &networks);
        assert!(program.len() <= LONGEST);
        assert_eq!(program.last(), Some(&plain(RETURN, 2)));
        assert_eq!(super::program(true, &networks), [plain(RETURN, 2)]);
    }

    #[test]
    fn a_whole_network_needs_no_comparison() {
        let rule = of_network("0.0.0.0".parse().unwrap(), 0, 3);
        assert_eq!(rule, [plain(RETURN, 3)]);
        let rule = of_network("10.1.2.3".parse().unwrap(), 8, 3);
        assert_eq!(rule[1..2], [plain(AND, 0xff00_0000)]);
        assert_eq!((rule[2].value, rule[2].jump_false), (0x0a00_0000, 1));
    }
}
