//! Which exchanges a rule is about.

use crate::domain::json::Object;
use crate::scenario::matcher::{Matcher, Pointer, Subject};
use crate::scenario::seen::{HANDSHAKE, Seen};

/// Which exchanges a rule is about: all must hold. What is `None` or empty holds for every exchange
/// of HTTP; a handshake is for rules whose `operation` says so.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    /// The bank's id.
    pub bank: Option<Matcher>,
    /// The operation's word; `handshake` for TLS handshakes.
    pub operation: Option<Matcher>,
    /// The method.
    pub method: Option<Matcher>,
    /// The path, without query.
    pub path: Option<Matcher>,
    /// The caller's software.
    pub software_id: Option<Matcher>,
    /// The caller's organisation.
    pub org_id: Option<Matcher>,
    /// The client of path or credentials.
    pub client_id: Option<Matcher>,
    /// Header fields, by lower-case name.
    pub header: Vec<(String, Matcher)>,
    /// Members of the request's JOSE header: `kid`, `alg`, `typ`.
    pub jose: Vec<(String, Matcher)>,
    /// Claims of the request, or members of a JSON body.
    pub claim: Vec<(Pointer, Matcher)>,
    /// Claims of the software statement sent.
    pub statement: Vec<(Pointer, Matcher)>,
    /// The client certificate.
    pub certificate: Vec<(CertificateField, Matcher)>,
    /// The host name that was asked for in the handshake.
    pub sni: Option<Matcher>,
}

/// What is asked of a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateField {
    /// Its subject (RFC 4514).
    Subject,
    /// Its issuer (RFC 4514).
    Issuer,
    /// Its serial number, in lower-case hexadecimal digits.
    Serial,
    /// Its SHA-256 fingerprint, in lower-case hexadecimal digits.
    Sha256,
}

impl Matching {
    /// The exchanges that both are about.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bank: Matcher::both(self.bank, other.bank),
            operation: Matcher::both(self.operation, other.operation),
            method: Matcher::both(self.method, other.method),
            path: Matcher::both(self.path, other.path),
            software_id: Matcher::both(self.software_id, other.software_id),
            org_id: Matcher::both(self.org_id, other.org_id),
            client_id: Matcher::both(self.client_id, other.client_id),
            header: [self.header, other.header].concat(),
            jose: [self.jose, other.jose].concat(),
            claim: [self.claim, other.claim].concat(),
            statement: [self.statement, other.statement].concat(),
            certificate: [self.certificate, other.certificate].concat(),
            sni: Matcher::both(self.sni, other.sni),
        }
    }

    /// The first matcher that does not hold, by its word in scenario files.
    #[must_use]
    pub fn missed(&self, seen: &Seen<'_>) -> Option<&'static str> {
        self.missed_by(seen, self.misses_operation(seen))
    }

    /// The same for a match that is held besides that of a rule: whether the rule is about handshakes
    /// is then the rule's matter.
    #[must_use]
    pub fn missed_besides(&self, seen: &Seen<'_>) -> Option<&'static str> {
        self.missed_by(seen, misses(self.operation.as_ref(), seen.operation))
    }

    fn missed_by(&self, seen: &Seen<'_>, misses_operation: bool) -> Option<&'static str> {
        if misses(self.bank.as_ref(), seen.bank) {
            return Some("bank");
        }
        if misses_operation {
            return Some("operation");
        }
        if misses(self.method.as_ref(), non_empty(seen.method)) {
            return Some("method");
        }
        if misses(self.path.as_ref(), non_empty(seen.path)) {
            return Some("path");
        }
        if misses(self.software_id.as_ref(), seen.software_id.as_deref()) {
            return Some("software_id");
        }
        if misses(self.org_id.as_ref(), seen.org_id.as_deref()) {
            return Some("org_id");
        }
        if misses(self.client_id.as_ref(), seen.client_id.as_deref()) {
            return Some("client_id");
        }
        self.missed_within(seen)
    }

    /// The same for the matchers that look into headers, documents and certificates.
    fn missed_within(&self, seen: &Seen<'_>) -> Option<&'static str> {
        let mut header = self.header.iter();
        if !header.all(|(name, matcher)| matcher.holds(Subject::Header(&seen.headers, name))) {
            return Some("header");
        }
        let jose = seen.request.jose.as_ref();
        let member = |name: &String| Subject::json(jose.and_then(|jose| jose.get(name)));
        if !self
            .jose
            .iter()
            .all(|(name, matcher)| matcher.holds(member(name)))
        {
            return Some("jose");
        }
        if !hold(&self.claim, seen.request.claims.as_ref()) {
            return Some("claim");
        }
        if !hold(&self.statement, seen.request.statement.as_ref()) {
            return Some("statement");
        }
        let field = |field| Subject::certificate(seen.certificate.as_ref(), field);
        let mut certificate = self.certificate.iter();
        if !certificate.all(|(of, matcher)| matcher.holds(field(*of))) {
            return Some("certificate");
        }
        let sni = seen.sni.map_or(Subject::Missing, Subject::Name);
        let misses = self.sni.as_ref().is_some_and(|matcher| !matcher.holds(sni));
        misses.then_some("sni")
    }

    pub(super) fn misses_operation(&self, seen: &Seen<'_>) -> bool {
        match seen.operation {
            Some(HANDSHAKE) => !self.is_about_handshakes(),
            operation => misses(self.operation.as_ref(), operation),
        }
    }

    /// Whether handshakes are among the operations: its `operation` says what it is, not only what
    /// it is not.
    #[must_use]
    pub fn is_about_handshakes(&self) -> bool {
        self.operation.as_ref().is_some_and(|matcher| {
            matcher.says_what_it_is() && matcher.holds(Subject::Text(HANDSHAKE))
        })
    }
}

fn misses(matcher: Option<&Matcher>, value: Option<&str>) -> bool {
    matcher.is_some_and(|matcher| !matcher.holds(value.map_or(Subject::Missing, Subject::Text)))
}

fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn hold(matchers: &[(Pointer, Matcher)], document: Option<&Object>) -> bool {
    matchers.iter().all(|(pointer, matcher)| {
        matcher.holds(Subject::json(
            document.and_then(|found| pointer.find_in(found)),
        ))
    })
}
