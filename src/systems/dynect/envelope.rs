//! The frame around every reply.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Everything of a reply but its data.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub status: String,
    #[serde(default)]
    pub job_id: Option<u64>,
    #[serde(default)]
    pub msgs: Option<Vec<Message>>,
}

/// One message. Codes and levels that nobody has seen yet are tolerated.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Message {
    #[serde(rename = "INFO", default)]
    pub info: Option<String>,
    #[serde(rename = "ERR_CD", default)]
    pub code: Option<String>,
    #[serde(rename = "LVL", default)]
    pub level: Option<String>,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

impl Envelope {
    /// Reads the frame. `None` if this is no reply of the API.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        unwrapped(body)
    }

    pub(super) fn first(&self) -> Option<&Message> {
        self.messages().first()
    }

    /// The message that says what failed: by convention the first error, and the first message otherwise.
    pub(super) fn reason(&self) -> Option<&Message> {
        let is_error = |message: &&Message| {
            message.code.is_some() || matches!(message.level.as_deref(), Some("ERROR" | "FATAL"))
        };
        self.messages().iter().find(is_error).or(self.first())
    }

    /// The message whose text begins with this.
    pub(super) fn starting_with(&self, prefix: &str) -> Option<&str> {
        self.messages().iter().map(Message::text).find(|text| text.starts_with(prefix))
    }

    fn messages(&self) -> &[Message] {
        self.msgs.as_deref().unwrap_or_default()
    }
}

impl Message {
    pub(super) fn text(&self) -> &str {
        self.info.as_deref().unwrap_or_default()
    }
}

/// Reads the data of a reply whose frame is known to say success.
pub(super) fn data<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    unwrapped::<Data<T>>(body).map(|envelope| envelope.data)
}

/// Reads an object; some replies come wrapped into an array of one.
fn unwrapped<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        serde_json::from_slice::<[T; 1]>(body).ok().map(|[only]| only)
    } else {
        serde_json::from_slice(body).ok()
    }
}
