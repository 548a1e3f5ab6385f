//! A person's working life, drawn from the directory: every operation that speaks of it says the same.

use jiff::Timestamp;
use jiff::civil::Date;

use super::usage::date;
use crate::providers::directory::{Company, Directory, Person, TITLES};

/// A month of a calendar year, as months since the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(i32);

/// Until when careers are drawn. It is fixed, so that a start is the same whenever it is asked for; what is current lasts
/// until the world's time.
const DRAWN_UNTIL: Month = Month(2025 * 12 + 9);

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const SCHOOLS: [&str; 6] = [
    "Example State University",
    "Example Institute of Technology",
    "University of Example",
    "Example College",
    "Example Business School",
    "Example Polytechnic",
];

const DEGREES: [&str; 6] = ["BA Economics", "BSc Computer Science", "BBA", "BA Communication", "BEng", "BSc Statistics"];

const CERTIFICATIONS: [(&str, &str); 5] = [
    ("Certified Sales Leader", "Example Sales Academy"),
    ("Project Management Certificate", "Example Institute"),
    ("Data Analysis Certificate", "Example Academy"),
    ("Cloud Architecture Certificate", "Example Cloud School"),
    ("Agile Practice Certificate", "Example Institute"),
];

const HONORS: [(&str, &str); 4] = [
    ("Employee of the Year", "Chosen by the colleagues."),
    ("President's Club", "For results above the plan of the year."),
    ("Dean's List", "For marks during the studies."),
    ("Team Award", "For a project delivered early."),
];

impl Month {
    /// The year.
    pub(super) const fn year(self) -> i32 {
        self.0 / 12
    }

    /// `Sep 2022`.
    pub(super) fn printed(self) -> String {
        format!("{} {}", MONTHS[self.0.rem_euclid(12).unsigned_abs() as usize], self.year())
    }

    fn of(time: Timestamp) -> Self {
        let day = date(time);
        Self(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    fn before(self, months: u32) -> Self {
        Self(self.0.saturating_sub_unsigned(months))
    }

    fn first_day(self) -> Date {
        let month = i8::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1);
        i16::try_from(self.year()).ok().and_then(|year| Date::new(year, month, 1).ok()).unwrap_or(Date::MIN)
    }
}

/// A position held.
#[derive(Clone, Debug)]
pub(super) struct Position {
    pub(super) title: &'static str,
    pub(super) company: Company,
    pub(super) from: Month,
    /// None while it is held.
    pub(super) until: Option<Month>,
}

impl Position {
    /// Whole months it lasted until `now`.
    pub(super) fn months(&self, now: Timestamp) -> u32 {
        let until = self.until.unwrap_or_else(|| Month::of(now));
        u32::try_from(until.0 - self.from.0).unwrap_or(0)
    }

    /// Days since it began.
    pub(super) fn days(&self, now: Timestamp) -> i32 {
        date(now).since(self.from.first_day()).map_or(0, |span| span.get_days()).max(0)
    }

    /// `Sep 2022 - Present`.
    pub(super) fn period(&self) -> String {
        format!("{} - {}", self.from.printed(), self.until.map_or_else(|| "Present".to_owned(), Month::printed))
    }

