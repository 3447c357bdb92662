//! Output Secrets: where generated and read credentials go.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, PostParams, Preconditions};
use secrecy::{ExposeSecret, SecretString};

use super::error::Error;
use super::metrics::Written;
use super::names::Name;
use super::secrets::{SecretValues, Secrets};
use super::shared::Shared;
use crate::kinds::common::{GENERATED_AT, Kept, OWNER, OutputSecret, OutputTemplate, ROTATED_FOR};
use crate::plan::ObjectName;

/// Says that Roster wrote the Secret, and lets people select such Secrets.
const LABEL: (&str, &str) = ("roster.rs/output", "true");

/// What goes into an output Secret.
#[derive(Debug, Clone, Default)]
pub(super) struct Credentials {
    pub user_name: Option<String>,
    pub password: Option<SecretString>,
    pub generated_at: Option<Timestamp>,
    /// The request that the password was made for.
    pub rotated_for: Option<String>,
}

/// What an output Secret is to this object.
#[derive(Debug)]
pub(super) enum Output {
    /// There is none.
    Free,
    Ours(Kept, Option<String>),
    /// It belongs to somebody else.
    Foreign,
}

/// The owner of output Secrets: an object with an account.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub object: ObjectName,
    pub reference: OwnerReference,
}

impl Owner {
    pub(super) fn owns(&self, values: &SecretValues) -> bool {
        values.annotations.get(OWNER) == Some(&self.text())
    }

    /// With the uid: the Secret of an object that was removed belongs to nobody who comes later.
    fn text(&self) -> String {
        format!("{} {}", self.object, self.reference.uid)
    }
}

/// What the output Secret holds for this object.
pub(super) async fn read(
    secrets: &Secrets,
    owner: &Owner,
    output: &OutputSecret,
) -> Result<Output, Error> {
    let name = Name::new(&owner.object.namespace, &output.name);
    let Some(values) = secrets.get(&name).await? else { return Ok(Output::Free) };
    if !owner.owns(&values) {
        return Ok(Output::Foreign);
    }
    let text = |key: &str| values.text(key);
    let kept = Kept {
        user_name: text(output.user_name_key()).map(|name| name.expose_secret().to_owned()),
        password: text(output.password_key()),
        generated_at: values.annotations.get(GENERATED_AT).and_then(|time| time.parse().ok()),
    };
    Ok(Output::Ours(kept, values.annotations.get(ROTATED_FOR).cloned()))
}

/// Why an output Secret was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(
        "the Secret `{0}` exists and was not written for this object; choose another name in spec.outputSecret, or remove the Secret"
    )]
    Foreign(String),
    #[error(transparent)]
    Api(#[from] Error),
}

/// Writes the Secret if it differs.
pub(super) async fn write(
    shared: &Shared,
    owner: &Owner,
    output: &OutputSecret,
    credentials: &Credentials,
) -> Result<(), WriteError> {
    let wanted = manifest(owner, output, credentials);
    store(shared, owner, &output.name, wanted, &[]).await
}

/// Makes the Secret as wanted, if it differs. Of `exact` annotations it has none that is not wanted.
pub(super) async fn store(
    shared: &Shared,
    owner: &Owner,
    secret: &str,
    wanted: Secret,
    exact: &[&str],
) -> Result<(), WriteError> {
    let Shared { client, secrets, metrics, .. } = shared;
    let api: Api<Secret> = Api::namespaced(client.clone(), &owner.object.namespace);
    let name = Name::new(&owner.object.namespace, secret);
    let written = match secrets.get(&name).await? {
        None => {
            api.create(&PostParams::default(), &wanted).await.map_err(Error::api("create a Secret"))
        }
        Some(values) if !owner.owns(&values) => {
            return Err(WriteError::Foreign(secret.to_owned()));
        }
        Some(values) => {
            let current = api.get(secret).await.map_err(Error::api("read a Secret"))?;
            if holds(&current, &wanted, exact) {
                secrets.keep(&name, current);
                return Ok(());
            }
            let mut wanted = wanted;
            // Whoever changed it since has to be looked at first.
            wanted.metadata.resource_version = Some(values.version.clone());
            let replaced = api.replace(secret, &PostParams::default(), &wanted).await;
            replaced.map_err(Error::api("replace a Secret"))
        }
    };
    secrets.keep(&name, written?);
    metrics.wrote(owner.object.kind, Written::Secret);
    Ok(())
}

