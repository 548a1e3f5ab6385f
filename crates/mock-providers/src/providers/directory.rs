//! The people and companies behind the lookups: drawn from the seed and the question, stored nowhere, without end.
//!
//! Whoever is found under a name, an address or a profile is found the same way under the others. Everything made up
//! here is plainly so: names are common ones, hosts end in a reserved domain, numbers are of the range for fiction.

use crate::core::ids::fnv1a;

const FIRST_NAMES: [&str; 32] = [
    "Ada", "Ben", "Carla", "David", "Elena", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Maya", "Noah", "Olga", "Paul",
    "Quinn", "Rosa", "Sam", "Tara", "Uma", "Victor", "Wendy", "Xavier", "Yara", "Zoe", "Amir", "Bea", "Chen", "Dana", "Emil", "Fay",
];

const LAST_NAMES: [&str; 32] = [
    "Abbott", "Baker", "Costa", "Dahl", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jensen", "Khan", "Lopez", "Meyer", "Novak", "Okafor",
    "Patel", "Quist", "Rossi", "Silva", "Tanaka", "Usman", "Vogel", "Weber", "Xu", "Young", "Zimmer", "Adler", "Brandt", "Cohen", "Duran",
    "Ek", "Ferro",
];

/// Titles that people of the directory hold, each with its level and its function.
pub const TITLES: [(&str, &str, &str); 16] = [
    ("Chief Executive Officer", "C-Level", "Executive"),
    ("Chief Technology Officer", "C-Level", "Engineering"),
    ("VP of Sales", "VP", "Sales"),
    ("VP of Marketing", "VP", "Marketing"),
    ("Head of Revenue", "Head", "Sales"),
    ("Head of Product", "Head", "Product"),
    ("Sales Director", "Director", "Sales"),
    ("Marketing Manager", "Manager", "Marketing"),
    ("Product Manager", "Manager", "Product"),
    ("Engineering Manager", "Manager", "Engineering"),
    ("Software Engineer", "Senior", "Engineering"),
    ("Data Analyst", "Entry", "Operations"),
    ("Account Executive", "Senior", "Sales"),
    ("Customer Success Manager", "Manager", "Customer Success"),
    ("Operations Manager", "Manager", "Operations"),
    ("Recruiter", "Entry", "Human Resources"),
];

/// Industries.
pub const INDUSTRIES: [&str; 12] = [
    "Software Development",
    "Financial Services",
    "Advertising Services",
    "Hospitals and Health Care",
    "Retail",
    "Manufacturing",
    "Education",
    "Logistics",
    "Construction",
    "Insurance",
    "Real Estate",
    "Business Consulting and Services",
];

/// Where companies sit and people live.
pub const CITIES: [City; 10] = [
    City {
        city: "Boston",
        region: "Massachusetts",
        country: "United States",
        country_code: "US",
        continent: "North America",
        postal_code: "02210",
    },
    City {
        city: "Austin",
        region: "Texas",
        country: "United States",
        country_code: "US",
        continent: "North America",
        postal_code: "78701",
    },
    City {
        city: "Denver",
        region: "Colorado",
        country: "United States",
        country_code: "US",
        continent: "North America",
        postal_code: "80202",
    },
    City { city: "Toronto", region: "Ontario", country: "Canada", country_code: "CA", continent: "North America", postal_code: "M5H 2N2" },
    City { city: "London", region: "England", country: "United Kingdom", country_code: "GB", continent: "Europe", postal_code: "EC1A 1BB" },
    City { city: "Berlin", region: "Berlin", country: "Germany", country_code: "DE", continent: "Europe", postal_code: "10115" },
    City { city: "Madrid", region: "Madrid", country: "Spain", country_code: "ES", continent: "Europe", postal_code: "28013" },
    City { city: "Stockholm", region: "Stockholm", country: "Sweden", country_code: "SE", continent: "Europe", postal_code: "111 20" },
    City { city: "Sydney", region: "New South Wales", country: "Australia", country_code: "AU", continent: "Oceania", postal_code: "2000" },
    City { city: "Singapore", region: "Singapore", country: "Singapore", country_code: "SG", continent: "Asia", postal_code: "018956" },
];

