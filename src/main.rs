//! The command `aspsp-emulator`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A registration takes some hundreds of small pieces of memory: with the C library's allocator a fifth
/// of its time went there.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    aspsp_emulator::cli::run()
}
