//! What judged a request: the bank's checks, and the rules of scenarios.

use std::fmt::Write;

use super::Story;
use super::page::Page;
use crate::dialect::checks::Verdict;
use crate::dialect::judgement::CheckResult;
use crate::journal::masking;
use crate::journal::view::TriedView;

/// Failed checks that are told in full.
const MOST_FAILED: usize = 4;

impl Story<'_> {
    pub(super) fn checks(&self, page: &mut Page) {
        let checks = &self.exchange.checks;
        if checks.is_empty() {
            return;
        }
        let of = |verdict| checks.iter().filter(move |check| check.result == verdict);
        let count = |verdict| of(verdict).count();
        let (passed, failed) = (count(Verdict::Passed), count(Verdict::Failed));
        let (unreached, unchecked) = (count(Verdict::NotReached), count(Verdict::NotChecked));
        page.fact(
            "checks",
            &format!(
                "{passed} passed, {failed} failed, {unreached} not reached, {unchecked} not checked"
            ),
            1,
        );
        for check in of(Verdict::Failed).take(MOST_FAILED) {
            self.failed(page, check);
        }
        if failed > MOST_FAILED {
            let more = of(Verdict::Failed)
                .skip(MOST_FAILED)
                .map(|check| check.check);
            page.fact("failed too", &more.collect::<Vec<&str>>().join(", "), 2);
        }
        for (label, verdict, lines) in [
            ("passed", Verdict::Passed, 8),
            ("not reached", Verdict::NotReached, 2),
        ] {
            let names: Vec<&str> = of(verdict).map(|check| check.check).collect();
            if !names.is_empty() {
                page.fact(label, &names.join(", "), lines);
            }
        }
    }

    fn failed(&self, page: &mut Page, check: &CheckResult) {
        page.fact("failed", check.check, 1);
        let seen = check.seen.as_deref().unwrap_or("nothing");
        page.fact("  found", &masking::text(seen, self.masking), 3);
        if let Some(allowed) = &check.allowed {
            page.fact("  allowed", allowed, 3);
        }
        page.fact("  source", check.source, 2);
    }

    pub(super) fn rules(&self, page: &mut Page) {
        let trail = &self.exchange.trail;
        if trail.is_empty() {
            return;
        }
        let told: Vec<TriedView> = trail.iter().map(TriedView::new).collect();
        let tried = told.len();
        let (missed, others): (Vec<_>, Vec<_>) = told
            .into_iter()
            .partition(|tried| tried.outcome == "missed");
        let mut parts = vec![format!("{tried} tried")];
        parts.extend(others.iter().map(in_words));
        match missed.as_slice() {
            [] => {}
            [only] => parts.push(in_words(only)),
            many => parts.push(format!("{} are about other exchanges", many.len())),
        }
        page.fact("rules", &parts.join("; "), 5);
    }
}

fn in_words(tried: &TriedView) -> String {
    let TriedView {
        scenario,
        rule,
        call,
        draw,
        outcome,
        by,
    } = tried;
    let mut text = format!("{scenario}/{rule}");
    if let Some(call) = call {
        let _ = write!(text, "#{call}");
    }
    let _ = write!(text, " {}", outcome.replace('_', " "));
    if let Some(by) = by {
        let _ = write!(text, " by {by}");
    }
    if let Some(draw) = draw {
        let _ = write!(text, ", draw {draw:.3}");
    }
    text
}
