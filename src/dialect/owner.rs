//! Whose a client certificate is, as it says itself.

use crate::domain::certificate::ClientCertificate;
use crate::domain::distinguished_name::{
    COMMON_NAME, ORGANIZATION_IDENTIFIER, ORGANIZATIONAL_UNIT, USER_ID,
};
use crate::domain::ids::{OrgId, SoftwareId};

/// What `organizationIdentifier` begins with in Brazilian certificates (Open Finance Brasil
/// certificate standard, BRCAC).
const BRAZILIAN: &str = "OFBBR-";

/// Whose a client certificate is. At least one of the two is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The software; `None` for a certificate of a whole organisation.
    pub software_id: Option<SoftwareId>,
    /// The organisation.
    pub org_id: Option<OrgId>,
}

impl Owner {
    /// Whom the subject names: in Brazil UID and organizationIdentifier (formerly OU), in legacy UK
    /// certificates CN and OU, in an OBWAC CN (OB Directory, certificate types). `None` for subjects
    /// of another kind, such as those of eIDAS.
    #[must_use]
    pub fn named_by(certificate: &ClientCertificate) -> Option<Self> {
        let value = |oid| certificate.subject.values(oid).next();
        let (name, unit) = (value(COMMON_NAME), value(ORGANIZATIONAL_UNIT));
        let identifier = value(ORGANIZATION_IDENTIFIER);
        let brazilian = identifier.and_then(|identifier| identifier.strip_prefix(BRAZILIAN));
        let (software, org) = match (value(USER_ID), unit) {
            (Some(user), _) => (Some(user), brazilian.or(unit)),
            (None, _) if brazilian.is_some() => (None, brazilian),
            (None, Some(_)) => (name, unit),
            (None, None) if identifier.is_some() => (None, name.filter(|name| is_id(name))),
            (None, None) => (None, None),
        };
        (software.is_some() || org.is_some()).then(|| Self {
            software_id: software.map(SoftwareId::new),
            org_id: org.map(OrgId::new),
        })
    }
}

/// Whether a common name can be an organisation's id at the UK directory, rather than a name.
fn is_id(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::distinguished_name::DistinguishedName;

    fn named(subject: &str) -> Option<(Option<String>, Option<String>)> {
        let certificate = ClientCertificate {
            subject: DistinguishedName::parse(subject).unwrap(),
            subject_text: subject.to_owned(),
            issuer: DistinguishedName::default(),
            serial: "1".to_owned(),
            thumbprint: String::new(),
            public_key: Vec::new(),
            not_before: 0,
            not_after: 0,
        };
        let owner = Owner::named_by(&certificate)?;
        Some((
            owner.software_id.map(|id| id.to_string()),
            owner.org_id.map(|id| id.to_string()),
        ))
    }

    #[test]
    fn each_kind_of_subject_names_its_own_owner() {
        let some = |text: &str| Some(text.to_owned());
        for (subject, expected) in [
            (
                "CN=4MHvNQaLJd5XsVDLsYRDUr,OU=0015800001HQQrZAAX,O=OpenBanking,C=GB",
                Some((some("4MHvNQaLJd5XsVDLsYRDUr"), some("0015800001HQQrZAAX"))),
            ),
            (
                "CN=0015800001HQQrZAAX,2.5.4.97=PSDGB-FCA-123456,O=A Bank,C=GB",
                Some((None, some("0015800001HQQrZAAX"))),
            ),
            (
                "CN=a.example,UID=10b9e7b8,2.5.4.97=OFBBR-d7384bd0,C=BR",
                Some((some("10b9e7b8"), some("d7384bd0"))),
            ),
            (
                "CN=a.example,UID=10b9e7b8,OU=d7384bd0,C=BR",
                Some((some("10b9e7b8"), some("d7384bd0"))),
            ),
            (
                "CN=a.example,2.5.4.97=OFBBR-d7384bd0,C=BR",
                Some((None, some("d7384bd0"))),
            ),
            ("CN=www.a.example,2.5.4.97=PSDDE-BAFIN-1,C=DE", None),
            ("CN=anybody", None),
        ] {
            assert_eq!(named(subject), expected, "{subject}");
        }
    }
}
