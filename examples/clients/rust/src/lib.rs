//! A client of Magnetite, LeadMagic, SendPilot and Leadterra, as a careful user writes it over reqwest.
//!
//! It is the reference of `conformance client`: it passes every case. What it does is what a client should do:
//!
//! - the key in the documented header and nowhere else; redirects within the origin only
//! - numbers by their digits, null and absent apart, unknown fields kept
//! - errors by kind, with the provider's own status, code, message and wait
//! - a 429 is waited for as the provider says; reads are tried again; what may act twice only when it was refused or never sent
//! - listings are walked to their end; answers, tries, waits, time and requests under way are bounded
//!
//! A call is made by the operation's id and the documented names, or by one of the typed methods:
//!
//! ```no_run
//! use reference_client::{Client, ErrorKind, Provider};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder().provider(Provider::Leadmagic, "http://127.0.0.1:4010/leadmagic", "the key").build()?;
//! match client.validate_email("ada@example.com").await {
//!     Ok(found) => println!("{}: {} credits", found.email_status, found.credits_consumed),
//!     Err(error) if error.kind == ErrorKind::InsufficientCredits => println!("time to buy some"),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```

mod answer;
mod builder;
mod client;
mod error;
pub mod habits;
mod json;
mod operations;
mod pages;
mod request;
mod retry;
mod transport;
mod typed;
mod wait;

pub use builder::{BuildError, Builder};
pub use client::{Client, LogSink, Sleeper};
pub use error::{Error, ErrorKind};
pub use json::{Json, Unreadable};
pub use operations::{Effect, Form, Operation, Provider};
pub use request::Arguments;
pub use typed::{Added, Credits, Lead, NewLead, Sent, Started, Validation};
