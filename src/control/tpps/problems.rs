//! What the directory and the signers refuse, as problems.

use warp::http::StatusCode;

use crate::bank::NotOffered;
use crate::control::problem::Problem;
use crate::control::tpps::plan::roles_of;
use crate::control::tpps::unknown_tpp;
use crate::directory::changes::{ChangeError, words_of};
use crate::directory::signer::DirectoryError;
use crate::world::signed::SignedError;

/// What the directory could not do.
pub fn of_directory(error: DirectoryError) -> Problem {
    match error {
        DirectoryError::AlreadyListed(software) => Problem::of_field(
            StatusCode::CONFLICT,
            "software_id",
            format!("`{software}`, which another TPP has"),
            "one that no other TPP has, or none: then one is invented",
        ),
        DirectoryError::RoleOfAnotherEcosystem { role, ecosystem } => Problem::of_field(
            StatusCode::CONFLICT,
            "roles",
            format!(
                "`{role}` for a TPP of the ecosystem `{}`",
                ecosystem.as_str()
            ),
            roles_of(ecosystem).join(", "),
        ),
        other => Problem::internal("the directory's work", &other),
    }
}

/// What could not be changed; `field` names a certificate.
pub fn of_change(field: &str, error: ChangeError) -> Problem {
    match error {
        ChangeError::UnknownSoftware(software) => unknown_tpp(software.as_str()),
        error @ ChangeError::Resident(_) => Problem::conflict(error.to_string())
            .with_way_out("POST …/reset with the part `tpps` does that"),
        ChangeError::UnknownCertificate { named, there } => {
            let found = format!("`{}`", crate::document::tree::shown(&named));
            Problem::of_field(StatusCode::NOT_FOUND, field, found, there)
        }
        ChangeError::KindOfAnotherEcosystem { kind, ecosystem } => {
            let found = format!(
                "`{kind}` for a TPP of the ecosystem `{}`",
                ecosystem.as_str()
            );
            let allowed = words_of(ecosystem.kinds());
            Problem::of_field(StatusCode::CONFLICT, "kind", found, allowed)
        }
        ChangeError::KindForAnotherUse {
            kind,
            named,
            key_use,
            possible,
        } => {
            let named = crate::document::tree::shown(&named);
            let key_use = key_use.as_str();
            let found = format!("`{kind}` to replace `{named}`, whose key has the use `{key_use}`");
            Problem::of_field(StatusCode::CONFLICT, "kind", found, words_of(&possible))
        }
        ChangeError::AlreadyRevoked(named) => {
            let named = crate::document::tree::shown(&named);
            let found = format!("`{named}`, which is revoked already");
            let allowed = "one that is not revoked; or leave the member out";
            Problem::of_field(StatusCode::CONFLICT, field, found, allowed)
        }
        ChangeError::Directory(error) => of_directory(error),
    }
}

/// What could not be signed.
pub fn of_signing(error: SignedError) -> Problem {
    match error {
        SignedError::FlawCannotBe {
            flaw,
            subject,
            possible,
        } => Problem::field("flaw", format!("`{flaw}` in {subject}"), possible),
        SignedError::NotSigned { bank, member } => {
            let found = format!("one for a request to `{bank}`, which is JSON that nobody signs");
            let allowed = "none; put a flawed statement into the claim `software_statement`";
            Problem::field(member, found, allowed)
        }
        SignedError::ClientIdMissing => {
            let allowed = "the id of the client that the operation `update` replaces";
            Problem::field("client_id", "nothing", allowed)
        }
        SignedError::NotOffered(NotOffered::Registration(bank)) => {
            let found = format!("`{bank}`, which takes no registration requests");
            Problem::field("bank", found, "a bank with a registration endpoint")
        }
        SignedError::NotOffered(NotOffered::Operation {
            bank,
            operation,
            offered,
        }) => {
            let found = format!("`{}` at `{bank}`", operation.as_str());
            Problem::field("operation", found, offered)
        }
        error @ (SignedError::NothingToReplay { .. }
        | SignedError::KeyNotHere { .. }
        | SignedError::NoRsaKey(_)) => Problem::conflict(error.to_string()),
        SignedError::Directory(error) => of_directory(error),
        error @ (SignedError::Signing(_) | SignedError::Key(_)) => {
            Problem::internal("signing", &error)
        }
    }
}
