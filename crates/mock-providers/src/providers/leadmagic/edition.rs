//! Which generation of the documents a call is answered by: its error dialect, its prices and its limits.

use super::State;
use crate::core::credits::Credits;
use crate::core::operation::Call;

/// How errors are worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `{"error", "message"}`: the unversioned routes.
    Flat,
    /// `{"error": {"code", "message", "status"}}`: the seed.
    Nested,
    /// `{"success": false, "errors": [..], "meta": {..}}`.
    Envelope,
    /// One flat problem object.
    Problem,
}

/// What prices and limits go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// The unversioned routes of 2025.
    Legacy2025,
    /// The unversioned routes of February 2026.
    Legacy2026,
    /// `/v1`, from the seed to 1.4.34.
    V1,
    /// `/v1` from April 2026.
    April2026,
    /// The contract of August 2026.
    Contract2026,
}

/// One generation of the documents.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edition {
    /// The revision's label.
    pub(super) label: &'static str,
    pub(super) era: Era,
    pub(super) dialect: Dialect,
    /// Where errors send the reader.
    pub(super) docs: &'static str,
}

const OLD_DOCS: &str = "https://docs.leadmagic.io/api-reference";
const NEW_DOCS: &str = "https://leadmagic.io/docs/api-reference";

const fn edition(label: &'static str, era: Era, dialect: Dialect, docs: &'static str) -> Edition {
    Edition { label, era, dialect, docs }
}

/// The editions of the versioned routes, the default first.
const VERSIONED: [Edition; 10] = [
    edition("seed", Era::V1, Dialect::Nested, OLD_DOCS),
    edition("seed-era", Era::V1, Dialect::Nested, OLD_DOCS),
    edition("v1-2025-09", Era::V1, Dialect::Envelope, OLD_DOCS),
    edition("v1-1.4.34", Era::V1, Dialect::Envelope, OLD_DOCS),
    edition("client-observed-2026", Era::V1, Dialect::Envelope, OLD_DOCS),
    edition("v1-2026-04", Era::April2026, Dialect::Envelope, NEW_DOCS),
    edition("v3-2026-a", Era::April2026, Dialect::Envelope, NEW_DOCS),
    edition("v3-2026-b", Era::April2026, Dialect::Envelope, NEW_DOCS),
    edition("contract-2026-08", Era::Contract2026, Dialect::Problem, NEW_DOCS),
    edition("contract-2026-09", Era::Contract2026, Dialect::Problem, NEW_DOCS),
];

/// The editions of the unversioned routes. In a world of another revision they answer as the first.
const UNVERSIONED: [Edition; 3] = [
    edition("legacy-openapi-2025-06", Era::Legacy2025, Dialect::Flat, OLD_DOCS),
    edition("legacy-2024", Era::Legacy2025, Dialect::Flat, OLD_DOCS),
    edition("legacy-llms-2026-02", Era::Legacy2026, Dialect::Envelope, OLD_DOCS),
];

impl Edition {
    /// The edition that answers a call.
    pub(super) fn of(call: &Call<'_, State>) -> &'static Self {
        Self::by_label(call.revision, call.spec.id.starts_with("leadmagic.legacy."))
    }

    /// The edition of a label, for versioned or unversioned routes.
    pub(super) fn by_label(label: &str, unversioned: bool) -> &'static Self {
        let (own, other): (&'static [Self], &'static [Self]) =
            if unversioned { (&UNVERSIONED, &VERSIONED) } else { (&VERSIONED, &UNVERSIONED) };
        own.iter().find(|edition| edition.label == label).unwrap_or_else(|| {
            // A world of a legacy revision keeps its dialect on the routes that its documents do not have.
            if unversioned { &own[0] } else { other.iter().find(|edition| edition.label == label).unwrap_or(&own[0]) }
        })
    }
}

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum Product {
    EmailValidation,
    EmailFinder,
    PersonalEmailFinder,
    ProfileToEmail,
    EmailToProfile,
    MobileFinder,
    ProfileSearch,
    RoleFinder,
    EmployeeFinder,
    JobChangeDetector,
    CompanySearch,
    CompanyFunding,
    CompetitorsSearch,
    Technographics,
    JobsFinder,
    GoogleAds,
    MetaAds,
    B2bAds,
    B2bAdDetails,
    PeopleSearch,
    CompaniesSearch,
    CompaniesLookalike,
    JobsSearch,
    JobsExport,
}

