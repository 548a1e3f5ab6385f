//! The job postings of the directory: every company has some, and whoever filters gets those that fit and no others.
//!
//! Nothing is stored. A posting is drawn from its company and its number there, and is published anew every 90 days, so that
//! a filter by age finds some at any time of the world's clock.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::places;
use super::reading::says;
use crate::providers::directory::{CITIES, City, Company, Dice, Directory, Magic};

/// Companies that a search without a company goes through. Decided.
pub(super) const COMPANIES: u64 = 300;
const PERIOD_S: i64 = 90 * 24 * 60 * 60;
const DAY_S: i64 = 24 * 60 * 60;

/// How much experience is asked for, as the filter spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Entry,
    Mid,
    Senior,
    Executive,
}

impl Level {
    pub(super) const NAMES: [&'static str; 4] = ["entry", "mid", "senior", "executive"];

    /// The level of a filter's word.
    pub(super) fn of(word: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|name| name.eq_ignore_ascii_case(word))?;
        Some([Self::Entry, Self::Mid, Self::Senior, Self::Executive][at])
    }

    /// As rows print it. Documented: `Executive`; the unversioned routes add a word, `Senior Level`.
    pub(super) const fn label(self) -> &'static str {
        ["Entry", "Mid", "Senior", "Executive"][self as usize]
    }
}

/// An entry of the taxonomy of occupations: number and name.
pub(super) type Entry = (u32, &'static str);

/// What somebody is wanted for.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) title: &'static str,
    pub(super) level: Level,
    /// From the widest to the narrowest.
    pub(super) taxonomy: [Entry; 3],
    pub(super) tags: &'static [&'static str],
    /// Thousands of dollars a year that the lowest offers begin with.
    salary: u32,
}

