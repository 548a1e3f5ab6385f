//! Work that runs by the clock: lead database searches and extractions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::core::key::Workspace;

/// Milliseconds before new work begins. Decided: documents say that it is asynchronous, and nothing of its pace.
const WAITS_MS: i64 = 5_000;

/// Milliseconds that new work takes. Decided.
const TAKES_MS: i64 = 60_000;

/// Milliseconds from the printed start of a sample to its printed end.
const SAMPLE_TAKES_MS: i64 = 300_000;

/// 2024-02-24T10:30:00.000Z, when the printed samples were made.
const SAMPLE_CREATED_MS: i64 = 1_708_770_600_000;

/// A name with this word ends in failure.
pub(super) const FAILS: &str = "fail";

/// A name with this word finds nobody.
pub(super) const FINDS_NONE: &str = "nobody";

#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: Cow<'static, str>,
    pub(super) requested: u32,
    pub(super) created_ms: i64,
    starts_ms: i64,
    pub(super) ends_ms: i64,
    /// Found before this world began.
    found_before: u32,
    finds: u32,
    fails: bool,
    /// Whether what is found is looked up further.
    pub(super) enriches: bool,
    /// What was searched for, as sent.
    pub(super) filters: Option<Box<RawValue>>,
    /// Whether the first person found is the printed one.
    pub(super) printed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Pending,
    Running,
    Done,
    Failed,
}

impl Job {
    pub(super) fn new(name: String, requested: u32, now_ms: i64) -> Self {
        let lower = name.to_lowercase();
        Self {
            requested,
            created_ms: now_ms,
            starts_ms: now_ms + WAITS_MS,
            ends_ms: now_ms + WAITS_MS + TAKES_MS,
            found_before: 0,
            finds: if lower.contains(FINDS_NONE) { 0 } else { requested },
            fails: lower.contains(FAILS),
            enriches: false,
            filters: None,
            printed: false,
            name: name.into(),
        }
    }

    fn sample(name: &'static str, began_ms: i64, found_before: u32) -> Self {
        Self {
            name: name.into(),
            requested: 100,
            created_ms: SAMPLE_CREATED_MS,
            starts_ms: began_ms,
            ends_ms: began_ms + SAMPLE_TAKES_MS,
            found_before,
            finds: 100,
            fails: false,
            enriches: true,
            filters: None,
            printed: true,
        }
    }

    /// A sample that begins a little after the world.
    fn waiting(name: &'static str, began_ms: i64) -> Self {
        let (starts_ms, ends_ms) = (began_ms + WAITS_MS, began_ms + WAITS_MS + SAMPLE_TAKES_MS);
        Self { starts_ms, ends_ms, printed: false, ..Self::sample(name, began_ms, 0) }
    }

    pub(super) const fn stage(&self, now_ms: i64) -> Stage {
        if now_ms < self.starts_ms {
            Stage::Pending
        } else if now_ms < self.ends_ms {
            Stage::Running
        } else if self.fails {
            Stage::Failed
        } else {
            Stage::Done
        }
    }

    /// How many have been found so far.
    pub(super) fn found(&self, now_ms: i64) -> u32 {
        if self.fails {
            return 0;
        }
        let elapsed_ms = (now_ms.min(self.ends_ms) - self.starts_ms).max(0);
        let rest = i64::from(self.finds - self.found_before) * elapsed_ms / (self.ends_ms - self.starts_ms).max(1);
        self.found_before + u32::try_from(rest).unwrap_or(0)
    }

    /// How many of them have been looked up further: in the samples five of a hundred never are.
    pub(super) fn enriched(&self, now_ms: i64) -> u32 {
        if self.enriches { self.found(now_ms).saturating_sub(self.requested / 20) } else { 0 }
    }

    /// Whole per cent of what was requested; all when it is done, however many there were.
    pub(super) fn percent(&self, now_ms: i64) -> u32 {
        if self.stage(now_ms) == Stage::Done {
            return 100;
        }
        u32::try_from(u64::from(self.found(now_ms)) * 100 / u64::from(self.requested.max(1))).unwrap_or(100)
    }
}

/// Jobs by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(BTreeMap<Cow<'static, str>, Job>);

impl Jobs {
    pub(super) fn get(&self, id: &str) -> Option<&Job> {
        self.0.get(id)
    }

    pub(super) fn add(&mut self, id: String, job: Job) {
        self.0.insert(id.into(), job);
    }

    /// How many there are, and the first of them: nothing ends a job, so there may be very many.
    pub(super) fn describe(&self) -> Value {
        const SHOWN_MAX: usize = 100;
        let view = |job: &Job| json!({ "name": job.name, "requested": job.requested });
        let first: serde_json::Map<_, _> = self.0.iter().take(SHOWN_MAX).map(|(id, job)| (id.clone().into_owned(), view(job))).collect();
        json!({ "count": self.0.len(), "first": first })
    }
}

/// The searches that the documents name, under way and failed; one that is about to begin, and one of another workspace.
pub(super) fn sample_searches(workspace: Workspace, began_ms: i64) -> Jobs {
    let running = || Job::sample("Tech Founders Q1 2024", began_ms, 45);
    let failed = || Job { fails: true, ends_ms: began_ms, ..Job::sample("Broken", began_ms, 0) };
    let waiting = || Job::waiting("Founders Q2 2024", began_ms);
    let jobs = match workspace {
        Workspace::Home => vec![("search_abc123xyz", running()), ("search_bad", failed()), ("search_not_begun", waiting())],
        Workspace::Other => vec![("search_of_other", running())],
        Workspace::Broke => Vec::new(),
    };
    Jobs(jobs.into_iter().map(|(id, job)| (id.into(), job)).collect())
}

/// The extraction that the documents name; one that failed, one that is about to begin, and one of another workspace.
pub(super) fn sample_extractions(workspace: Workspace, began_ms: i64) -> Jobs {
    let running = || Job::sample("Tech Startup Founders", began_ms, 75);
    let failed = || Job { fails: true, ends_ms: began_ms, ..Job::sample("Broken", began_ms, 0) };
    let waiting = || Job::waiting("Founders Q2 2024", began_ms);
    let jobs = match workspace {
        Workspace::Home => vec![("camp_abc123xyz", running()), ("camp_that_failed", failed()), ("camp_not_begun", waiting())],
        Workspace::Other => vec![("camp_extracted_by_other", running())],
        Workspace::Broke => Vec::new(),
    };
    Jobs(jobs.into_iter().map(|(id, job)| (id.into(), job)).collect())
}
