//! Where the emulator comes from: what its program says of itself, and the repository.

use std::path::Path;
use std::process::Command;

use object::{File, Object, ObjectSection};

/// What a program says of how it was made.
#[derive(Debug)]
pub struct Program {
    /// `rustc 1.89.0`.
    pub rustc: Option<String>,
    /// `glibc 2.36`, `musl`, `linked statically`.
    pub libc: String,
}

impl Program {
    /// Of this file; `None` if it is not of the machine's form, as a script is not.
    pub fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let file = File::parse(&*bytes).ok()?;
        let section = |name| {
            let data = file.section_by_name(name)?.data().ok()?;
            Some(String::from_utf8_lossy(data).into_owned())
        };
        Some(Self {
            rustc: section(".comment").as_deref().and_then(compiler),
            libc: libc(section(".interp").as_deref()),
        })
    }
}

/// Of the notes that compilers and linkers leave, each ended by a zero:
/// `rustc version 1.89.0 (29483883e 2025-08-04)`.
fn compiler(notes: &str) -> Option<String> {
    let mut versions = notes
        .split('\0')
        .filter_map(|it| it.strip_prefix("rustc version "));
    let number = versions.next()?.split(' ').next()?;
    Some(format!("rustc {number}"))
}

/// By the loader that the program asks for.
fn libc(loader: Option<&str>) -> String {
    match loader {
        None => "linked statically".to_owned(),
        Some(loader) if loader.contains("musl") => "musl".to_owned(),
        Some(_) => said_by("getconf", &["GNU_LIBC_VERSION"]).unwrap_or("glibc".to_owned()),
    }
}

/// Of the repository that the load runs in.
pub fn commit() -> Option<String> {
    let described = [
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ];
    said_by("git", &described)
}

/// What a program prints; `None` if it is not there, or fails.
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{Program, compiler, libc};

    #[test]
    fn a_program_of_rust_names_its_compiler() {
        let program = Program::read(&std::env::current_exe().unwrap()).unwrap();
        let rustc = program.rustc.unwrap();
        assert!(rustc.starts_with("rustc 1."), "{rustc}");
        assert!(!program.libc.is_empty());
    }

    #[test]
    fn compilers_and_loaders_are_told_apart() {
        let notes = "Linker: LLD 22\0rustc version 1.89.0 (29483883e 2025-08-04)\0";
        assert_eq!(compiler(notes).unwrap(), "rustc 1.89.0");
        assert_eq!(compiler("GCC: 12.2.0\0"), None);
        assert_eq!(libc(None), "linked statically");
        assert_eq!(libc(Some("/lib/ld-musl-x86_64.so.1\0")), "musl");
    }
}
