//! One `UpdateUser` with its session, its memory and its password.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Purpose, Resolver, Target, object_name};
use crate::cli::input::{Input, Loaded, Problem};
use crate::cli::output_secrets::Credentials;
use crate::kinds::api_session::{ApiSession, Consumer, ConsumerKind};
use crate::kinds::common::{OutputSecret, Password, PasswordSource, UpdatePolicy};
use crate::kinds::update_user::{DesiredPassword, UpdateUser, UpdateUserAccount};
use crate::plan::{Declared, Desired, ObjectName};

/// What is to be kept of an account's credentials.
#[derive(Debug)]
pub struct Keeping {
    pub output: OutputSecret,
    /// The password as far as it is known before the system was looked at.
    pub password: Option<SecretString>,
    pub source: Source,
    pub generated_at: Option<Timestamp>,
}

/// Where the password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The system: none is declared.
    Remote,
    /// A Secret; the account always has it.
    Declared,
    /// A Secret; the account was created with it and may have another one by now.
    Creation,
    /// The output Secret, since an earlier run generated it.
    Generated,
    /// This run generated it, so it has to be kept before it is sent.
    Fresh,
}

impl Keeping {
    /// What goes into the output Secret of the account `user_name`, when the password is known here.
    pub fn credentials(&self, user_name: Option<&str>) -> Credentials {
        Credentials {
            user_name: user_name.map(str::to_owned),
            password: self.password.clone(),
            generated_at: self.generated_at,
        }
    }
}

impl Resolver<'_> {
    /// Adds the object to the target of its session.
    pub(super) fn update_user(
        &self,
        loaded: &Loaded<UpdateUser>,
        input: &Input,
        targets: &mut [Target],
        notices: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) {
        let (spec, origin) = (&loaded.object.spec, &loaded.origin);
        let object = object_name("UpdateUser", &loaded.object.metadata);
        if spec.account.suspend.unwrap_or(false) {
            notices.push(format!("{object} is suspended; it is left as it is"));
            return;
        }
        let session = match session_of(loaded, &object, input) {
            Ok(session) => session,
            Err(problem) => return problems.push(problem),
        };
        let session_name = object_name("ApiSession", &session.object.metadata);
        // A session that is suspended or has a problem of its own has no target; that was said already.
        let Some(target) = targets.iter_mut().find(|target| target.session == session_name) else {
            return;
        };
        let (password, keeping) = match self.password(loaded, &object) {
            Ok(resolved) => resolved,
            Err(problem) => return problems.push(problem),
        };
        let account = UpdateUserAccount {
            object: object.clone(),
            nickname: spec.nickname.clone(),
            user_name: spec.user_name.clone(),
            login_state: spec.login_state,
            password,
            key: self.state.key().clone(),
        };
        if let Some(secret) = keeping.as_ref().map(|keeping| &keeping.output.name)
            && let Some((other, _)) = target.keeping.iter().find(|(other, keeping)| {
                keeping.output.name == *secret && other.namespace == object.namespace
            })
        {
            let what = format!("{other} writes to the Secret `{secret}` too; give each its own");
            problems.push(origin.problem("spec.outputSecret.name", what));
        }
        if let (Some(created_with), Some(nickname)) =
            (self.state.nickname(&target.space, &object), &spec.nickname)
            && self.purpose == Purpose::Keep
            && created_with != nickname
        {
            let what = format!(
                "{object} was created with the nickname `{created_with}`, and nicknames cannot be changed"
            );
            let help = "put it back, or make another object for another account";
            problems.push(origin.problem("spec.nickname", what).help(help));
        }
        target.nicknames.extend(spec.nickname.clone().map(|nickname| (object.clone(), nickname)));
        let markers = account.markers();
        let desired = match self.purpose {
            Purpose::Keep => Desired::Present(account),
            Purpose::Remove => Desired::Absent(account),
        };
        let memo = self.memo(loaded, &target.space, &object);
        target.keeping.extend(keeping.map(|keeping| (object.clone(), keeping)));
        target.declared.push(Declared {
            object,
            desired,
            policy: spec.account.policies.resolve(session.object.spec.defaults.as_ref()),
            memo,
            markers,
            seniority: None,
        });
    }

    /// What is remembered; for an object that comes out of a cluster, what its status says.
    fn memo(
        &self,
        loaded: &Loaded<UpdateUser>,
        space: &str,
        object: &ObjectName,
    ) -> crate::plan::Memo<String> {
        let mut memo = self.state.memo(space, object);
        if memo.key.is_none()
            && let Some(status) = &loaded.object.status
        {
            memo.key.clone_from(&status.user_name);
            memo.origin = status.origin.map(Into::into);
        }
        memo
    }

    fn password(
        &self,
        loaded: &Loaded<UpdateUser>,
        object: &ObjectName,
    ) -> Result<(DesiredPassword, Option<Keeping>), Problem> {
        let (spec, origin) = (&loaded.object.spec, &loaded.origin);
        if self.purpose == Purpose::Remove {
            return Ok((DesiredPassword::Unmanaged, None));
        }
        let output = spec.output_secret.clone().filter(|_| self.output.can_keep());
        let keep = |password: Option<SecretString>, source| {
            let output = output.clone();
            output.map(|output| Keeping { output, password, source, generated_at: None })
        };
        let Some(password) = &spec.password else {
            return Ok((DesiredPassword::Unmanaged, keep(None, Source::Remote)));
        };
        let (on_change, from_secret): (fn(SecretString) -> _, _) = match password.update_policy() {
            UpdatePolicy::OnChange => (DesiredPassword::Value, Source::Declared),
            UpdatePolicy::CreateOnly => (DesiredPassword::AtCreation, Source::Creation),
        };
        match password.source() {
            Some(PasswordSource::SecretKey(reference)) => {
                let path = "spec.password.secretKeyRef";
                let (name, key) = (&reference.name, &reference.key);
                let value = self.credential(origin, path, &object.namespace, name, key)?;
                let keeping = keep(Some(value.clone()), from_secret);
                Ok((on_change(value), keeping))
            }
            Some(PasswordSource::Generate(_)) => match output {
                Some(output) => self.generated(loaded, object, password, output, on_change),
                None => Ok((
                    DesiredPassword::Missing(
                        "the generated password would be lost; name a folder for it with --secrets-out DIR"
                            .to_owned(),
                    ),
                    None,
                )),
            },
            Some(PasswordSource::FromRemote) => Ok((
                DesiredPassword::Missing(
                    "password.fromRemote needs an account that exists; to create one, use secretKeyRef or generate"
                        .to_owned(),
                ),
                keep(None, Source::Remote),
            )),
            None => Ok((DesiredPassword::Unmanaged, None)),
        }
    }

    /// The password that was generated before, or a new one if there is none or it is too old.
    fn generated(
        &self,
        loaded: &Loaded<UpdateUser>,
        object: &ObjectName,
        password: &Password,
        output: OutputSecret,
        on_change: fn(SecretString) -> DesiredPassword,
    ) -> Result<(DesiredPassword, Option<Keeping>), Problem> {
        let kept = self
            .output
            .read(object, &output)
            .map_err(|error| loaded.origin.problem("spec.outputSecret", format!("{error:#}")))?;
        let kept = kept.unwrap_or_default();
        let due = password.rotation.as_ref().is_some_and(|rotation| {
            kept.generated_at.is_some_and(|made| {
                self.now.duration_since(made).unsigned_abs() >= rotation.interval.value()
            })
        });
        if let Some(value) = kept.password.clone().filter(|_| !due) {
            let generated_at = kept.generated_at;
            let password = Some(value.clone());
            let keeping = Keeping { output, password, source: Source::Generated, generated_at };
            return Ok((on_change(value), Some(keeping)));
        }
        let rules = password.generate.clone().unwrap_or_default();
        let value = rules.password(&mut rand::rng());
        let keeping = Keeping {
            output,
            password: Some(value.clone()),
            source: Source::Fresh,
            generated_at: Some(self.now),
        };
        // Without a kept one, an account that exists has a password that somebody else uses; it stays.
        let desired = if due { on_change(value) } else { DesiredPassword::AtCreation(value) };
        Ok((desired, Some(keeping)))
    }
}

