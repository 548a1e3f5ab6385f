//! Ads of a company on three networks. What a search costs changed more than once: an ad at first, then a search, then an
//! ad again; the lists here are of up to twelve.

use http::Method;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::State;
use super::account::Success;
use super::b2b_ad_details::B2bAd;
use super::company::{Asked, Route, absent};
use super::edition::{Edition, Era, Product};
use super::errors::{INVALID_FIELD, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::Outcome;
use crate::providers::directory::{Company, Dice, Directory, Magic};

/// Most ads that a company has on one network.
pub(super) const ADS_MAX: u64 = 12;

/// Google's archive does not answer, and nothing is charged. Observed: one client's notes of March 2026.
const UNAVAILABLE_FOR_NOW: Outcome = Outcome::new("temporarily_unavailable", 200);

/// `limit` caps the ads and what they cost. Documented: contract-2026-08, without a bound; ours is wide.
const BODY: &[FieldSpec] =
    &[optional("company_domain", TEXT), optional("company_name", TEXT), optional("limit", Kind::Integer { min: 1, max: 1_000 })];
const UNVERSIONED_BODY: &[FieldSpec] = &[optional("company_domain", TEXT), optional("company_name", TEXT)];

const SUCCESSES: &[Outcome] = &[FOUND, FOUND_DRAWN, NOT_FOUND];
const GOOGLE_SUCCESSES: &[Outcome] = &[FOUND, FOUND_DRAWN, NOT_FOUND, UNAVAILABLE_FOR_NOW];
/// No page lists a 404.
const REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

/// Whose ads, and how many at most.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    asked: Asked,
    limit: Option<u64>,
}

const GOOGLE: Lookup<Question> =
    Lookup { product: Product::GoogleAds, read, units_max, find: |question, scene| google(question, scene, Route::Versioned) };
const GOOGLE_UNVERSIONED: Lookup<Question> =
    Lookup { read: read_unversioned, find: |question, scene| google(question, scene, Route::Unversioned), ..GOOGLE };
const META: Lookup<Question> =
    Lookup { product: Product::MetaAds, read, units_max, find: |question, scene| meta(question, scene, Route::Versioned) };
const META_UNVERSIONED: Lookup<Question> =
    Lookup { read: read_unversioned, find: |question, scene| meta(question, scene, Route::Unversioned), ..META };
const B2B: Lookup<Question> = Lookup { product: Product::B2bAds, read, units_max: b2b_units_max, find: b2b };
const B2B_UNVERSIONED: Lookup<Question> = Lookup { read: read_unversioned, ..B2B };

const fn spec(
    id: &'static str,
    paths: &'static [&'static str],
    summary: &'static str,
    body: &'static [FieldSpec],
    successes: &'static [Outcome],
) -> Spec {
    Spec { id, method: Method::POST, paths, summary, effect: Effect::PaidRead, query: &[], body, successes, refusals: REFUSALS }
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: spec(
            "leadmagic.google-ads.search",
            &["/v1/ads/google-ads-search", "/v1/ads/google"],
            "a company's ads on Google",
            BODY,
            GOOGLE_SUCCESSES,
        ),
        handle: |call| GOOGLE.answer(call),
    },
    Operation {
        spec: spec(
            "leadmagic.legacy.google-searchads",
            &["/google/searchads"],
            "a company's ads on Google, by the unversioned route",
            UNVERSIONED_BODY,
            GOOGLE_SUCCESSES,
        ),
        handle: |call| GOOGLE_UNVERSIONED.answer(call),
    },
    Operation {
        spec: spec(
            "leadmagic.meta-ads.search",
            &["/v1/ads/meta-ads-search", "/v1/ads/meta"],
            "a company's ads on Facebook and Instagram",
            BODY,
            SUCCESSES,
        ),
        handle: |call| META.answer(call),
    },
    Operation {
        spec: spec(
            "leadmagic.legacy.meta-searchads",
            &["/meta/searchads"],
            "a company's ads on Facebook and Instagram, by the unversioned route",
            UNVERSIONED_BODY,
            SUCCESSES,
        ),
        handle: |call| META_UNVERSIONED.answer(call),
    },
    Operation {
        spec: spec(
            "leadmagic.b2b-ads.search",
            &["/v1/ads/b2b-ads-search", "/v1/ads/b2b"],
            "a company's ads on the business network",
            BODY,
            SUCCESSES,
        ),
        handle: |call| B2B.answer(call),
    },
    Operation {
        spec: spec(
            "leadmagic.legacy.b2b-searchads",
            &["/b2b/searchads"],
            "a company's ads on the business network, by the unversioned route",
            UNVERSIONED_BODY,
            SUCCESSES,
        ),
        handle: |call| B2B_UNVERSIONED.answer(call),
    },
];

