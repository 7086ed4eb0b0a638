//! From a [`Subject`] to the attributes of a distinguished name.

use x509_cert::name::RdnSequence;

use crate::{
    error::Error,
    name::{self, AttributeType, StringType},
    profile::Kind,
    subject::Subject,
};

/// One attribute of a profile's subject: type, string type, and where its value comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    kind: AttributeType,
    string: StringType,
    value: Value,
    is_optional: bool,
}

/// Where an attribute's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// The same in all certificates of the kind.
    Fixed(&'static str),
    /// `country`.
    Country,
    /// `org_id`.
    OrgId,
    /// `software_id`.
    SoftwareId,
    /// `legal_name`.
    LegalName,
    /// `common_name`, else `legal_name`.
    CommonName,
    /// `common_name`, else the first of `host_names`.
    HostName,
    /// As `HostName`, but `legal_name` if that is too long for a CN.
    ServerName,
    /// `PSDGB-FCA-<authorisation_number>`, or the sandbox's `PSDGB-OB-Unknown<org_id>`
    /// (OB Directory certificate profile; ETSI TS 119 495 §5.2.1).
    UkOrganizationIdentifier,
    /// `PSD<authority_id>-<authorisation_number or org_id>` (ETSI TS 119 495 §5.2.1).
    EidasOrganizationIdentifier,
    /// `OFBBR-<org_id>` (Open Finance Brasil certificate standard, BRCAC).
    BrazilOrganizationIdentifier,
    /// `organisation_number`.
    OrganisationNumber,
    /// `state`.
    State,
    /// `locality`.
    Locality,
}

/// A `PrintableString` attribute.
pub(crate) const fn printable(kind: AttributeType, value: Value) -> Attribute {
    Attribute {
        kind,
        string: StringType::Printable,
        value,
        is_optional: false,
    }
}

/// A `UTF8String` attribute.
pub(crate) const fn utf8(kind: AttributeType, value: Value) -> Attribute {
    Attribute {
        kind,
        string: StringType::Utf8,
        value,
        is_optional: false,
    }
}

/// An attribute that is left out when the subject has no value for it.
pub(crate) const fn optional(attribute: Attribute) -> Attribute {
    Attribute {
        is_optional: true,
        ..attribute
    }
}

/// Builds the subject name of a certificate of this kind, every value checked.
pub(crate) fn subject_name(
    kind: Kind,
    attributes: &[Attribute],
    subject: &Subject,
) -> Result<RdnSequence, Error> {
    let mut values = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        match attribute.value.text(subject) {
            Some(text) => {
                attribute.check(&text)?;
                values.push((attribute.kind, attribute.string, text));
            }
            None if attribute.is_optional => {}
            None => {
                let field = attribute.value.field();
                return Err(Error::SubjectValueMissing { kind, field });
            }
        }
    }
    name::rdn_sequence(values)
}

impl Attribute {
    fn check(&self, text: &str) -> Result<(), Error> {
        let is_country = self.kind == name::C || self.kind == name::JURISDICTION_COUNTRY;
        if is_country && !(text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())) {
            return Err(Error::CountryInvalid(text.to_owned()));
        }
        let length = text.chars().count();
        if length > self.kind.limit {
            return Err(Error::SubjectValueTooLong {
                field: self.value.field(),
                length,
                limit: self.kind.limit,
            });
        }
        Ok(())
    }
}

