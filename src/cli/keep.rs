//! What goes into an output Secret once the account is written.

use anyhow::{Context, Result};
use secrecy::SecretString;

use super::accounts::CliKind;
use super::output_secrets::OutputSecrets;
use super::record::PASSWORD;
use super::target::Members;
use crate::plan::{ObjectName, Seen, Snapshot};
use crate::sync::Outcome;

/// Writes the output Secret of an account that is as declared, or as a policy leaves it: the password that logs in now.
pub async fn keep_credentials<K: CliKind>(
    output: &OutputSecrets,
    members: &Members<K>,
    seen: &Snapshot<K::Account>,
    outcome: &Outcome<K::Account>,
) -> Result<()> {
    let Outcome { object, key, problem, reason, written, .. } = outcome;
    let declared = members.objects.get(object);
    let (Some(keeping), Some(declared), Some(key), None) =
        (members.keeping.get(object), declared, key, problem)
    else {
        return Ok(());
    };
    let mut credentials = keeping.credentials(Some(&declared.login_name(key)));
    if !keeping.is_in_use(written.contains(&PASSWORD), *reason) {
        let shown = match seen.look(key) {
            Seen::Found(account) => K::shown_password(account),
            Seen::Absent | Seen::Unknown => None,
        };
        let password = match shown {
            Some(shown) => shown,
            None => read::<K>(&members.client, object, key).await?,
        };
        credentials.generated_at = None;
        credentials.password = Some(password);
    }
    output
        .write(object, &keeping.output, &credentials)
        .with_context(|| format!("{object}: cannot keep its credentials"))
}

async fn read<K: CliKind>(
    client: &K::Client,
    object: &ObjectName,
    key: &String,
) -> Result<SecretString> {
    let password = K::read_password(client, key).await;
    password.with_context(|| format!("{object}: cannot keep its password"))
}
