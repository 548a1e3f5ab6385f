//! Faithful, stateful fakes of the Magnetite, LeadMagic, SendPilot and Leadterra APIs.

pub mod core;
pub mod providers;
