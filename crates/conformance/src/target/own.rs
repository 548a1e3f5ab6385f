//! What a target file says of servers on this machine: keys, objects and people that stand for those of the documents.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fixtures::RequestText;
use mock_providers::providers::Provider;

use super::Need;
use super::file::TargetFile;
use crate::real::terms::Terms;
use crate::run::Verdict;

/// What the target file says of the servers that make no worlds.
pub(super) struct Own {
    terms: Terms,
    keys: Vec<(Provider, &'static str, String)>,
    /// What became of the case at hand, because it asked for a key that the file does not name.
    overruled: Mutex<Option<Verdict>>,
}

/// Without the keys.
impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").field("file", self.terms.file()).finish_non_exhaustive()
    }
}

impl Own {
    pub(super) fn new(terms: Terms, keys: Vec<(Provider, &'static str, String)>) -> Self {
        Self { terms, keys, overruled: Mutex::default() }
    }

    pub(super) const fn file(&self) -> &TargetFile {
        self.terms.file()
    }

    /// A case begins.
    pub(super) fn begin(&self) {
        self.overruled().take();
    }

    /// What became of the case that was begun last.
    pub(super) fn overrules(&self) -> Option<Verdict> {
        self.overruled().clone()
    }

    /// The request with what the file names in place of what the documents do, but for the keys.
    pub(super) fn adapt(&self, provider: Provider, request: &RequestText, body: &[u8]) -> (RequestText, Vec<u8>) {
        self.terms.adapt(provider, request, body)
    }

    /// The documents' keys and what is sent in place of each.
    pub(super) fn keys(&self, provider: Provider) -> Vec<(&'static str, String)> {
        self.keys.iter().filter(|(known, ..)| *known == provider).map(|(_, documented, key)| (*documented, key.clone())).collect()
    }

    /// Every key, with what it is for.
    pub(super) fn live_keys(&self) -> Vec<(String, String)> {
        let role = |provider: Provider, documented: &str| {
            let spec = provider.profile().keys.iter().find(|spec| spec.documentation == documented);
            spec.map_or_else(|| provider.to_string(), |spec| format!("{provider}.{}", spec.role))
        };
        self.keys.iter().map(|(provider, documented, key)| (role(*provider, documented), key.clone())).collect()
    }

    /// Skips the case at hand when its request is about a key of the documents for which the file names none: the server would
    /// refuse the documents' own, and that would say nothing about it.
    pub(super) fn has_key(&self, provider: Provider, request: &RequestText) -> Result<(), String> {
        let profile = provider.profile();
        let values = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(profile.key_header));
        let words: Vec<&str> = values.flat_map(|(_, value)| value.split(' ')).collect();
        let asked = profile.keys.iter().filter(|spec| words.contains(&spec.documentation));
        let Some(why) = asked.into_iter().find_map(|spec| self.terms.file().lacks(provider, Need::Key(spec.role))) else { return Ok(()) };
        self.overruled().get_or_insert_with(|| Verdict::Skipped(why.clone()));
        Err(why)
    }

    fn overruled(&self) -> MutexGuard<'_, Option<Verdict>> {
        self.overruled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
