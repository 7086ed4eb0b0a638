//! `explain INTERACTION-ID`: what became of an exchange of the running emulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::cli::explain::{ExplainArgs, runtime};
use crate::cli::failed;
use crate::cli::terminal::{harmless, harmless_json, print};
use crate::domain::ids::InteractionId;
use crate::remote::{Control, StoryForm};

/// Where an emulator's control listener is unless somebody says otherwise.
const CONTROL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8445);

/// Prints the story of each exchange with this interaction id, the newest last; succeeds if there is
/// one.
pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let id = interaction_id(&args.subject)?;
    let form = if args.json {
        StoryForm::Json
    } else {
        StoryForm::Text
    };
    let address = args.control_addr.unwrap_or(CONTROL);
    let control = Control::new(address, args.control_token.clone())?;
    let stories = runtime()?.block_on(control.stories(&id, form))?;
    if stories.is_empty() {
        return Ok(failed(&nobody_has(&id, address), ExitCode::FAILURE));
    }
    match form {
        StoryForm::Text => print(&pages(&stories))?,
        StoryForm::Json => print(&list(&stories)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn interaction_id(subject: &Path) -> anyhow::Result<InteractionId> {
    let id = subject.to_str().and_then(InteractionId::parse);
    id.ok_or_else(|| {
        anyhow!(
            "{} is no interaction id, which is 1 to 100 letters, digits and hyphens: to explain an exchange of the running emulator, give the x-fapi-interaction-id of its answer; to explain a request in a file, name the bank too, --bank ID FILE",
            subject.display()
        )
    })
}

fn nobody_has(id: &InteractionId, address: SocketAddr) -> anyhow::Error {
    let hint = if Path::new(id.as_str()).exists() {
        format!(
            "; there is a file {id}, too: to explain the request in it, name the bank, --bank ID {id}"
        )
    } else {
        String::new()
    };
    anyhow!(
        "no exchange of the emulator at {address} has the interaction id {id}: look at the x-fapi-interaction-id of the answer, since a bank answers with one of its own where it cannot echo the request's; journals keep the last exchanges only, 1000 of each world unless `limits: {{ journal: N }}` says otherwise{hint}"
    )
}

/// One after the other, with an empty line between them.
fn pages(stories: &[String]) -> String {
    let page = |story: &String| -> String {
        let lines = story.lines();
        lines.map(|line| format!("{}\n", harmless(line))).collect()
    };
    let pages: Vec<String> = stories.iter().map(page).collect();
    pages.join("\n")
}

fn list(stories: &[String]) -> anyhow::Result<String> {
    let items: Result<Vec<Value>, _> = stories
        .iter()
        .map(|story| serde_json::from_str(story))
        .collect();
    let text = serde_json::to_string_pretty(&json!({ "items": items? }))?;
    Ok(format!("{}\n", harmless_json(&text)))
}
