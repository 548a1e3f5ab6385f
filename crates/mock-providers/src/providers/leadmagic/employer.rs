//! A company as an employer: two spellings of one are the same question.

use crate::core::body::Object;
use crate::providers::directory::{Company, Directory, Magic, host};

/// The fields that name a company, of which one is needed.
const EMPLOYER: &[&str] = &["company_domain", "company_name"];

/// A company, by its host or by its name. The host goes first where both are given, as the documents prefer it.
#[derive(Clone, Debug)]
pub(super) enum Employer {
    Domain(String),
    Name(String),
}

impl Employer {
    /// The company of the fields `company_domain` and `company_name`.
    pub(super) fn read(body: &Object<'_>) -> Result<Self, &'static [&'static str]> {
        let domain = body.text("company_domain").map(|domain| host(&domain)).filter(|host| !host.is_empty()).map(Self::Domain);
        domain.or_else(|| body.text("company_name").map(Self::Name)).ok_or(EMPLOYER)
    }

    /// What its name or the first label of its host asks for.
    pub(super) fn magic(&self) -> Option<Magic> {
        match self {
            Self::Domain(domain) => Magic::of(domain.split('.').next().unwrap_or_default()),
            Self::Name(name) => Magic::of(name),
        }
    }

    pub(super) fn company(&self, directory: Directory) -> Company {
        match self {
            Self::Domain(domain) => directory.company(domain),
            Self::Name(name) => directory.company_named(name),
        }
    }

    /// Whether this is the company meant. A name counts whatever its host is.
    pub(super) fn is(&self, company: &Company, directory: Directory) -> bool {
        match self {
            Self::Domain(domain) => *domain == company.domain,
            Self::Name(name) => name.eq_ignore_ascii_case(&company.name) || directory.company_named(name).handle == company.handle,
        }
    }
}

impl PartialEq for Employer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Domain(one), Self::Domain(other)) => one == other,
            (Self::Name(one), Self::Name(other)) => one.to_lowercase() == other.to_lowercase(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::request::Request;

    fn employer(body: &'static str) -> Result<Employer, &'static [&'static str]> {
        let request = Request::new(http::Method::POST, "/").body(body);
        Employer::read(&Object::of(&request).unwrap())
    }

    #[test]
    fn a_company_is_the_same_in_every_spelling() {
        let plain = employer(r#"{"company_domain":"acme.com"}"#);
        assert_eq!(employer(r#"{"company_domain":"https://www.Acme.com/team","company_name":"Other"}"#), plain);
        assert_ne!(employer(r#"{"company_name":"acme.com"}"#), plain);
        assert_eq!(employer(r#"{"company_name":" ACME "}"#), employer(r#"{"company_name":"Acme"}"#));
        assert_eq!(employer(r#"{"company_domain":" "}"#), Err(EMPLOYER));
    }

    #[test]
    fn an_employer_is_known_by_host_and_by_name() {
        let directory = Directory::new(1);
        let company = directory.company("northfield-7.example");
        for body in [r#"{"company_domain":"northfield-7.example"}"#, r#"{"company_name":"northfield 7"}"#] {
            assert!(employer(body).unwrap().is(&company, directory), "{body}");
        }
        assert!(!employer(r#"{"company_name":"northfield 8"}"#).unwrap().is(&company, directory));
    }
}
