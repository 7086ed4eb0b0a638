//! Where a report is written: `performance.json`, then page and chart, which are made of it.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::{Notes, Report, chart, page};

const DATA: &str = "performance.json";
const PAGE: &str = "performance.md";
const CHART: &str = "performance.svg";

/// A folder that can be written to, and the notes for the page.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    notes: Notes,
}

impl Output {
    /// Makes the folder and reads the notes, so that what cannot be used is known before anything is measured.
    ///
    /// # Errors
    /// The folder cannot be made or written to, or the notes cannot be read; the path is named.
    pub fn prepare(folder: &Path, notes: &Path) -> Result<Self> {
        let notes = read_notes(notes)?;
        let unusable = || format!("{} cannot be written to", folder.display());
        fs::create_dir_all(folder).with_context(unusable)?;
        NamedTempFile::new_in(folder).with_context(unusable)?;
        for name in [DATA, PAGE, CHART] {
            must_be_writable(&folder.join(name))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            notes,
        })
    }

    /// Writes all three.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, report: &Report) -> Result<()> {
        let mut json = serde_json::to_string_pretty(report)?;
        json.push('\n');
        write(&self.folder.join(DATA), &json)?;
        write_page_and_chart(report, &self.notes, &self.folder)
    }
}

/// Makes page and chart of the `performance.json` in `folder`.
///
/// # Errors
/// The disk's, or a file of another form.
pub fn render(folder: &Path, notes: &Path) -> Result<()> {
    let path = folder.join(DATA);
    let named = || path.display().to_string();
    let json = fs::read_to_string(&path).with_context(named)?;
    let report: Report = serde_json::from_str(&json).with_context(named)?;
    write_page_and_chart(&report, &read_notes(notes)?, folder)
}

fn read_notes(path: &Path) -> Result<Notes> {
    let named = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(named)?;
    serde_json::from_str(&text).with_context(named)
}

/// A file that is not there is made later.
fn must_be_writable(path: &Path) -> Result<()> {
    if path.exists() {
        let opened = OpenOptions::new().write(true).open(path);
        opened.with_context(|| format!("{} cannot be written to", path.display()))?;
    }
    Ok(())
}

fn write_page_and_chart(report: &Report, notes: &Notes, folder: &Path) -> Result<()> {
    write(&folder.join(PAGE), &page::page(report, notes)?)?;
    write(&folder.join(CHART), &chart::chart(report))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}
