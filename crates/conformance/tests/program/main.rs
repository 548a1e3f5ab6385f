//! The program as a shell and a CI system meet it.

mod place;
mod recordings;
mod reports;
