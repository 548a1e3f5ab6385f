//! The program as a shell and a CI system meet it.

#[cfg(all(unix, feature = "exec"))]
mod client_exec;
#[cfg(unix)]
mod drivers;
mod place;
mod recordings;
mod reports;
