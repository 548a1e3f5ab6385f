//! What stands between the suite and a real API: consent, a plan, a budget, a pace, and a list of what was made.
//!
//! A call reaches a socket only when a person asked twice, the plan has the call for its case, the budget covers its highest
//! price, and everyone named in it is on the target file's list. Nothing here opens a connection; [`crate::target::real`] does.

pub mod budget;
pub mod consent;
pub mod created;
pub mod gate;
pub mod pace;
pub mod plan;
mod price;
pub mod terms;
