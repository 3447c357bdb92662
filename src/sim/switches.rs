//! What the switches of all systems have in common.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The switches with those named in `changes` set anew.
pub(super) fn merged<S: Serialize + DeserializeOwned>(
    switches: &S,
    changes: Map<String, Value>,
) -> Result<S, String> {
    let merged = match serde_json::to_value(switches) {
        Ok(Value::Object(mut all)) => {
            all.extend(changes);
            serde_json::from_value(Value::Object(all))
        }
        Ok(_) => return Err("the switches are no object".to_owned()),
        Err(error) => Err(error),
    };
    merged.map_err(|error| error.to_string())
}
