//! Faithful, stateful fakes of the Magnetite, LeadMagic, SendPilot and Leadterra APIs.
//!
//! Start them inside a test; every test gets a world of its own, and nobody is mailed:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use mock_providers::{KeyRole, MockProviders};
//!
//! let fakes = MockProviders::start().await;
//! let world = fakes.world();
//! let (base_url, key) = (world.leadmagic().base_url(), world.leadmagic().key(KeyRole::Valid));
//! // Point your client at base_url and key, call it, then look at what it did:
//! # let _ = (base_url, key);
//! assert_eq!(world.journal().len(), 0);
//! assert_eq!(world.ledger().people(), 0);
//! # }
//! ```
//!
//! From the outside in: [`MockProviders`] embeds a server, [`server`] is the shell around the fakes, [`providers`] are
//! the fakes, pure functions over the values of [`core`].

mod embed;
#[cfg(feature = "wiremock")]
mod respond;
mod service;

pub mod blocking;
#[cfg(feature = "cli")]
pub mod cli;
pub mod core;
pub mod providers;
pub mod server;
#[doc(hidden)]
pub mod whole_file;

pub use crate::core::key::KeyRole;
pub use embed::{Builder, ClockHandle, MockProviders, ProviderHandle, StartError, WorldHandle};
