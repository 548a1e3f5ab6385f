//! A handful of operations with types of their own. What is missing in an answer is `None`; what is more is passed over.

use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::json::Json;

/// A balance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Credits {
    /// Credits left, to the last digit.
    #[serde(deserialize_with = "exactly")]
    pub credits: Decimal,
}

/// What is known of an address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Validation {
    /// The address.
    pub email: String,
    /// `valid`, `invalid`, `catch_all`, and what later documents add.
    pub email_status: String,
    /// The price of the answer, to the last digit.
    #[serde(deserialize_with = "exactly")]
    pub credits_consumed: Decimal,
    /// In words.
    #[serde(default)]
    pub message: Option<String>,
    /// Who takes its mail.
    #[serde(default)]
    pub mx_provider: Option<String>,
}

/// A person to add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLead {
    /// The profile.
    pub linkedin_url: String,
    /// Left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
}

/// What became of the people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Added now.
    pub leads_added: u64,
    /// There already.
    #[serde(default)]
    pub duplicates_skipped: u64,
    /// Not taken.
    #[serde(default)]
    pub invalid_entries: u64,
}

/// A person in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    /// Its id.
    pub id: String,
    /// The profile.
    #[serde(default)]
    pub linkedin_url: Option<String>,
    /// Such as `CONNECTION_ACCEPTED`.
    pub status: String,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Its id.
    pub message_id: String,
}

/// A campaign under way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// Its id.
    pub id: String,
    /// `running`.
    pub status: String,
    /// When, as RFC 3339.
    #[serde(default)]
    pub started_at: Option<String>,
}

impl Client {
    /// LeadMagic's balance.
    ///
    /// ```no_run
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// println!("{} credits left", client.credits().await?.credits);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn credits(&self) -> Result<Credits, Error> {
        self.typed("leadmagic.credits.get", json!({})).await
    }

    /// Whether an address takes mail, by LeadMagic. It may cost credits.
    ///
    /// ```no_run
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// let found = client.validate_email("ada@example.com").await?;
    /// println!("{} for {}", found.email_status, found.credits_consumed);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_email(&self, email: &str) -> Result<Validation, Error> {
        self.typed("leadmagic.email-validation.check", json!({ "email": email })).await
    }

    /// Adds people to a campaign of SendPilot's. They will be written to.
    ///
    /// ```no_run
    /// # use reference_client::NewLead;
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// let ada = NewLead { linkedin_url: "https://www.linkedin.com/in/ada".to_owned(), ..NewLead::default() };
    /// println!("{} added", client.add_leads("camp_xyz789", &[ada]).await?.leads_added);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_leads(&self, campaign: &str, leads: &[NewLead]) -> Result<Added, Error> {
        let leads = serde_json::to_value(leads).map_err(|error| Error::ours(ErrorKind::Invalid, error.to_string()))?;
        self.typed("sendpilot.leads.add", json!({ "campaignId": campaign, "leads": leads })).await
    }

    /// Everybody in a campaign of SendPilot's, through all pages.
    ///
    /// ```no_run
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// for lead in client.leads("camp_xyz789").await? {
    ///     println!("{}: {}", lead.id, lead.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn leads(&self, campaign: &str) -> Result<Vec<Lead>, Error> {
        self.typed("sendpilot.leads.list", json!({ "campaignId": campaign })).await
    }

    /// Writes to somebody over SendPilot. It is sent once or not at all: an answer that is lost is an error.
    ///
    /// ```no_run
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// println!("sent as {}", client.send_message("lead_abc123", "Hello").await?.message_id);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_message(&self, lead: &str, message: &str) -> Result<Sent, Error> {
        self.typed("sendpilot.inbox.send", json!({ "leadId": lead, "message": message })).await
    }

    /// Starts a campaign of Leadterra's. Mail will go out.
    ///
    /// ```no_run
    /// # async fn example(client: reference_client::Client) -> Result<(), reference_client::Error> {
    /// println!("{}", client.start_campaign("camp_123").await?.status);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_campaign(&self, campaign: &str) -> Result<Started, Error> {
        self.typed("leadterra.campaigns.start", json!({ "id": campaign })).await
    }

    async fn typed<T: DeserializeOwned>(&self, operation: &str, arguments: Value) -> Result<T, Error> {
        let Value::Object(arguments) = arguments else { unreachable!("arguments are written as an object") };
        let answer: Json = self.call(operation, &arguments).await?;
        answer.read().map_err(|error| Error::ours(ErrorKind::Decode, format!("the answer lacks what is documented: {error}")))
    }
}

/// A decimal by its digits: by way of a binary float, 0.05 would be another number.
fn exactly<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let digits = Box::<RawValue>::deserialize(deserializer)?;
    let json = Json::parse(digits.get()).map_err(D::Error::custom)?;
    json.decimal().ok_or_else(|| D::Error::custom(format!("{digits} is no number")))
}