impl Value {
    /// The text for this subject; `None` if the subject does not say, or says nothing.
    fn text(self, subject: &Subject) -> Option<String> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let maybe = |text: &Option<String>| text.as_deref().and_then(given);
        let number = maybe(&subject.authorisation_number);
        match self {
            Self::Fixed(text) => given(text),
            Self::Country => given(&subject.country),
            Self::OrgId => given(&subject.org_id),
            Self::SoftwareId => given(&subject.software_id),
            Self::LegalName => given(&subject.legal_name),
            Self::CommonName => maybe(&subject.common_name).or_else(|| given(&subject.legal_name)),
            Self::HostName => host_name(subject),
            Self::ServerName => host_name(subject)
                .filter(|host| host.len() <= name::CN.limit)
                .or_else(|| given(&subject.legal_name)),
            Self::UkOrganizationIdentifier => match number {
                Some(number) => Some(format!("PSDGB-FCA-{number}")),
                None => given(&subject.org_id).map(|id| format!("PSDGB-OB-Unknown{id}")),
            },
            Self::EidasOrganizationIdentifier => {
                let authority = given(&subject.authority_id)?;
                let number = number.or_else(|| given(&subject.org_id))?;
                Some(format!("PSD{authority}-{number}"))
            }
            Self::BrazilOrganizationIdentifier => {
                given(&subject.org_id).map(|id| format!("OFBBR-{id}"))
            }
            Self::OrganisationNumber => maybe(&subject.organisation_number),
            Self::State => maybe(&subject.state),
            Self::Locality => maybe(&subject.locality),
        }
    }

    /// The field of [`Subject`] to name in an error.
    const fn field(self) -> &'static str {
        match self {
            Self::Fixed(_) => "fixed value",
            Self::Country => "country",
            Self::OrgId | Self::UkOrganizationIdentifier | Self::BrazilOrganizationIdentifier => {
                "org_id"
            }
            Self::SoftwareId => "software_id",
            Self::LegalName => "legal_name",
            Self::CommonName | Self::HostName | Self::ServerName => "common_name",
            Self::EidasOrganizationIdentifier => "authorisation_number",
            Self::OrganisationNumber => "organisation_number",
            Self::State => "state",
            Self::Locality => "locality",
        }
    }
}

fn host_name(subject: &Subject) -> Option<String> {
    let first = subject.host_names.first();
    let name = subject.common_name.as_ref().or(first)?;
    (!name.is_empty()).then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{CN, O};

    #[test]
    fn organization_identifiers_follow_their_profiles() {
        let uk = Subject::new("0015800001HQQrZAAX", "software", "Name");
        let numbered = Subject {
            authorisation_number: Some("123456".to_owned()),
            ..uk.clone()
        };
        for (value, subject, text) in [
            (
                Value::UkOrganizationIdentifier,
                &uk,
                "PSDGB-OB-Unknown0015800001HQQrZAAX",
            ),
            (
                Value::UkOrganizationIdentifier,
                &numbered,
                "PSDGB-FCA-123456",
            ),
            (
                Value::EidasOrganizationIdentifier,
                &uk,
                "PSDGB-FCA-0015800001HQQrZAAX",
            ),
            (
                Value::EidasOrganizationIdentifier,
                &numbered,
                "PSDGB-FCA-123456",
            ),
            (
                Value::BrazilOrganizationIdentifier,
                &uk,
                "OFBBR-0015800001HQQrZAAX",
            ),
        ] {
            assert_eq!(value.text(subject).as_deref(), Some(text), "{value:?}");
        }
    }

    #[test]
    fn missing_long_and_odd_values_are_refused_by_name() {
        let mut subject = Subject::new("org", "", "x".repeat(65));
        let name = |attribute, subject: &Subject| subject_name(Kind::Obwac, &[attribute], subject);
        let missing = name(utf8(CN, Value::SoftwareId), &subject).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "obwac needs the subject's software_id; set it"
        );
        let long = name(utf8(O, Value::LegalName), &subject).unwrap_err();
        assert_eq!(
            long.to_string(),
            "the subject's legal_name has 65 characters; at most 64 fit"
        );
        subject.country = "GBR".to_owned();
        let country = name(printable(name::C, Value::Country), &subject).unwrap_err();
        assert!(matches!(country, Error::CountryInvalid(_)));
        let skipped = name(optional(utf8(CN, Value::State)), &subject).unwrap();
        assert!(skipped.is_empty());
    }
}
