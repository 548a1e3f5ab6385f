//! The generations of the documents by their own labels, each with the neighbours it is completed from.

use crate::providers::Revision;

/// Neighbours of the `/v1` pages up to 1.4.34, nearest first.
const V1: &[&str] = &[
    "v1-1.4.34",
    "seed",
    "v1-2026-04",
    "legacy-openapi-2025-06",
    "legacy-llms-2026-02",
    "v3-2026-a",
    "v3-2026-b",
    "contract-2026-08",
    "contract-2026-09",
];

/// Neighbours of the pages from April 2026 on.
const APRIL: &[&str] = &[
    "v1-2026-04",
    "v1-1.4.34",
    "seed",
    "legacy-openapi-2025-06",
    "legacy-llms-2026-02",
    "v3-2026-a",
    "v3-2026-b",
    "contract-2026-08",
    "contract-2026-09",
];

/// Neighbours of the contracts of August and September 2026.
const CONTRACT: &[&str] = &[
    "contract-2026-08",
    "contract-2026-09",
    "v3-2026-b",
    "v3-2026-a",
    "v1-2026-04",
    "v1-1.4.34",
    "seed",
    "legacy-openapi-2025-06",
    "legacy-llms-2026-02",
];

/// Neighbours of the pages that have the unversioned routes.
const UNVERSIONED: &[&str] = &[
    "legacy-openapi-2025-06",
    "legacy-llms-2026-02",
    "seed",
    "v1-1.4.34",
    "v1-2026-04",
    "v3-2026-a",
    "v3-2026-b",
    "contract-2026-08",
    "contract-2026-09",
];

const fn revision(
    label: &'static str,
    summary: &'static str,
    documents: &'static [&'static str],
    completed_from: &'static [&'static str],
) -> Revision {
    Revision { label, summary, documents, completed_from }
}

/// Every revision, the default first.
pub(super) const ALL: &[Revision] = &[
    revision(
        "seed",
        "nested errors, balance with the month's use; completed from 1.4.34",
        &["seed", "v1-1.4.34", "legacy-openapi-2025-06", "legacy-llms-2026-02", "v3-2026-a", "v3-2026-b"],
        V1,
    ),
    revision("seed-era", "the seed's sibling page: another validation body", &["seed-era"], V1),
    revision("v1-2025-09", "the first page of the job change detector", &["v1-2025-09"], V1),
    revision("v1-1.4.34", "early 2026: error envelope, five validation statuses at 0.05", &["v1-1.4.34"], V1),
    revision("client-observed-2026", "what one client noted of real answers in March 2026", &["client-observed-2026"], V1),
    revision("v1-2026-04", "April 2026: three validation statuses at 0.25, lower limits", &["v1-2026-04"], APRIL),
    revision("v3-2026-a", "the search family at first: flat people at 0.05", &["v3-2026-a"], APRIL),
    revision("v3-2026-b", "the search family later: locked contacts, a credit a row", &["v3-2026-b"], APRIL),
    revision("contract-2026-08", "August 2026: flat problem objects, other limits", &["contract-2026-08"], CONTRACT),
    revision("contract-2026-09", "September 2026: more statuses of the job change detector", &["contract-2026-09"], CONTRACT),
    revision("legacy-2024", "the unversioned routes in May 2024", &["legacy-2024"], UNVERSIONED),
    revision("legacy-openapi-2025-06", "the unversioned routes in June 2025: flat errors", &["legacy-openapi-2025-06"], UNVERSIONED),
    revision("legacy-llms-2026-02", "the unversioned routes in February 2026: error envelope", &["legacy-llms-2026-02"], UNVERSIONED),
];