/// Ranges of company sizes, with the lowest and the highest number of people.
pub const SIZES: [(&str, u32, u32); 8] = [
    ("1-10", 1, 10),
    ("11-50", 11, 50),
    ("51-200", 51, 200),
    ("201-500", 201, 500),
    ("501-1000", 501, 1_000),
    ("1001-5000", 1_001, 5_000),
    ("5001-10000", 5_001, 10_000),
    ("10001+", 10_001, 60_000),
];

/// Where the directory's people have their private mail.
const PRIVATE_HOST: &str = "mail.example";

/// A place on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct City {
    /// City.
    pub city: &'static str,
    /// State or region.
    pub region: &'static str,
    /// Country.
    pub country: &'static str,
    /// Two letters.
    pub country_code: &'static str,
    /// Continent.
    pub continent: &'static str,
    /// Postal code.
    pub postal_code: &'static str,
}

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Host name of its site, which identifies it.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// The last part of its profile's address.
    pub handle: String,
    /// A number that identifies it on the network.
    pub number: u32,
    /// Industry.
    pub industry: &'static str,
    /// Where it sits.
    pub place: City,
    /// People who work there.
    pub employees: u32,
    /// The range that number falls into, as the network prints it.
    pub size: &'static str,
    /// Year, 1985 to 2022.
    pub founded: u16,
    /// US dollars a year.
    pub revenue: u64,
    /// US dollars raised, 0 for none.
    pub funding: u64,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
    /// The last part of the profile's address.
    pub handle: String,
    /// Where they work.
    pub company: Company,
    /// What they are there.
    pub title: &'static str,
    /// `C-Level`, `VP`, `Head`, `Director`, `Manager`, `Senior` or `Entry`.
    pub level: &'static str,
    /// `Sales`, `Engineering`, ...
    pub function: &'static str,
    /// Where they live.
    pub place: City,
    /// Whole years in working life, 2 to 25.
    pub years: u16,
    /// For choices that only this person's answers need.
    pub dice: Dice,
}

impl Person {
    /// Both names.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// Address at work.
    pub fn work_email(&self) -> String {
        format!("{}.{}@{}", letters(&self.first), letters(&self.last), self.company.domain)
    }

    /// Private address, in a reserved domain; it leads back to the profile.
    pub fn personal_email(&self) -> String {
        format!("{}@{PRIVATE_HOST}", self.handle)
    }

    /// Profile, with scheme and host.
    pub fn profile_url(&self) -> String {
        format!("https://www.linkedin.com/in/{}", self.handle)
    }

    /// Mobile number, of the range that is kept for fiction: an area code, then 555-01 and two digits.
    pub fn mobile(&self) -> String {
        format!("+1{}55501{:02}", 201 + self.dice.pick("area", 788), self.dice.pick("line", 100))
    }
}

impl Company {
    /// Profile, with scheme and host.
    pub fn profile_url(&self) -> String {
        format!("https://www.linkedin.com/company/{}", self.handle)
    }

    /// The site.
    pub fn website(&self) -> String {
        format!("https://{}", self.domain)
    }
}

/// Choices that follow from what they are about: the same question, the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice(u64);

impl Dice {
    /// Choices about `subject` under a seed.
    pub fn new(seed: u64, subject: &str) -> Self {
        Self(mix(seed ^ fnv1a(subject)))
    }

