//! What banks offer, held against what rules match.

use crate::dialect::checks::transport::{METHOD_NOT_OFFERED, ROUTE_UNKNOWN};
use crate::dialect::{ALL, Dialect, Operation};
use crate::scenario::banks::KnownBank;
use crate::scenario::load::handshake::operation_at;
use crate::scenario::load::matcher::{accepts, takes_nothing};
use crate::scenario::load::rule::{Places, effects};
use crate::scenario::load::{Judge, catalogue};
use crate::scenario::matcher::{Matcher, Matching};
use crate::scenario::model::{AgeGate, Aged, Answer, Per, Rule};

impl Judge<'_> {
    /// Whether requests can come that a rule is about.
    pub(super) fn offered(&mut self, rule: &Rule, places: &Places) {
        self.path_of_bank(rule, places);
        let operations = operations(&rule.matching);
        if operations.is_empty() {
            return;
        }
        let banks = self.banks_of(&rule.matching);
        if banks.is_empty() {
            return;
        }
        let dialects: Vec<_> = banks.iter().map(|bank| bank.dialect).collect();
        let pairs: Vec<_> = pairs(&dialects, &operations).collect();
        if pairs.is_empty() {
            let whose = self.banks.word();
            let with = rule.matching.bank.as_ref().map_or("", |_| " with this id");
            self.warn(
                operation_at(places),
                format!("no {whose}{with} offers this operation; this rule never applies"),
            );
            return;
        }
        if needs_operation(&rule.matching) {
            self.method(rule, places, &pairs);
            self.request(rule, places, &operations);
            self.party(rule, places, &operations);
        }
    }

    /// Some bank offers an operation with the method.
    fn method(&mut self, rule: &Rule, places: &Places, pairs: &[(&Dialect, Operation)]) {
        let Some(matcher) = &rule.matching.method else {
            return;
        };
        let is_met = |(dialect, operation): &(&Dialect, Operation)| {
            methods(dialect, *operation)
                .iter()
                .any(|method| accepts(matcher, method))
        };
        if !pairs.iter().any(is_met) {
            let mut methods: Vec<&str> = pairs
                .iter()
                .flat_map(|(dialect, operation)| methods(dialect, *operation))
                .collect();
            methods.sort_unstable();
            methods.dedup();
            self.warn(
                operation_at(places),
                format!(
                    "no bank offers this operation with this method, only with {}; this rule never applies",
                    methods.join(", ")
                ),
            );
        }
    }

    /// What is asked of a registration request, or of who sent it, is there.
    fn request(&mut self, rule: &Rule, places: &Places, operations: &[Operation]) {
        if operations.iter().any(|operation| operation.takes_request()) {
            return;
        }
        let matching = &rule.matching;
        let never = [
            ("jose", asks(&matching.jose)),
            ("claim", asks(&matching.claim)),
            ("statement", asks(&matching.statement)),
        ];
        for (word, _) in never.iter().filter(|(_, asks)| *asks) {
            self.warn(
                operation_at(places),
                format!("found the matcher `{word}`, but only register and update have a registration request; this rule never applies"),
            );
        }
        for age in &rule.gates.ages {
            let word = match age.of {
                Aged::Key => "key",
                Aged::Statement => "statement",
                Aged::Client | Aged::Token | Aged::Certificate => continue,
            };
            self.warn(
                places.rule,
                format!("found the age of the `{word}`, but only register and update have a registration request; this rule never applies"),
            );
        }
    }

    /// Requests with clients and tokens are among those that are meant.
    fn party(&mut self, rule: &Rule, places: &Places, operations: &[Operation]) {
        let is_without = |operation: &Operation| {
            matches!(
                operation,
                Operation::Register | Operation::Discovery | Operation::Jwks
            )
        };
        if !operations.iter().all(is_without) {
            return;
        }
        if let (Per::Client | Per::Token, Some(at)) = (rule.per, places.per) {
            self.warn(
                at,
                "requests of this operation have no client and no token; this rule hardly ever applies",
            );
        }
        let is_aged = |age: &AgeGate| matches!(age.of, Aged::Client | Aged::Token);
        if rule.gates.ages.iter().any(is_aged) {
            self.warn(
                places.rule,
                "found the age of a client or token, but requests of this operation have none; this rule hardly ever applies",
            );
        }
    }

    /// A path that names a bank names one that the rule is about.
    fn path_of_bank(&mut self, rule: &Rule, places: &Places) {
        let (Some(_), Some(matcher)) = (&rule.matching.bank, &rule.matching.path) else {
            return;
        };
        let own = self.banks_of(&rule.matching);
        let paths = patterns(matcher);
        if own.is_empty() || paths.is_empty() {
            return;
        }
        let lies_under = |path: &str, bank: &KnownBank| {
            let rest = path.strip_prefix(bank.base_path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_elsewhere = |path: &&str| {
            self.banks.iter().any(|bank| lies_under(path, bank))
                && !own.iter().any(|bank| lies_under(path, bank))
        };
        if paths.iter().all(is_elsewhere) {
            self.warn(
                operation_at(places),
                "found the path of another bank than `bank` names; this rule never applies",
            );
        }
    }

    /// The check of a `reject` is one that some bank has for what the rule matches.
    pub(super) fn rejectable(&mut self, rule: &Rule, places: &Places) {
        let matching = &rule.matching;
        let operations = operations(matching);
        let known = self.banks_of(matching);
        if operations.is_empty() || known.is_empty() {
            return;
        }
        let known: Vec<_> = known.iter().map(|bank| bank.dialect).collect();
        // Where no bank is named, other config files may have one that has the check.
        let any = match &matching.bank {
            Some(_) => known.clone(),
            None => ALL.to_vec(),
        };
        for effect in effects(rule) {
            let Some(Answer::Reject(name)) = effect.answer else {
                continue;
            };
            let has = |dialects: &[&'static Dialect]| {
                [ROUTE_UNKNOWN.name, METHOD_NOT_OFFERED.name].contains(&name)
                    || pairs(dialects, &operations).any(|(dialect, operation)| {
                        catalogue::checks(dialect, operation).any(|check| check.name == name)
                    })
            };
            // That nobody offers the operation is told of by itself.
            let is_moot = pairs(&any, &operations).next().is_none();
            let at = places.reject.unwrap_or(places.rule);
            if !has(&any) && !is_moot && !self.names_unknown_bank(matching) {
                self.refuse(at, format!("found the check `{name}`, which no bank has for what this rule matches; allowed: a check of these operations; GET /api/checks lists them"));
            } else if !has(&known) && !is_moot {
                self.warn(at, format!("no bank has the check `{name}` for what this rule matches; `reject` is skipped there"));
            }
        }
    }

    /// The known banks that a rule is about.
    fn banks_of(&self, matching: &Matching) -> Vec<KnownBank> {
        let is_meant = |bank: &&KnownBank| {
            let matcher = matching.bank.as_ref();
            matcher.is_none_or(|matcher| accepts(matcher, &bank.id))
        };
        self.banks.iter().filter(is_meant).cloned().collect()
    }

    fn names_unknown_bank(&self, matching: &Matching) -> bool {
        let is_unknown =
            |word: &str| !word.is_empty() && self.banks.iter().all(|bank| bank.id != word);
        match &matching.bank {
            Some(Matcher::OneOf(literals)) => literals
                .iter()
                .any(|literal| literal.written.as_deref().is_some_and(is_unknown)),
            _ => false,
        }
    }
}

fn operations(matching: &Matching) -> Vec<Operation> {
    let is_meant = |operation: &Operation| {
        let matcher = matching.operation.as_ref();
        matcher.is_none_or(|matcher| accepts(matcher, operation.as_str()))
    };
    Operation::ALL.into_iter().filter(is_meant).collect()
}

/// Whether requests that are no operation are not meant.
fn needs_operation(matching: &Matching) -> bool {
    let matcher = matching.operation.as_ref();
    matcher.is_some_and(|matcher| !takes_nothing(matcher))
}

/// What of these is offered.
fn pairs<'d>(
    dialects: &'d [&'static Dialect],
    operations: &'d [Operation],
) -> impl Iterator<Item = (&'static Dialect, Operation)> + 'd {
    dialects.iter().flat_map(|dialect| {
        let offered = operations
            .iter()
            .filter(|operation| dialect.offers(**operation));
        offered.map(|operation| (*dialect, *operation))
    })
}

fn methods(dialect: &Dialect, operation: Operation) -> Vec<&'static str> {
    match operation {
        Operation::Token => vec!["POST"],
        Operation::Discovery | Operation::Jwks => vec!["GET", "HEAD"],
        operation => dialect
            .routes
            .iter()
            .filter(|route| route.operation == operation)
            .map(|route| route.method.as_str())
            .collect(),
    }
}

/// Whether one of these wants something to be there.
fn asks<K>(matchers: &[(K, Matcher)]) -> bool {
    matchers.iter().any(|(_, matcher)| !takes_nothing(matcher))
}

/// The patterns of paths, if nothing else is asked of the path.
fn patterns(matcher: &Matcher) -> Vec<&str> {
    match matcher {
        Matcher::Glob(pattern) => vec![pattern.as_str()],
        // A list: not none of these.
        Matcher::Not(none) => match &**none {
            Matcher::All(all) => all
                .iter()
                .filter_map(|one| match one {
                    Matcher::Not(pattern) => Some(patterns(pattern)),
                    _ => None,
                })
                .flatten()
                .collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
