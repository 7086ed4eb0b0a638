//! What binds a request to its path and to the certificate of its connection.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use serde_json::json;

use crate::cases::{Accepted, Case, Parties, built, claim, metadata, statement};
use crate::uk::Version;

pub fn cases(version: &'static Version) -> Vec<Case> {
    let own = version.dn_claim();
    let of_another = move |parties: &Parties<'_>| -> RequestBuilder {
        let tpp = &parties.other.tpp;
        let request = tpp.registration_request_for(parties.bank, AuthMethod::PrivateKeyJwt);
        request.without(own)
    };
    let refused = statement("certificate_not_the_tpps");
    let ignored = json!({"certificate_binding": "ignore"});
    let id = "6f1ed002-ab5f-4b2c-8b3a-5e2e3f0c9d11";
    vec![
        built("the request of another TPP", refused, of_another),
        built("the request of another TPP", refused, of_another).lenient(),
        built("the request of another TPP", Accepted, of_another)
            .switched(ignored.clone())
            .only(Operation::Register),
        built("another TPP's", metadata("software_changed"), of_another)
            .switched(ignored)
            .only(Operation::Update),
        // POST: the bank chooses the id itself.
        claim("client_id", id, Accepted).only(Operation::Register),
        claim("client_id", id, metadata("client_id_mismatch")).only(Operation::Update),
        claim("client_id", id, metadata("client_id_mismatch"))
            .only(Operation::Update)
            .lenient(),
    ]
}
