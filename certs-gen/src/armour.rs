//! PEM armour (RFC 7468), with `\n` line ends everywhere.

use pem::{EncodeConfig, LineEnding, Pem};

/// Puts DER bytes into a PEM block.
pub(crate) fn block(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(label, der), config)
}

/// Puts a DER certificate into a PEM block.
pub(crate) fn certificate(der: &[u8]) -> String {
    block("CERTIFICATE", der)
}

/// The contents of the first block with this label.
pub(crate) fn first(text: &str, label: &str) -> Option<Vec<u8>> {
    all(text, label).into_iter().next()
}

/// The contents of every block with this label; none of a text that is not PEM.
pub(crate) fn all(text: &str, label: &str) -> Vec<Vec<u8>> {
    let blocks = pem::parse_many(text).unwrap_or_default();
    blocks
        .into_iter()
        .filter(|block| block.tag() == label)
        .map(pem::Pem::into_contents)
        .collect()
}
