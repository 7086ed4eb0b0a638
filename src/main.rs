//! The command `aspsp-emulator`.

use std::process::ExitCode;

fn main() -> ExitCode {
    aspsp_emulator::cli::run()
}
