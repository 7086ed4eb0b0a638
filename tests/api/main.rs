//! The emulator as a TPP meets it: real sockets, mutual TLS, and a client library that is not ours.
//!
//! Every test owns its emulator; all share one authority, so that its keys are made once.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

#[path = "../shared/keys.rs"]
mod keys;

mod asking;
mod bad_input;
mod clients;
mod connections;
mod control;
mod control_api;
mod control_clients;
mod control_clock;
mod control_exchanges;
mod control_exchanges_curl;
mod control_exchanges_handshakes;
mod control_exchanges_secrets;
mod control_explain;
mod control_metrics;
mod control_openapi;
mod control_reset;
mod control_scenarios;
mod control_snapshot;
mod control_stream;
mod control_tpps;
mod control_urls;
mod control_verify;
mod control_worlds;
mod discovery;
mod explain;
mod fetched_keys;
mod gone_certificates;
mod helpers;
mod host_names;
mod http_rules;
mod interaction_ids;
mod key_server;
mod key_stores;
mod kit;
mod kit_again;
mod kit_brasil;
mod kit_brasil_requests;
mod library;
mod library_mistakes;
mod library_use;
mod library_worlds;
mod life_cycle;
mod management;
mod outside_directories;
mod outside_parties;
mod overview;
mod own_tpps;
mod panics;
mod registration_auth;
mod registration_cases;
mod registration_certificates;
mod registration_ciba;
mod registration_claim_types;
mod registration_jws;
mod registration_jwt_claims;
mod registration_metadata;
mod registration_raw;
mod registration_redirects;
mod registration_replace;
mod registration_response;
mod registration_statement;
mod registration_transport;
mod scenarios;
mod statements_brasil;
mod steering;
mod token;
mod token_assertions;
mod token_methods;
mod token_signatures;
mod unfetched_keys;
mod worlds_in_parallel;
