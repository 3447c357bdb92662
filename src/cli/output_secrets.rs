//! Where generated and read credentials go when there is no cluster: one Secret manifest per file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::private_file::write_private;
use crate::kinds::common::{GENERATED_AT, Kept, OWNER, OutputSecret, OutputTemplate};
use crate::plan::ObjectName;

/// The folder of `--secrets-out`, if there is one.
#[derive(Debug)]
pub struct OutputSecrets {
    folder: Option<PathBuf>,
}

/// The file's content. It holds secrets in clear, so it lives as short as possible and is never printed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    api_version: String,
    kind: String,
    pub(super) metadata: Metadata,
    #[serde(rename = "type")]
    type_: String,
    pub(super) string_data: BTreeMap<String, Zeroizing<String>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Metadata {
    name: String,
    namespace: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

impl OutputSecrets {
    /// Writes into this folder; without one, nothing is kept.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Whether credentials can be kept.
    pub fn can_keep(&self) -> bool {
        self.folder.is_some()
    }

    /// What is kept for this object. Fails if the file is not this object's, or cannot be read.
    pub fn read(&self, object: &ObjectName, output: &OutputSecret) -> Result<Option<Kept>> {
        let Some(manifest) = self.manifest(object, &output.name)? else { return Ok(None) };
        let annotations = manifest.metadata.annotations;
        if annotations.get(OWNER) != Some(&object.to_string()) {
            return Err(self.foreign(object, &output.name, "spec.outputSecret"));
        }
        let mut data = manifest.string_data;
        let mut take = |key: &str| data.remove(key);
        let generated_at = annotations.get(GENERATED_AT).and_then(|time| time.parse().ok());
        Ok(Some(Kept {
            user_name: take(output.user_name_key()).map(|name| name.to_string()),
            password: take(output.password_key())
                .filter(|password| !password.is_empty())
                .map(|password| SecretString::from(password.to_string())),
            generated_at,
        }))
    }

    /// Keeps these credentials, unless they are kept already. Without a folder, does nothing.
    pub fn write(
        &self,
        object: &ObjectName,
        output: &OutputSecret,
        credentials: &Kept,
    ) -> Result<()> {
        let kept = self.read(object, output)?;
        if kept.is_some_and(|kept| kept.is_same(credentials)) {
            return Ok(());
        }
        let Kept { user_name, password, generated_at } = credentials;
        let user_name = user_name
            .as_ref()
            .map(|name| (output.user_name_key().to_owned(), Zeroizing::new(name.clone())));
        let password = password.as_ref().map(|password| {
            let value = Zeroizing::new(password.expose_secret().to_owned());
            (output.password_key().to_owned(), value)
        });
        let generated_at = generated_at.map(|time| (GENERATED_AT.to_owned(), time.to_string()));
        let annotations = generated_at.into_iter().collect();
        let data = user_name.into_iter().chain(password).collect();
        self.store(
            object,
            &output.name,
            object.to_string(),
            output.template.as_ref(),
            annotations,
            data,
        )
    }

    /// What stands in the file of this Secret; `None` if there is none.
    pub(super) fn manifest(&self, object: &ObjectName, secret: &str) -> Result<Option<Manifest>> {
        let Some(path) = self.path(object, secret) else { return Ok(None) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        // The parser's error would show the line that it stumbled on, and with it perhaps a secret.
        let Ok(manifest) = serde_saphyr::from_str::<Manifest>(&text) else {
            bail!("{} is not a Secret that Roster wrote; move it away", path.display());
        };
        Ok(Some(manifest))
    }

    pub(super) fn foreign(&self, object: &ObjectName, secret: &str, field: &str) -> anyhow::Error {
        let path = self.path(object, secret).unwrap_or_default();
        anyhow!(
            "{} does not belong to {object}; choose another name in {field}, or move the file away",
            path.display()
        )
    }

    /// Writes the file of this Secret, with what its `owner` is called in it. Without a folder, does nothing.
    pub(super) fn store(
        &self,
        object: &ObjectName,
        secret: &str,
        owner: String,
        template: Option<&OutputTemplate>,
        ours: BTreeMap<String, String>,
        string_data: BTreeMap<String, Zeroizing<String>>,
    ) -> Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(object, secret)) else {
            return Ok(());
        };
        let template = template.cloned().unwrap_or_default();
        let mut annotations = template.annotations.unwrap_or_default();
        annotations.insert(OWNER.to_owned(), owner);
        annotations.extend(ours);
        let manifest = Manifest {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            metadata: Metadata {
                name: secret.to_owned(),
                namespace: object.namespace.clone(),
                labels: template.labels.unwrap_or_default(),
                annotations,
            },
            type_: "Opaque".to_owned(),
            string_data,
        };
        let text = Zeroizing::new(serde_saphyr::to_string(&manifest)?);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        write_private(&path, text.as_bytes())
    }

    pub(super) fn path(&self, object: &ObjectName, secret: &str) -> Option<PathBuf> {
        // Neither name can hold a `/`, and a namespace no `.`, so two Secrets never share a file.
        let file = format!("{}.{secret}.yaml", object.namespace);
        self.folder.as_ref().map(|folder| folder.join(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn object(name: &str) -> ObjectName {
        ObjectName { kind: "UpdateUser", namespace: "dns".into(), name: name.into() }
    }

    fn output() -> OutputSecret {
        OutputSecret { name: "edge1-login".into(), keys: None, template: None }
    }

    fn credentials() -> Kept {
        Kept {
            user_name: Some("acme-edge1".into()),
            password: Some(SecretString::from("it's \"quoted\": 0123")),
            generated_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        }
    }

    #[test]
    fn what_was_written_is_read_again_and_only_its_owner_can() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = OutputSecrets::new(Some(folder.path().join("made")));
        secrets.write(&object("edge1"), &output(), &credentials()).unwrap();
        let kept = secrets.read(&object("edge1"), &output()).unwrap().unwrap();
        assert!(kept.is_same(&credentials()));
        let path = folder.path().join("made/dns.edge1-login.yaml");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_file_of_another_object_is_neither_read_nor_written() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = OutputSecrets::new(Some(folder.path().to_owned()));
        secrets.write(&object("edge1"), &output(), &credentials()).unwrap();
        let error = secrets.write(&object("edge2"), &output(), &credentials()).unwrap_err();
        assert!(error.to_string().contains("does not belong to UpdateUser dns/edge2"), "{error}");
        fs::write(folder.path().join("dns.edge1-login.yaml"), "password: hunter2").unwrap();
        let error = secrets.read(&object("edge1"), &output()).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn the_same_credentials_are_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = OutputSecrets::new(Some(folder.path().to_owned()));
        secrets.write(&object("edge1"), &output(), &credentials()).unwrap();
        let path = folder.path().join("dns.edge1-login.yaml");
        let commented = format!("# kept\n{}", fs::read_to_string(&path).unwrap());
        fs::write(&path, &commented).unwrap();
        secrets.write(&object("edge1"), &output(), &credentials()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), commented);
    }
}