const fn role(title: &'static str, level: Level, taxonomy: [Entry; 3], salary: u32, tags: &'static [&'static str]) -> Role {
    Role { title, level, taxonomy, tags, salary }
}

const ENGINEER: Entry = (7, "Engineer");
const SALES: Entry = (11, "Sales");
const MARKETING: Entry = (12, "Marketing");
const FINANCE: Entry = (13, "Finance");
const PEOPLE: Entry = (14, "People");
const PRODUCT: Entry = (15, "Product");
const SERVICE: Entry = (16, "Customer Service");

/// Documented: the numbers of `Engineer` and `.NET & DevOps`. Assumed: the other entries.
pub(super) const ROLES: [Role; 20] = [
    role(
        "Sales Development Representative",
        Level::Entry,
        [SALES, (1_100_001, "Prospecting"), (2_100_001, "Sales development")],
        45,
        &["crm", "outreach"],
    ),
    role("Data Analyst", Level::Entry, [ENGINEER, (1_700_101, "Data"), (2_700_101, "Data analyst")], 60, &["sql", "python"]),
    role(
        "Recruiting Coordinator",
        Level::Entry,
        [PEOPLE, (1_400_001, "Recruiting"), (2_400_001, "Recruiting coordinator")],
        48,
        &["hiring"],
    ),
    role("Support Specialist", Level::Entry, [SERVICE, (1_600_001, "Support"), (2_600_001, "Support specialist")], 42, &["helpdesk"]),
    role("Account Executive", Level::Mid, [SALES, (1_100_002, "Closing"), (2_100_002, "Account executive")], 80, &["crm", "saas"]),
    role("Software Engineer", Level::Mid, [ENGINEER, (1_700_102, "Software"), (2_700_102, "Software engineer")], 110, &["rust", "sql"]),
    role(
        "DevOps Engineer",
        Level::Mid,
        [ENGINEER, (1_700_834, ".NET & DevOps"), (2_700_834, "DevOps engineer")],
        115,
        &["kubernetes", "terraform"],
    ),
    role("Product Manager", Level::Mid, [PRODUCT, (1_500_001, "Product Management"), (2_500_001, "Product manager")], 120, &["roadmaps"]),
    role("Marketing Manager", Level::Mid, [MARKETING, (1_200_001, "Growth"), (2_200_001, "Marketing manager")], 85, &["seo", "crm"]),
    role("Financial Analyst", Level::Mid, [FINANCE, (1_300_001, "Analysis"), (2_300_001, "Financial analyst")], 78, &["excel", "sql"]),
    role("Customer Success Manager", Level::Mid, [SERVICE, (1_600_002, "Success"), (2_600_002, "Success manager")], 75, &["saas"]),
    role("Staff Software Engineer", Level::Senior, [ENGINEER, (1_700_102, "Software"), (2_700_103, "Staff engineer")], 165, &["rust"]),
    role("Senior Data Engineer", Level::Senior, [ENGINEER, (1_700_101, "Data"), (2_700_104, "Data engineer")], 145, &["python", "sql"]),
    role("Senior Product Designer", Level::Senior, [PRODUCT, (1_500_002, "Design"), (2_500_002, "Product designer")], 130, &["figma"]),
    role("Sales Director", Level::Senior, [SALES, (1_100_003, "Sales Leadership"), (2_100_003, "Sales director")], 150, &["crm", "saas"]),
    role(
        "Engineering Manager",
        Level::Senior,
        [ENGINEER, (1_700_105, "Leadership"), (2_700_105, "Engineering manager")],
        170,
        &["hiring", "rust"],
    ),
    role("Vice President, Sales", Level::Executive, [SALES, (1_100_003, "Sales Leadership"), (2_100_004, "Head of sales")], 210, &["saas"]),
    role("Chief Financial Officer", Level::Executive, [FINANCE, (1_300_002, "Finance Leadership"), (2_300_002, "CFO")], 240, &["excel"]),
    role(
        "Head of Product",
        Level::Executive,
        [PRODUCT, (1_500_001, "Product Management"), (2_500_003, "Head of product")],
        200,
        &["roadmaps"],
    ),
    role(
        "Chief Technology Officer",
        Level::Executive,
        [ENGINEER, (1_700_105, "Leadership"), (2_700_106, "CTO")],
        250,
        &["hiring", "kubernetes"],
    ),
];

/// Kinds of jobs as the catalogue numbers and names them, and as rows of the versioned route spell them.
///
/// Documented: the catalogue, and `Full-time` in a row.
pub(super) const JOB_TYPES: [(i64, &str, &str); 6] = [
    (1, "Full Time", "Full-time"),
    (2, "Part Time", "Part-time"),
    (3, "Temporary", "Temporary"),
    (4, "Internship", "Internship"),
    (5, "Freelance", "Freelance"),
    (6, "Contract", "Contract"),
];

/// Where the work is done. Documented: 1 to 3. Assumed: which is which.
pub(super) const WORK_MODES: [(i64, &str); 3] = [(1, "on-site"), (2, "remote"), (3, "hybrid")];

/// A posting.
#[derive(Clone, Debug)]
pub(super) struct Posting {
    pub(super) company: Rc<Company>,
    pub(super) role: &'static Role,
    pub(super) place: City,
    /// Its place in [`JOB_TYPES`].
    job_type: usize,
    work_mode: i64,
    pub(super) published: Timestamp,
    /// US dollars a year.
    pub(super) salary_min: u32,
    pub(super) salary_max: u32,
    at: u64,
}

impl Posting {
    /// Number, name, and the name in rows.
    pub(super) const fn job_type(&self) -> (i64, &'static str, &'static str) {
        JOB_TYPES[self.job_type]
    }

    pub(super) const fn is_remote(&self) -> bool {
        self.work_mode == 2
    }

    pub(super) fn location(&self) -> String {
        format!("{}, {}, {}", self.place.city, self.place.region, self.place.country)
    }

    pub(super) fn description(&self) -> String {
        let Self { company, role, place, .. } = self;
        format!("{} is hiring a {} in {}. You bring: {}.", company.name, role.title, place.city, role.tags.join(", "))
    }

    /// Where to apply; no two postings share it.
    pub(super) fn application_url(&self) -> String {
        let slug: String = self.role.title.to_lowercase().chars().filter(|c| *c != ',').map(|c| if c == ' ' { '-' } else { c }).collect();
        format!("{}/careers/{slug}-{}", self.company.website(), self.at + 1)
    }
}

/// What is wanted of a posting; what is empty or none does not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// Names or hosts, any of which; each company of the world has postings, so this widens the search beyond the usual ones.
    pub(super) companies: Vec<String>,
    pub(super) companies_excluded: Vec<String>,
    pub(super) company_ids: Vec<String>,
    pub(super) company_name: Option<String>,
    pub(super) titles: Vec<String>,
    pub(super) titles_excluded: Vec<String>,
    pub(super) taxonomy: [Vec<String>; 3],
    pub(super) tags: Vec<String>,
    pub(super) tags_excluded: Vec<String>,
    pub(super) levels: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    pub(super) cities: Vec<String>,
    pub(super) states: Vec<String>,
    pub(super) countries: Vec<String>,
    pub(super) regions: Vec<String>,
    /// Whether places are meant by their numbers only.
    pub(super) numbers_only: bool,
    pub(super) languages: Vec<String>,
    pub(super) remote: Option<bool>,
    pub(super) work_modes: Vec<String>,
    pub(super) job_types: Vec<String>,
    pub(super) industries: Vec<String>,
    pub(super) company_types: Vec<String>,
    pub(super) sizes: Vec<String>,
    pub(super) employees_min: Option<i64>,
    pub(super) employees_max: Option<i64>,
    pub(super) salary_min: Option<i64>,
    pub(super) salary_max: Option<i64>,
    pub(super) days: Option<i64>,
    pub(super) after: Option<Date>,
    pub(super) before: Option<Date>,
}

