//! Leadterra: campaigns, leads and the mail between them.

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    Vec::new()
}
