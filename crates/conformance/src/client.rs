//! Holds a client to the documents: what it sends, and what it understands of the answers, in any language.
//!
//! The suite plays the providers to the client and tells it, through a driver, which calls to make. Each verdict has two
//! witnesses: what the driver says of a call, and the journal of what was really sent.

pub mod driver;
pub mod in_process;
mod line;
pub mod protocol;

#[cfg(feature = "exec")]
pub mod observed;

#[cfg(unix)]
pub mod check;
#[cfg(unix)]
pub mod process;

mod arguments;
#[cfg(test)]
pub(crate) mod careless;
pub mod case;
mod cases;
mod encounter;
mod listings;
mod masking;
#[cfg(test)]
mod plain;
pub mod run;
mod stage;
mod value;
mod waits;
