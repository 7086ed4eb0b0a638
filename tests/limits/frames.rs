//! Frames of HTTP/2 (RFC 9113 §4) byte by byte, as no client library would send them.

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::neighbour::within;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A peer's settings, none of them.
pub const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

pub const END_STREAM: u8 = 0x1;
pub const END_HEADERS: u8 = 0x4;

/// `GET /uk-ob-3.3/jwks` at `localhost`, as HPACK (RFC 7541) says it without Huffman codes.
pub const JWKS_HEAD: &[u8] = b"\x82\x87\x01\x09localhost\x04\x0f/uk-ob-3.3/jwks";
/// `a` with an empty value, into the dynamic table, and the reference to it: one byte for each line more.
pub const NEW_LINE: &[u8] = b"\x40\x01a\x00";
pub const SAME_LINE: u8 = 0xbe;

const CANCEL: u32 = 8;

/// Kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    Continuation = 9,
    Other,
}

/// What the server sent.
#[derive(Debug)]
pub struct Received {
    pub kind: Kind,
    pub payload: Vec<u8>,
}

pub fn frame(kind: Kind, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind as u8, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

pub fn ping() -> Vec<u8> {
    frame(Kind::Ping, 0, 0, &[0; 8])
}

pub fn reset(stream: u32) -> Vec<u8> {
    frame(Kind::ResetStream, 0, stream, &CANCEL.to_be_bytes())
}

/// The stream numbers of a client.
pub fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|index| 2 * index + 1)
}

/// All frames until the connection is over; a last one that was cut off is left out.
pub async fn read_frames(stream: &mut (impl AsyncRead + Unpin)) -> Vec<Received> {
    let mut frames = Vec::new();
    while let Some(frame) = within(read_frame(stream)).await {
        frames.push(frame);
    }
    frames
}

/// All frames up to the first of this kind, or until the connection is over.
pub async fn read_frames_until(stream: &mut (impl AsyncRead + Unpin), kind: Kind) -> Vec<Received> {
    let mut frames = Vec::new();
    while frames
        .last()
        .is_none_or(|last: &Received| last.kind != kind)
        && let Some(frame) = within(read_frame(stream)).await
    {
        frames.push(frame);
    }
    frames
}

async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload =
        vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut payload).await.ok()?;
    Some(Received {
        kind: match head[3] {
            0 => Kind::Data,
            1 => Kind::Headers,
            3 => Kind::ResetStream,
            4 => Kind::Settings,
            6 => Kind::Ping,
            7 => Kind::GoAway,
            9 => Kind::Continuation,
            _ => Kind::Other,
        },
        payload,
    })
}

/// The errors that streams were reset with.
pub fn stream_errors(frames: &[Received]) -> Vec<u32> {
    let resets = frames.iter().filter(|it| it.kind == Kind::ResetStream);
    resets.map(|it| number(&it.payload[..4])).collect()
}

/// The error that the connection ended with, if the server said one.
pub fn connection_error(frames: &[Received]) -> Option<u32> {
    let last = frames.iter().rfind(|it| it.kind == Kind::GoAway)?;
    Some(number(&last.payload[4..8]))
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().unwrap())
}
