//! Holds a target to the documents: the embedded fakes, a server on this machine or, asked for twice, a real API.
//!
//! A *case* is one claim about a provider: a request and the response that a fixture names for it, which of two refusals wins,
//! or what several calls say together. A case never asks what answers it.
//!
//! ```
//! use conformance::target::embedded::Embedded;
//! use conformance::{case, run};
//!
//! let cases = case::cases(fixtures::EXCHANGES)?;
//! let report = run::run(&cases, &Embedded);
//! assert!(!cases.is_empty() && report.nothing_failed());
//! # Ok::<(), case::CaseError>(())
//! ```
//!
//! [`harness`] makes tests of the cases, [`snapshot`] text of the answers. [`client`] holds clients to the documents.

pub mod case;
pub mod claim;
mod claims;
mod exchanges;
mod precedence;
pub mod property;
pub mod regressions;
pub mod strategies;
pub mod trial;

pub mod real;
pub mod target;

pub mod compare;
mod json_tree;
mod mask;
mod odd_bytes;
pub mod run;

pub mod drift;
pub mod recording;
pub mod redact;

pub mod event;
pub mod expected;
pub mod report;
mod sarif;
mod shell_word;

pub mod client;

#[doc(hidden)]
pub use shell_word::shell_word;

#[cfg(feature = "harness")]
pub mod harness;
pub mod snapshot;