/// The postings number `from` on, at most `limit`, of those that are wanted, and how many those are.
pub(super) fn select(directory: Directory, now: Timestamp, wanted: &Wanted, from: u64, limit: u64) -> (Vec<Posting>, u64) {
    let mut page = Vec::new();
    let mut total = 0;
    if !wanted.languages.is_empty() && !wanted.languages.iter().any(|language| ["en", "english"].contains(&language.as_str())) {
        return (page, total);
    }
    // What depends on role and city alone is looked at once, not once a posting.
    let roles: Vec<bool> = ROLES.iter().map(|role| wanted.takes_role(role)).collect();
    let cities: Vec<bool> = CITIES.iter().map(|city| wanted.takes_city(city)).collect();
    for company in wanted.scope(directory) {
        if !wanted.takes_company(&company) {
            continue;
        }
        let dice = directory.dice(&company.domain);
        let home = CITIES.iter().position(|city| *city == company.place).unwrap_or_default();
        let company = Rc::new(company);
        for at in 0..openings(dice) {
            let draw = Draw::new(dice.nth(at), home);
            if !roles[draw.role] || !cities[draw.city] {
                continue;
            }
            let posting = draw.posting(&company, at, now);
            if !wanted.takes(&posting, now) {
                continue;
            }
            if total >= from && (page.len() as u64) < limit {
                page.push(posting);
            }
            total += 1;
        }
    }
    (page, total)
}

/// How many openings a company has, 4 to 20.
fn openings(dice: Dice) -> u64 {
    4 + dice.pick("openings", 17)
}

/// A company by what was typed: a name, a host or a URL; none for the word that finds nobody.
pub(super) fn company_of(directory: Directory, text: &str) -> Option<Company> {
    // Of one company there is one spelling, whichever way it was asked for.
    let company = if text.contains('.') { directory.company(text) } else { directory.company(&directory.company_named(text).domain) };
    (Magic::of(&company.handle) != Some(Magic::NotFound)).then_some(company)
}

