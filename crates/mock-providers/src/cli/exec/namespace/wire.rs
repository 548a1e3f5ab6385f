//! What the outer process and its launcher say to each other, over a pair of sockets.
//!
//! A message is one packet of JSON, with one open file beside it where it needs one.

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType, recvmsg, sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Largest message; a socket's send buffer takes more.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// To the launcher.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Prepare for the command, whose stdin comes along. `None`: on the host's network.
    Prepare(Option<Inside>),
    /// The namespace has its users.
    Mapped,
    /// Become the command.
    Go,
}

/// From the launcher.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// It is in the new namespaces and needs its users.
    Entered,
    /// With the next listener.
    Listener,
    /// With the socket of the name server.
    Resolver,
    /// It only waits for [`Order::Go`].
    Prepared,
    /// It is about to end, because of this.
    Failed { step: Step, errno: i32 },
}

/// What the launcher was doing.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    /// Entering the new namespaces.
    Enter,
    /// Something in them, in words that go on from "cannot prepare the namespace: ".
    Prepare(String),
    /// Becoming the command.
    Execute,
}

/// What is wanted of the namespaces.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Inside {
    pub(super) mounts: Vec<Mount>,
    pub(super) binds: Vec<SocketAddr>,
}

/// A file seen in place of another.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Mount {
    /// A real path: no links in it.
    pub(super) target: PathBuf,
    pub(super) source: PathBuf,
}

/// One end of the pair. A program that replaces this one does not inherit it.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

impl Channel {
    /// Our end, and the launcher's.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self(ours), theirs))
    }

    /// The launcher's end, as a copy: stdin itself is to become the command's.
    pub(super) fn of_stdin() -> io::Result<Self> {
        Ok(Self(io::stdin().as_fd().try_clone_to_owned()?))
    }

    pub(super) fn send(&self, message: &impl Serialize, descriptor: Option<BorrowedFd>) -> io::Result<()> {
        let message = serde_json::to_vec(message)?;
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(io::Error::other("too many files and addresses for one message"));
        }
        let descriptors = descriptor.as_slice();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            beside.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        rustix::io::retry_on_intr(|| sendmsg(&self.0, &[io::IoSlice::new(&message)], &mut beside, SendFlags::NOSIGNAL))?;
        Ok(())
    }

    /// The next message; none when the other end is closed.
    pub(super) fn receive<M: DeserializeOwned>(&self) -> io::Result<Option<(M, Option<OwnedFd>)>> {
        let mut message = vec![0; MESSAGE_BYTES_MAX];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let received =
            rustix::io::retry_on_intr(|| recvmsg(&self.0, &mut [io::IoSliceMut::new(&mut message)], &mut beside, RecvFlags::CMSG_CLOEXEC));
        let length = match received {
            // An end that is closed with a message unread resets the pair.
            Err(rustix::io::Errno::CONNRESET) => 0,
            received => received?.bytes,
        };
        if length == 0 {
            return Ok(None);
        }
        let descriptor = beside.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        Ok(Some((serde_json::from_slice(&message[..length])?, descriptor)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_message_comes_whole_with_its_file_and_a_closed_end_is_seen() {
        let (ours, theirs) = Channel::pair().expect("a pair can be had");
        let theirs = Channel(theirs);
        let (mut reader, mut writer) = io::pipe().expect("a pipe can be had");
        ours.send(&Order::Mapped, None).expect("it is sent");
        ours.send(&Order::Go, Some(writer.as_fd())).expect("it is sent");
        assert!(matches!(theirs.receive(), Ok(Some((Order::Mapped, None)))));
        let Ok(Some((Order::Go, Some(passed)))) = theirs.receive() else { panic!("no file came along") };
        writer.write_all(b"first ").expect("it is open");
        drop(writer);
        std::fs::File::from(passed).write_all(b"second").expect("it is the same pipe");
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("it can be read");
        assert_eq!(text, "first second");
        drop(ours);
        assert!(matches!(theirs.receive::<Order>(), Ok(None)));
        let (ours, gone) = Channel::pair().expect("a pair can be had");
        drop(gone);
        assert_eq!(ours.send(&Order::Go, None).map_err(|error| error.kind()), Err(io::ErrorKind::BrokenPipe));
    }
}
