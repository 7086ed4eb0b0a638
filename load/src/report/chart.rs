//! The report's chart: bars, as an SVG that needs no fonts, scripts or styles of others.

use std::fmt::Write;

use super::{Report, median};
use crate::outcome::Outcome;
use crate::spread::Spread;

const WIDTH: f64 = 860.0;
/// Where bars begin and how long the longest is; its figure stands to the right.
const LEFT: f64 = 330.0;
const LONGEST: f64 = 440.0;
const LINE: f64 = 24.0;

/// One bar.
struct Bar {
    title: String,
    per_second: f64,
    is_ours: bool,
}

/// Registrations and new connections per second, the emulator beside the others.
pub fn chart(report: &Report) -> String {
    let cpus = &report.machine.placement.server;
    let panels = [
        ("Registrations per second", registrations(report)),
        ("New mTLS connections per second", connections(report)),
    ]
    .map(|(what, bars)| (format!("{what}, the server on CPU {cpus}"), bars));
    let mut body = String::new();
    let mut y = 10.0;
    for (title, bars) in panels {
        y += LINE;
        text(&mut body, (20.0, y), "start", "bold", &title);
        let most = bars.iter().map(|bar| bar.per_second).fold(1.0, f64::max);
        for bar in bars {
            y += LINE;
            bar.draw(&mut body, y, most);
        }
        y += LINE / 2.0;
    }
    let height = y + LINE / 2.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" \
         width=\"{WIDTH:.0}\" height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn registrations(report: &Report) -> Vec<Bar> {
    let alone = report.verifications.iter();
    let alone = Spread::of(alone.map(|it| it.parsed_keys_per_second));
    let mut bars = vec![Bar {
        title: "two verifications alone, nothing else".to_owned(),
        per_second: alone.map_or(0.0, |spread| spread.median),
        is_ours: false,
    }];
    bars.extend(series(
        report,
        &[
            "register-1.1",
            "register-2",
            "bare-verifying-1.1",
            "bare-register-1.1",
        ],
    ));
    bars.extend(report.yardsticks.iter().filter_map(|yardstick| {
        let outcomes = yardstick.outcomes();
        (!outcomes.is_empty()).then(|| Bar {
            title: format!("{}, plain HTTP", yardstick.description.title),
            per_second: rate(&outcomes),
            is_ours: false,
        })
    }));
    bars
}

fn connections(report: &Report) -> Vec<Bar> {
    let ids = [
        "connect-1.1",
        "bare-connect-1.1",
        "connect-2",
        "bare-connect-2",
    ];
    series(report, &ids).collect()
}

fn series<'a>(report: &'a Report, ids: &'a [&str]) -> impl Iterator<Item = Bar> + 'a {
    let found = ids.iter().filter_map(|id| report.series(id));
    found.map(|series| {
        let is_ours = !series.id.starts_with("bare-");
        let whose = if is_ours { "aspsp-emulator: " } else { "" };
        Bar {
            title: format!("{whose}{}", series.title),
            per_second: rate(&series.rounds),
            is_ours,
        }
    })
}

fn rate(rounds: &[Outcome]) -> f64 {
    median(rounds, |outcome| outcome.per_second)
}

impl Bar {
    fn draw(&self, out: &mut String, y: f64, most: f64) {
        let length = self.per_second / most * LONGEST;
        let fill = if self.is_ours { "#1f6f8b" } else { "#b0b7bd" };
        text(out, (LEFT - 10.0, y), "end", "normal", &self.title);
        // A String takes whatever is written.
        let _ = writeln!(
            out,
            "<rect x=\"{LEFT:.0}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"16\" fill=\"{fill}\"/>",
            y - 12.0
        );
        let figure = format!("{:.0}", self.per_second);
        text(out, (LEFT + length + 6.0, y), "start", "normal", &figure);
    }
}

fn text(out: &mut String, at: (f64, f64), anchor: &str, weight: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\" fill=\"#1b1f23\">{words}</text>",
        at.0, at.1
    );
}
