//! Tests of the whole system: what a client sees over a real socket, what a test sees that embeds the fakes, what a
//! shell sees that starts the program.
//!
//! `client` sends bytes and reads bytes; `subject` is a server of a test's own and the language of its cases. The
//! rest is one module a topic.

mod client;
mod subject;

mod control;
mod coverage;
mod embedding;
mod errors;
mod exchanges;
#[cfg(unix)]
mod exec;
#[cfg(unix)]
mod exec_child;
#[cfg(target_os = "linux")]
mod exec_namespace;
mod leadmagic_companies;
mod leadmagic_emails;
mod leadmagic_jobs;
mod leadmagic_model;
mod leadmagic_profiles;
mod leadterra;
mod leadterra_model;
mod magnetite;
mod magnetite_model;
mod openapi;
mod program;
mod properties;
mod proxy;
mod purity;
mod sendpilot;
mod sendpilot_model;
mod sendpilot_outreach;
mod state;
mod tally;
mod tls;
mod transport;
