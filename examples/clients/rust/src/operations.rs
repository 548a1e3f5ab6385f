//! Every operation of the four providers: where it is, where its arguments go, and what a second try would do.

use reqwest::Method;

/// Whose operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// `Authorization: Bearer`.
    Magnetite,
    /// `X-API-Key`.
    Leadmagic,
    /// `X-API-Key`.
    Sendpilot,
    /// `Authorization: Bearer`.
    Leadterra,
}

impl Provider {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Magnetite, Self::Leadmagic, Self::Sendpilot, Self::Leadterra];

    /// The first word of its operations' ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Magnetite => "magnetite",
            Self::Leadmagic => "leadmagic",
            Self::Sendpilot => "sendpilot",
            Self::Leadterra => "leadterra",
        }
    }

    /// The provider of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// Where the key goes: the header, and what stands before the key in it.
    pub const fn key_header(self) -> (&'static str, &'static str) {
        match self {
            Self::Magnetite | Self::Leadterra => ("Authorization", "Bearer "),
            Self::Leadmagic | Self::Sendpilot => ("X-API-Key", ""),
        }
    }

    const fn operations(self) -> &'static [Operation] {
        match self {
            Self::Magnetite => MAGNETITE,
            Self::Leadmagic => LEADMAGIC,
            Self::Sendpilot => SENDPILOT,
            Self::Leadterra => LEADTERRA,
        }
    }
}

/// What happens when the same request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it reads.
    Read,
    /// It may cost credits a second time.
    PaidRead,
    /// It may act twice.
    Write,
    /// People may get mail twice.
    Contact,
}

/// What a success holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object.
    Object,
    /// A list.
    Array,
    /// One or the other: the documents disagree.
    Either,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// `provider.object.verb`.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path; `{name}` stands for the argument of that name.
    pub path: &'static str,
    /// Arguments that are parameters of the query.
    pub query: &'static [&'static str],
    /// Arguments that are fields of the JSON body. Without any, no body is sent.
    pub body: &'static [&'static str],
    /// What a second try would do.
    pub effect: Effect,
    /// What a success holds.
    pub form: Form,
    /// The field with the entries of a page, where it is a listing in pages; the documents' revisions have several names.
    ///
    /// Paid searches have pages too. They are not walked by themselves, for each further page costs: pass `cursor` or `page`.
    pub entries: &'static [&'static str],
    /// Whether the key is sent: an open document needs none, and what is not sent cannot be lost.
    pub needs_key: bool,
}

impl Operation {
    /// The operation of that id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        Provider::by_name(id.split('.').next()?)?.operations().iter().find(|operation| operation.id == id)
    }

    /// Every operation.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        Provider::ALL.into_iter().flat_map(Provider::operations)
    }

    /// Whose it is.
    pub fn provider(&self) -> Provider {
        let name = self.id.split('.').next().unwrap_or_default();
        Provider::by_name(name).unwrap_or_else(|| unreachable!("{} is in no provider's table", self.id))
    }

    /// The names of the path's variables.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    const fn body(mut self, names: &'static [&'static str]) -> Self {
        self.body = names;
        self
    }

    const fn listing(mut self, entries: &'static [&'static str]) -> Self {
        self.entries = entries;
        self
    }

    const fn list(mut self) -> Self {
        self.form = Form::Array;
        self
    }

    const fn either(mut self) -> Self {
        self.form = Form::Either;
        self
    }

    const fn open(mut self) -> Self {
        self.needs_key = false;
        self
    }
}

const fn operation(id: &'static str, method: Method, path: &'static str, effect: Effect) -> Operation {
    Operation { id, method, path, query: &[], body: &[], effect, form: Form::Object, entries: &[], needs_key: true }
}

const fn read(id: &'static str, method: Method, path: &'static str) -> Operation {
    operation(id, method, path, Effect::Read)
}

