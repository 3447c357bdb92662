//! What goes into an output Secret once the account is written.

use anyhow::{Context, Result};
use secrecy::SecretString;

use super::output_secrets::OutputSecrets;
use super::target::Target;
use crate::kinds::AccountResource;
use crate::kinds::update_user::{PASSWORD, UpdateUser, UpdateUserAccount};
use crate::plan::{ObjectName, Seen, Snapshot};
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
    let mut credentials = keeping.credentials(Some(&UpdateUser::login_name(key)));
    if !keeping.is_in_use(written.contains(&PASSWORD), *reason) {
        let shown = match seen.look(key) {
            Seen::Found(account) => UpdateUser::shown_password(account),
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

async fn read(target: &Target, object: &ObjectName, key: &String) -> Result<SecretString> {
    let password = UpdateUser::read_password(&target.client, key).await;
    password.with_context(|| format!("{object}: cannot keep its password"))
}