/// Removes a Secret that was written for this object and is no longer asked for.
pub(super) async fn remove(shared: &Shared, owner: &Owner, secret: &str) -> Result<(), Error> {
    let Shared { client, secrets, metrics, .. } = shared;
    let name = Name::new(&owner.object.namespace, secret);
    let Some(values) = secrets.get(&name).await? else { return Ok(()) };
    if !owner.owns(&values) {
        return Ok(());
    }
    let api: Api<Secret> = Api::namespaced(client.clone(), &owner.object.namespace);
    let preconditions = Preconditions { resource_version: Some(values.version.clone()), uid: None };
    let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
    match api.delete(secret, &parameters).await {
        Ok(_) => metrics.wrote(owner.object.kind, Written::Secret),
        Err(kube::Error::Api(status)) if status.is_not_found() => {}
        Err(error) => return Err(Error::api("delete a Secret")(error)),
    }
    secrets.forget(&name);
    Ok(())
}

fn manifest(owner: &Owner, output: &OutputSecret, credentials: &Credentials) -> Secret {
    let Credentials { user_name, password, generated_at, rotated_for } = credentials;
    let mut annotations = BTreeMap::new();
    annotations.extend(generated_at.map(|time| (GENERATED_AT.to_owned(), time.to_string())));
    annotations.extend(rotated_for.clone().map(|request| (ROTATED_FOR.to_owned(), request)));
    let mut data = BTreeMap::new();
    let mut put = |key: &str, value: &str| {
        data.insert(key.to_owned(), ByteString(value.as_bytes().to_vec()));
    };
    if let Some(user_name) = user_name {
        put(output.user_name_key(), user_name);
    }
    if let Some(password) = password {
        put(output.password_key(), password.expose_secret());
    }
    secret(owner, &output.name, output.template.as_ref(), annotations, data)
}

/// A Secret of ours with this content.
pub(super) fn secret(
    owner: &Owner,
    name: &str,
    template: Option<&OutputTemplate>,
    ours: BTreeMap<String, String>,
    data: BTreeMap<String, ByteString>,
) -> Secret {
    let template = template.cloned().unwrap_or_default();
    let mut labels = template.labels.unwrap_or_default();
    labels.insert(LABEL.0.to_owned(), LABEL.1.to_owned());
    let mut annotations = template.annotations.unwrap_or_default();
    annotations.insert(OWNER.to_owned(), owner.text());
    annotations.extend(ours);
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(owner.object.namespace.clone()),
            labels: Some(labels),
            annotations: Some(annotations),
            owner_references: Some(vec![owner.reference.clone()]),
            ..ObjectMeta::default()
        },
        type_: Some("Opaque".to_owned()),
        data: Some(data),
        ..Secret::default()
    }
}

/// Whether the Secret holds all that is wanted. What others added to its metadata does not matter, but for `exact`
/// annotations.
fn holds(current: &Secret, wanted: &Secret, exact: &[&str]) -> bool {
    let includes = |current: &Option<BTreeMap<String, String>>,
                    wanted: &Option<BTreeMap<String, String>>| {
        wanted.iter().flatten().all(|(key, value)| {
            current.as_ref().and_then(|current| current.get(key)) == Some(value)
        })
    };
    let annotation = |secret: &Secret, name: &str| {
        secret.metadata.annotations.as_ref().and_then(|annotations| annotations.get(name).cloned())
    };
    current.data.clone().unwrap_or_default() == wanted.data.clone().unwrap_or_default()
        && exact.iter().all(|name| annotation(current, name) == annotation(wanted, name))
        && includes(&current.metadata.labels, &wanted.metadata.labels)
        && includes(&current.metadata.annotations, &wanted.metadata.annotations)
}