const fn paid(id: &'static str, method: Method, path: &'static str) -> Operation {
    operation(id, method, path, Effect::PaidRead)
}

const fn write(id: &'static str, method: Method, path: &'static str) -> Operation {
    operation(id, method, path, Effect::Write)
}

const fn contact(id: &'static str, method: Method, path: &'static str) -> Operation {
    operation(id, method, path, Effect::Contact)
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;

const MAGNETITE: &[Operation] = &[
    read("magnetite.health.get", GET, "/api/health"),
    contact("magnetite.leads.add", POST, "/api/campaigns/{campaignId}/leads").body(&[
        "companyName",
        "contactName",
        "email",
        "domain",
        "title",
        "phone",
        "linkedInUrl",
        "companyLinkedInUrl",
        "notes",
        "company",
        "contact",
        "researchData",
        "extraContext",
        "customData",
    ]),
    write("magnetite.generation.start", POST, "/api/projects/generate").body(&[
        "email",
        "fullName",
        "company",
        "domain",
        "industry",
        "companySize",
        "title",
        "phone",
        "customFields",
    ]),
    read("magnetite.generation.schema", GET, "/api/projects/generate"),
    write("magnetite.project-generation.start", POST, "/api/projects/{projectId}/generate").body(&[
        "email",
        "fullName",
        "company",
        "domain",
        "industry",
        "companySize",
        "title",
        "phone",
        "customFields",
    ]),
    read("magnetite.project-generation.schema", GET, "/api/projects/{projectId}/generate"),
    read("magnetite.jobs.get", GET, "/api/generation/{jobId}/status"),
    read("magnetite.jobs.get_by_lead", GET, "/api/leads/{leadId}/job-status"),
    read("magnetite.open-data.benchmarks", GET, "/thought-leader-ads-benchmarks.json").open(),
    read("magnetite.open-data.proof-index", GET, "/proof-index.json").open(),
];

const LEADMAGIC: &[Operation] = &[
    read("leadmagic.credits.get", GET, "/v1/credits"),
    read("leadmagic.credits.post", POST, "/v1/credits"),
    read("leadmagic.credits.refresh", POST, "/v1/credits/refresh"),
    read("leadmagic.credits.health", GET, "/v1/credits/health"),
    read("leadmagic.legacy.credits", POST, "/credits"),
    paid("leadmagic.email-validation.check", POST, "/v1/people/email-validation").body(&["email", "first_name", "last_name"]),
    paid("leadmagic.legacy.email-validate", POST, "/email-validate").body(&["email", "first_name", "last_name"]),
    paid("leadmagic.email-finder.find", POST, "/v1/people/email-finder").body(&[
        "first_name",
        "last_name",
        "full_name",
        "domain",
        "company_name",
    ]),
    paid("leadmagic.legacy.email-finder", POST, "/email-finder").body(&["first_name", "last_name", "domain", "company_name"]),
    paid("leadmagic.personal-email.find", POST, "/v1/people/personal-email-finder").body(&["profile_url"]),
    paid("leadmagic.legacy.personal-email-finder", POST, "/personal-email-finder").body(&["profile_url"]),
    paid("leadmagic.profile-email.find", POST, "/v1/people/b2b-profile-email").body(&["profile_url"]),
    paid("leadmagic.legacy.b2b-social-email", POST, "/b2b-social-email").body(&["profile_url"]),
    paid("leadmagic.email-profile.find", POST, "/v1/people/b2b-profile").body(&["work_email", "personal_email", "email"]),
    paid("leadmagic.legacy.b2b-profile", POST, "/b2b-profile").body(&["work_email"]),
    paid("leadmagic.mobile.find", POST, "/v1/people/mobile-finder").body(&["profile_url", "work_email", "personal_email"]),
    paid("leadmagic.legacy.mobile-finder", POST, "/mobile-finder").body(&["profile_url", "work_email", "personal_email"]),
    read("leadmagic.analytics.dashboard", GET, "/v1/analytics/dashboard"),
    read("leadmagic.analytics.usage", GET, "/v1/analytics/usage").query(&["days"]),
    read("leadmagic.analytics.products", GET, "/v1/analytics/products").query(&["days"]),
    read("leadmagic.analytics.credits", GET, "/v1/analytics/credits").query(&["days"]),
    read("leadmagic.analytics.summary", GET, "/v1/analytics/summary").query(&["start_date", "end_date"]),
    read("leadmagic.analytics.daily", GET, "/v1/analytics/daily").query(&["days"]),
    read("leadmagic.analytics.day", GET, "/v1/analytics/day/{date}"),
    paid("leadmagic.profile-search.find", POST, "/v1/people/profile-search").body(&["profile_url", "extended_response", "skip_cache"]),
    paid("leadmagic.legacy.profile-search", POST, "/profile-search").body(&["profile_url"]),
    paid("leadmagic.role-finder.find", POST, "/v1/people/role-finder").body(&["job_title", "company_domain", "company_name"]),
    paid("leadmagic.legacy.role-finder", POST, "/role-finder").body(&[
        "job_title",
        "company_name",
        "company_domain",
        "company_profile_url",
    ]),
    paid("leadmagic.employee-finder.list", POST, "/v1/people/employee-finder").body(&["company_domain", "company_name", "limit"]),
    paid("leadmagic.legacy.employee-finder", POST, "/employee-finder").body(&["company_name", "page", "per_page"]),
    paid("leadmagic.job-change-detector.check", POST, "/v1/people/job-change-detector").body(&[
        "profile_url",
        "company_domain",
        "company_name",
    ]),
    paid("leadmagic.legacy.job-change-detector", POST, "/job-change-detector").body(&["profile_url", "company_domain", "company_name"]),
    paid("leadmagic.company-search.find", POST, "/v1/companies/company-search").body(&["company_domain", "profile_url", "company_name"]),
    paid("leadmagic.legacy.company-search", POST, "/company-search").body(&["company_domain", "profile_url", "company_name"]),
    paid("leadmagic.company-funding.find", POST, "/v1/companies/company-funding").body(&["company_domain", "company_name"]),
    paid("leadmagic.legacy.company-funding", POST, "/company-funding").body(&["company_domain", "company_name"]),
    paid("leadmagic.competitors-search.find", POST, "/v1/companies/competitors-search").body(&[
        "company_domain",
        "company_url",
        "company_name",
    ]),
    paid("leadmagic.legacy.competitors-search", POST, "/competitors-search").body(&["company_domain", "company_url", "company_name"]),
    paid("leadmagic.technographics.find", POST, "/v1/companies/technographics").body(&["company_domain"]).either(),
    paid("leadmagic.legacy.technographics", POST, "/technographics").body(&["company_domain"]),
    paid("leadmagic.google-ads.search", POST, "/v1/ads/google-ads-search").body(&["company_domain", "company_name", "limit"]),
    paid("leadmagic.legacy.google-searchads", POST, "/google/searchads").body(&["company_domain", "company_name"]),
    paid("leadmagic.meta-ads.search", POST, "/v1/ads/meta-ads-search").body(&["company_domain", "company_name", "limit"]),
    paid("leadmagic.legacy.meta-searchads", POST, "/meta/searchads").body(&["company_domain", "company_name"]),
    paid("leadmagic.b2b-ads.search", POST, "/v1/ads/b2b-ads-search").body(&["company_domain", "company_name", "limit"]),
    paid("leadmagic.legacy.b2b-searchads", POST, "/b2b/searchads").body(&["company_domain", "company_name"]),
    paid("leadmagic.b2b-ads.details", POST, "/v1/ads/b2b-ads-details").body(&["ad_url", "ad_id"]),
    paid("leadmagic.legacy.b2b-ad-details", POST, "/b2b/ad-details").body(&["ad_url", "ad_id"]),
    paid("leadmagic.jobs-finder.search", POST, "/v1/jobs/jobs-finder").body(&[
        "company_name",
        "company_website",
        "company_type_id",
        "company_industry_id",
        "min_employees",
        "max_employees",
        "job_title",
        "job_description",
        "experience_level",
        "job_type_id",
        "has_remote",
        "location",
        "city_name",
        "country_id",
        "region_id",
        "posted_within",
        "posted_after",
        "posted_before",
        "page",
        "per_page",
    ]),
    paid("leadmagic.legacy.jobs-finder", POST, "/jobs-finder").body(&[
        "company_name",
        "company_website",
        "company_type_id",
        "company_industry_id",
        "min_employees",
        "max_employees",
        "job_title",
        "job_description",
        "experience_level",
        "job_type_id",
        "has_remote",
        "location",
        "city_name",
        "country_id",
        "region_id",
        "posted_within",
        "posted_after",
        "posted_before",
        "page",
        "per_page",
    ]),
    read("leadmagic.jobs.countries", GET, "/v1/jobs/countries").list(),
    read("leadmagic.jobs.regions", GET, "/v1/jobs/regions").list(),
    read("leadmagic.jobs.job-types", GET, "/v1/jobs/job-types").list(),
    read("leadmagic.jobs.company-types", GET, "/v1/jobs/company-types").list(),
    read("leadmagic.jobs.industries", GET, "/v1/jobs/industries").list(),
    read("leadmagic.legacy.job-country", GET, "/job-country").list(),
    read("leadmagic.legacy.job-types", GET, "/job-types").list(),
    paid("leadmagic.people.search", POST, "/v3/people/search").body(&[
        "company_domain",
        "company_name",
        "linkedin_url",
        "company_filters",
        "companyFilters",
        "title",
        "job_title",
        "titles",
        "roles",
        "query",
        "people_filters",
        "peopleFilters",
        "has_email",
        "has_phone",
        "required_email",
        "preview",
        "include_contact_details",
        "include_total",
        "use_embeddings",
        "limit",
        "page",
        "per_page",
        "offset",
        "cursor",
    ]),
    paid("leadmagic.companies.search", POST, "/v3/companies/search").body(&[
        "company_domain",
        "company_name",
        "linkedin_url",
        "company_filters",
        "companyFilters",
        "limit",
        "offset",
        "cursor",
    ]),
    paid("leadmagic.companies.lookalike", POST, "/v3/companies/lookalike").body(&[
        "company_domain",
        "company_name",
        "linkedin_url",
        "limit",
    ]),
    paid("leadmagic.jobs.search", POST, "/v3/jobs/search").body(&[
        "titles",
        "occupationTaxonomy",
        "companies",
        "location",
        "tags",
        "salary",
        "seniority",
        "languages",
        "hasRemote",
        "jobTypeIds",
        "industryIds",
        "companyTypeIds",
        "companySizeCodes",
        "workModes",
        "postedWithin",
        "postedAfter",
        "postedBefore",
        "autoResolve",
        "mode",
        "preview",
        "teaser",
        "dryRun",
        "limit",
        "offset",
        "cursor",
        "totalMode",
        "includeFacets",
        "includeDescription",
    ]),
    paid("leadmagic.jobs.export", POST, "/v3/jobs/search/export").body(&[
        "titles",
        "occupationTaxonomy",
        "companies",
        "location",
        "tags",
        "salary",
        "seniority",
        "languages",
        "hasRemote",
        "jobTypeIds",
        "industryIds",
        "companyTypeIds",
        "companySizeCodes",
        "workModes",
        "postedWithin",
        "postedAfter",
        "postedBefore",
        "autoResolve",
        "mode",
        "preview",
        "teaser",
        "dryRun",
        "limit",
    ]),
    read("leadmagic.jobs.search-companies", GET, "/v3/jobs/search/companies").query(&["q", "limit"]),
    read("leadmagic.jobs.search-tags", GET, "/v3/jobs/search/tags").query(&["q", "limit"]),
    read("leadmagic.jobs.search-titles", GET, "/v3/jobs/search/titles").query(&["q", "limit"]),
    read("leadmagic.jobs.search-roles", GET, "/v3/jobs/search/roles").query(&["q", "limit"]),
    read("leadmagic.jobs.search-occupation-taxonomy", GET, "/v3/jobs/search/occupation-taxonomy").query(&["q", "level", "limit"]),
    read("leadmagic.jobs.search-locations", GET, "/v3/jobs/search/locations").query(&["q", "type", "limit"]),
    read("leadmagic.jobs.search-catalogs", GET, "/v3/jobs/search/catalogs"),
    read("leadmagic.jobs.search-stats", GET, "/v3/jobs/search/stats"),
    read("leadmagic.jobs.search-resolve", POST, "/v3/jobs/search/resolve").body(&[
        "location",
        "occupationTaxonomy",
        "companies",
        "jobTypes",
        "industries",
        "companyTypes",
    ]),
    read("leadmagic.search.stats", POST, "/v3/search/stats").body(&[
        "company_domain",
        "company_name",
        "linkedin_url",
        "company_filters",
        "companyFilters",
        "title",
        "job_title",
        "titles",
        "roles",
        "query",
        "people_filters",
        "peopleFilters",
        "has_email",
        "has_phone",
        "required_email",
        "preview",
        "include_contact_details",
        "include_total",
        "use_embeddings",
        "limit",
        "page",
        "per_page",
        "offset",
        "cursor",
    ]),
];

const SENDPILOT: &[Operation] = &[
    read("sendpilot.campaigns.list", GET, "/api/v1/campaigns").query(&["status", "page", "limit"]).listing(&["data", "campaigns"]),
    read("sendpilot.campaigns.get", GET, "/api/v1/campaigns/{id}"),
    contact("sendpilot.campaigns.update", PATCH, "/api/v1/campaigns/{id}").body(&["action"]),
    read("sendpilot.leads.list", GET, "/api/v1/leads").query(&["campaignId", "status", "page", "limit", "full"]).listing(&["leads"]),
    contact("sendpilot.leads.add", POST, "/api/v1/leads").body(&["campaignId", "leads"]),
    read("sendpilot.leads.get", GET, "/api/v1/leads/{id}").query(&["full"]),
    write("sendpilot.leads.update-status", PATCH, "/api/v1/leads/{leadId}/status").body(&["status", "customLeadStatus", "note"]),
    read("sendpilot.inbox.senders", GET, "/api/v1/inbox/senders"),
    read("sendpilot.senders.quotas", GET, "/api/v1/senders/quotas"),
    read("sendpilot.inbox.conversations", GET, "/api/v1/inbox/conversations")
        .query(&["accountId", "limit", "continuationToken", "page"])
        .listing(&["conversations"]),
    read("sendpilot.inbox.messages", GET, "/api/v1/inbox/conversations/{conversationId}/messages")
        .query(&["accountId", "limit", "continuationToken"])
        .listing(&["messages"]),
    contact("sendpilot.inbox.send", POST, "/api/v1/inbox/send").body(&[
        "leadId",
        "senderId",
        "recipientLinkedinUrl",
        "message",
        "campaignId",
    ]),
    contact("sendpilot.inbox.send-to-lead", POST, "/api/v1/inbox/send/lead/{leadId}").body(&["senderId", "message", "campaignId"]),
    contact("sendpilot.inbox.connect", POST, "/api/v1/inbox/connect").body(&["senderId", "recipientLinkedinUrl", "message"]),
    // It begins a paid job each time, so it is no lookup to be asked again.
    write("sendpilot.searches.create", POST, "/api/v1/lead-database/searches").body(&["name", "limit", "filters", "webhook_url"]),
    read("sendpilot.searches.status", GET, "/api/v1/lead-database/searches/{id}/status"),
    read("sendpilot.searches.results", GET, "/api/v1/lead-database/searches/{id}/results")
        .query(&["limit", "offset", "page"])
        .listing(&["leads", "results"]),
    read("sendpilot.lead-database.filters", GET, "/api/v1/lead-database/filters")
        .query(&["filter", "search", "offset", "limit"])
        .listing(&["values"]),
    // It begins a paid job each time, so it is no lookup to be asked again.
    write("sendpilot.extractions.create", POST, "/api/v1/lead-extractor/campaigns").body(&[
        "name",
        "urls",
        "limit",
        "mode",
        "url_type",
        "webhook_url",
    ]),
    read("sendpilot.extractions.status", GET, "/api/v1/lead-extractor/campaigns/{id}/status"),
    read("sendpilot.extractions.results", GET, "/api/v1/lead-extractor/campaigns/{id}/results")
        .query(&["limit", "offset", "enriched_only"])
        .listing(&["leads"]),
    read("sendpilot.credits.get", GET, "/api/v1/credits"),
    read("sendpilot.me.get", GET, "/api/v1/me"),
];

const LEADTERRA: &[Operation] = &[
    read("leadterra.sender-pools.list", GET, "/v1/sender-pools").either(),
    read("leadterra.sender-accounts.list", GET, "/v1/sender-accounts").either(),
    write("leadterra.campaigns.create", POST, "/v1/campaigns").body(&["name", "sequenceSteps"]),
    contact("leadterra.campaigns.start", POST, "/v1/campaigns/{id}/start"),
    write("leadterra.campaigns.pause", POST, "/v1/campaigns/{id}/pause"),
    read("leadterra.campaigns.stats", GET, "/v1/campaigns/{id}/stats"),
    contact("leadterra.leads.bulk", POST, "/v1/campaigns/{id}/leads/bulk").body(&["leads"]),
    read("leadterra.replies.list", GET, "/v1/replies").query(&["campaignId", "page", "perPage"]).listing(&["replies"]).either(),
    write("leadterra.suppression-list.add", POST, "/v1/suppression-list").body(&["emails"]),
    write("leadterra.webhooks.create", POST, "/v1/webhooks").body(&["url", "events"]),
    read("leadterra.sdrs.list", GET, "/v1/sdrs"),
    read("leadterra.sdr.gmail-status", GET, "/v1/sdr/gmail/status"),
    contact("leadterra.replies.assign", POST, "/v1/replies/{replyId}/assign").body(&[
        "sdrId",
        "to",
        "cc",
        "subject",
        "note",
        "category",
        "forceForward",
        "skipIcpCheck",
        "seniority",
        "employeeCount",
    ]),
    read("leadterra.sdr.inbox", GET, "/v1/sdr/inbox")
        .query(&["status", "category", "search", "snoozed", "limit", "offset", "orderBy"])
        .listing(&["threads"]),
    read("leadterra.sdr.followups-due", GET, "/v1/sdr/followups/due").query(&["limit", "includeUpcoming"]),
    write("leadterra.sdr.followup-complete", POST, "/v1/sdr/followups/{followupId}/complete"),
    write("leadterra.sdr.followup-skip", POST, "/v1/sdr/followups/{followupId}/skip").body(&["reason"]),
    write("leadterra.sdr.followup-reschedule", POST, "/v1/sdr/followups/{followupId}/reschedule").body(&["dueAt"]),
    write("leadterra.sdr.followup-schedule", POST, "/v1/sdr/threads/{threadId}/followup/schedule").body(&["dueAt"]),
    write("leadterra.sdr.drafts-generate", POST, "/v1/sdr/drafts/generate").body(&["threadId", "instructions", "variantCount"]),
    contact("leadterra.sdr.drafts-send", POST, "/v1/sdr/drafts/{draftId}/send").body(&["finalBodyHtml", "finalBodyText", "additionalCc"]),
];
