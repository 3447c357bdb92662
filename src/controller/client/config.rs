//! Where the API server is and who we are.

use kube::Config;
use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::ConnectError;

/// The service account of this Pod, or else the kubeconfig; with a context always the kubeconfig.
pub(super) async fn configuration(context: Option<String>) -> Result<Config, ConnectError> {
    if let Some(context) = context {
        let config = from_kubeconfig(Kubeconfig::read(), Some(context.clone())).await;
        return config.map_err(|kubeconfig| ConnectError::Context { context, kubeconfig });
    }
    let in_cluster = match Config::incluster() {
        Ok(config) => return Ok(config),
        Err(error) => why_not_in_cluster(&error),
    };
    let config = from_kubeconfig(Kubeconfig::read(), None).await;
    config.map_err(|kubeconfig| ConnectError::Nowhere { in_cluster, kubeconfig })
}

/// The configuration for one context, or why there is none.
async fn from_kubeconfig(
    file: Result<Kubeconfig, KubeconfigError>,
    context: Option<String>,
) -> Result<Config, String> {
    let file = file.map_err(|error| why_not_kubeconfig(&error))?;
    if let Some(proxy) = proxy_of(&file, context.as_deref()) {
        return Err(format!(
            "it names the proxy {proxy} for the cluster, and Roster reaches an API server only directly"
        ));
    }
    let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(file, &options)
        .await
        .map_err(|error| why_not_kubeconfig(&error))?;
    // What is left came from the environment, and is for the way to the internet.
    config.proxy_url = None;
    Ok(config)
}

/// The proxy that the kubeconfig itself names for its cluster, without a login.
fn proxy_of(file: &Kubeconfig, context: Option<&str>) -> Option<String> {
    let context = context.or(file.current_context.as_deref())?;
    let context = file.contexts.iter().find(|named| named.name == context)?.context.as_ref()?;
    let cluster = file.clusters.iter().find(|named| named.name == context.cluster)?;
    let proxy = cluster.cluster.as_ref()?.proxy_url.as_ref().filter(|url| !url.is_empty())?;
    Some(proxy.rsplit('@').next().unwrap_or_default().to_owned())
}

fn why_not_in_cluster(error: &InClusterError) -> String {
    match error {
        InClusterError::ReadEnvironmentVariable(_) => {
            "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set".to_owned()
        }
        error => error.to_string(),
    }
}

/// The parser's own text shows the lines around the error, and a kubeconfig holds tokens and keys.
fn why_not_kubeconfig(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => format!("line {} is not what a kubeconfig holds", place.line()),
            None => "it is not what a kubeconfig holds".to_owned(),
        },
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const KUBECONFIG: &str = "
apiVersion: v1
kind: Config
current-context: direct
clusters:
  - {name: direct, cluster: {server: 'https://direct.test'}}
  - {name: proxied, cluster: {server: 'https://far.test', proxy-url: 'http://me:pw-1@proxy.test:1'}}
contexts:
  - {name: direct, context: {cluster: direct, user: me, namespace: team-a}}
  - {name: proxied, context: {cluster: proxied, user: me}}
users:
  - {name: me, user: {token: token-1}}
";

    async fn chosen(context: Option<&str>) -> Result<Config, String> {
        from_kubeconfig(Kubeconfig::from_yaml(KUBECONFIG), context.map(str::to_owned)).await
    }

    #[tokio::test]
    async fn the_context_of_a_kubeconfig_is_chosen_by_name_or_by_the_file() {
        for context in [None, Some("direct")] {
            let config = chosen(context).await.unwrap();
            assert_eq!(config.cluster_url, "https://direct.test/");
            assert_eq!(config.default_namespace, "team-a");
            assert!(config.proxy_url.is_none());
        }
        let error = chosen(Some("other")).await.unwrap_err();
        assert!(error.contains("other"), "{error}");
        let error = chosen(Some("proxied")).await.unwrap_err();
        assert!(error.contains("the proxy proxy.test:1 for the cluster"), "{error}");
        assert!(!error.contains("pw-1"), "{error}");
    }

    #[tokio::test]
    async fn no_error_shows_what_a_kubeconfig_holds() {
        for (number, broken) in
            ["token-1}}", "name: me, user", "- {name: direct, context"].into_iter().enumerate()
        {
            let text = KUBECONFIG.replacen(broken, &format!("[{broken}"), 1);
            let error = from_kubeconfig(Kubeconfig::from_yaml(&text), None).await.unwrap_err();
            assert!(error.contains("is not what a kubeconfig holds"), "{number}: {error}");
            assert!(!error.contains("token-1") && !error.contains("pw-1"), "{number}: {error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        let error = from_kubeconfig(Kubeconfig::read_from(&missing), None).await.unwrap_err();
        assert!(error.contains("none"), "the path is named: {error}");
    }

    #[test]
    fn the_errors_say_what_was_tried_and_what_to_do() {
        let error = ConnectError::Nowhere {
            in_cluster: why_not_in_cluster(&InClusterError::ReadEnvironmentVariable(
                std::env::VarError::NotPresent,
            )),
            kubeconfig: why_not_kubeconfig(&KubeconfigError::FindPath),
        };
        assert_eq!(
            error.to_string(),
            "there is no API server to talk to: this is no Pod with a service account \
         (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set), and the kubeconfig cannot be used \
         (failed to find the path of kubeconfig); set KUBECONFIG, or run in a cluster with \
         automountServiceAccountToken"
        );
    }
}
