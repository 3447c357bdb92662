//! Objects that cannot be understood: stored before their definition changed, or through a hole in it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::error_boundary::InvalidObject;
use kube::runtime::controller::Action;
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::conditions::{Progress, conditions, progress};
use super::error::{Error, is_outdated};
use crate::plan::Reason;

/// Says so in the object's status, so that it is not taken for one that nobody looked at.
///
/// The message names the field and what is wrong with it; an object of ours holds no secret.
pub(super) async fn say<K: kube::Resource<DynamicType = ()> + DeserializeOwned>(
    client: &Client,
    object: &InvalidObject,
) -> Result<Action, Error> {
    let metadata = &object.metadata;
    let (Some(name), Some(namespace)) = (&metadata.name, &metadata.namespace) else {
        return Ok(Action::await_change());
    };
    let resource = ApiResource::erase::<K>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    // The guard's error does not name the field. A list of one, since that right is there for the watch.
    let this = ListParams::default().fields(&format!("metadata.name={name}"));
    let current = api.list(&this).await.map_err(Error::api("read the object"))?;
    let Some(what) = current.items.first().and_then(misunderstood::<K>) else {
        // Gone or mended; the watch tells.
        return Ok(Action::await_change());
    };
    let message = format!("the object cannot be understood: {what}");
    let mut conditions = conditions(
        &[],
        metadata.generation,
        progress(Progress::Stalled, Reason::Invalid, &message),
    );
    // Always the same time, so that saying it again changes nothing.
    let since = metadata.creation_timestamp.clone().unwrap_or(Time(Timestamp::UNIX_EPOCH));
    for condition in &mut conditions {
        condition.last_transition_time = since.clone();
    }
    let patch = json!({ "status": {
        "observedGeneration": metadata.generation,
        "conditions": conditions,
    }});
    match api.patch_status(name, &PatchParams::default(), &Patch::Merge(patch)).await {
        Ok(_) => Ok(Action::await_change()),
        Err(error) if is_outdated(&error) => Ok(Action::await_change()),
        Err(error) => Err(Error::api("write the status")(error)),
    }
}

/// The field that does not fit its type, and how; `None` if the object can be understood.
fn misunderstood<K: DeserializeOwned>(object: &DynamicObject) -> Option<String> {
    let object = serde_json::to_value(object).ok()?;
    serde_path_to_error::deserialize::<_, K>(object).err().map(|error| error.to_string())
}