    /// Choices about the subject's part number `at`.
    #[must_use]
    pub const fn nth(self, at: u64) -> Self {
        Self(mix(self.0 ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number below `n`, which is at least 1.
    pub fn pick(self, what: &str, n: u64) -> u64 {
        mix(self.0 ^ fnv1a(what)) % n
    }

    /// One of these.
    pub fn choose<T: Copy>(self, what: &str, of: &[T]) -> T {
        #[expect(clippy::cast_possible_truncation, reason = "below the list's length")]
        of[self.pick(what, of.len() as u64) as usize]
    }
}

/// The finishing steps of `SplitMix64`: every bit of the input changes half the bits of the result.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What an input asks for by its wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magic {
    /// `not-found`: nothing is known.
    NotFound,
    /// `gone`: the 404 that some pages list beside the answer that nothing is known.
    Gone,
    /// `catch-all`: the host takes every address.
    CatchAll,
    /// `valid-catch-all`: it does, and this one is read.
    ValidCatchAll,
    /// `invalid`: no such mailbox.
    Invalid,
    /// `unknown`: the host does not say.
    Unknown,
}

impl Magic {
    /// Every word with what it asks for.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("not-found", Self::NotFound),
        ("gone", Self::Gone),
        ("catch-all", Self::CatchAll),
        ("valid-catch-all", Self::ValidCatchAll),
        ("invalid", Self::Invalid),
        ("unknown", Self::Unknown),
    ];

    /// What a name, handle, local part or first label asks for: one of the words, with `+` and what follows ignored, case
    /// ignored, and space, `_` and `.` read as `-`.
    pub fn of(text: &str) -> Option<Self> {
        let word = text.split('+').next().unwrap_or_default().trim().to_lowercase().replace([' ', '_', '.'], "-");
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, magic)| *magic)
    }
}

/// The directory of a world.
#[derive(Clone, Copy, Debug)]
pub struct Directory {
    seed: u64,
}

impl Directory {
    /// The directory of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Choices about a subject of this directory.
    pub fn dice(self, subject: &str) -> Dice {
        Dice::new(self.seed, subject)
    }

    /// The company of a host name, or of a URL with one.
    pub fn company(self, domain: &str) -> Company {
        let domain = host(domain);
        let dice = Dice::new(self.seed, &domain);
        let label = domain.split('.').next().unwrap_or_default();
        let (size, low, high) = dice.choose("size", &SIZES);
        let employees = low + u32::try_from(dice.pick("employees", u64::from(high - low) + 1)).unwrap_or(0);
        let funded = dice.pick("funded", 3) > 0;
        Company {
            name: title_case(label),
            // A profile leads back to its host: the reserved domain is not said, another one is.
            handle: if domain.ends_with(".example") { label.to_owned() } else { domain.replace('.', "_") },
            number: 10_000_000 + u32::try_from(dice.pick("number", 80_000_000)).unwrap_or(0),
            industry: dice.choose("industry", &INDUSTRIES),
            place: dice.choose("place", &CITIES),
            employees,
            size,
            founded: 1985 + u16::try_from(dice.pick("founded", 38)).unwrap_or(0),
            revenue: u64::from(employees) * (80_000 + 1_000 * dice.pick("revenue", 120)),
            funding: if funded { 1_000_000 * (1 + dice.pick("funding", 120)) } else { 0 },
            domain,
        }
    }

    /// The company of a name: its host is the name's letters below a reserved domain.
    pub fn company_named(self, name: &str) -> Company {
        let label: String = name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let label = label.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        let mut company = self.company(&format!("{}.example", if label.is_empty() { "company" } else { &label }));
        name.trim().clone_into(&mut company.name);
        company
    }

    /// Company number `at` of the directory, from 0.
    pub fn company_at(self, at: u64) -> Company {
        let dice = Dice::new(self.seed, &format!("company {at}"));
        let first =
            dice.choose("first", &["north", "blue", "silver", "green", "bright", "river", "stone", "cloud", "iron", "lake", "oak", "sun"]);
        let second = dice.choose("second", &["field", "works", "point", "labs", "gate", "line", "bridge", "harbor", "peak", "forge"]);
        self.company(&format!("{first}{second}-{at}.example"))
    }

