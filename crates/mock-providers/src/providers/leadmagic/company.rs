//! Companies: how a question names one, and what is told of it beyond the directory's own facts.
//!
//! Everything follows from the company's host, so that all lookups of one company agree, and those of its competitors too.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::errors::RESOURCE_GONE;
use super::lookup::Finding;
use super::shape::Facts;
use crate::core::body::Object;
use crate::providers::directory::{City, Company, Dice, Directory, Magic, Person, SIZES, handle, host};

/// By which generation of routes a question came: some values are written in another way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/v1`, and its aliases.
    Versioned,
    /// The routes without a version, whose pages list no 404.
    Unversioned,
}

/// Which company is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// By its host.
    Domain(String),
    /// By the handle of its profile.
    Profile(String),
    /// By its name, in lower case.
    Name(String),
}

impl Asked {
    /// By a host, or a URL with one, in a field of a body.
    pub(super) fn domain(body: &Object<'_>, field: &str) -> Option<Self> {
        body.text(field).map(|text| host(&text)).filter(|host| !host.is_empty()).map(Self::Domain)
    }

    /// By a profile, or its bare handle, in a field of a body.
    pub(super) fn profile(body: &Object<'_>, field: &str) -> Option<Self> {
        body.text(field).map(|text| handle(&text)).filter(|handle| !handle.is_empty()).map(Self::Profile)
    }

    /// By a name in a field of a body.
    pub(super) fn name(body: &Object<'_>, field: &str) -> Option<Self> {
        body.text(field).map(|text| Self::Name(text.to_lowercase()))
    }

    /// What the wording asks for.
    pub(super) fn magic(&self) -> Option<Magic> {
        Magic::of(match self {
            Self::Domain(domain) => domain.split('.').next().unwrap_or_default(),
            Self::Profile(text) | Self::Name(text) => text,
        })
    }

    /// The company. A profile or a name is one of a host below the reserved domain, so both lead to the same company.
    pub(super) fn company(&self, directory: Directory) -> Company {
        match self {
            Self::Domain(domain) => directory.company(domain),
            // The handle of a host outside the reserved domain names the host.
            Self::Profile(text) if text.contains('_') => directory.company(&text.replace('_', ".")),
            Self::Profile(text) | Self::Name(text) => directory.company(&directory.company_named(text).domain),
        }
    }
}

/// The answer to a question whose wording asks for none.
pub(super) fn absent(magic: Option<Magic>, route: Route) -> Option<Finding> {
    match (magic?, route) {
        (Magic::Gone, Route::Versioned) => Some(Finding::Gone(RESOURCE_GONE)),
        (Magic::Gone | Magic::NotFound, _) => Some(Finding::missed(Facts::new())),
        _ => None,
    }
}

/// A company with what only its own pages tell.
#[derive(Debug)]
pub(super) struct Portrait {
    pub(super) company: Company,
    directory: Directory,
    dice: Dice,
}

/// A round of funding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) name: &'static str,
    pub(super) year: u16,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to 28.
    pub(super) day: u8,
    /// US dollars.
    pub(super) amount: u64,
    pub(super) investors: Vec<&'static str>,
}

/// When a company was founded, as far as it is known.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct FoundedOn {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

const ROUNDS: [(&str, u64); 4] = [("Seed", 1), ("Series A", 3), ("Series B", 6), ("Series C", 10)];

const INVESTORS: [&str; 7] = [
    "Harborline Capital",
    "Northgate Ventures",
    "Bluepeak Partners",
    "Lakeside Growth",
    "Stonebridge Equity",
    "Ironwood Fund",
    "Sunfield Angels",
];

