//! The report: made in one run, made again of its file, and the one in `docs/`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::{emulator, load, positive};

/// Yardsticks of which one is not installed and one ends at once.
fn yardsticks(folder: &Path) {
    let row = |name: &str| {
        json!({
            "name": name, "title": name, "role": "register", "scheme": "http", "method": "POST",
            "path": "/register", "content_type": "application/json", "body": "{}", "expect": 201,
            "version": "1", "runtime": "sh",
        })
    };
    let list = json!([row("absent"), row("broken")]);
    fs::write(folder.join("yardsticks.json"), list.to_string()).unwrap();
    let start = folder.join("start");
    fs::write(&start, "#!/bin/sh\n[ \"$1\" = broken ] && exit 1\nexit 3\n").unwrap();
    fs::set_permissions(start, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_quick_report_has_all_of_it_and_is_made_again_of_its_file() {
    let (out, scripts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    yardsticks(scripts.path());
    let (out, scripts) = (out.path(), scripts.path().to_str().unwrap());
    let folder = out.to_str().unwrap();
    let emulator = emulator();
    let output = load(&[
        "report",
        "--quick",
        "--emulator",
        emulator.to_str().unwrap(),
        "--yardsticks",
        scripts,
        "--yardstick-scripts",
        scripts,
        "--out",
        folder,
    ]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");

    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("performance.json")).unwrap();
    positive(
        &report,
        &[
            "/verifications/0/parsed_keys_per_second",
            "/start/ready_ms/median",
            "/growth/spread/outcome/per_second",
            "/stalled/still_open",
            "/soak/seconds",
        ],
    );
    let series = report["series"].as_array().unwrap();
    assert_eq!(series.len(), 11);
    for one in series {
        positive(one, &["/rounds/0/per_second"]);
    }
    assert_eq!(report["yardsticks"][0]["missing"], "not installed");
    let broken = report["yardsticks"][1]["missing"].as_str().unwrap();
    assert!(broken.contains("exit status: 1"), "{broken}");

    let (page, chart) = (read("performance.md"), read("performance.svg"));
    assert!(page.contains("A quick run"), "{page}");
    for verdict in ["| met |", "**missed**", "not measured here"] {
        assert!(!page.contains(verdict), "{verdict}: {page}");
    }
    assert!(page.contains("not said after a quick run"), "{page}");
    assert!(page.contains("rustc 1."), "{page}");
    assert!(page.contains("Not measured: absent"), "{page}");
    assert!(chart.starts_with("<svg ") && chart.ends_with("</svg>\n"));
    for name in ["performance.md", "performance.svg"] {
        fs::remove_file(out.join(name)).unwrap();
    }
    assert!(load(&["render", folder]).status.success());
    assert_eq!(
        (read("performance.md"), read("performance.svg")),
        (page, chart)
    );
}

/// After a change of the page or the notes: `cargo run --package load -- render docs`.
#[test]
fn page_and_chart_in_docs_are_made_of_the_file_beside_them() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let made = tempfile::tempdir().unwrap();
    fs::copy(
        docs.join("performance.json"),
        made.path().join("performance.json"),
    )
    .unwrap();
    let output = load(&["render", made.path().to_str().unwrap()]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    for name in ["performance.md", "performance.svg"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(&docs), read(made.path()), "docs/{name} is out of date");
    }
}