    /// `2008 - Present`.
    pub(super) fn years(&self) -> String {
        format!("{} - {}", self.from.year(), self.until.map_or_else(|| "Present".to_owned(), |until| until.year().to_string()))
    }
}

/// Positions, newest first; the first one is the person's in the directory.
pub(super) fn positions(person: &Person, directory: Directory) -> Vec<Position> {
    let dice = person.dice;
    let earlier = 1 + dice.pick("earlier positions", 3);
    let total = u32::from(person.years) * 12 + u32::try_from(dice.pick("months", 12)).unwrap_or(0);
    // Nobody works less than two years in all, so that four positions leave each at least five months.
    let each = total / u32::try_from(earlier + 1).unwrap_or(1);
    let began = |back: u64| {
        let jitter = i32::try_from(dice.pick(&format!("start {back}"), u64::from(each / 2) + 1)).unwrap_or(0);
        DRAWN_UNTIL.before(each * u32::try_from(back + 1).unwrap_or(1)).0 + jitter
    };
    let base = dice.pick("earlier company", 1_000);
    let mut all = vec![Position { title: person.title, company: person.company.clone(), from: Month(began(0)), until: None }];
    for back in 1..=earlier {
        let until = all.last().map(|later| later.from);
        let mut company = directory.company_at((base + 37 * back) % 1_000);
        if company.domain == person.company.domain {
            company = directory.company_at((base + 37 * back + 500) % 1_000);
        }
        let (title, _, _) = dice.choose(&format!("title {back}"), &TITLES);
        all.push(Position { title, company, from: Month(began(back)), until });
    }
    all
}

/// A school, what was learned there, and from when to when.
pub(super) struct Education {
    pub(super) school: &'static str,
    pub(super) degree: &'static str,
    pub(super) from: i32,
    pub(super) until: i32,
}

/// The person's education; it ends when working life begins.
pub(super) fn education(person: &Person, positions: &[Position]) -> Education {
    let until = positions.last().map_or(DRAWN_UNTIL, |first| first.from).year();
    Education { school: person.dice.choose("school", &SCHOOLS), degree: person.dice.choose("degree", &DEGREES), from: until - 4, until }
}

/// Name, who issued it, and when; none to two of them.
pub(super) fn certifications(person: &Person) -> Vec<(&'static str, &'static str, String)> {
    let first = person.dice.pick("certification", CERTIFICATIONS.len() as u64);
    let issued = |at: u64| DRAWN_UNTIL.before(u32::try_from(1 + person.dice.pick(&format!("issued {at}"), 23)).unwrap_or(1)).printed();
    let entry =
        |at: u64| CERTIFICATIONS.iter().cycle().nth(usize::try_from(first + at).unwrap_or(0)).map(|(name, by)| (*name, *by, issued(at)));
    (0..person.dice.pick("certifications", 3)).filter_map(entry).collect()
}

/// Title and description; none or one.
pub(super) fn honors(person: &Person) -> Vec<(&'static str, &'static str)> {
    (0..person.dice.pick("honors", 2)).map(|_| person.dice.choose("honor", &HONORS)).collect()
}

/// `3 years`, `2 years 2 months`, `1 month`.
pub(super) fn span(months: u32) -> String {
    let counted = |n: u32, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (months / 12, months % 12) {
        (0, months) => counted(months, "month"),
        (years, 0) => counted(years, "year"),
        (years, months) => format!("{} {}", counted(years, "year"), counted(months, "month")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_career_has_no_gap_and_one_present_position() {
        let directory = Directory::new(1);
        let now: Timestamp = "2026-01-15T10:00:00Z".parse().unwrap();
        for at in 0..200 {
            let person = directory.by_profile(&format!("person-{at}"));
            let career = positions(&person, directory);
            assert!((2..=4).contains(&career.len()));
            assert_eq!(career[0].company, person.company);
            assert!(career.iter().enumerate().all(|(at, position)| position.until.is_none() == (at == 0)));
            for pair in career.windows(2) {
                assert_eq!(pair[1].until, Some(pair[0].from));
                assert!(pair[1].months(now) > 0, "{pair:?}");
                assert_ne!(pair[0].company.domain, pair[1].company.domain);
            }
            assert_eq!(education(&person, &career).until, career.last().unwrap().from.year());
        }
    }

    #[test]
    fn tenure_is_counted_in_whole_months_and_days() {
        let company = Directory::new(1).company("acme.com");
        let position = Position { title: "Founder", company, from: Month(2022 * 12 + 8), until: None };
        let now: Timestamp = "2025-09-12T10:00:00Z".parse().unwrap();
        assert_eq!((position.period().as_str(), position.years().as_str()), ("Sep 2022 - Present", "2022 - Present"));
        assert_eq!((position.days(now), position.months(now)), (1107, 36));
        // A world may stand at any time.
        assert!(position.months(Timestamp::MAX) > 90_000 && position.days(Timestamp::MAX) > 2_900_000);
        assert_eq!((position.days(Timestamp::MIN), position.months(Timestamp::MIN)), (0, 0));
        assert_eq!((position.days(Timestamp::UNIX_EPOCH), position.months(Timestamp::UNIX_EPOCH)), (0, 0));
        assert_eq!(
            [span(36), span(26), span(73), span(1), span(0)],
            ["3 years", "2 years 2 months", "6 years 1 month", "1 month", "0 months"]
        );
    }
}
