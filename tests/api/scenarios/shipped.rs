//! Each shipped scenario does what its description says, and nothing else.

mod answer;
mod bad_request_400;
mod broken_json;
mod caller;
mod certificate_rotation;
mod chosen_by_header;
mod connection_reset;
mod eventual_consistency;
mod flaky;
mod forbidden_403;
mod gateway_html;
mod gateway_timeout_504;
mod ground;
mod key_cache;
mod lost_response;
mod missing_interaction_id;
mod outage_then_recovery;
mod quota_per_tpp;
mod raw;
mod rotated_token_lost;
mod slow_bank;
mod throttled_429;
mod token_rejected_once;
mod unauthorized_401;
mod wrong_interaction_id;

use std::path::Path;

/// Those that have tests here.
const TESTED: [&str; 20] = [
    bad_request_400::NAME,
    broken_json::NAME,
    certificate_rotation::NAME,
    connection_reset::NAME,
    eventual_consistency::NAME,
    flaky::NAME,
    forbidden_403::NAME,
    gateway_html::NAME,
    gateway_timeout_504::NAME,
    key_cache::NAME,
    lost_response::NAME,
    missing_interaction_id::NAME,
    outage_then_recovery::NAME,
    quota_per_tpp::NAME,
    rotated_token_lost::NAME,
    slow_bank::NAME,
    throttled_429::NAME,
    token_rejected_once::NAME,
    unauthorized_401::NAME,
    wrong_interaction_id::NAME,
];

#[test]
fn every_shipped_scenario_has_tests() {
    let built_in: Vec<&str> = aspsp_emulator::scenario::builtin_names().collect();
    assert_eq!(built_in, TESTED);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = std::fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let of_yaml = paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let mut names: Vec<String> = of_yaml
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(names, TESTED);
}
