//! The client before the fakes, before answers that no fake gives, and behind the suite's driver.

mod driven;
mod fakes;
mod program;
mod slips;
mod suite;
mod tls;
mod wire;