fn read(body: &Object<'_>) -> Result<Question, &'static [&'static str]> {
    let limit = body.raw("limit").and_then(|raw| Field::of(raw).integer()).and_then(|limit| u64::try_from(limit).ok());
    Ok(Question { limit, ..read_unversioned(body)? })
}

fn read_unversioned(body: &Object<'_>) -> Result<Question, &'static [&'static str]> {
    let asked = Asked::domain(body, "company_domain").or_else(|| Asked::name(body, "company_name"));
    Ok(Question { asked: asked.ok_or(&["company_domain", "company_name"][..])?, limit: None })
}

/// Units of a search that gives so many ads.
const fn units(ads: u64, edition: &Edition) -> u64 {
    match edition.era {
        Era::V1 | Era::April2026 => 1,
        Era::Legacy2025 | Era::Legacy2026 | Era::Contract2026 => ads,
    }
}

/// The same on the business network, which from September 2026 on has a base charge. Decided: one unit; no page prints it.
fn b2b_units(ads: u64, edition: &Edition) -> u64 {
    units(ads, edition) + u64::from(edition.label == "contract-2026-09")
}

fn ads_max(question: &Question) -> u64 {
    question.limit.unwrap_or(ADS_MAX).min(ADS_MAX)
}

fn units_max(question: &Question, edition: &Edition) -> u64 {
    units(ads_max(question), edition)
}

fn b2b_units_max(question: &Question, edition: &Edition) -> u64 {
    b2b_units(ads_max(question), edition)
}

/// Ads that a company has on a network: one to twelve.
pub(super) fn count(dice: Dice) -> u64 {
    1 + dice.pick("ads", ADS_MAX)
}

/// Choices about a company's ads on a network.
pub(super) fn dice_of(directory: Directory, network: &str, company: &Company) -> Dice {
    directory.dice(&format!("{network} ads of {}", company.domain))
}

/// The answer, with an entry for each ad that is wanted.
fn answer(question: &Question, dice: Dice, ad: impl Fn(u64) -> Facts) -> (u64, Facts) {
    let shown = count(dice).min(ads_max(question));
    (shown, Facts::new().with("ads_count", shown).each("ads", (0..shown).map(ad).collect()))
}

fn google(question: &Question, scene: &Scene, route: Route) -> Finding {
    let magic = question.asked.magic();
    if magic == Some(Magic::Unknown) {
        let (outcome, facts) = (UNAVAILABLE_FOR_NOW, Facts::new());
        return Finding::Answer { outcome, like: outcome, success: Success::Missed, units: 0, facts };
    }
    if let Some(missed) = absent(magic, Route::Unversioned) {
        return missed;
    }
    let company = question.asked.company(scene.directory);
    let dice = dice_of(scene.directory, "google", &company);
    let (shown, facts) = answer(question, dice, |at| google_ad(&company, Ad::new(dice, at), route));
    // The body that the versioned page prints lacks three keys of its own table of fields; the drawn one has them.
    let like = if route == Route::Versioned { FOUND_DRAWN } else { FOUND };
    let facts = facts.with("company_name", &company.name);
    Finding::Answer { outcome: FOUND_DRAWN, like, success: Success::Found, units: units(shown, scene.edition), facts }
}

fn google_ad(company: &Company, ad: Ad, route: Route) -> Facts {
    let advertiser = format!("AR{}", ad.of_company.digits("advertiser", 20));
    let creative = format!("CR{}", ad.digits("creative", 20));
    let region = if route == Route::Versioned { "?region=anywhere" } else { "" };
    let image = ad.dice().pick("image", 2) == 1;
    let (width, height) = (300 + 4 * ad.dice().pick("width", 40), 150 + 2 * ad.dice().pick("height", 50));
    let content = if image {
        format!("<img src=\"{}/ads/{creative}.png\" height=\"{height}\" width=\"{width}\">", company.website())
    } else {
        ad.text(company)
    };
    let variant = Facts::new().with("content", content).with("height", image.then_some(height)).with("width", image.then_some(width));
    Facts::new()
        .with("original_url", format!("https://adstransparency.google.com/advertiser/{advertiser}/creative/{creative}{region}"))
        .with("advertiser_id", advertiser)
        .with("creative_id", creative)
        .each("variants", vec![variant])
        .with("start", ad.start().to_string())
        .with("last_seen", ad.end().to_string())
        .with("advertiser_name", &company.name)
        .with("format", if image { "Image" } else { "Text" })
}

fn meta(question: &Question, scene: &Scene, route: Route) -> Finding {
    if let Some(missed) = absent(question.asked.magic(), Route::Unversioned) {
        return missed;
    }
    let company = question.asked.company(scene.directory);
    let dice = dice_of(scene.directory, "meta", &company);
    let (shown, facts) = answer(question, dice, |at| meta_ad(&company, Ad::new(dice, at), route));
    Finding::drawn(units(shown, scene.edition), facts)
}

fn meta_ad(company: &Company, ad: Ad, route: Route) -> Facts {
    let (page, archive) = (ad.of_company.digits("page", 15), ad.digits("archive", 15));
    let active = ad.dice().pick("active", 2) == 1;
    let platforms: &[&str] = if ad.dice().pick("platforms", 3) == 0 { &["facebook"] } else { &["facebook", "instagram"] };
    let image = |size: &str| format!("{}/ads/{archive}-{size}.jpg", company.website());
    let images = Facts::new().with("original_image_url", image("full")).with("resized_image_url", image("600"));
    // The versioned page has the markup one level deeper.
    let markup = if route == Route::Versioned { "snapshot.body.markup.__html" } else { "snapshot.body.markup" };
    let none: [&str; 0] = [];
    Facts::new()
        .with("pageName", &company.name)
        .with("page_name", &company.name)
        .with("pageID", &page)
        .with("page_id", &page)
        .with("isActive", active)
        .with("is_active", active)
        .with("startDate", ad.start().to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_second()))
        .with("publisherPlatform", platforms)
        .with("publisher_platform", platforms)
        .with("snapshot.title", ad.title(company))
        .with(markup, ad.text(company))
        .each("snapshot.images", vec![images])
        .with("snapshot.videos", none)
        .with("snapshot.link_url", format!("{}/ads/{archive}", company.website()))
        .with("snapshot.cta_text", ad.button())
        .with("snapshot.caption", &company.domain)
        .with("format", "Image")
        .with("adArchiveID", &archive)
        .with("ad_archive_id", &archive)
}

fn b2b(question: &Question, scene: &Scene) -> Finding {
    if let Some(missed) = absent(question.asked.magic(), Route::Unversioned) {
        return missed;
    }
    let company = question.asked.company(scene.directory);
    let dice = dice_of(scene.directory, "b2b", &company);
    let (shown, facts) = answer(question, dice, |at| b2b_ad(&B2bAd::of(scene.directory, company.clone(), at)));
    Finding::drawn(b2b_units(shown, scene.edition), facts)
}

fn b2b_ad(ad: &B2bAd) -> Facts {
    Facts::new()
        .with("content", ad.text.text(&ad.company))
        .with("link", ad.link())
        .with("ad_id", format!("b2b_{}", ad.link()))
        .with("company_name", &ad.company.name)
        .with("ad_title", ad.text.title(&ad.company))
        .with("ad_description", ad.text.text(&ad.company))
        .with("ad_url", ad.landing_page())
}

/// What one ad of a company says, and when it ran.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ad {
    of_company: Choices,
    at: u64,
}

