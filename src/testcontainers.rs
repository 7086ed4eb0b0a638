//! The emulator's container image, for the crate `testcontainers` (the feature of that name).
//!
//! ```no_run
//! use aspsp_emulator::testcontainers::{AspspEmulator, EmulatorContainer};
//! use testcontainers::ImageExt;
//! use testcontainers::runners::AsyncRunner;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let image = AspspEmulator::default().scenario("throttled-429");
//!     let container = image.with_tag("latest").start().await?;
//!     let emulator = EmulatorContainer::mapped(container).await?;
//!
//!     // Your own client goes here; this is an ordinary one with the certificate of the kit's TPP.
//!     let http = reqwest::Client::builder()
//!         .tls_backend_preconfigured(emulator.client_config().await?)
//!         .build()?;
//!     let answer = http
//!         .post(emulator.url("/uk-ob-3.3/register"))
//!         .header("content-type", "application/jose")
//!         .body(emulator.kit_file("registration-uk-ob-3.3.jwt").await?)
//!         .send()
//!         .await?;
//!     assert_eq!(answer.status(), 429);
//!     Ok(()) // The container is removed.
//! }
//! ```

use std::borrow::Cow;

use ::testcontainers::core::{ContainerPort, WaitFor};
use ::testcontainers::{ContainerAsync, Image, TestcontainersError};
use rustls::ClientConfig;

use crate::remote::{Control, RemoteError};

/// The mutual TLS listener in the container.
pub const MTLS: ContainerPort = ContainerPort::Tcp(8443);
/// The listener that asks for no client certificate.
pub const TLS: ContainerPort = ContainerPort::Tcp(8444);
/// The control listener.
pub const CONTROL: ContainerPort = ContainerPort::Tcp(8445);

const PORTS: [ContainerPort; 3] = [MTLS, TLS, CONTROL];

/// The image `aspsp-emulator:latest`; `with_name` and `with_tag` of testcontainers name another one. It is
/// ready when its own health check says so. What is said here are environment variables of the image, so
/// that arguments of your own go with it.
#[derive(Debug, Clone, Default)]
pub struct AspspEmulator {
    scenarios: Vec<String>,
    host_names: Vec<String>,
    token: Option<String>,
}

impl AspspEmulator {
    /// Puts a scenario in force from the start, in every world: a built-in one by its name, or a file by
    /// its path in the container.
    #[must_use]
    pub fn scenario(mut self, name_or_file: impl Into<String>) -> Self {
        self.scenarios.push(name_or_file.into());
        self
    }

    /// A name that clients call it by besides `localhost`, such as that of the container in its network,
    /// or of the host where the container engine is.
    #[must_use]
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_names.push(name.into());
        self
    }

    /// Lets nobody use the control listener who does not have this token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }
}

impl Image for AspspEmulator {
    fn name(&self) -> &'static str {
        "aspsp-emulator"
    }

    fn tag(&self) -> &'static str {
        "latest"
    }

    fn ready_conditions(&self) -> Vec<WaitFor> {
        vec![WaitFor::healthcheck()]
    }

    fn env_vars(
        &self,
    ) -> impl IntoIterator<Item = (impl Into<Cow<'_, str>>, impl Into<Cow<'_, str>>)> {
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
        let variables = [
            ("ASPSP_EMULATOR_SCENARIO", list(&self.scenarios)),
            ("ASPSP_EMULATOR_HOSTNAME", list(&self.host_names)),
            ("ASPSP_EMULATOR_CONTROL_TOKEN", self.token.clone()),
        ];
        let said = |(name, value): (&'static str, Option<String>)| Some((name, value?));
        variables.into_iter().filter_map(said)
    }

    fn expose_ports(&self) -> &[ContainerPort] {
        &PORTS
    }
}

/// Why a container cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The container engine.
    #[error(transparent)]
    Engine(#[from] TestcontainersError),
    /// The emulator in the container.
    #[error(transparent)]
    Emulator(#[from] RemoteError),
}

/// A container that runs and advertises the URLs by which it is reached from here. Dropping it removes the
/// container.
#[derive(Debug)]
pub struct EmulatorContainer {
    container: ContainerAsync<AspspEmulator>,
    control: Control,
    mtls: String,
    tls: String,
}

impl EmulatorContainer {
    /// Tells the emulator in it where its ports were mapped to, so that it advertises that in discovery,
    /// statements and lists (`PUT /api/urls`).
    ///
    /// # Errors
    /// See [`ContainerError`].
    pub async fn mapped(container: ContainerAsync<AspspEmulator>) -> Result<Self, ContainerError> {
        let host = container.get_host().await?;
        let mapped = async |port| container.get_host_port_ipv4(port).await;
        let mtls = format!("https://{host}:{}", mapped(MTLS).await?);
        let tls = format!("https://{host}:{}", mapped(TLS).await?);
        let control = format!("http://{host}:{}", mapped(CONTROL).await?);
        let control = Control::at(control, container.image().token.clone())?;
        control.advertise(&mtls, &tls).await?;
        Ok(Self {
            container,
            control,
            mtls,
            tls,
        })
    }

    /// A URL on the mutual TLS listener: its base and this path, such as `/uk-ob-3.3/register`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.mtls)
    }

    /// The same on the listener that asks for no client certificate, where issuers are.
    #[must_use]
    pub fn tls_url(&self, path: &str) -> String {
        format!("{}{path}", self.tls)
    }

    /// The same on the control listener, such as `/api/worlds`.
    #[must_use]
    pub fn control_url(&self, path: &str) -> String {
        format!("{}{path}", self.control.base())
    }

    /// A file of the kit, such as `ssa.jwt` or `brasil/ssa.jwt`: what is signed is signed anew.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn kit_file(&self, name: &str) -> Result<Vec<u8>, RemoteError> {
        self.control.kit_file(name).await
    }

    /// A TLS client configuration that trusts the emulator and presents the transport certificate of the
    /// kit's TPP.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn client_config(&self) -> Result<ClientConfig, RemoteError> {
        self.control.kit_client_config().await
    }

    /// The container itself.
    #[must_use]
    pub fn container(&self) -> &ContainerAsync<AspspEmulator> {
        &self.container
    }
}
