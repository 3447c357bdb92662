//! The Secrets of access keys where there is no cluster: files, as for other credentials.

use std::fs;
use std::io;

use anyhow::{Context, Result, anyhow};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::output_secrets::OutputSecrets;
use crate::kinds::access_keys::{Held, KeptKeys, KeySecret, KeyVault, StoredKeys};
use crate::kinds::common::OWNER;
use crate::plan::ObjectName;

/// The files that the access keys of one object are kept in.
pub struct KeyFiles<'a> {
    output: &'a OutputSecrets,
    object: &'a ObjectName,
}

impl OutputSecrets {
    /// The files that the access keys of this object are kept in.
    pub fn key_vault<'a>(&'a self, object: &'a ObjectName) -> KeyFiles<'a> {
        KeyFiles { output: self, object }
    }
}

impl KeyFiles<'_> {
    /// What the owner is called in the file.
    fn owner(&self) -> String {
        format!("{}{}", self.object, StoredKeys::OWNER_SUFFIX)
    }

    /// Whether the values are under the data keys that are declared now.
    fn is_laid_out(&self, secret: &KeySecret, keys: &KeptKeys) -> Result<bool> {
        let StoredKeys { data, annotations: _ } = StoredKeys::of(secret, keys);
        let manifest = self.output.manifest(self.object, &secret.name)?;
        Ok(manifest.is_some_and(|manifest| manifest.string_data.keys().eq(data.keys())))
    }
}

impl KeyVault for KeyFiles<'_> {
    type Error = anyhow::Error;

    async fn read(&self, secret: &KeySecret) -> Result<Held> {
        let Some(manifest) = self.output.manifest(self.object, &secret.name)? else {
            return Ok(Held::Free);
        };
        let annotations = &manifest.metadata.annotations;
        if annotations.get(OWNER) != Some(&self.owner()) {
            return Ok(Held::Foreign);
        }
        let value = |key: &str| {
            let value = manifest.string_data.get(key).filter(|value| !value.is_empty())?;
            Some(SecretString::from(value.as_str()))
        };
        Ok(Held::Ours(StoredKeys::keys(annotations, value)))
    }

    async fn write(&self, secret: &KeySecret, keys: &KeptKeys) -> Result<()> {
        if !self.output.can_keep() {
            return Err(anyhow!(
                "the access key would be lost; name a folder for it with --secrets-out DIR"
            ));
        }
        match self.read(secret).await? {
            Held::Ours(kept) if kept.is_same(keys) && self.is_laid_out(secret, keys)? => {
                return Ok(());
            }
            Held::Ours(_) | Held::Free => {}
            Held::Foreign => {
                let field = "outputSecret.name";
                return Err(self.output.foreign(self.object, &secret.name, field));
            }
        }
        let StoredKeys { data, annotations } = StoredKeys::of(secret, keys);
        let data = data
            .into_iter()
            .map(|(key, value)| (key, Zeroizing::new(value.expose_secret().to_owned())))
            .collect();
        let template = secret.template.as_ref();
        self.output.store(self.object, &secret.name, self.owner(), template, annotations, data)
    }

    async fn remove(&self, secret: &str) -> Result<()> {
        let Some(manifest) = self.output.manifest(self.object, secret)? else { return Ok(()) };
        if manifest.metadata.annotations.get(OWNER) != Some(&self.owner()) {
            return Ok(());
        }
        let Some(path) = self.output.path(self.object, secret) else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::access_keys::KeyPair;
    use crate::kinds::common::{Kept, OutputSecret};

    fn object(name: &str) -> ObjectName {
        ObjectName { kind: "PortalUser", namespace: "portal".into(), name: name.into() }
    }

    fn secret() -> KeySecret {
        serde_json::from_value(serde_json::json!({ "name": "backup" })).unwrap()
    }

    fn kept() -> KeptKeys {
        let current = KeyPair { id: "AK1".into(), secret: "half".into() };
        KeptKeys { current: Some(current), ..KeptKeys::default() }
    }

    #[tokio::test]
    async fn a_pair_is_kept_in_a_file_of_its_object_and_of_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let output = OutputSecrets::new(Some(folder.path().to_owned()));
        let (ann, bob) = (object("ann"), object("bob"));
        let vault = output.key_vault(&ann);
        assert!(matches!(vault.read(&secret()).await.unwrap(), Held::Free));
        vault.write(&secret(), &kept()).await.unwrap();
        let Held::Ours(read) = vault.read(&secret()).await.unwrap() else { panic!("ours") };
        assert!(read.is_same(&kept()));
        let other = output.key_vault(&bob);
        assert!(matches!(other.read(&secret()).await.unwrap(), Held::Foreign));
        let error = other.write(&secret(), &kept()).await.unwrap_err();
        assert!(error.to_string().contains("does not belong to PortalUser portal/bob"), "{error}");
        other.remove("backup").await.unwrap();
        assert!(matches!(vault.read(&secret()).await.unwrap(), Held::Ours(_)));
        vault.remove("backup").await.unwrap();
        vault.remove("backup").await.unwrap();
        assert!(matches!(vault.read(&secret()).await.unwrap(), Held::Free));
    }

    #[tokio::test]
    async fn other_data_keys_take_the_pair_along() {
        let folder = tempfile::tempdir().unwrap();
        let (output, ann) = (OutputSecrets::new(Some(folder.path().to_owned())), object("ann"));
        let vault = output.key_vault(&ann);
        vault.write(&secret(), &kept()).await.unwrap();
        let keys = serde_json::json!({ "accessKeyId": "ID", "secretAccessKey": "KEY" });
        let renamed =
            serde_json::from_value(serde_json::json!({ "name": "backup", "keys": keys })).unwrap();
        let Held::Ours(read) = vault.read(&renamed).await.unwrap() else { panic!("ours") };
        vault.write(&renamed, &read).await.unwrap();
        let text = fs::read_to_string(folder.path().join("portal.backup.yaml")).unwrap();
        assert!(text.contains("  ID: AK1") && !text.contains("access-key-id: "), "{text}");
        let Held::Ours(read) = vault.read(&secret()).await.unwrap() else { panic!("ours") };
        assert!(read.is_same(&kept()));
    }

    #[tokio::test]
    async fn the_file_with_the_password_of_the_same_object_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (output, ann) = (OutputSecrets::new(Some(folder.path().to_owned())), object("ann"));
        let login = OutputSecret { name: "backup".into(), keys: None, template: None };
        output.write(&ann, &login, &Kept::default()).unwrap();
        let vault = output.key_vault(&ann);
        assert!(matches!(vault.read(&secret()).await.unwrap(), Held::Foreign));
        vault.remove("backup").await.unwrap();
        assert!(output.read(&ann, &login).unwrap().is_some());
        fs::remove_file(folder.path().join("portal.backup.yaml")).unwrap();
        vault.write(&secret(), &kept()).await.unwrap();
        assert!(output.read(&ann, &login).is_err());
    }

    #[tokio::test]
    async fn without_a_folder_nothing_can_be_kept() {
        let (output, ann) = (OutputSecrets::new(None), object("ann"));
        let vault = output.key_vault(&ann);
        assert!(matches!(vault.read(&secret()).await.unwrap(), Held::Free));
        let error = vault.write(&secret(), &kept()).await.unwrap_err();
        assert!(error.to_string().contains("--secrets-out DIR"), "{error}");
    }
}
