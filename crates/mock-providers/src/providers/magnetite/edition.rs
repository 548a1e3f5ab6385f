//! What the documents of one revision make different.

/// How a revision differs from the others. Success bodies are the same in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    /// The first documents: flat errors for campaigns, structured ones for projects, four rate headers.
    Seeds,
    /// The older overview page: as the seeds, with three rate headers.
    Overview,
    /// The errors pages: structured errors everywhere, other codes, and no 403.
    ErrorsPage,
}

impl Edition {
    /// The edition of a revision's label.
    pub(super) fn of(revision: &str) -> Self {
        match revision {
            "R1-projects-overview" => Self::Overview,
            "R1-projects-errors-page" | "R2-campaigns-errors-page" => Self::ErrorsPage,
            _ => Self::Seeds,
        }
    }
}

/// The two generations of the product, told apart by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// Lead magnets out of projects, 2025.
    Projects,
    /// Leads into campaigns, 2026.
    Campaigns,
}

/// In whose words an error is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Seed 001: an object with a code.
    Projects,
    /// Seed 000: one sentence, flat.
    Campaigns,
    /// The errors pages: an object with a code, some codes other than in seed 001.
    ErrorsPage,
}

impl Words {
    /// The words of a path's generation in an edition. The errors pages claim their form for every error.
    pub(super) const fn of(generation: Generation, edition: Edition) -> Self {
        match (edition, generation) {
            (Edition::ErrorsPage, _) => Self::ErrorsPage,
            (_, Generation::Projects) => Self::Projects,
            (_, Generation::Campaigns) => Self::Campaigns,
        }
    }
}
