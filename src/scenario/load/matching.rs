//! `match`, compiled.

use crate::document::placed::Placed;
use crate::document::problem::Position;
use crate::document::shaped::{AnyValue, Given, Keyed};
use crate::scenario::file::{CertificateFile, JoseFile, MatchFile, MatcherFile};
use crate::scenario::load::matcher::{Field, accepts, takes_nothing};
use crate::scenario::load::{Judge, catalogue};
use crate::scenario::matcher::{CertificateField, Matcher, Matching, Pointer};

type OneFile = Given<Placed<MatcherFile>>;
type KeyedFile = Given<Keyed<Placed<MatcherFile>>>;

impl Judge<'_> {
    pub(super) fn matching(&mut self, file: MatchFile) -> Matching {
        let bank = file.bank.0.clone();
        let operation = file.operation.0.as_ref().map(|file| file.at);
        if let Some(path) = &file.path.0 {
            self.query(path);
        }
        let matching = Matching {
            bank: self.one(file.bank, Field::Bank),
            operation: self.one(file.operation, Field::Operation),
            method: self.one(file.method, Field::Method),
            path: self.one(file.path, Field::Path),
            software_id: self.one(file.software_id, Field::Text),
            org_id: self.one(file.org_id, Field::Text),
            client_id: self.one(file.client_id, Field::Text),
            header: self.headers(file.header),
            jose: self.jose(file.jose.0.unwrap_or_default()),
            claim: self.pointers(file.claim),
            statement: self.pointers(file.statement),
            certificate: self.certificate(file.certificate.0.unwrap_or_default()),
            sni: self.one(file.sni, Field::Text),
        };
        if let Some((file, matcher)) = bank.as_ref().zip(matching.bank.as_ref()) {
            self.known_banks(file, matcher);
        }
        if let Some((at, matcher)) = operation.zip(matching.operation.as_ref()) {
            let mut words = catalogue::operations().into_iter();
            if !takes_nothing(matcher) && !words.any(|word| accepts(matcher, word)) {
                self.warn(at, "no operation is so; this rule never applies");
            }
        }
        matching
    }

    /// Every bank that is named is there.
    fn known_banks(&mut self, file: &Placed<MatcherFile>, matcher: &Matcher) {
        let mut places: Vec<Position> = Vec::new();
        for value in values(file) {
            let word = &value.value.written;
            if self.banks.iter().all(|bank| bank.id != *word) {
                places.push(value.at);
            }
        }
        let is_met = || self.banks.iter().any(|bank| accepts(matcher, &bank.id));
        if places.is_empty() && !takes_nothing(matcher) && !is_met() {
            places.push(file.at);
        }
        let text = self.banks.unknown();
        for at in places {
            self.warn(at, text.as_str());
        }
    }

    /// A path has no query.
    fn query(&mut self, file: &Placed<MatcherFile>) {
        for value in values(file) {
            let query = value.value.written.split_once('?');
            if query.is_some_and(|(_, query)| query.contains('=')) {
                self.warn(
                    value.at,
                    "a path is compared without its query, and `?` stands for one character; write the path alone",
                );
            }
        }
    }

    fn one(&mut self, file: OneFile, field: Field) -> Option<Matcher> {
        file.0.and_then(|file| self.matcher(&file, field))
    }

    fn headers(&mut self, file: KeyedFile) -> Vec<(String, Matcher)> {
        let mut headers: Vec<(String, Matcher)> = Vec::new();
        for (name, file) in file.0.unwrap_or_default().0 {
            let lower = self.keep(super::answer::header_name(&name));
            let is_known = |lower: &String| headers.iter().any(|(known, _)| known == lower);
            if lower.as_ref().is_some_and(is_known) {
                let problem =
                    name.refused("a header field that is not there already; capitals do not count");
                self.problems.push(problem);
            }
            let matcher = self.matcher(&file, Field::Text);
            headers.extend(lower.zip(matcher));
        }
        headers
    }

    fn jose(&mut self, file: JoseFile) -> Vec<(String, Matcher)> {
        let mut members = Vec::new();
        for (name, file) in [("kid", file.kid), ("alg", file.alg), ("typ", file.typ)] {
            let matcher = self.one(file, Field::Text);
            members.extend(matcher.map(|matcher| (name.to_owned(), matcher)));
        }
        members
    }

    fn pointers(&mut self, file: KeyedFile) -> Vec<(Pointer, Matcher)> {
        let mut pointers = Vec::new();
        for (pointer, file) in file.0.unwrap_or_default().0 {
            let judged = super::answer::pointer(&pointer);
            let pointer = self.keep(judged);
            let matcher = self.matcher(&file, Field::Json);
            pointers.extend(pointer.zip(matcher));
        }
        pointers
    }

    fn certificate(&mut self, file: CertificateFile) -> Vec<(CertificateField, Matcher)> {
        let mut fields = Vec::new();
        for (of, file, field) in [
            (CertificateField::Subject, file.subject, Field::Text),
            (CertificateField::Issuer, file.issuer, Field::Text),
            (CertificateField::Serial, file.serial, Field::Hex),
            (CertificateField::Sha256, file.sha256, Field::Hex),
        ] {
            let matcher = self.one(file, field);
            fields.extend(matcher.map(|matcher| (of, matcher)));
        }
        fields
    }
}

/// The values that something is to be equal to, or not to be.
fn values(file: &Placed<MatcherFile>) -> Vec<Placed<AnyValue>> {
    match &file.value {
        MatcherFile::Value(value) => vec![Placed {
            at: file.at,
            value: value.clone(),
        }],
        MatcherFile::OneOf(list) => list.clone(),
        MatcherFile::Keys(keys) => {
            let mut found: Vec<_> = keys.equals.0.iter().cloned().collect();
            found.extend(keys.one_of.0.iter().flat_map(|list| list.value.clone()));
            found.extend(keys.not.0.iter().flat_map(values));
            found
        }
    }
}
