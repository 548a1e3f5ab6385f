//! One ad of the business network. Its id says whose ad it is, so that every ad that a search gave can be looked up, and
//! nothing has to be remembered for it.

use http::Method;

use super::State;
use super::ads::{self, Ad};
use super::company::{Route, absent};
use super::edition::Product;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::providers::directory::{Company, Directory, Magic, handle};

/// A URL or an id in either; the later pages have `ad_url`, the first one and a client have `ad_id`.
const BODY: &[FieldSpec] = &[optional("ad_url", TEXT), optional("ad_id", TEXT)];

const LOOKUP: Lookup<String> = Lookup {
    product: Product::B2bAdDetails,
    read: |body| read(body).ok_or(&["ad_url"]),
    units_max: |_, _| 1,
    find: |id, scene| find(id, scene, Route::Versioned),
};

const UNVERSIONED: Lookup<String> =
    Lookup { read: |body| read(body).ok_or(&["ad_id", "ad_url"]), find: |id, scene| find(id, scene, Route::Unversioned), ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.b2b-ads.details",
            method: Method::POST,
            paths: &["/v1/ads/b2b-ads-details", "/v1/ads/b2b/details"],
            summary: "one ad of the business network",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, RESOURCE_GONE)]),
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.b2b-ad-details",
            method: Method::POST,
            paths: &["/b2b/ad-details"],
            summary: "one ad of the business network, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: |call| UNVERSIONED.answer(call),
    },
];

/// An ad of a company.
#[derive(Debug)]
pub(super) struct B2bAd {
    pub(super) company: Company,
    /// Which of the company's ads, from 0.
    at: u64,
    pub(super) text: Ad,
}

/// Letters of a host name; the id has two digits for each, counted from 1.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
/// Stands in an id before the seven digits of a letter that is not in the alphabet.
const OTHER_LETTER: &str = "99";
/// The first ad's number in an id; no id begins with a zero.
const FIRST: u64 = 10;

impl B2bAd {
    /// Ad number `at` of a company, from 0.
    pub(super) fn of(directory: Directory, company: Company, at: u64) -> Self {
        let text = Ad::new(ads::dice_of(directory, "b2b", &company), at);
        Self { company, at, text }
    }

    /// Its id in the ad library: its number, then the company's host, all in digits.
    pub(super) fn link(&self) -> String {
        let letters = self.company.domain.chars().map(|letter| match ALPHABET.find(letter) {
            Some(place) => format!("{:02}", place + 1),
            None => format!("{OTHER_LETTER}{:07}", u32::from(letter)),
        });
        std::iter::once((FIRST + self.at).to_string()).chain(letters).collect()
    }

    /// Where it leads. The id is its last part, so that this address can be looked up as well.
    pub(super) fn landing_page(&self) -> String {
        format!("{}/ads/{}", self.company.website(), self.link())
    }

    /// The ad of an id. `Err` for an ad that its company does not have.
    fn by_id(directory: Directory, id: &str) -> Result<Self, ()> {
        let Some((domain, at)) = decoded(id) else {
            // An id of no search: it is somebody's, as everything in the directory is.
            let dice = directory.dice(&format!("ad {id}"));
            let company = directory.company_at(dice.pick("company", 1_000));
            let count = ads::count(ads::dice_of(directory, "b2b", &company));
            return Ok(Self::of(directory, company, dice.pick("at", count)));
        };
        let company = directory.company(&domain);
        let count = ads::count(ads::dice_of(directory, "b2b", &company));
        if at < count { Ok(Self::of(directory, company, at)) } else { Err(()) }
    }
}

/// Host and number of an id; none when no search gives such an id.
fn decoded(id: &str) -> Option<(String, u64)> {
    let digits = id.strip_prefix("b2b_").unwrap_or(id);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() < 4 {
        return None;
    }
    let (number, mut rest) = digits.split_at(2);
    let at = number.parse::<u64>().ok()?.checked_sub(FIRST)?;
    let mut domain = String::new();
    while !rest.is_empty() {
        let (pair, after) = rest.split_at_checked(2)?;
        rest = after;
        if pair == OTHER_LETTER {
            let (code, after) = rest.split_at_checked(7)?;
            domain.push(char::from_u32(code.parse().ok()?)?);
            rest = after;
        } else {
            domain.push(char::from(*ALPHABET.as_bytes().get(pair.parse::<usize>().ok()?.checked_sub(1)?)?));
        }
    }
    Some((domain, at))
}

/// The id: the last part of a URL, or what was sent.
fn read(body: &Object<'_>) -> Option<String> {
    let id = |field: &str| body.text(field).map(|text| handle(&text)).filter(|id| !id.is_empty());
    id("ad_url").or_else(|| id("ad_id"))
}

/// The second ad of a printed search: its company and its words, which the page with the details does not print.
const PRINTED: (&str, &str, &str) = (
    "633865353",
    "salesforce.com",
    "Start your day knowing what deals you need to focus on instead of opening up a dozen tabs in your CRM.",
);

