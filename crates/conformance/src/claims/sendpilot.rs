//! `SendPilot`: campaigns and their leads, the inbox, work that is paid for, and whose all of it is.

mod calls;
mod campaigns;
mod inbox;
mod jobs;
mod leads;
mod model;
mod sequence;
mod surface;
mod workspaces;

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let topics =
        [surface::cases(), workspaces::cases(), campaigns::cases(), leads::cases(), inbox::cases(), jobs::cases(), sequence::cases()];
    topics.into_iter().flatten().collect()
}