/// Name in analytics, hundredths of a credit a unit, and requests a minute; numbers by era.
struct Terms(&'static str, [i64; 5], [u64; 5]);

/// Documented: the tables of prices and limits of each generation; analytics print the first two names, the others follow
/// the bulk products. Decided: a legacy route without a limit of its own has 1,000 a minute, as validation has.
const TERMS: [Terms; Product::COUNT] = [
    Terms("email_validation", [5, 5, 5, 25, 25], [1_000, 1_000, 3_000, 300, 5_000]),
    Terms("email_finder", [100, 100, 100, 100, 100], [1_000, 1_000, 3_000, 300, 5_000]),
    Terms("personal_email_finder", [100, 200, 200, 200, 200], [1_000, 1_000, 3_000, 300, 5_000]),
    Terms("b2b_profile_to_email", [100, 500, 500, 500, 500], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("email_to_b2b_profile", [1_000, 1_000, 1_000, 1_000, 1_000], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("mobile_finder", [500, 500, 500, 500, 500], [1_000, 1_000, 3_000, 300, 25_000]),
    Terms("profile_search", [100, 100, 100, 100, 100], [300, 300, 500, 100, 300]),
    Terms("role_finder", [100, 200, 200, 200, 200], [1_000, 1_000, 1_000, 300, 300]),
    Terms("employee_finder", [100, 5, 5, 5, 5], [1_000, 1_000, 3_000, 300, 300]),
    Terms("job_change_detector", [300, 300, 300, 300, 300], [300, 300, 3_000, 300, 1_500]),
    Terms("company_finder", [100, 100, 100, 100, 100], [1_000, 1_000, 500, 100, 300]),
    Terms("company_funding", [400, 400, 400, 400, 400], [1_000, 1_000, 3_000, 300, 300]),
    Terms("competitors_search", [500, 500, 500, 500, 500], [1_000, 1_000, 2_000, 300, 300]),
    Terms("technographics", [100, 100, 100, 100, 100], [1_000, 1_000, 1_000, 300, 1_500]),
    Terms("jobs_finder", [100, 100, 100, 100, 100], [1_000, 1_000, 100, 100, 300]),
    Terms("google_ads_search", [100, 20, 20, 20, 100], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("meta_ads_search", [20, 20, 20, 20, 100], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("b2b_ads_search", [100, 20, 20, 20, 100], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("b2b_ads_details", [200, 200, 200, 200, 200], [1_000, 1_000, 3_000, 300, 1_500]),
    Terms("people_search", [5, 5, 5, 5, 100], [1_000, 1_000, 300, 300, 300]),
    Terms("companies_search", [100, 100, 100, 100, 100], [1_000, 1_000, 300, 300, 300]),
    Terms("companies_lookalike", [500, 500, 500, 500, 500], [1_000, 1_000, 300, 300, 300]),
    Terms("jobs_search", [100, 100, 100, 100, 100], [1_000, 1_000, 300, 300, 100]),
    Terms("jobs_search_export", [100, 100, 100, 100, 100], [1_000, 1_000, 300, 300, 100]),
];

impl Product {
    /// How many there are.
    pub(super) const COUNT: usize = 24;

    /// Every one.
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::EmailValidation,
        Self::EmailFinder,
        Self::PersonalEmailFinder,
        Self::ProfileToEmail,
        Self::EmailToProfile,
        Self::MobileFinder,
        Self::ProfileSearch,
        Self::RoleFinder,
        Self::EmployeeFinder,
        Self::JobChangeDetector,
        Self::CompanySearch,
        Self::CompanyFunding,
        Self::CompetitorsSearch,
        Self::Technographics,
        Self::JobsFinder,
        Self::GoogleAds,
        Self::MetaAds,
        Self::B2bAds,
        Self::B2bAdDetails,
        Self::PeopleSearch,
        Self::CompaniesSearch,
        Self::CompaniesLookalike,
        Self::JobsSearch,
        Self::JobsExport,
    ];

    /// The name in analytics.
    pub(super) const fn id(self) -> &'static str {
        TERMS[self as usize].0
    }

    /// What a unit costs: a hit, a row or a search, as the product counts.
    pub(super) fn price(self, edition: &Edition) -> Credits {
        // One page of 2025 prices a check at 1.
        if self == Self::JobChangeDetector && edition.label == "v1-2025-09" {
            return Credits::hundredths(100);
        }
        // The table of August 2026 has a credit for a list; before and after it is a row that is paid.
        if self == Self::EmployeeFinder && edition.label == "contract-2026-08" {
            return Credits::hundredths(100);
        }
        // The second generation of the search pages prices a person at 1.
        if self == Self::PeopleSearch && edition.label == "v3-2026-b" {
            return Credits::hundredths(100);
        }
        Credits::hundredths(TERMS[self as usize].1[edition.era as usize])
    }

    /// Requests a minute.
    pub(super) fn rpm(self, edition: &Edition) -> u64 {
        // The page of 2025 that prices a check at 1 also limits it.
        if self == Self::JobChangeDetector && edition.label == "v1-2025-09" {
            return 300;
        }
        TERMS[self as usize].2[edition.era as usize]
    }
}