const SPECIALITIES: [&str; 12] = [
    "Process Automation",
    "Customer Analytics",
    "Field Services",
    "Managed Operations",
    "Planning Tools",
    "Data Integration",
    "Procurement",
    "Compliance",
    "Training",
    "Workforce Planning",
    "Quality Control",
    "Reporting",
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Portrait {
    /// The company that is asked about.
    pub(super) fn of(asked: &Asked, directory: Directory) -> Self {
        Self::paint(asked.company(directory), directory)
    }

    /// A company of the directory.
    pub(super) fn paint(company: Company, directory: Directory) -> Self {
        let dice = directory.dice(&format!("portrait of {}", company.domain));
        Self { company, directory, dice }
    }

    /// What it does, in a sentence.
    pub(super) fn description(&self) -> String {
        let Company { name, industry, place, .. } = &self.company;
        format!("{name} works in {} from {}.", industry.to_lowercase(), place.city)
    }

    pub(super) fn tagline(&self) -> String {
        format!("{} made simple", self.company.industry)
    }

    /// Street and number of the head office, as address lookups have it.
    pub(super) fn street(&self) -> String {
        format!("{} Main Street", 1 + self.company.number % 900)
    }

    /// People who follow its profile.
    pub(super) fn followers(&self) -> u64 {
        u64::from(self.company.employees) * (8 + self.dice.pick("followers", 40)) + self.dice.pick("more followers", 100)
    }

    /// Growth of the staff in a year, whole percent.
    pub(super) fn growth(&self) -> u64 {
        self.dice.pick("growth", 30)
    }

    /// Fewest and most people of its size.
    pub(super) fn size_range(&self) -> (u32, u32) {
        let (_, low, high) = SIZES.iter().find(|(size, _, _)| *size == self.company.size).expect("a size of the list");
        // The last size has no end; it is printed as all nines.
        if self.company.size == SIZES[SIZES.len() - 1].0 { (*low, 999_999) } else { (*low, *high) }
    }

    pub(super) fn founded_on(&self) -> FoundedOn {
        let known = self.dice.pick("founding day", 2) == 0;
        let day = |what: &str, of: u64| u8::try_from(1 + self.dice.pick(what, of)).ok().filter(|_| known);
        FoundedOn { year: self.company.founded, month: day("month", 12), day: day("day", 28) }
    }

    /// Rounds of funding, the first one first; their amounts add up to what was raised.
    pub(super) fn rounds(&self) -> Vec<Round> {
        let total = self.company.funding;
        if total == 0 {
            return Vec::new();
        }
        let rounds = &ROUNDS[..usize::try_from(1 + self.dice.pick("rounds", 4)).unwrap_or(1)];
        let weights: u64 = rounds.iter().map(|(_, weight)| weight).sum();
        let years = if self.company.founded > 2018 { 1 } else { 1 + u16::try_from(self.dice.pick("years", 2)).unwrap_or(0) };
        let mut left = total;
        let mut year = self.company.founded;
        let mut raised = Vec::with_capacity(rounds.len());
        for (at, (name, weight)) in rounds.iter().enumerate() {
            let last = at + 1 == rounds.len();
            let amount = if last { left } else { total * weight / weights / 10_000 * 10_000 };
            left -= amount;
            let pick = |what: &str, of: u64| u8::try_from(1 + self.dice.pick(&format!("{what} of {name}"), of)).unwrap_or(1);
            let investors = several(self.dice, name, &INVESTORS, usize::from(pick("investors", 3)));
            raised.push(Round { name, year, month: pick("month", 12), day: pick("day", 28), amount, investors });
            year += years;
        }
        raised
    }

    /// Three to six other companies.
    pub(super) fn competitors(&self) -> Vec<Company> {
        self.others("competitor", 3 + self.dice.pick("competitors", 4))
    }

    /// Companies that it bought: none to two.
    pub(super) fn acquisitions(&self) -> Vec<Company> {
        self.others("acquisition", self.dice.pick("acquisitions", 3))
    }

    /// Other companies, each once.
    fn others(&self, what: &str, wanted: u64) -> Vec<Company> {
        // Steps of a number that shares no factor with a thousand name a thousand companies before one comes again.
        let first = self.dice.pick(what, 1_000);
        let run =
            (0..).map(|step| self.directory.company_at((first + 37 * step) % 1_000)).filter(|other| other.domain != self.company.domain);
        run.take(usize::try_from(wanted).unwrap_or(0)).collect()
    }

    /// Places beside the head office: none to three, each once.
    pub(super) fn branches(&self) -> Vec<City> {
        let mut branches: Vec<City> = Vec::new();
        for at in 0..self.dice.pick("branches", 4) {
            let place = self.directory.company_at(self.dice.pick(&format!("branch {at}"), 1_000)).place;
            if place != self.company.place && !branches.contains(&place) {
                branches.push(place);
            }
        }
        branches
    }

    pub(super) fn specialities(&self) -> Vec<&'static str> {
        several(self.dice, "specialities", &SPECIALITIES, 3)
    }

    /// Who leads it: the first of its people.
    pub(super) fn chief(&self) -> Person {
        self.directory.employee(&self.company, 0)
    }

    /// Telephone, of the range that is kept for fiction.
    pub(super) fn phone(&self) -> String {
        format!("1-{}-555-01{:02}", 201 + self.dice.pick("area", 788), self.dice.pick("line", 100))
    }
}

impl Round {
    /// `2023-03-15T00:00:00.000Z`.
    pub(super) fn date(&self) -> String {
        format!("{}-{:02}-{:02}T00:00:00.000Z", self.year, self.month, self.day)
    }