struct Draw {
    dice: Dice,
    role: usize,
    city: usize,
}

impl Draw {
    fn new(dice: Dice, home: usize) -> Self {
        let role = usize::try_from(dice.pick("role", ROLES.len() as u64)).unwrap_or_default();
        let city = usize::try_from(dice.pick("city", 2 * CITIES.len() as u64)).unwrap_or_default();
        Self { dice, role, city: if city < CITIES.len() { city } else { home } }
    }

    fn posting(&self, company: &Rc<Company>, at: u64, now: Timestamp) -> Posting {
        let role = &ROLES[self.role];
        let age_s = (now.as_second() - i64::try_from(self.dice.pick("phase", PERIOD_S.unsigned_abs())).unwrap_or(0)).rem_euclid(PERIOD_S);
        let salary_min = 1_000 * (role.salary + u32::try_from(self.dice.pick("salary", 20)).unwrap_or(0));
        Posting {
            company: Rc::clone(company),
            role,
            place: CITIES[self.city],
            // Most jobs are full time.
            job_type: self.dice.choose("type", &[0, 0, 0, 0, 0, 1, 2, 3, 4, 5]),
            work_mode: self.dice.choose("work", &[1, 1, 2, 3]),
            published: Timestamp::from_second(now.as_second() - age_s).unwrap_or(Timestamp::MIN),
            salary_min,
            salary_max: salary_min + salary_min / 4,
            at,
        }
    }
}

/// Whether a list of wanted values takes one for which this holds; an empty list takes all.
fn any(wanted: &[String], holds: impl Fn(&str) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(|value| holds(value))
}

impl Wanted {
    fn scope(&self, directory: Directory) -> Vec<Company> {
        if self.companies.is_empty() {
            return (0..COMPANIES).map(|at| directory.company_at(at)).collect();
        }
        let mut scope: Vec<Company> = Vec::new();
        for company in self.companies.iter().filter_map(|text| company_of(directory, text)) {
            if scope.iter().all(|known| known.domain != company.domain) {
                scope.push(company);
            }
        }
        scope
    }

    fn takes_company(&self, company: &Company) -> bool {
        let named = |text: &str| company.name.eq_ignore_ascii_case(text) || company.domain.eq_ignore_ascii_case(text);
        let employees = i64::from(company.employees);
        let size = |wanted: &str| {
            let code = places::SIZE_CODES.iter().any(|(code, label)| code.eq_ignore_ascii_case(wanted) && *label == company.size);
            code || company.size == wanted
        };
        any(&self.company_ids, |id| id.parse() == Ok(company.number))
            && !self.companies_excluded.iter().any(|text| named(text))
            && self.company_name.as_ref().is_none_or(|name| says(&company.name, name))
            && any(&self.industries, |id| id.parse() == Ok(places::industry_id(company)) || company.industry.eq_ignore_ascii_case(id))
            && any(&self.company_types, |id| places::company_types(company).iter().any(|own| id.parse() == Ok(*own)))
            && any(&self.sizes, size)
            && self.employees_min.is_none_or(|min| employees >= min)
            && self.employees_max.is_none_or(|max| employees <= max)
    }

    fn takes_role(&self, role: &Role) -> bool {
        let tagged = |tag: &str| role.tags.iter().any(|own| own.eq_ignore_ascii_case(tag));
        any(&self.titles, |title| says(role.title, title))
            && !self.titles_excluded.iter().any(|title| says(role.title, title))
            && self
                .taxonomy
                .iter()
                .zip(&role.taxonomy)
                .all(|(wanted, (id, name))| any(wanted, |value| value.parse() == Ok(*id) || says(name, value)))
            && any(&self.tags, tagged)
            && !self.tags_excluded.iter().any(|tag| tagged(tag))
            && any(&self.levels, |level| Level::of(level) == Some(role.level))
    }

