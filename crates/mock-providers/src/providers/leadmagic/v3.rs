//! The search family: people, companies and job postings by filters, with cursors.
//!
//! Two answers to people searches, one to job searches and two lists are printed; what else is here is made in their style
//! and says so.

pub(super) mod companies;
mod cursor;
pub(super) mod job_filters;
pub(super) mod jobs;
pub(super) mod people;
