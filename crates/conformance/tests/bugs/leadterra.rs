//! Bugs of a `Leadterra`.

use crate::planted::Bug;

pub(crate) const BUGS: &[Bug] = &[];