    /// A person at a company, by name. The first of its employees leads it.
    pub fn person(self, first: &str, last: &str, company: Company) -> Person {
        let handle = format!("{}-{}-at-{}", letters(first), letters(last), company.domain.replace('.', "_"));
        let dice = Dice::new(self.seed, &handle);
        let leads = self.name(&company, 0) == (first.to_owned(), last.to_owned());
        let (title, level, function) = if leads { TITLES[0] } else { dice.choose("title", &TITLES[1..]) };
        Person {
            first: first.to_owned(),
            last: last.to_owned(),
            title,
            level,
            function,
            place: dice.choose("place", &CITIES),
            years: 2 + u16::try_from(dice.pick("years", 24)).unwrap_or(0),
            handle,
            company,
            dice,
        }
    }

    /// Person number `at` of a company, from 0. There are as many as it has employees.
    pub fn employee(self, company: &Company, at: u64) -> Person {
        let (first, last) = self.name(company, at);
        self.person(&first, &last, company.clone())
    }

    fn name(self, company: &Company, at: u64) -> (String, String) {
        let names = FIRST_NAMES.len() as u64;
        let offset = Dice::new(self.seed, &company.domain).pick("first", names);
        #[expect(clippy::cast_possible_truncation, reason = "below the list's length")]
        let first = FIRST_NAMES[((offset + at % names) % names) as usize];
        let last = Dice::new(self.seed, &format!("{} {at}", company.domain)).choose("last", &LAST_NAMES);
        // Once the first names begin anew, a number keeps two of one name apart.
        (first.to_owned(), if at < names { last.to_owned() } else { format!("{last}{at}") })
    }

    /// Whose profile this is: a URL with or without scheme, or the bare handle.
    pub fn by_profile(self, profile: &str) -> Person {
        let handle = handle(profile);
        if let Some((name, domain)) = handle.split_once("-at-") {
            let (first, last) = name.split_once('-').unwrap_or((name, ""));
            return self.person(&title_case(first), &title_case(last), self.company(&domain.replace('_', ".")));
        }
        let dice = Dice::new(self.seed, &handle);
        let mut words = handle.split('-').filter(|word| is_name(word));
        let first = words.next().map_or_else(|| dice.choose("first", &FIRST_NAMES).to_owned(), title_case);
        let last = words.next().map_or_else(|| dice.choose("last", &LAST_NAMES).to_owned(), title_case);
        self.person(&first, &last, self.company_at(dice.pick("company", 1_000)))
    }

    /// Whose address this is; the host is the company's, unless it is one of private mail.
    pub fn by_email(self, email: &str) -> Person {
        let (local, domain) = email.rsplit_once('@').unwrap_or((email, PRIVATE_HOST));
        let local = local.split('+').next().unwrap_or_default().to_lowercase();
        if domain == PRIVATE_HOST {
            return self.by_profile(&local);
        }
        let dice = Dice::new(self.seed, &local);
        let mut words = local.split(['.', '_', '-']).filter(|word| is_name(word));
        let first = words.next().map_or_else(|| dice.choose("first", &FIRST_NAMES).to_owned(), title_case);
        let last = words.next().map_or_else(|| dice.choose("last", &LAST_NAMES).to_owned(), title_case);
        let private = ["gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com"].contains(&domain);
        let company = if private { self.company_at(dice.pick("company", 1_000)) } else { self.company(domain) };
        self.person(&first, &last, company)
    }
}

/// The host name of a URL, without `www.` and a last dot, in lower case; empty when it cannot be one.
pub fn host(url: &str) -> String {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host).trim_end_matches('.');
    let label =
        |label: &str| label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && label.chars().any(char::is_alphanumeric);
    if host.len() <= 253 && host.split('.').all(label) { host.to_owned() } else { String::new() }
}