fn find(id: &String, scene: &Scene, route: Route) -> Finding {
    if let Some(absent) = absent(Magic::of(id), route) {
        return absent;
    }
    let (link, domain, words) = PRINTED;
    if id == link {
        let ad = B2bAd::of(scene.directory, scene.directory.company(domain), 0);
        return Finding::drawn(1, details(&ad, id, words, route));
    }
    match B2bAd::by_id(scene.directory, id) {
        Ok(ad) => Finding::drawn(1, details(&ad, id, &ad.text.text(&ad.company), route)),
        Err(()) => Finding::missed(Facts::new()),
    }
}

/// The ad in every spelling that a generation prints.
fn details(ad: &B2bAd, id: &str, words: &str, route: Route) -> Facts {
    let (company, text) = (&ad.company, ad.text);
    let none: [&str; 0] = [];
    let facts = Facts::new()
        .with("ad_id", id)
        .with("company_name", &company.name)
        .with("ad_title", text.title(company))
        .with("ad_description", words)
        .with("ad_url", ad.landing_page())
        .with("campaign_info.campaign_name", format!("{} {}", company.name, text.start().strftime("%B %Y")))
        .with("campaign_info.start_date", text.start().to_string())
        .with("campaign_info.end_date", text.end().to_string())
        .with("ad_details.content", words)
        .with("ad_details.description", words)
        .with("ad_details.heading", text.title(company))
        .with("ad_details.headline", text.title(company))
        .with("ad_details.sub_heading", None::<&str>)
        .with("ad_details.country_impressions", none)
        .with("ad_details.targeting_language", None::<&str>)
        .with("ad_details.targeting_location", None::<&str>)
        .with("ad_details.organization.b2b_profile", company.number.to_string())
        .with("ad_details.organization.advertiser", &company.name)
        .with("ad_details.about_ad_paying_entity", format!("Paid for by {}.", company.name))
        .with("ad_details.poster", &company.name)
        .with("ad_details.posterTitle", company.industry)
        .with("ad_details.promotedBy", &company.name)
        .with("ad_details.carouselImages", none)
        .with("ad_details.url", format!("https://www.linkedin.com/ad-library/detail/{id}"))
        .with("ad_details.adType", "SPONSORED_CONTENT")
        .with("ad_details.advertiser", &company.name)
        .with("ad_details.destinationUrl", ad.landing_page())
        .with("ad_details.adDuration", format!("{} days", text.days()))
        .with("ad_details.startDate", text.start().to_string())
        .with("ad_details.endDate", text.end().to_string())
        .with("ad_details.totalImpressions", 1_000 * (1 + text.dice().pick("impressions", 90)))
        .with("ad_details.total_impressions", 1_000 * (1 + text.dice().pick("impressions", 90)))
        .with("ad_details.impressionsByCountry", none);
    media(facts, ad, route)
}

/// Button, image and video: objects by the versioned route, plain values by the other.
fn media(facts: Facts, ad: &B2bAd, route: Route) -> Facts {
    let (company, text) = (&ad.company, ad.text);
    let file = |suffix: &str| format!("{}/ads/{}.{suffix}", company.website(), ad.link());
    let is_video = text.dice().pick("video", 2) == 1;
    if route == Route::Unversioned {
        return facts
            .with("ad_details.cta", text.button())
            .with("ad_details.image", file("jpg"))
            .with("ad_details.video", is_video.then(|| file("mp4")));
    }
    let facts = facts.with("ad_details.cta.button_text", text.button()).with("ad_details.cta.link", ad.landing_page());
    if !is_video {
        return facts.with("ad_details.ads_type", "Image Ad").with("ad_details.image", file("jpg")).with("ad_details.video", None::<&str>);
    }
    let source =
        Facts::new().with("type", "video/mp4").with("src", file("mp4")).with("bitrate", 1_000_000 + text.dice().pick("bitrate", 6_000_000));
    facts
        .with("ad_details.ads_type", "Video Ad")
        .with("ad_details.image", None::<&str>)
        .with("ad_details.video.video_thumbnail", file("jpg"))
        .each("ad_details.video.data_sources", vec![source])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_ad() {
        let directory = Directory::new(1);
        for domain in ["acme.com", "a-b.co.uk", "müller.example", "x_y.example", "northfield-12.example"] {
            let company = directory.company(domain);
            let count = ads::count(ads::dice_of(directory, "b2b", &company));
            for at in 0..count {
                let link = B2bAd::of(directory, company.clone(), at).link();
                assert!(link.bytes().all(|byte| byte.is_ascii_digit()), "{link}");
                for id in [link.clone(), format!("b2b_{link}")] {
                    let found = B2bAd::by_id(directory, &id).unwrap();
                    assert_eq!((&*found.company.domain, found.at), (domain, at), "{id}");
                }
            }
            assert!(B2bAd::by_id(directory, &B2bAd::of(directory, company, count).link()).is_err());
        }
    }

    #[test]
    fn any_other_id_is_somebodys_ad() {
        let directory = Directory::new(1);
        for id in ["1", "12345", "00000000", "1099", "109999999999", "b2b_", "abc", "ü99", "99000"] {
            assert!(B2bAd::by_id(directory, id).is_ok(), "{id}");
        }
    }
}
