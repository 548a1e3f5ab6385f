//! Bugs of a `Magnetite`.

use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[];
