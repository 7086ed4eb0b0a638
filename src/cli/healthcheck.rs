//! `healthcheck`: asks a running emulator whether it is ready.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::cli::address::address;
use crate::remote::reachable;

/// Flags of `healthcheck`.
#[derive(Debug, Args)]
pub struct HealthcheckArgs {
    /// Where the emulator's control listener is
    #[arg(
        long,
        value_name = "ADDRESS", value_parser = address,
        default_value = "127.0.0.1:8445",
        env = "ASPSP_EMULATOR_CONTROL_ADDR"
    )]
    control_addr: SocketAddr,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Succeeds if the emulator is ready.
pub fn run(args: &HealthcheckArgs) -> anyhow::Result<()> {
    let address = reachable(args.control_addr);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let status = runtime
        .block_on(async { tokio::time::timeout(PATIENCE, ask(address)).await })
        .map_err(|_| anyhow::anyhow!("no answer from http://{address} within {PATIENCE:?}"))?
        .map_err(|error| anyhow::anyhow!("no emulator at http://{address}: {error}"))?;
    if status == StatusCode::OK {
        Ok(())
    } else {
        Err(anyhow::anyhow!("http://{address}/ready answers {status}"))
    }
}

async fn ask(address: SocketAddr) -> anyhow::Result<StatusCode> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    let request = Request::get("/ready")
        .header("host", address.to_string())
        .body(Empty::<bytes::Bytes>::new())?;
    let (answer, _) = tokio::join!(
        async {
            let answer = sender.send_request(request).await;
            // The connection ends once nobody can send on it.
            drop(sender);
            answer
        },
        connection
    );
    Ok(answer?.status())
}
