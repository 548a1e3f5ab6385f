//! Credits: decimal, never binary float, and JSON numbers without a trailing zero.

use std::fmt;
use std::ops::{AddAssign, SubAssign};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount of credits. Prices are multiples of 0.05; a balance may be any decimal and never goes below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credits(Decimal);

impl Credits {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Hundredths of a credit: `Credits::hundredths(5)` is 0.05.
    pub fn hundredths(n: i64) -> Self {
        Self(Decimal::new(n, 2).normalize())
    }

    /// The amount that a JSON number says, unless it is negative.
    pub fn parse(number: &str) -> Option<Self> {
        number.parse::<Decimal>().ok().filter(|n| !n.is_sign_negative()).map(|n| Self(n.normalize()))
    }

    /// So many times the amount.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        Self((self.0 * Decimal::from(n)).normalize())
    }

    /// The part left when `other` is taken away; zero when it is more.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self((self.0 - other.0).max(Decimal::ZERO).normalize())
    }

    /// The exact value, for averages and percentages.
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// With two decimals, as LeadMagic's error texts print a balance.
    pub fn two_decimals(self) -> String {
        // It stands in a header of every answer, and the general formatting of decimals is slow.
        match (self.0.scale(), i64::try_from(self.0.mantissa())) {
            (0, Ok(whole)) => whole.to_string() + ".00",
            (1, Ok(tenths)) if tenths >= 0 => format!("{}.{}0", tenths / 10, tenths % 10),
            (2, Ok(hundredths)) if hundredths >= 0 => format!("{}.{:02}", hundredths / 100, hundredths % 100),
            _ => format!("{:.2}", self.0),
        }
    }
}

impl From<u32> for Credits {
    fn from(whole: u32) -> Self {
        Self(whole.into())
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Self) {
        self.0 = (self.0 + other.0).normalize();
    }
}

impl SubAssign for Credits {
    fn sub_assign(&mut self, other: Self) {
        self.0 = (self.0 - other.0).normalize();
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Credits {
    /// As a JSON number, digit for digit; only `serde_json` understands it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let (0, Ok(whole)) = (self.0.scale(), i64::try_from(self.0)) {
            return serializer.serialize_i64(whole);
        }
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_and_print_as_numbers() {
        let mut balance = Credits::from(10_000);
        for _ in 0..3 {
            balance -= Credits::hundredths(5);
        }
        assert_eq!(serde_json::to_string(&balance).unwrap(), "9999.85");
        balance += Credits::hundredths(15);
        assert_eq!((serde_json::to_string(&balance).unwrap(), balance.two_decimals()), ("10000".into(), "10000.00".into()));
        let printed = [(5, "0.05"), (250, "2.50"), (1_543_250, "15432.50"), (0, "0.00"), (999, "9.99")];
        assert_eq!(printed.map(|(n, _)| Credits::hundredths(n).two_decimals()), printed.map(|(_, text)| text.to_owned()));
    }
}