/// The session that the object names, if it lets the object use it.
fn session_of<'i>(
    loaded: &Loaded<UpdateUser>,
    object: &ObjectName,
    input: &'i Input,
) -> Result<&'i Loaded<ApiSession>, Problem> {
    let (spec, origin) = (&loaded.object.spec, &loaded.origin);
    let reference = &spec.account.session_ref;
    let namespace = reference.namespace.as_deref().unwrap_or(&object.namespace);
    let has_name = |session: &&Loaded<ApiSession>| {
        let metadata = &session.object.metadata;
        metadata.name.as_ref() == Some(&reference.name)
            && metadata.namespace.as_deref() == Some(namespace)
    };
    let Some(session) = input.sessions.iter().find(has_name) else {
        let what = format!("there is no ApiSession {namespace}/{} in the input", reference.name);
        let names: Vec<String> = input
            .sessions
            .iter()
            .map(|session| object_name("ApiSession", &session.object.metadata))
            .map(|name| format!("{}/{}", name.namespace, name.name))
            .collect();
        let help = if names.is_empty() {
            "add the file with the ApiSession".to_owned()
        } else {
            format!("the input has {}", names.join(", "))
        };
        return Err(origin.problem("spec.sessionRef", what).help(help));
    };
    let names: Vec<&str> =
        [&spec.nickname, &spec.user_name].into_iter().flatten().map(String::as_str).collect();
    let consumer =
        Consumer { namespace: &object.namespace, kind: ConsumerKind::UpdateUser, names: &names };
    let admitted = session.object.spec.admit(namespace, consumer, |_| None);
    admitted.map_err(|denied| origin.problem("spec.sessionRef", denied.to_string()))?;
    Ok(session)
}

/// Objects that claim one account, in whichever sessions, told from their text alone.
pub(super) fn claimed_twice(objects: &[Loaded<UpdateUser>], targets: &[Target]) -> Vec<Problem> {
    let mut space_of = BTreeMap::new();
    for target in targets {
        space_of.extend(target.declared.iter().map(|declared| (&declared.object, &*target.space)));
    }
    let mut claims: BTreeMap<(&str, &str, &str), &Loaded<UpdateUser>> = BTreeMap::new();
    let mut problems = Vec::new();
    for loaded in objects {
        let object = object_name("UpdateUser", &loaded.object.metadata);
        let Some(space) = space_of.get(&object) else { continue };
        let spec = &loaded.object.spec;
        for (field, value) in [("nickname", &spec.nickname), ("userName", &spec.user_name)] {
            let Some(value) = value else { continue };
            let Some(first) = claims.insert((space, field, value), loaded) else { continue };
            let path = format!("spec.{field}");
            let other = object_name("UpdateUser", &first.object.metadata);
            let what =
                format!("{object} claims the account with {field} `{value}`, and so does {other}");
            let problem = loaded
                .origin
                .problem(&path, what)
                .help("remove one of the two objects, or give them different accounts")
                .related("the other claim is here", first.origin.locate(&path));
            problems.push(problem);
        }
    }
    problems
}
