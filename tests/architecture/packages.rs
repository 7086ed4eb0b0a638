//! The packages of this repository: none has unsafe code.

use std::fs;
use std::path::{Path, PathBuf};

const FORBIDS: &str = "unsafe_code = \"forbid\"";

/// Whether the table `[name]` has this line.
fn has(manifest: &str, name: &str, wanted: &str) -> bool {
    let header = format!("[{name}]");
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| line == wanted)
}

/// Whether it forbids unsafe code in all that it builds, by itself or by its workspace's lints.
fn forbids_unsafe(manifest: &str, workspace: &str) -> bool {
    has(manifest, "lints.rust", FORBIDS)
        || has(manifest, "lints", "workspace = true")
            && has(workspace, "workspace.lints.rust", FORBIDS)
}

/// The manifests here and one folder below: members of the workspace, and workspaces of their own.
fn manifests(root: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(root).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    [root.to_owned()]
        .into_iter()
        .chain(folders)
        .map(|folder| folder.join("Cargo.toml"))
        .filter(|manifest| manifest.is_file())
        .collect()
}

#[test]
fn every_package_forbids_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifests = manifests(root);
    assert!(manifests.len() >= 2, "{manifests:?}");
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(forbids_unsafe(&text, &workspace), "{}", manifest.display());
    }
}

#[test]
fn a_package_that_forbids_nothing_is_caught() {
    let workspace = format!("\n[workspace.lints.rust]\n{FORBIDS}\n\n[lints]\nworkspace = true\n");
    let own = format!("[package]\n\n[lints.rust]\n{FORBIDS}\n");
    assert!(forbids_unsafe(&workspace, &workspace));
    assert!(forbids_unsafe(&own, ""));
    for manifest in [
        "[package]\nname = \"a\"\n",
        "[package]\n\n[lints.rust]\nunsafe_code = \"warn\"\n",
        "[package]\n\n[lints.clippy]\nunsafe_code = \"forbid\"\n",
        "[package]\n\n[lints]\n[other]\nworkspace = true\n",
    ] {
        assert!(!forbids_unsafe(manifest, &workspace), "{manifest}");
    }
    let lax = workspace.replace("forbid", "warn");
    assert!(!forbids_unsafe(&workspace, &lax));
}
