//! What the directory's places and industries are called in filters: numbers and codes.
//!
//! Documented: the numbers of regions, of two countries and of one industry. Assumed: the others follow public lists.

use crate::providers::directory::{City, Company};

/// A country.
pub(super) struct Country {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    /// In the filters of the search family: the numeric code of the country, as two documented ones are.
    pub(super) number: u32,
    /// In rows of the unversioned route.
    pub(super) row_id: u32,
    /// As the region catalogue numbers it.
    pub(super) region_id: u32,
}

/// The countries of the directory, as the search family lists them.
pub(super) const COUNTRIES: [Country; 8] = [
    Country { name: "United States", code: "US", number: 840, row_id: 238, region_id: 5 },
    Country { name: "United Kingdom", code: "GB", number: 826, row_id: 237, region_id: 3 },
    Country { name: "Canada", code: "CA", number: 124, row_id: 40, region_id: 5 },
    Country { name: "Germany", code: "DE", number: 276, row_id: 84, region_id: 3 },
    Country { name: "Spain", code: "ES", number: 724, row_id: 211, region_id: 3 },
    Country { name: "Sweden", code: "SE", number: 752, row_id: 217, region_id: 3 },
    Country { name: "Australia", code: "AU", number: 36, row_id: 14, region_id: 2 },
    Country { name: "Singapore", code: "SG", number: 702, row_id: 200, region_id: 2 },
];

/// Documented: the region catalogue.
pub(super) const REGIONS: [(u32, &str); 6] =
    [(1, "Africa"), (2, "Asia/Pacific"), (3, "Europe"), (4, "Middle East"), (5, "North America"), (6, "South America")];

/// A city's and its state's numbers in the list of geographical names, its time zone and where it lies.
pub(super) struct Town {
    pub(super) city: &'static str,
    pub(super) city_id: u32,
    pub(super) state_id: u32,
    pub(super) timezone: &'static str,
    pub(super) latitude: &'static str,
    pub(super) longitude: &'static str,
}

const fn town(
    city: &'static str,
    city_id: u32,
    state_id: u32,
    timezone: &'static str,
    latitude: &'static str,
    longitude: &'static str,
) -> Town {
    Town { city, city_id, state_id, timezone, latitude, longitude }
}

const TOWNS: [Town; 10] = [
    town("Boston", 4_930_956, 6_254_926, "America/New_York", "42.35843", "-71.05977"),
    town("Austin", 4_671_654, 4_736_286, "America/Chicago", "30.26715", "-97.74306"),
    town("Denver", 5_419_384, 5_417_618, "America/Denver", "39.73915", "-104.9847"),
    town("Toronto", 6_167_865, 6_093_943, "America/Toronto", "43.70643", "-79.39864"),
    town("London", 2_643_743, 6_269_131, "Europe/London", "51.50853", "-0.12574"),
    town("Berlin", 2_950_159, 2_950_157, "Europe/Berlin", "52.52437", "13.41053"),
    town("Madrid", 3_117_735, 3_117_732, "Europe/Madrid", "40.4165", "-3.70256"),
    town("Stockholm", 2_673_730, 2_673_722, "Europe/Stockholm", "59.32938", "18.06871"),
    town("Sydney", 2_147_714, 2_155_400, "Australia/Sydney", "-33.86785", "151.20732"),
    town("Singapore", 1_880_252, 1_880_251, "Asia/Singapore", "1.28967", "103.85007"),
];

/// The country of a city of the directory.
pub(super) fn country(place: &City) -> &'static Country {
    COUNTRIES.iter().find(|country| country.code == place.country_code).expect("every country of the directory is listed")
}

/// The numbers of a city of the directory.
pub(super) fn numbers(place: &City) -> &'static Town {
    TOWNS.iter().find(|town| town.city == place.city).expect("every city of the directory is listed")
}

impl Country {
    /// Whether a filter's value means it: its name or code, or one of its numbers. The documents call one country both `UK`
    /// and `GB`.
    pub(super) fn is(&self, wanted: &str) -> bool {
        let wanted = if wanted.eq_ignore_ascii_case("uk") { "gb" } else { wanted };
        self.name.eq_ignore_ascii_case(wanted) || self.code.eq_ignore_ascii_case(wanted) || self.has_number(wanted)
    }

    /// Whether a filter's value is its number.
    pub(super) fn has_number(&self, wanted: &str) -> bool {
        wanted.parse() == Ok(self.number)
    }

    /// The region's name.
    pub(super) fn region(&self) -> &'static str {
        REGIONS.iter().find(|(id, _)| *id == self.region_id).map_or("", |(_, name)| name)
    }
}

/// Numbers of industries. Documented: 8; the others follow the network's public list.
pub(super) const INDUSTRIES: [(i64, &str); 12] = [
    (4, "Software Development"),
    (43, "Financial Services"),
    (8, "Advertising Services"),
    (14, "Hospitals and Health Care"),
    (27, "Retail"),
    (55, "Manufacturing"),
    (1999, "Education"),
    (116, "Logistics"),
    (48, "Construction"),
    (42, "Insurance"),
    (44, "Real Estate"),
    (11, "Business Consulting and Services"),
];

/// The number of a company's industry.
pub(super) fn industry_id(company: &Company) -> i64 {
    INDUSTRIES.iter().find(|(_, name)| *name == company.industry).map_or(0, |(id, _)| *id)
}

/// Documented: the names. Assumed: their numbers, in the order of the page.
pub(super) const COMPANY_TYPES: [(i64, &str); 8] = [
    (1, "Startup"),
    (2, "Small Business"),
    (3, "Mid-Market"),
    (4, "Enterprise"),
    (5, "Public"),
    (6, "Private"),
    (7, "Non-Profit"),
    (8, "Government"),
];

/// What a company is by size, and by whom it is owned.
pub(super) const fn company_types(company: &Company) -> [i64; 2] {
    let by_size = match company.employees {
        0..=50 => 1,
        51..=200 => 2,
        201..=1_000 => 3,
        _ => 4,
    };
    [by_size, 5 + (company.number % 4) as i64]
}

/// Codes of company sizes. Assumed: the letters of the network, from the smallest range on.
pub(super) const SIZE_CODES: [(&str, &str); 8] = [
    ("B", "1-10"),
    ("C", "11-50"),
    ("D", "51-200"),
    ("E", "201-500"),
    ("F", "501-1000"),
    ("G", "1001-5000"),
    ("H", "5001-10000"),
    ("I", "10001+"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::directory::{CITIES, INDUSTRIES as KNOWN, SIZES};

    #[test]
    fn every_place_industry_and_size_of_the_directory_has_its_numbers() {
        for city in &CITIES {
            assert!(numbers(city).city_id > 0 && country(city).name == city.country && !country(city).region().is_empty());
        }
        assert!(KNOWN.iter().all(|name| INDUSTRIES.iter().any(|(_, known)| known == name)));
        assert!(SIZES.iter().all(|(label, ..)| SIZE_CODES.iter().any(|(_, known)| known == label)));
    }

    #[test]
    fn one_country_has_two_codes() {
        assert!(COUNTRIES[1].is("UK") && COUNTRIES[1].is("gb") && COUNTRIES[1].is("826") && !COUNTRIES[0].is("uk"));
    }
}
