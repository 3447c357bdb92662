//! Where the values of Secrets come from: documents of the input, then the environment.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::input::{Loaded, SecretDocument};

/// How the environment is read; a value, so that tests need not change the process's own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The values of Secrets.
pub struct Secrets<'a> {
    documents: BTreeMap<(&'a str, &'a str), &'a SecretDocument>,
    prefix: Option<&'a str>,
    environment: Environment<'a>,
}

impl<'a> Secrets<'a> {
    /// Looks in these documents first, then in the environment if there is a prefix.
    pub fn new(
        documents: &'a [Loaded<SecretDocument>],
        prefix: Option<&'a str>,
        environment: Environment<'a>,
    ) -> Self {
        let documents = documents
            .iter()
            .map(|loaded| ((&*loaded.object.namespace, &*loaded.object.name), &loaded.object))
            .collect();
        Self { documents, prefix, environment }
    }

    /// The value of a key, or what is missing and where to put it.
    pub fn get(&self, namespace: &str, name: &str, key: &str) -> Result<SecretString, String> {
        let document = self.documents.get(&(namespace, name));
        if let Some(value) = document.and_then(|document| document.get(key)) {
            return Ok(value.clone());
        }
        let variable = self.prefix.map(|prefix| variable(prefix, name, key));
        if let Some(value) = variable.as_deref().and_then(self.environment) {
            return Ok(SecretString::from(value));
        }
        let missing = match document {
            Some(_) => format!("Secret {namespace}/{name} has no key `{key}`"),
            None => format!("there is no Secret {namespace}/{name} in the input"),
        };
        Err(match variable {
            Some(variable) => format!("{missing}, and {variable} is not set"),
            None => missing,
        })
    }

    /// What a person can do about a missing value.
    pub fn remedy(&self) -> &'static str {
        if self.prefix.is_some() {
            "add the Secret to the input, or set the variable"
        } else {
            "add the Secret to the input, or take it from the environment with --secret-env PREFIX"
        }
    }
}

/// `ROSTER_` and key `password` of Secret `dyn-login` make `ROSTER_DYN_LOGIN_PASSWORD`.
fn variable(prefix: &str, name: &str, key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let words: String = format!("{name}_{key}").chars().map(plain).collect();
    format!("{prefix}{words}")
}
