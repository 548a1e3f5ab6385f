//! Values only: what a world is made of and how a request becomes a reply.
//!
//! Nothing here reads a socket, a file, the environment or the wall clock. Time comes in as a parameter and
//! randomness from the world's seed, so the same world, request and clock always give the same reply.

pub mod body;
pub mod clock;
pub mod credits;
pub mod fields;
pub mod ids;
pub mod key;
pub mod ledger;
pub mod operation;
pub mod reply;
pub mod request;
pub mod simulation;
pub mod window;
pub mod world;
