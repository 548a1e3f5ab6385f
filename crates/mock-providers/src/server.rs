//! The shell around the fakes: sockets, routing, worlds, journal, control API.
//!
//! A request is decoded, handled under its world's lock, written to the journal and encoded. TLS and the forward proxy,
//! which let an unchanged program meet the fakes, stand beside that behind the feature `intercept`.

pub mod begun;
pub mod connection;
pub mod control;
#[cfg(feature = "intercept")]
pub mod guard;
pub mod head;
pub mod journal;
pub mod listing;
pub mod openapi;
#[cfg(feature = "intercept")]
pub mod proxy;
pub mod ready;
pub mod route;
pub mod shareable;
pub mod shell;
pub mod tally;
#[cfg(feature = "intercept")]
pub mod tls;
pub mod worlds;

use std::time::Duration;

/// What the server takes before it refuses, and how long it waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest request body, in bytes. Default 1 MiB.
    pub body_bytes_max: usize,
    /// Longest path and query, in bytes. Default 8 KiB.
    pub target_bytes_max: usize,
    /// How long a connection may take to send a request's head, or sit idle between two. Default 60 s.
    pub head_timeout: Duration,
    /// How long a request's body may take to arrive. Default 30 s.
    pub body_timeout: Duration,
    /// How many bytes of exchanges each world's journal keeps. Default 16 MiB.
    pub journal_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            target_bytes_max: 8 << 10,
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            journal_bytes_max: 16 << 20,
        }
    }
}
