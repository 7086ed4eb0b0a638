//! The exchanges of a running emulator that have one interaction id, in whichever world they were.

use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use serde::Deserialize;

use crate::domain::ids::InteractionId;
use crate::remote::{Control, RemoteError, unexpected};

/// The world that is always there.
const DEFAULT: &str = "default";

/// How the story of an exchange is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoryForm {
    /// A page for people.
    Text,
    /// The exchange and why it came out so, as JSON.
    Json,
}

impl StoryForm {
    fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
        }
    }
}

#[derive(Debug, Deserialize)]
struct List<T> {
    items: Vec<T>,
}

/// A world, as `GET /api/worlds` shows it.
#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
}

/// An exchange, as `GET {w}/exchanges` shows it.
#[derive(Debug, Deserialize)]
struct Found {
    id: u64,
    received_at: String,
}

impl Control {
    /// The stories of the exchanges with this interaction id, the newest last. All worlds are asked.
    ///
    /// # Errors
    /// See [`RemoteError`]. That there is none is no error.
    pub async fn stories(
        &self,
        interaction_id: &InteractionId,
        form: StoryForm,
    ) -> Result<Vec<String>, RemoteError> {
        let mut told = Vec::new();
        for world in self.worlds().await? {
            let query = format!("{world}/exchanges?interaction_id={interaction_id}");
            let found: Option<List<Found>> = self.list(&query).await?;
            for exchange in found.into_iter().flat_map(|list| list.items) {
                let path = format!("{world}/exchanges/{}/explain", exchange.id);
                // It may have made room for another by now.
                if let Some(story) = self.ask(&path, form.media_type()).await? {
                    let story = String::from_utf8_lossy(&story).into_owned();
                    told.push((exchange.received_at, story));
                }
            }
        }
        // Of one length and in UTC, so that they sort as times.
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(told.into_iter().map(|(_, story)| story).collect())
    }

    /// The part of the control API about each world.
    async fn worlds(&self) -> Result<Vec<String>, RemoteError> {
        let body = self.read("/api/worlds").await?;
        let list: List<Listed> = serde_json::from_slice(&body)
            .map_err(|_| unexpected(&format!("{}/api/worlds", self.base), StatusCode::OK))?;
        let others = list.items.iter().map(|world| world.name.as_str());
        let others = others.filter(|name| *name != DEFAULT);
        let others = others.map(|name| format!("/api/worlds/{name}"));
        Ok(std::iter::once("/api".to_owned()).chain(others).collect())
    }

    /// `None` if the world is gone.
    async fn list<T: for<'d> Deserialize<'d>>(
        &self,
        path: &str,
    ) -> Result<Option<List<T>>, RemoteError> {
        let Some(body) = self.ask(path, "application/json").await? else {
            return Ok(None);
        };
        let list = serde_json::from_slice(&body);
        list.map(Some)
            .map_err(|_| unexpected(&format!("{}{path}", self.base), StatusCode::OK))
    }

    /// The body of an answer to GET; `None` if what is asked for is gone.
    async fn ask(&self, path: &str, accept: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let url = format!("{}{path}", self.base);
        let request = self.http.get(&url).header(ACCEPT, accept);
        let (status, body) = self.answer(request).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            _ => self.accepted(&url, status, body).map(Some),
        }
    }
}
