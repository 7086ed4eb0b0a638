//! What one bank must remember, and what it must say to whoever asks.

use std::collections::BTreeMap;

use crate::banks::{Bank, Redirects, Who};
use crate::judgement::{Refusal, Switches};
use crate::step::{Ask, ClientName, TokenName};

/// Life of an access token, in seconds.
const TOKEN_LIFETIME: u64 = 300;

/// The check that a caller of the token endpoint fails.
const NOT_PROVEN: &str = "client_authentication_failed";

/// A client that was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    pub who: Who,
    pub redirects: Redirects,
    pub is_suspended: bool,
}

/// A token that was committed.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub client: ClientName,
    pub who: Who,
    /// `None`: a registration access token, which does not expire.
    pub expires_at: Option<u64>,
    /// Whether it had expired at some time. A bank may forget it then, or not: should time go back, nobody
    /// can say whether it is good.
    has_lapsed: bool,
}

/// What bank and TPP agree on: a status, and what is stored from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    pub status: u16,
    pub created: Option<ClientName>,
    pub issued: Option<TokenName>,
    /// The client that the answer shows.
    pub shown: Option<ClientName>,
    /// The check that refused.
    pub refused_by: Option<&'static str>,
}

impl Outcome {
    fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    fn refused(status: u16, check: &'static str) -> Self {
        Self {
            refused_by: Some(check),
            ..Self::status(status)
        }
    }
}

/// What one bank remembers.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub clients: BTreeMap<ClientName, Client>,
    pub tokens: BTreeMap<TokenName, Grant>,
}

impl Ledger {
    /// Time has come to this second.
    pub fn come_to(&mut self, now: u64) {
        for grant in self.tokens.values_mut() {
            grant.has_lapsed |= grant.expires_at.is_some_and(|expires| expires <= now);
        }
    }

    /// Whether it can be said if this token is good.
    pub fn is_certain_of(&self, token: TokenName, now: u64) -> bool {
        let grant = self.tokens.get(&token);
        grant.is_none_or(|grant| !grant.has_lapsed || !grant.lives(now))
    }

    /// What a bank's answer to a request of this number must be, once it did its work.
    pub fn work(
        &mut self,
        bank: Bank,
        switches: Switches,
        now: u64,
        by: Who,
        number: u32,
        ask: Ask,
    ) -> Outcome {
        match ask {
            Ask::Register(redirects) => self.register(switches, by, number, redirects),
            Ask::Token(client) => self.issue(now, by, number, client),
            Ask::Read(client, token) => match self.judge(bank, switches, now, by, client, token) {
                Ok(()) => Outcome {
                    shown: Some(client),
                    ..Outcome::status(200)
                },
                Err(refusal) => self.refuse(&refusal, token),
            },
            Ask::Replace(client, token, redirects) => {
                match self.judge(bank, switches, now, by, client, token) {
                    Ok(()) => self.replace(switches, number, client, token, redirects),
                    Err(refusal) => self.refuse(&refusal, token),
                }
            }
            Ask::Delete(client, token) => {
                match self.judge(bank, switches, now, by, client, token) {
                    Ok(()) => {
                        self.remove(client);
                        Outcome::status(204)
                    }
                    Err(refusal) => self.refuse(&refusal, token),
                }
            }
        }
    }

    /// The client goes, and its tokens with it.
    pub fn remove(&mut self, client: ClientName) {
        self.clients.remove(&client);
        self.revoke_tokens_of(client);
    }

    pub fn revoke_tokens_of(&mut self, client: ClientName) {
        self.tokens.retain(|_, grant| grant.client != client);
    }

    fn register(
        &mut self,
        switches: Switches,
        by: Who,
        number: u32,
        redirects: Redirects,
    ) -> Outcome {
        let client = ClientName::Made(number);
        let registered = Client {
            who: by,
            redirects,
            is_suspended: false,
        };
        self.clients.insert(client, registered);
        let issued = switches
            .takes_registration_tokens
            .then_some(TokenName(number));
        if let Some(token) = issued {
            self.keep_registration_token(token, client, by);
        }
        Outcome {
            created: Some(client),
            issued,
            shown: Some(client),
            ..Outcome::status(201)
        }
    }

    fn issue(&mut self, now: u64, by: Who, number: u32, client: ClientName) -> Outcome {
        let (owner, created) = match (client, self.clients.get(&client)) {
            (_, Some(known)) => (known.who, None),
            // Stored when it first proves who it is.
            (ClientName::Listed(who), None) => (who, Some(client)),
            (ClientName::Made(_), None) => return Outcome::refused(401, NOT_PROVEN),
        };
        if owner != by {
            return Outcome::refused(401, NOT_PROVEN);
        }
        if created.is_some() {
            let listed = Client {
                who: owner,
                redirects: Redirects::Both,
                is_suspended: false,
            };
            self.clients.insert(client, listed);
        }
        let token = TokenName(number);
        let grant = Grant {
            client,
            who: by,
            expires_at: Some(now + TOKEN_LIFETIME),
            has_lapsed: false,
        };
        self.tokens.insert(token, grant);
        Outcome {
            created,
            issued: Some(token),
            ..Outcome::status(200)
        }
    }

    fn replace(
        &mut self,
        switches: Switches,
        number: u32,
        client: ClientName,
        token: TokenName,
        redirects: Redirects,
    ) -> Outcome {
        let mut outcome = Outcome {
            shown: Some(client),
            ..Outcome::status(200)
        };
        let Some(registered) = self.clients.get_mut(&client) else {
            return outcome;
        };
        registered.redirects = redirects;
        let who = registered.who;
        let is_registration_token = self.tokens[&token].expires_at.is_none();
        if switches.rotates && is_registration_token {
            self.tokens.remove(&token);
            self.keep_registration_token(TokenName(number), client, who);
            outcome.issued = Some(TokenName(number));
        }
        outcome
    }

    fn keep_registration_token(&mut self, token: TokenName, client: ClientName, who: Who) {
        let grant = Grant {
            client,
            who,
            expires_at: None,
            has_lapsed: false,
        };
        self.tokens.insert(token, grant);
    }

    fn refuse(&mut self, refusal: &Refusal, token: TokenName) -> Outcome {
        if refusal.loses_token {
            self.tokens.remove(&token);
        }
        Outcome::refused(refusal.status, refusal.check)
    }
}

impl Grant {
    pub fn lives(&self, now: u64) -> bool {
        self.expires_at.is_none_or(|expires| now < expires)
    }
}
