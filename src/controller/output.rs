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
use crate::kinds::access_keys::StoredKeys;
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

/// What an owner keeps in a Secret. A Secret for the one is to the other like that of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Login,
    AccessKeys,
}

impl Owner {
    pub(super) fn owns(&self, values: &SecretValues, content: Content) -> bool {
        values.annotations.get(OWNER) == Some(&self.text(content))
    }

    /// With the uid: the Secret of an object that was removed belongs to nobody who comes later.
    fn text(&self, content: Content) -> String {
        let Self { object, reference } = self;
        let suffix = match content {
            Content::Login => "",
            Content::AccessKeys => StoredKeys::OWNER_SUFFIX,
        };
        format!("{object} {}{suffix}", reference.uid)
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
    if !owner.owns(&values, Content::Login) {
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
    let name = Name::new(&owner.object.namespace, &output.name);
    let version = match shared.secrets.get(&name).await? {
        None => None,
        Some(values) if !owner.owns(&values, Content::Login) => {
            return Err(WriteError::Foreign(output.name.clone()));
        }
        Some(values) => Some(values.version.clone()),
    };
    let wanted = manifest(owner, output, credentials);
    store(shared, owner, &output.name, wanted, &[], version).await?;
    Ok(())
}

/// Makes the Secret as wanted, if it differs, and returns its version. Of `exact` annotations it has none that is not
/// wanted. It takes the place of `version`, which was looked at and is ours; `None`: there was none. Whatever came since
/// has to be looked at first, so then it fails.
pub(super) async fn store(
    shared: &Shared,
    owner: &Owner,
    secret: &str,
    mut wanted: Secret,
    exact: &[&str],
    version: Option<String>,
) -> Result<String, Error> {
    let Shared { client, secrets, metrics, .. } = shared;
    let api: Api<Secret> = Api::namespaced(client.clone(), &owner.object.namespace);
    let name = Name::new(&owner.object.namespace, secret);
    let written = if version.is_none() {
        api.create(&PostParams::default(), &wanted).await.map_err(Error::api("create a Secret"))
    } else {
        let current = api.get(secret).await.map_err(Error::api("read a Secret"))?;
        if holds(&current, &wanted, exact) {
            return Ok(secrets.keep(&name, current).version.clone());
        }
        wanted.metadata.resource_version = version;
        let replaced = api.replace(secret, &PostParams::default(), &wanted).await;
        replaced.map_err(Error::api("replace a Secret"))
    };
    let version = secrets.keep(&name, written?).version.clone();
    metrics.wrote(owner.object.kind, Written::Secret);
    Ok(version)
}

/// Removes a Secret that was written for this content of this object and is no longer asked for.
pub(super) async fn remove(
    shared: &Shared,
    owner: &Owner,
    content: Content,
    secret: &str,
) -> Result<(), Error> {
    let Shared { client, secrets, metrics, .. } = shared;
    let name = Name::new(&owner.object.namespace, secret);
    let Some(values) = secrets.get(&name).await? else { return Ok(()) };
    if !owner.owns(&values, content) {
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
    let template = output.template.as_ref();
    secret(owner, Content::Login, &output.name, template, annotations, data)
}

/// A Secret of ours with this content.
pub(super) fn secret(
    owner: &Owner,
    content: Content,
    name: &str,
    template: Option<&OutputTemplate>,
    ours: BTreeMap<String, String>,
    data: BTreeMap<String, ByteString>,
) -> Secret {
    let template = template.cloned().unwrap_or_default();
    let mut labels = template.labels.unwrap_or_default();
    labels.insert(LABEL.0.to_owned(), LABEL.1.to_owned());
    let mut annotations = template.annotations.unwrap_or_default();
    annotations.insert(OWNER.to_owned(), owner.text(content));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A Secret with these annotations.
    fn annotated(content: Content, names: &[&str]) -> Secret {
        let object = ObjectName { kind: "PortalUser", namespace: "s3".into(), name: "ada".into() };
        let reference = OwnerReference { uid: "42".into(), ..OwnerReference::default() };
        let ours = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        secret(&Owner { object, reference }, content, "keys", None, ours, BTreeMap::new())
    }

    #[test]
    fn a_login_and_access_keys_never_take_each_others_secret() {
        let owner = |content| annotated(content, &[]).metadata.annotations.unwrap()[OWNER].clone();
        assert_eq!(owner(Content::Login), "PortalUser s3/ada 42");
        assert_eq!(owner(Content::AccessKeys), "PortalUser s3/ada 42 access-keys");
    }

    #[test]
    fn what_others_added_is_left_and_an_exact_annotation_too_many_is_not() {
        let wanted = annotated(Content::AccessKeys, &["a"]);
        assert!(holds(&annotated(Content::AccessKeys, &["a", "b"]), &wanted, &["c"]));
        assert!(!holds(&annotated(Content::AccessKeys, &["a", "c"]), &wanted, &["c"]));
        assert!(!holds(&annotated(Content::AccessKeys, &[]), &wanted, &["c"]));
        let empty = Secret { data: None, ..wanted.clone() };
        assert!(holds(&empty, &wanted, &["c"]));
    }
}
