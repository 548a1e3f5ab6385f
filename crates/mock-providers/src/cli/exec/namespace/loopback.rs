//! The loopback interface of a new network namespace, which begins switched off.
//!
//! One message of the kernel's routing protocol, since the older way is a call that only unsafe code can make.
//! Documented: netlink(7), rtnetlink(7).

use std::io;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

/// `RTM_NEWLINK`: changes an interface that is there.
const NEW_LINK: u16 = 16;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const REQUEST_WITH_ACK: u16 = 1 | 4;
/// `NLMSG_ERROR`, which is an acknowledgement when its number is 0.
const ERROR: u16 = 2;
/// `LOOPBACK_IFINDEX`: the first interface of every namespace.
const LOOPBACK: i32 = 1;
/// `IFF_UP`.
const UP: u32 = 1;

/// Switches it on; the kernel gives it 127.0.0.1/8 and `::1`.
pub(super) fn up() -> io::Result<()> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0; 512];
    let (length, _) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    acknowledged(&answer[..length])
}

/// `struct nlmsghdr`, then `struct ifinfomsg`.
fn request() -> Vec<u8> {
    let mut message = Vec::with_capacity(32);
    message.extend(32_u32.to_ne_bytes());
    message.extend(NEW_LINK.to_ne_bytes());
    message.extend(REQUEST_WITH_ACK.to_ne_bytes());
    // Sequence and sender, then family and kind of interface: nothing to tell apart.
    message.extend([0; 12]);
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    // Of its flags only this one is to change.
    message.extend(UP.to_ne_bytes());
    message
}

fn acknowledged(answer: &[u8]) -> io::Result<()> {
    let (Some(kind), Some(number)) = (answer.get(4..6), answer.get(16..20)) else { return Err(io::ErrorKind::UnexpectedEof.into()) };
    match (kind == ERROR.to_ne_bytes(), i32::from_ne_bytes([number[0], number[1], number[2], number[3]])) {
        (true, 0) => Ok(()),
        (true, number) => Err(io::Error::from_raw_os_error(-number)),
        (false, _) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_an_acknowledgement_an_error_or_neither() {
        let answer = |kind: u16, number: i32| {
            let mut bytes = vec![0; 36];
            bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
            bytes[16..20].copy_from_slice(&number.to_ne_bytes());
            acknowledged(&bytes).map_err(|error| error.kind())
        };
        assert_eq!(answer(ERROR, 0), Ok(()));
        assert_eq!(answer(ERROR, -1), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(answer(NEW_LINK, 0), Err(io::ErrorKind::InvalidData));
        assert_eq!(acknowledged(&[0; 19]).map_err(|error| error.kind()), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(request().len(), 32);
    }
}
