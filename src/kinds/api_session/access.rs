//! Whether an object may use a session.

use std::error::Error;
use std::fmt;

use wildmatch::WildMatch;

use super::{AllowedConsumer, ApiSessionSpec, ConsumerKind};

/// Who asks to use a session.
#[derive(Debug, Clone, Copy)]
pub struct Consumer<'a> {
    pub namespace: &'a str,
    pub kind: ConsumerKind,
    /// The names that the account is declared with.
    pub names: &'a [&'a str],
    /// The account is to have a role with administrator's rights.
    pub wants_admin_role: bool,
}

/// Why an object may not use a session of another namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDenied {
    session_namespace: String,
    namespace: String,
    /// A rule selects namespaces by labels, which are known only in a cluster.
    needs_labels: bool,
    /// A rule would let it, were it not for the role.
    needs_admin_role: bool,
}

impl ApiSessionSpec {
    /// Whether the consumer may use this session of `session_namespace`. Objects of the session's own namespace always
    /// may. `labels_match` answers for a rule that selects namespaces by their labels; `None` where labels are unknown.
    ///
    /// # Errors
    /// [`AccessDenied`] if no rule lets it.
    pub fn admit(
        &self,
        session_namespace: &str,
        consumer: Consumer<'_>,
        labels_match: impl Fn(&AllowedConsumer) -> Option<bool>,
    ) -> Result<(), AccessDenied> {
        if consumer.namespace == session_namespace {
            return Ok(());
        }
        let (mut needs_labels, mut needs_admin_role) = (false, false);
        for rule in self.allowed_consumers.iter().flatten() {
            let AllowedConsumer {
                namespaces,
                namespace_selector,
                kinds,
                name_patterns,
                allow_admin_roles,
            } = rule;
            let from_here = match (namespaces, namespace_selector) {
                (Some(namespaces), _) => namespaces.iter().any(|name| name == consumer.namespace),
                (None, Some(_)) => labels_match(rule).unwrap_or_else(|| {
                    needs_labels = true;
                    false
                }),
                (None, None) => false,
            };
            let of_kind = kinds.as_ref().is_none_or(|kinds| kinds.contains(&consumer.kind));
            let named = name_patterns.as_ref().is_none_or(|patterns| {
                let fits = |name| patterns.iter().any(|p| WildMatch::new(p).matches(name));
                consumer.names.iter().all(|name| fits(name))
            });
            if from_here && of_kind && named {
                if !consumer.wants_admin_role || *allow_admin_roles == Some(true) {
                    return Ok(());
                }
                needs_admin_role = true;
            }
        }
        Err(AccessDenied {
            session_namespace: session_namespace.to_owned(),
            namespace: consumer.namespace.to_owned(),
            needs_labels,
            needs_admin_role,
        })
    }
}

impl fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session_namespace, namespace, needs_labels, needs_admin_role } = self;
        if *needs_admin_role {
            return write!(
                f,
                "the session in namespace {session_namespace} does not let objects of namespace {namespace} give an \
                 account a role with administrator's rights; choose another role, or set allowAdminRoles in the \
                 session's allowedConsumers"
            );
        }
        write!(
            f,
            "the session in namespace {session_namespace} does not let this object of namespace {namespace} use it; \
             add it to the session's allowedConsumers"
        )?;
        if *needs_labels {
            f.write_str(" by name: labels of namespaces are known only in a cluster")?;
        }
        Ok(())
    }
}

impl Error for AccessDenied {}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(rules: &serde_json::Value) -> ApiSessionSpec {
        serde_json::from_value(serde_json::json!({
            "dynect": { "customer": "acme" },
            "credentialsSecretRef": { "name": "login" },
            "allowedConsumers": rules,
        }))
        .unwrap()
    }

    fn admits(rules: &serde_json::Value, namespace: &str, names: &[&str]) -> bool {
        let consumer =
            Consumer { namespace, kind: ConsumerKind::UpdateUser, names, wants_admin_role: false };
        session(rules).admit("dns", consumer, |_| None).is_ok()
    }

    #[test]
    fn the_own_namespace_may_always_and_others_only_by_a_rule() {
        assert!(admits(&serde_json::json!([]), "dns", &["edge1"]));
        assert!(!admits(&serde_json::json!([]), "team-a", &["edge1"]));
        assert!(admits(&serde_json::json!([{ "namespaces": ["team-a"] }]), "team-a", &["edge1"]));
    }

    #[test]
    fn a_rule_can_be_bound_to_kinds_and_to_names() {
        let other_kind = serde_json::json!([{ "namespaces": ["a"], "kinds": ["SsoUser"] }]);
        assert!(!admits(&other_kind, "a", &["edge1"]));
        let named =
            serde_json::json!([{ "namespaces": ["a"], "namePatterns": ["a-*", "acme-a-*"] }]);
        assert!(admits(&named, "a", &["a-edge1", "acme-a-edge1"]));
        assert!(!admits(&named, "a", &["a-edge1", "acme-b-edge1"]), "every name has to fit");
    }

    #[test]
    fn a_rule_by_labels_admits_nobody_where_labels_are_unknown_and_says_so() {
        let rules = serde_json::json!([{ "namespaceSelector": { "matchLabels": { "a": "b" } } }]);
        let consumer = Consumer {
            namespace: "a",
            kind: ConsumerKind::UpdateUser,
            names: &["edge1"],
            wants_admin_role: false,
        };
        let denied = session(&rules).admit("dns", consumer, |_| None).unwrap_err();
        assert!(denied.to_string().ends_with("known only in a cluster"), "{denied}");
        assert!(session(&rules).admit("dns", consumer, |_| Some(true)).is_ok());
    }

    #[test]
    fn a_role_with_administrators_rights_needs_a_rule_that_says_so() {
        let consumer = Consumer {
            namespace: "a",
            kind: ConsumerKind::PortalUser,
            names: &["ann"],
            wants_admin_role: true,
        };
        let plain = session(&serde_json::json!([{ "namespaces": ["a"] }]));
        let denied = plain.admit("portal", consumer, |_| None).unwrap_err();
        assert!(denied.to_string().contains("allowAdminRoles"), "{denied}");
        let free = serde_json::json!([{ "namespaces": ["a"], "allowAdminRoles": true }]);
        assert!(session(&free).admit("portal", consumer, |_| None).is_ok());
        let own = Consumer { namespace: "portal", ..consumer };
        assert!(plain.admit("portal", own, |_| None).is_ok());
    }
}
