//! A command where there are no network namespaces.

use std::process::{Child, Command};

use super::super::environment::Changes;
use super::{Begin, NoNamespace, Start, Started};

impl Start<'_> {
    pub(super) fn outside(&self, changes: Changes) -> Result<(Child, Begin), String> {
        let mut command = Command::new(&self.command[0]);
        changes.apply(command.args(&self.command[1..]));
        let child = command.spawn().map_err(|e| format!("cannot run {}: {e}", self.command[0].display()))?;
        Ok((child, Box::new(|| Ok(()))))
    }

    pub(super) fn in_namespace(&self) -> Result<Started, NoNamespace> {
        Err(NoNamespace {
            why: "only Linux has network namespaces".to_owned(),
            hint: "choose --isolation proxy".to_owned(),
            is_final: false,
        })
    }
}