    fn takes_city(&self, city: &City) -> bool {
        let (country, numbers) = (places::country(city), places::numbers(city));
        let means = |name: &str, id: u32, wanted: &str| wanted.parse() == Ok(id) || !self.numbers_only && name.eq_ignore_ascii_case(wanted);
        any(&self.cities, |wanted| means(city.city, numbers.city_id, wanted))
            && any(&self.states, |wanted| means(city.region, numbers.state_id, wanted))
            && any(&self.countries, |wanted| country.has_number(wanted) || !self.numbers_only && country.is(wanted))
            && any(&self.regions, |wanted| means(country.region(), country.region_id, wanted))
            && self.location.as_ref().is_none_or(|text| {
                country.code.eq_ignore_ascii_case(text) || says(&format!("{} {} {}", city.city, city.region, city.country), text)
            })
    }

    fn takes(&self, posting: &Posting, now: Timestamp) -> bool {
        let day = posting.published.to_zoned(TimeZone::UTC).date();
        any(&self.job_types, |id| id.parse() == Ok(posting.job_type().0))
            && any(&self.work_modes, |mode| mode.parse() == Ok(posting.work_mode))
            && self.remote.is_none_or(|remote| remote == posting.is_remote())
            && self.salary_min.is_none_or(|min| i64::from(posting.salary_max) >= min)
            && self.salary_max.is_none_or(|max| i64::from(posting.salary_min) <= max)
            && self.days.is_none_or(|days| now.as_second() - posting.published.as_second() <= days * DAY_S)
            && self.after.is_none_or(|after| day >= after)
            && self.before.is_none_or(|before| day <= before)
            && self.description.as_ref().is_none_or(|text| says(&posting.description(), text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-01-15T12:00:00Z";

    fn all(wanted: &Wanted) -> (Vec<Posting>, u64) {
        select(Directory::new(1), NOON.parse().unwrap(), wanted, 0, u64::MAX)
    }

    #[test]
    fn a_filter_takes_those_that_fit_and_all_of_them() {
        let (everything, total) = all(&Wanted::default());
        assert!(total > 1_000 && everything.len() as u64 == total, "{total}");
        let wanted = Wanted { titles: vec!["software engineer".into()], countries: vec!["us".into()], days: Some(30), ..Wanted::default() };
        let now: Timestamp = NOON.parse().unwrap();
        let fits = |p: &&Posting| {
            p.role.title.ends_with("Software Engineer")
                && p.place.country_code == "US"
                && now.as_second() - p.published.as_second() <= 30 * DAY_S
        };
        let expected: Vec<String> = everything.iter().filter(fits).map(Posting::application_url).collect();
        let found: Vec<String> = all(&wanted).0.iter().map(Posting::application_url).collect();
        assert!(!found.is_empty() && found == expected);
    }

    #[test]
    fn no_two_postings_share_where_to_apply() {
        let mut urls: Vec<String> = all(&Wanted::default()).0.iter().map(Posting::application_url).collect();
        urls.sort();
        assert!(urls.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_company_s_postings_are_the_same_whether_or_not_it_is_asked_for() {
        let company = Directory::new(1).company_at(7);
        let by_name: Vec<String> = all(&Wanted { companies: vec![company.name.to_lowercase()], ..Wanted::default() })
            .0
            .iter()
            .map(Posting::application_url)
            .collect();
        let among_all = all(&Wanted::default()).0;
        let of_company: Vec<String> =
            among_all.iter().filter(|p| p.company.domain == company.domain).map(Posting::application_url).collect();
        assert!(!by_name.is_empty() && by_name == of_company);
    }

    #[test]
    fn the_clock_s_ends_are_no_trouble() {
        for now in [Timestamp::MIN, Timestamp::MAX] {
            assert!(select(Directory::new(1), now, &Wanted { days: Some(365), ..Wanted::default() }, 0, 1).1 > 0);
        }
    }
}
