//! What goes into an output Secret once the account is written.

use anyhow::{Context, Result};
use secrecy::SecretString;

use super::output_secrets::OutputSecrets;
use super::target::{Keeping, Source, Target};
use crate::kinds::update_user::{PASSWORD, UpdateUserAccount};
use crate::plan::{ObjectName, Reason, Seen, Snapshot};
use crate::sync::Outcome;

/// Writes the output Secret of an account that is as declared, or as a policy leaves it: the password that logs in now.
pub async fn keep_credentials(
    output: &OutputSecrets,
    target: &Target,
    seen: &Snapshot<UpdateUserAccount>,
    outcome: &Outcome<UpdateUserAccount>,
) -> Result<()> {
    let Outcome { object, key, problem, reason, written, .. } = outcome;
    let (Some(keeping), Some(key), None) = (target.keeping.get(object), key, problem) else {
        return Ok(());
    };
    let mut credentials = keeping.credentials(Some(key));
    if !is_in_use(keeping, written.contains(&PASSWORD), *reason) {
        let shown = match seen.look(key) {
            Seen::Found(account) => account.password.clone(),
            Seen::Absent | Seen::Unknown => None,
        };
        let password = match shown {
            Some(shown) => shown,
            None => read(target, object, key).await?,
        };
        credentials.generated_at = None;
        credentials.password = Some(password);
    }
    output
        .write(object, &keeping.output, &credentials)
        .with_context(|| format!("{object}: cannot keep its credentials"))
}

/// Whether the password that is known here is the account's.
fn is_in_use(keeping: &Keeping, sent: bool, reason: Reason) -> bool {
    match keeping.source {
        // The Secret is all there is of it: what somebody else set at the system must not replace it.
        Source::Generated => true,
        Source::Fresh | Source::Creation => sent,
        Source::Declared => sent || reason == Reason::InSync,
        Source::Remote => false,
    }
}

async fn read(target: &Target, object: &ObjectName, key: &str) -> Result<SecretString> {
    let password = target.client.update_user_password(key).await;
    password.with_context(|| format!("{object}: cannot keep its password"))
}
