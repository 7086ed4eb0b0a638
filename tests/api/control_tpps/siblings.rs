//! Several TPPs of one organisation.

use super::*;

const ORG: &str = "00158000016i44IAAQ";

async fn patch(bank: &TestBank, tpp: &Made, asked: Value) {
    answered(&bank.emulator, Method::PATCH, &tpp.path, &asked, 200).await;
}

#[tokio::test]
async fn software_of_one_organisation_has_its_name_number_and_status() {
    let bank = TestBank::start().await;
    let uuid = "fd7cfb08-8b1c-4a0a-a4b5-2f4f0f9c9b6c";
    for (ecosystem, org) in [("uk", ORG), ("brasil", uuid)] {
        let asked = json!({ "ecosystem": ecosystem, "org_id": org });
        let first = Made::new(&bank, asked.clone()).await;
        let other = Made::new(&bank, json!({ "ecosystem": ecosystem })).await;
        patch(&bank, &first, json!({ "org_status": "Withdrawn" })).await;
        let second = Made::new(&bank, asked).await;
        assert_ne!(first.text("/software_id"), second.text("/software_id"));
        let claims = async |tpp: &Made| {
            let statement = tpp.post(&bank, "statements", Value::Null, 200).await;
            let claims = &statement["claims"];
            let names = [
                "org_id",
                "org_name",
                "org_number",
                "organisation_competent_authority_claims",
            ];
            names.map(|name| claims[name].clone())
        };
        assert_eq!(claims(&first).await, claims(&second).await);
        assert_ne!(claims(&first).await, claims(&other).await);
        let org_of =
            |record: &Value| [&record["org_name"], &record["org_status"]].map(Value::clone);
        for status in ["Withdrawn", "Revoked"] {
            patch(&bank, &second, json!({ "org_status": status })).await;
            let records = [
                get(&bank, &first.path).await,
                get(&bank, &second.path).await,
            ];
            assert_eq!(org_of(&records[0]), org_of(&records[1]));
            assert_eq!(records[0]["org_status"], status);
        }
        assert_eq!(get(&bank, &other.path).await["org_status"], "Active");
        // The software has statuses of its own.
        patch(&bank, &second, json!({ "software_status": "Suspended" })).await;
        assert_eq!(get(&bank, &first.path).await["software_status"], "Active");
    }
}

#[tokio::test]
async fn later_software_of_an_organisation_has_its_status_from_the_start() {
    let bank = TestBank::start().await;
    let first = Made::new(&bank, json!({ "org_id": ORG })).await;
    patch(&bank, &first, json!({ "org_status": "Revoked" })).await;
    let second = Made::new(&bank, json!({ "org_id": ORG })).await;
    assert_eq!(get(&bank, &second.path).await["org_status"], "Revoked");
    answered(
        &bank.emulator,
        Method::DELETE,
        &first.path,
        &Value::Null,
        204,
    )
    .await;
    answered(
        &bank.emulator,
        Method::DELETE,
        &second.path,
        &Value::Null,
        204,
    )
    .await;
    let third = Made::new(&bank, json!({ "org_id": ORG })).await;
    assert_eq!(get(&bank, &third.path).await["org_status"], "Active");
}
