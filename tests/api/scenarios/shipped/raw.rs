//! One request over a bare TLS connection, and how that ends.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::ground::{Caller, Ground};
use crate::connections::HTTP1;

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// In good order.
    Closed,
    /// By a TCP RST.
    Reset,
}

async fn connect(ground: &Ground, caller: &Caller) -> TlsStream<TcpStream> {
    let mut config = caller.tpp.client_config().unwrap();
    config.alpn_protocols = vec![HTTP1.as_bytes().to_vec()];
    let stream = TcpStream::connect(ground.emulator.addresses().mtls).await;
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream.unwrap()).await.unwrap()
}

/// POSTs a registration; every byte that comes back, and how the connection ended.
pub async fn register(ground: &Ground, caller: &Caller) -> (String, End) {
    let path = reqwest::Url::parse(&caller.base).unwrap().path().to_owned();
    let collection = if caller.media_type() == "application/json" {
        "reg"
    } else {
        "register"
    };
    let scenario = caller.scenario.map_or(String::new(), |name| {
        format!("x-emulator-scenario: {name}\r\n")
    });
    let body = caller.body();
    let request = format!(
        "POST {path}/{collection} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n{scenario}\r\n{body}",
        caller.media_type(),
        body.len()
    );
    let mut stream = connect(ground, caller).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = end_of(stream.read_to_end(&mut bytes).await);
    (String::from_utf8(bytes).unwrap(), end)
}

fn end_of(read: io::Result<usize>) -> End {
    match read {
        Ok(_) => End::Closed,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
            End::Reset
        }
    }
}