/// The name of a profile, in lower case, however much of its address was given; empty when there is none in it.
///
/// It stands behind `/in/` or `/company/`, whatever follows; what is neither is the last part.
pub fn handle(profile: &str) -> String {
    let path = profile.trim().split(['?', '#']).next().unwrap_or_default();
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && !part.ends_with(':')).collect();
    let marker = parts.iter().position(|part| ["in", "pub", "company"].contains(part)).filter(|_| parts.len() > 1);
    let name = match (marker, parts.last()) {
        (Some(at), _) => parts.get(at + 1).copied().unwrap_or_default(),
        (None, Some(last)) if !last.ends_with("linkedin.com") => last,
        _ => "",
    };
    name.trim().chars().take(200).collect()
}

/// Whether a part of a handle or an address can be a name: letters, with digits behind them maybe.
fn is_name(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_alphabetic) && word.chars().all(char::is_alphanumeric)
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

fn title_case(word: &str) -> String {
    word.split('-')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect::<Vec<String>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_another_seed_another() {
        let directory = Directory::new(1);
        assert_eq!(directory.company("https://www.Acme.com/about"), directory.company("acme.com"));
        let several = ["a.example", "b.example", "c.example", "d.example"];
        assert!(several.iter().any(|domain| directory.company(domain) != Directory::new(2).company(domain)));
    }

    #[test]
    fn a_person_is_found_by_name_address_and_profile_alike() {
        let directory = Directory::new(1);
        let company = directory.company("acme.com");
        let person = directory.person("Jane", "Doe", company.clone());
        assert_eq!(directory.by_profile(&person.profile_url()), person);
        assert_eq!(directory.by_profile(&person.handle), person);
        assert_eq!(directory.by_email(&person.work_email()), person);
        for at in [0, 3, 31, 32, 700] {
            let employee = directory.employee(&company, at);
            assert_eq!(directory.by_profile(&format!("linkedin.com/in/{}/?x=1", employee.handle)), employee);
            assert_eq!(directory.by_email(&employee.work_email()), employee);
            assert_eq!(directory.by_email(&employee.personal_email()), employee);
            assert_eq!(employee.title == "Chief Executive Officer", at == 0);
        }
        for handle in ["janedoe", "jane-doe", "x9", "jos%C3%A9-garcia"] {
            let person = directory.by_profile(handle);
            assert_eq!(directory.by_email(&person.work_email()), person, "{handle}");
            assert_eq!(directory.by_email(&person.personal_email()), person, "{handle}");
        }
    }

    #[test]
    fn a_profile_and_a_host_are_read_however_they_are_written() {
        for (profile, expected) in [
            ("https://www.linkedin.com/in/john-doe/en", "john-doe"),
            ("linkedin.com/in/John-Doe/details/experience/?x=1", "john-doe"),
            ("https://linkedin.com/company/foo/about", "foo"),
            ("jos%C3%A9", "josé"),
            ("in", "in"),
            ("https://linkedin.com/in/", ""),
            ("https://www.linkedin.com", ""),
        ] {
            assert_eq!(handle(profile), expected, "{profile}");
        }
        for (url, expected) in [("https://www.Foo.com./x", "foo.com"), ("http://", ""), ("@@@", ""), ("-", ""), ("a b.com", ""), (".", "")]
        {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn employees_of_one_company_do_not_share_a_profile() {
        let directory = Directory::new(1);
        let company = directory.company("acme.com");
        let mut handles: Vec<String> = (0..2_000).map(|at| directory.employee(&company, at).handle).collect();
        handles.sort();
        assert!(handles.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_is_made_up_is_plainly_so() {
        let directory = Directory::new(1);
        for at in 0..100 {
            let person = directory.employee(&directory.company_at(at), at);
            assert!(person.work_email().ends_with(".example") && person.personal_email().ends_with(".example"));
            assert!(person.mobile()[5..].starts_with("55501") && person.mobile().len() == 12, "{}", person.mobile());
        }
    }

    #[test]
    fn magic_words_are_read_in_any_spelling() {
        assert_eq!(Magic::of("Not Found"), Some(Magic::NotFound));
        assert_eq!(Magic::of("catch_all+7"), Some(Magic::CatchAll));
        assert_eq!(Magic::of("catch-all-fish"), None);
    }
}
