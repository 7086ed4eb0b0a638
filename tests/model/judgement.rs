//! Who may manage which client.

use crate::banks::{Bank, Who};
use crate::ledger::Ledger;
use crate::step::{ClientName, TokenName};

/// Which tokens manage clients, and what becomes of them.
#[derive(Debug, Clone, Copy)]
pub struct Switches {
    pub takes_access_tokens: bool,
    pub takes_registration_tokens: bool,
    pub rotates: bool,
}

/// Why somebody may not manage a client.
pub struct Refusal {
    pub status: u16,
    pub check: &'static str,
    pub loses_token: bool,
}

impl Ledger {
    /// Whether this caller may manage this client with this token.
    pub fn judge(
        &self,
        bank: Bank,
        switches: Switches,
        now: u64,
        by: Who,
        client: ClientName,
        token: TokenName,
    ) -> Result<(), Refusal> {
        let refused = |status, check| {
            Err(Refusal {
                status,
                check,
                loses_token: false,
            })
        };
        let grant = self.tokens.get(&token).filter(|grant| grant.lives(now));
        let Some(grant) = grant else {
            return refused(401, "token_invalid");
        };
        let (is_its, is_of_client) = (grant.who == by, grant.client == client);
        let is_taken = match grant.expires_at {
            Some(_) => switches.takes_access_tokens,
            None => switches.takes_registration_tokens,
        };
        if !is_taken {
            return refused(401, "token_wrong_kind");
        }
        // A registration access token is bound to its client's TPP, not to a certificate.
        let is_bound = grant.expires_at.is_some() || is_of_client;
        if is_bound && !is_its && !bank.judges_client_before_certificate() {
            return refused(401, "token_certificate_mismatch");
        }
        if bank == Bank::Directory {
            // Everybody may read everybody who is listed.
            return Ok(());
        }
        let Some(known) = self.clients.get(&client) else {
            return Err(Refusal {
                status: 401,
                check: "client_unknown",
                loses_token: true,
            });
        };
        if !is_of_client {
            return Err(Refusal {
                status: bank.status_of_anothers_token(),
                check: "token_of_another_client",
                loses_token: bank.destroys_misused_tokens(),
            });
        }
        if !is_its {
            return refused(401, "token_certificate_mismatch");
        }
        if known.is_suspended {
            return refused(403, "client_not_manageable");
        }
        Ok(())
    }
}
