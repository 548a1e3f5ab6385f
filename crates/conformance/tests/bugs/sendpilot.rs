//! Bugs of a `Sendpilot`.

use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[];