#[derive(Clone, Copy, Debug)]
struct Choices(Dice);

impl Choices {
    /// So many decimal digits, the first of them no zero.
    fn digits(self, what: &str, count: usize) -> String {
        (0..count)
            .map(|at| self.0.pick(&format!("{what} {at}"), if at == 0 { 9 } else { 10 }) + u64::from(at == 0))
            .map(|d| d.to_string())
            .collect()
    }
}

impl Ad {
    /// Ad number `at` of a company on a network.
    pub(super) const fn new(dice: Dice, at: u64) -> Self {
        Self { of_company: Choices(dice), at }
    }

    /// Choices about this ad alone.
    pub(super) fn dice(self) -> AdDice {
        AdDice(self)
    }

    fn digits(self, what: &str, count: usize) -> String {
        self.of_company.digits(&format!("{what} of {}", self.at), count)
    }

    /// One of four wordings; a company's ads take them in turn.
    fn turn(self, what: &str) -> u64 {
        (self.of_company.0.pick(what, 4) + self.at) % 4
    }

    pub(super) fn title(self, company: &Company) -> String {
        let name = &company.name;
        match self.turn("titles") {
            0 => format!("Meet {name}"),
            1 => format!("{name} for growing teams"),
            2 => format!("Switch to {name} today"),
            _ => format!("Why teams choose {name}"),
        }
    }

    pub(super) fn text(self, company: &Company) -> String {
        let (name, industry) = (&company.name, company.industry.to_lowercase());
        match self.turn("texts") {
            0 => format!("{name} helps teams in {industry} get more done in less time."),
            1 => format!("Tired of spreadsheets? See how {name} does it."),
            2 => format!("Join the {industry} teams that work with {name}."),
            _ => format!("A quarter of an hour with {name} saves a day a week."),
        }
    }

    pub(super) fn button(self) -> &'static str {
        ["Sign up", "Get quote", "Download", "Contact us"][usize::try_from(self.dice().pick("button", 4)).unwrap_or(0)]
    }

    /// The first day it ran: in 2024, or early in 2025.
    pub(super) fn start(self) -> Date {
        date(2024, 1, 1).saturating_add(i64::try_from(self.dice().pick("start", 500)).unwrap_or(0).days())
    }

    /// How many days it ran: 10 to 199.
    pub(super) fn days(self) -> u64 {
        10 + self.dice().pick("days", 190)
    }

    /// The last day it was seen.
    pub(super) fn end(self) -> Date {
        self.start().saturating_add(i64::try_from(self.days()).unwrap_or(0).days())
    }
}

/// Choices about one ad.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdDice(Ad);

impl AdDice {
    /// A number below `n`.
    pub(super) fn pick(self, what: &str, n: u64) -> u64 {
        self.0.of_company.0.pick(&format!("{what} of {}", self.0.at), n)
    }
}
