//! One half of a running emulator's kit, as its control listener serves it.

use reqwest::Client;
use serde::Deserialize;

use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::kit::shell_quoted;
use crate::remote::{Control, RemoteError, client, tls};

/// One TPP of the kit.
#[derive(Debug)]
pub(super) struct Half {
    /// Where its files are served: `/kit` or `/kit/brasil`.
    path: &'static str,
    /// Its folder, as the emulator named it.
    dir: String,
    /// An HTTP client with its transport certificate.
    pub(super) http: Client,
    /// Its software's id.
    pub(super) software_id: SoftwareId,
}

/// What is read of `tpp.json`.
#[derive(Debug, Deserialize)]
struct TppFile {
    software_id: SoftwareId,
}

impl Half {
    pub(super) async fn read(control: &Control, ecosystem: Ecosystem) -> Result<Self, RemoteError> {
        let path = match ecosystem {
            Ecosystem::Uk => "/kit",
            Ecosystem::Brazil => "/kit/brasil",
        };
        let file = async |name: &str| control.read(&format!("{path}/{name}")).await;
        let tpp: TppFile = serde_json::from_slice(&file("tpp.json").await?)
            .map_err(|error| RemoteError::Setup(format!("{path}/tpp.json: {error}")))?;
        let ca = control.read("/ca.pem").await?;
        let (chain, key) = (file("transport.pem").await?, file("transport.key").await?);
        let conf = file("curl.conf").await?;
        Ok(Self {
            path,
            dir: folder(&String::from_utf8_lossy(&conf)),
            http: client(tls::with_certificate(&ca, &chain, &key)?)?,
            software_id: tpp.software_id,
        })
    }

    /// A file, signed now where it is signed.
    pub(super) async fn file(&self, control: &Control, name: &str) -> Result<Vec<u8>, RemoteError> {
        control.read(&self.url_path(name)).await
    }

    /// Where the control listener serves a file.
    pub(super) fn url_path(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// The path of `curl.conf` in the folder in which the emulator was started, for a shell.
    pub(super) fn curl_conf(&self) -> String {
        shell_quoted(&format!("{}curl.conf", self.dir))
    }
}

/// The folder that `curl.conf` names its files in, with a slash at its end; empty for the one that
/// the emulator was started in.
fn folder(conf: &str) -> String {
    let named = conf.lines().find_map(|line| {
        let quoted = line.strip_prefix("cacert = \"")?.strip_suffix("ca.pem\"")?;
        Some(quoted.replace("\\\"", "\"").replace(r"\\", r"\"))
    });
    named.unwrap_or_else(|| "kit/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_that_curl_reads_from() {
        for (conf, dir) in [
            ("cacert = \"kit/ca.pem\"\ncert = \"kit/x\"\n", "kit/"),
            ("cacert = \"ca.pem\"\n", ""),
            ("cacert = \"/a b/\\\"c\\\"/ca.pem\"\n", "/a b/\"c\"/"),
            ("# nothing\n", "kit/"),
        ] {
            assert_eq!(folder(conf), dir, "{conf}");
        }
    }
}
