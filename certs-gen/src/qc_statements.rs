//! `qcStatements`: what makes a certificate qualified and which PSD2 roles it speaks for
//! (RFC 3739 §3.2.6, ETSI EN 319 412-5 §4, ETSI TS 119 495 §5.1).

use der::{
    Encode, Sequence,
    asn1::{Any, Ia5String, ObjectIdentifier, PrintableString},
};

use crate::{
    error::Error,
    oid,
    profile::Kind,
    row::QcProfile,
    subject::{PspRole, Subject},
};

/// The longest name and id of a competent authority (ETSI TS 119 495 §5.1, `SIZE (1..256)`).
const AUTHORITY_LIMIT: usize = 256;

/// Where the PKI disclosure statement of an invented qualified provider would be.
const PDS_URL: &str = "https://aspsp-emulator.invalid/test-only/pds-en.pdf";

/// `QCStatement ::= SEQUENCE { statementId OBJECT IDENTIFIER, statementInfo ANY OPTIONAL }`
#[derive(Sequence)]
struct QcStatement {
    statement_id: ObjectIdentifier,
    #[asn1(optional = "true")]
    statement_info: Option<Any>,
}

/// `PSD2QcType ::= SEQUENCE { rolesOfPSP, nCAName UTF8String, nCAId UTF8String }`
#[derive(Sequence)]
struct Psd2QcType {
    roles_of_psp: Vec<RoleOfPsp>,
    nca_name: String,
    nca_id: String,
}

/// `RoleOfPSP ::= SEQUENCE { roleOfPspOid OBJECT IDENTIFIER, roleOfPspName UTF8String }`
#[derive(Sequence)]
struct RoleOfPsp {
    oid: ObjectIdentifier,
    name: String,
}

/// `PdsLocation ::= SEQUENCE { url IA5String, language PrintableString (SIZE(2)) }`
#[derive(Sequence)]
struct PdsLocation {
    url: Ia5String,
    language: PrintableString,
}

/// The DER value of the extension for this profile and subject.
pub(crate) fn extension_value(
    kind: Kind,
    profile: QcProfile,
    subject: &Subject,
) -> Result<Vec<u8>, Error> {
    let mut statements = Vec::new();
    if profile.is_qualified {
        statements.push(bare(oid::QC_COMPLIANCE));
        statements.push(bare(oid::QC_SSCD));
        statements.push(statement(oid::QC_PDS, &vec![pds_location()?])?);
    }
    statements.push(statement(oid::QC_TYPE, &vec![profile.qc_type])?);
    statements.push(statement(oid::PSD2, &psd2(kind, profile, subject)?)?);
    statements.to_der().map_err(Error::encoding("QCStatements"))
}

/// The sandbox's own name stands where no authority gave a number, as it does in the subject.
fn psd2(kind: Kind, profile: QcProfile, subject: &Subject) -> Result<Psd2QcType, Error> {
    for (field, text) in [
        ("authority_name", &subject.authority_name),
        ("authority_id", &subject.authority_id),
    ] {
        let length = text.chars().count();
        if length == 0 {
            return Err(Error::SubjectValueMissing { kind, field });
        }
        if length > AUTHORITY_LIMIT {
            return Err(Error::SubjectValueTooLong {
                field,
                length,
                limit: AUTHORITY_LIMIT,
            });
        }
    }
    let is_sandbox = !profile.is_qualified && subject.authorisation_number.is_none();
    let authority = if is_sandbox {
        ("Open Banking", "GB-OB")
    } else {
        (
            subject.authority_name.as_str(),
            subject.authority_id.as_str(),
        )
    };
    Ok(Psd2QcType {
        roles_of_psp: subject.roles.iter().copied().map(role_of_psp).collect(),
        nca_name: authority.0.to_owned(),
        nca_id: authority.1.to_owned(),
    })
}

fn role_of_psp(role: PspRole) -> RoleOfPsp {
    let oid = match role {
        PspRole::As => "0.4.0.19495.1.1",
        PspRole::Pi => "0.4.0.19495.1.2",
        PspRole::Ai => "0.4.0.19495.1.3",
        PspRole::Ic => "0.4.0.19495.1.4",
    };
    RoleOfPsp {
        // The four literals above are well-formed.
        oid: ObjectIdentifier::new_unwrap(oid),
        name: role.etsi_name().to_owned(),
    }
}

fn pds_location() -> Result<PdsLocation, Error> {
    Ok(PdsLocation {
        url: Ia5String::new(PDS_URL).map_err(Error::encoding("QCStatements"))?,
        language: PrintableString::new("en").map_err(Error::encoding("QCStatements"))?,
    })
}

fn bare(statement_id: ObjectIdentifier) -> QcStatement {
    QcStatement {
        statement_id,
        statement_info: None,
    }
}

fn statement<T>(statement_id: ObjectIdentifier, info: &T) -> Result<QcStatement, Error>
where
    T: der::Tagged + der::EncodeValue,
{
    let info = Any::encode_from(info).map_err(Error::encoding("QCStatements"))?;
    Ok(QcStatement {
        statement_id,
        statement_info: Some(info),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_psd2_statement_is_written_as_etsi_shows_it() {
        let mut subject = Subject::new("org", "software", "Name");
        subject.roles = vec![PspRole::Ai];
        subject.authority_name = "A".to_owned();
        subject.authorisation_number = Some("1".to_owned());
        let profile = QcProfile {
            qc_type: oid::QC_TYPE_WEB,
            is_qualified: false,
        };
        let der = extension_value(Kind::Obwac, profile, &subject).unwrap();
        let expected = [
            // SEQUENCE OF QCStatement
            &[0x30, 0x41][..],
            // QcType: 0.4.0.1862.1.6, SEQUENCE OF 0.4.0.1862.1.6.3
            &[0x30, 0x13, 0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06],
            &[
                0x30, 0x09, 0x06, 0x07, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x03,
            ],
            // PSD2: 0.4.0.19495.2
            &[0x30, 0x2a, 0x06, 0x06, 0x04, 0x00, 0x81, 0x98, 0x27, 0x02],
            // SEQUENCE of one role: 0.4.0.19495.1.3, PSP_AI
            &[0x30, 0x20, 0x30, 0x13, 0x30, 0x11],
            &[0x06, 0x07, 0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x03],
            b"\x0c\x06PSP_AI",
            b"\x0c\x01A",
            b"\x0c\x06GB-FCA",
        ]
        .concat();
        assert_eq!(der, expected);
    }

    #[test]
    fn an_authority_without_a_name_is_refused() {
        let mut subject = Subject::new("org", "software", "Name");
        let profile = QcProfile {
            qc_type: oid::QC_TYPE_WEB,
            is_qualified: true,
        };
        subject.authority_name.clear();
        assert!(matches!(
            extension_value(Kind::Qwac, profile, &subject),
            Err(Error::SubjectValueMissing { .. })
        ));
        subject.authority_name = "x".repeat(257);
        assert!(matches!(
            extension_value(Kind::Qwac, profile, &subject),
            Err(Error::SubjectValueTooLong { .. })
        ));
    }
}