    /// `Mar 2023`.
    pub(super) fn month_and_year(&self) -> String {
        format!("{} {}", MONTHS[usize::from(self.month) - 1], self.year)
    }
}

/// So many of these, each once, as long as there are that many.
pub(super) fn several<T: Copy>(dice: Dice, what: &str, of: &[T], wanted: usize) -> Vec<T> {
    let first = usize::try_from(dice.pick(what, of.len() as u64)).unwrap_or(0);
    of.iter().cycle().skip(first).take(wanted.min(of.len())).copied().collect()
}

/// `25M`, `96.8B`, `1.3M`: dollars in the largest unit, to one decimal.
pub(super) fn money(dollars: u64) -> String {
    for (unit, letter) in [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")] {
        if dollars >= unit {
            let tenths = (dollars + unit / 20) / (unit / 10);
            return if tenths.is_multiple_of(10) {
                format!("{}{letter}", tenths / 10)
            } else {
                format!("{}.{}{letter}", tenths / 10, tenths % 10)
            };
        }
    }
    dollars.to_string()
}

/// The year of a time, UTC.
pub(super) fn year(time: Timestamp) -> i16 {
    time.to_zoned(TimeZone::UTC).year()
}

/// The country as funding pages write it.
pub(super) fn country(place: &City) -> &'static str {
    if place.country_code == "US" { "USA" } else { place.country }
}

/// Latitude and longitude of a city of the directory.
pub(super) fn coordinates(place: &City) -> (f64, f64) {
    match place.city {
        "Boston" => (42.3601, -71.0589),
        "Austin" => (30.2711, -97.7437),
        "Denver" => (39.7392, -104.9903),
        "Toronto" => (43.6532, -79.3832),
        "London" => (51.5074, -0.1278),
        "Berlin" => (52.52, 13.405),
        "Madrid" => (40.4168, -3.7038),
        "Stockholm" => (59.3293, 18.0686),
        "Sydney" => (-33.8688, 151.2093),
        _ => (1.3521, 103.8198),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_add_up_to_what_was_raised_and_follow_each_other() {
        let directory = Directory::new(1);
        let mut funded = 0;
        for at in 0..200 {
            let portrait = Portrait::paint(directory.company_at(at), directory);
            let rounds = portrait.rounds();
            assert_eq!(rounds.iter().map(|round| round.amount).sum::<u64>(), portrait.company.funding);
            assert!(rounds.iter().all(|round| round.amount > 0 && round.year <= 2026 && !round.investors.is_empty()));
            assert!(rounds.windows(2).all(|pair| pair[0].year < pair[1].year));
            funded += usize::from(!rounds.is_empty());
        }
        assert!((100..200).contains(&funded), "{funded}");
    }

    #[test]
    fn others_are_never_the_company_itself_and_none_comes_twice() {
        let directory = Directory::new(1);
        for at in 0..100 {
            let portrait = Portrait::paint(directory.company_at(at), directory);
            let mut competitors: Vec<String> = portrait.competitors().into_iter().map(|company| company.domain).collect();
            let count = competitors.len();
            competitors.sort();
            competitors.dedup();
            assert!((3..=6).contains(&count) && competitors.len() == count && !competitors.contains(&portrait.company.domain));
            assert!(!portrait.branches().contains(&portrait.company.place));
        }
    }

    #[test]
    fn dollars_are_printed_in_the_largest_unit() {
        for (dollars, expected) in [(0, "0"), (950, "950"), (1_260_000, "1.3M"), (25_000_000, "25M"), (96_773_000_000, "96.8B")] {
            assert_eq!(money(dollars), expected);
        }
    }

    #[test]
    fn a_name_and_a_profile_lead_to_one_company() {
        let directory = Directory::new(1);
        let company = Asked::Name("acme works".into()).company(directory);
        assert_eq!(Asked::Profile(company.handle.clone()).company(directory), company);
        assert_eq!(Asked::Domain(company.domain.clone()).company(directory), company);
        assert_eq!(company.name, "Acme Works");
    }

    #[test]
    fn every_city_of_the_directory_has_a_place_on_the_map() {
        let directory = Directory::new(1);
        let mut seen: Vec<(&str, String)> =
            (0..300).map(|at| directory.company_at(at).place).map(|place| (place.city, format!("{:?}", coordinates(&place)))).collect();
        seen.sort();
        seen.dedup();
        let mut places: Vec<String> = seen.iter().map(|(_, place)| place.clone()).collect();
        places.sort();
        places.dedup();
        assert_eq!((seen.len(), places.len()), (10, 10));
    }
}
