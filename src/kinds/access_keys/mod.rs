//! stub
use super::common::OutputTemplate;
use crate::remote::RemoteError;
use kube::KubeSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::future::Future;
/// a
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessKey {
    /// a
    pub name: String,
    /// b
    pub output_secret: KeySecret,
}
/// a
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeySecret {
    /// a
    pub name: String,
    /// b
    pub template: Option<OutputTemplate>,
}
/// a
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyStatus {
    /// a
    pub name: String,
}
pub struct IssuedKey {
    pub id: String,
    pub secret: SecretString,
}
pub trait KeyIssuer {
    fn list(&self) -> impl Future<Output = Result<Vec<String>, RemoteError>> + Send;
    fn issue(
        &self,
        known: &[String],
    ) -> impl Future<Output = Result<IssuedKey, RemoteError>> + Send;
    fn revoke(&self, id: &str) -> impl Future<Output = Result<(), RemoteError>> + Send;
}
pub enum NoKeys {}
impl KeyIssuer for NoKeys {
    async fn list(&self) -> Result<Vec<String>, RemoteError> {
        match *self {}
    }
    async fn issue(&self, _known: &[String]) -> Result<IssuedKey, RemoteError> {
        match *self {}
    }
    async fn revoke(&self, _id: &str) -> Result<(), RemoteError> {
        match *self {}
    }
}
