//! The source files of this crate.

use std::fs;
use std::path::Path;

/// One file below `src`.
pub struct Source {
    /// Its path below `src`.
    pub file: String,
    /// The module it is, from the crate's root.
    pub module: Vec<String>,
    pub text: String,
}

impl Source {
    pub fn new(file: &str, text: &str) -> Self {
        let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
        Self {
            file: file.to_owned(),
            module: path.split('/').map(str::to_owned).collect(),
            text: text.to_owned(),
        }
    }

    /// The module of the house that it belongs to.
    pub fn top(&self) -> &str {
        &self.module[0]
    }
}

/// Every source file but `lib.rs`, which lists the modules.
pub fn all_sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    assert!(
        sources.len() > 50,
        "only {} files were found",
        sources.len()
    );
    sources
}

fn collect(root: &Path, dir: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            if file != "lib.rs" {
                sources.push(Source::new(&file, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
}
