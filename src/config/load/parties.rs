//! TPPs of one's own, and other directories.

use std::path::PathBuf;

use certs_gen::Kind;

use crate::config::check::is_host_and_port;
use crate::config::file::{DirectoryFile, SigningFile, TppFile, TrustedFile};
use crate::config::load::{Judge, redirect_uri};
use crate::config::{DirectoryConfig, KitConfig, SigningConfig, TppConfig, TrustedDirectory};
use crate::document::placed::Placed;
use crate::document::problem::Problem;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;

impl Judge {
    pub(super) fn tpps(
        &mut self,
        list: Vec<Placed<TppFile>>,
        kit: Option<&KitConfig>,
    ) -> Vec<TppConfig> {
        let mut software: Vec<Placed<String>> = Vec::new();
        let halves = kit.map(|kit| [kit.dir.clone(), kit.dir.join("brasil")]);
        let mut kits: Vec<PathBuf> = halves.into_iter().flatten().collect();
        let mut tpps = Vec::new();
        for Placed {
            value: mut file, ..
        } in list
        {
            if let Some(id) = &file.software_id {
                if let Some(other) = software.iter().find(|other| other.value == id.value) {
                    let allowed = "a software id that no other TPP has; line";
                    let line = other.at.line;
                    self.problems
                        .push(id.refused(format!("{allowed} {line} has it")));
                }
                software.push(id.clone());
            }
            let named = file.kit.take();
            let kit = named.and_then(|named| self.kit_of_its_own(&named, &mut kits));
            let tpp = self.tpp(file);
            tpps.push(TppConfig { kit, ..tpp });
        }
        tpps
    }

    fn kit_of_its_own(
        &mut self,
        named: &Placed<String>,
        others: &mut Vec<PathBuf>,
    ) -> Option<PathBuf> {
        let path = self.keep(self.folder.path(named))?;
        if others.contains(&path) {
            let problem = named.refused("a folder that no other kit has");
            self.problems.push(problem);
        }
        others.push(path.clone());
        Some(path)
    }

    fn tpp(&mut self, file: TppFile) -> TppConfig {
        let ecosystem = file.ecosystem.unwrap_or_default();
        let mut tpp = TppConfig {
            ecosystem,
            ..TppConfig::default()
        };
        self.set(&mut tpp.software_id, file.software_id, |id| {
            let read = SoftwareId::parse(&id.value, ecosystem);
            read.map(Some).map_err(|allowed| id.refused(allowed))
        });
        self.set(&mut tpp.org_id, file.org_id, |id| {
            let read = OrgId::parse(&id.value, ecosystem);
            read.map(Some).map_err(|allowed| id.refused(allowed))
        });
        tpp.roles = self.each(file.roles, |role| role_of(&role, ecosystem));
        tpp.redirect_uris = self.each(file.redirect_uris, redirect_uri);
        let (for_transport, for_signing) = ecosystem.usual_kinds();
        let transport = file.transport.unwrap_or_default();
        tpp.transport_csr = transport
            .csr_file
            .and_then(|named| self.keep(self.folder.request(&named, for_transport)));
        let signing = file.signing;
        tpp.signing = signing.and_then(|signing| self.signing(signing, for_signing));
        tpp
    }

    fn signing(&mut self, signing: Placed<SigningFile>, kind: Kind) -> Option<SigningConfig> {
        let at = signing.at;
        let SigningFile {
            csr_file,
            jwks_file,
        } = signing.value;
        match (csr_file, jwks_file) {
            (None, None) => None,
            (Some(csr), None) => self
                .keep(self.folder.request(&csr, kind))
                .map(SigningConfig::Csr),
            (None, Some(jwks)) => self
                .keep(self.folder.own_key_set(&jwks))
                .map(SigningConfig::Keys),
            (Some(_), Some(_)) => {
                self.problems.push(Problem::at(
                    at,
                    "found `csr_file` and `jwks_file`; allowed: one of both",
                ));
                None
            }
        }
    }

    pub(super) fn directory(&mut self, file: DirectoryFile) -> DirectoryConfig {
        let mut issuers: Vec<Placed<String>> = Vec::new();
        let mut trusted = Vec::new();
        for Placed { value: file, .. } in file.trusted.unwrap_or_default() {
            self.keep(issuer(&file.iss, &issuers));
            issuers.push(file.iss.clone());
            trusted.extend(self.trusted(file));
        }
        DirectoryConfig {
            trusted,
            fetch_jwks_from: self.each(file.fetch_jwks_from, host_and_port),
        }
    }

    fn trusted(&mut self, file: TrustedFile) -> Option<TrustedDirectory> {
        let ecosystem = file.ecosystem.unwrap_or_default();
        let keys = self.keep(self.folder.key_set(&file.jwks_file));
        let client_ca = match file.client_ca {
            Some(named) => self.keep(self.folder.certificates(&named)),
            None => Some(Vec::new()),
        };
        let mut software_keys = Vec::new();
        for (id, named) in file.software_jwks.unwrap_or_default() {
            if let Some(keys) = self.keep(self.folder.key_set(&named)) {
                software_keys.push((SoftwareId::new(id), keys));
            }
        }
        Some(TrustedDirectory {
            iss: file.iss.value,
            ecosystem,
            keys: keys?,
            client_ca: client_ca?,
            software_keys,
        })
    }
}

fn role_of(role: &Placed<Role>, ecosystem: Ecosystem) -> Result<Role, Problem> {
    if role.value.ecosystem() == ecosystem {
        return Ok(role.value);
    }
    let allowed: Vec<&str> = Role::ALL
        .into_iter()
        .filter(|role| role.ecosystem() == ecosystem)
        .map(Role::as_str)
        .collect();
    Err(role.problem(format!(
        "found the role `{}`; allowed in the ecosystem `{}`: {}",
        role.value,
        ecosystem.as_str(),
        allowed.join(", ")
    )))
}

fn issuer(iss: &Placed<String>, before: &[Placed<String>]) -> Result<(), Problem> {
    if iss.value.is_empty() {
        return Err(iss.problem("found an empty text; allowed: the `iss` of its statements"));
    }
    match before.iter().find(|other| other.value == iss.value) {
        Some(other) => Err(iss.refused(format!(
            "an `iss` that no other directory has; line {} has it",
            other.at.line
        ))),
        None => Ok(()),
    }
}

fn host_and_port(server: Placed<String>) -> Result<String, Problem> {
    if is_host_and_port(&server.value) {
        Ok(server.value)
    } else {
        Err(server.refused("HOST:PORT, without scheme and path"))
    }
}
