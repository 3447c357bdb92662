//! Which resource and method lead where.

use http::Method;

use super::failure::Failure;
use super::node::Node;
use super::request::{Call, Request, Resource, Target};
use super::rights::is_administrator;
use super::state::{Caller, Outcome, State};
use super::user::{LOCAL_CLASS, blank};

impl State {
    /// Executes an admitted request.
    pub(super) fn execute(
        &mut self,
        request: &Request,
        resource: Resource,
        caller: &Caller,
    ) -> Outcome {
        let is = |method: Method| request.method == method;
        match resource {
            Resource::Logout if is(Method::POST) => Ok(self.log_out(caller)),
            Resource::CurrentSession if is(Method::GET) => self.current_session(caller),
            Resource::CurrentPortal if is(Method::GET) => Ok(State::current_portal(caller)),
            Resource::CurrentPortal if is(Method::PUT) => {
                self.select_portal(&request.value()?, caller)
            }
            Resource::Version if is(Method::GET) => Ok(State::version()),
            // What else there is, is for administrators.
            _ if !is_administrator(caller.role.as_deref()) => {
                Err(Failure::forbidden("you are no administrator"))
            }
            Resource::RoleSettings(key) if is(Method::GET) => self.role_settings(&key, caller),
            Resource::Root if is(Method::POST) => self.call_root(&request.call()?, caller),
            Resource::Domains if is(Method::GET) => Ok(self.domains(caller)),
            Resource::Users(domain) => self.at_users(request, domain.as_deref(), caller),
            Resource::User(target) => self.at_user(request, &target, caller),
            Resource::Attribute(target, name) => self.at_attribute(request, &target, &name, caller),
            Resource::Defaults(class) if is(Method::GET) && class == LOCAL_CLASS => {
                Ok(blank().into())
            }
            Resource::Defaults(class) if is(Method::GET) => {
                Err(Failure::not_found(format!("There is no class {class}")))
            }
            Resource::Task(reference) if is(Method::GET) => self.task_of(&reference, caller),
            Resource::Unknown => Err(Failure::not_found("There is no such object")),
            _ => Err(Failure::no_method()),
        }
    }

    fn call_root(&mut self, call: &Call, caller: &Caller) -> Outcome {
        let Call { name, param } = call;
        match name.as_str() {
            "updateAccounts" => self.update_accounts(caller),
            "getTaskStatus" => self.task_status(param, caller),
            "getApiKeys" => self.api_keys(param, caller),
            "createApiKey" => self.create_api_key(param, caller),
            "deleteApiKey" => self.delete_api_key(param, caller),
            _ => Err(Failure::no_method()),
        }
    }

    fn at_users(&mut self, request: &Request, domain: Option<&str>, caller: &Caller) -> Outcome {
        self.check_domain(domain, caller)?;
        if request.method == Method::GET {
            let users = self.portal.users(&caller.tenant, domain);
            return Ok(Node::List(users.map(|user| user.object().into()).collect()));
        }
        if request.method != Method::POST {
            return Err(Failure::no_method());
        }
        let Call { name, param } = request.call()?;
        match name.as_str() {
            "query" => self.query(&param, domain, caller),
            "add" if domain.is_none() => self.add_user(param, caller),
            _ => Err(Failure::no_method()),
        }
    }

    fn at_user(&mut self, request: &Request, target: &Target, caller: &Caller) -> Outcome {
        if let Target::Named { domain, .. } = target {
            self.check_domain(domain.as_deref(), caller)?;
        }
        let found = self.find(target, caller);
        match request.method {
            Method::GET => {
                let user = self.portal.user(found?);
                Ok(user.map(|user| user.object().into()).unwrap_or_default())
            }
            Method::PUT => self.put_user(found?, request.value()?, caller),
            Method::DELETE => self.delete_user(found?, true, caller),
            Method::POST => {
                let Call { name, param } = request.call()?;
                match name.as_str() {
                    // An unknown user is no error here: it has nothing but nulls.
                    "get-multi" => self.get_multi(found.ok(), &param),
                    "delete" => {
                        let with_folders = param.as_text() != Some("false");
                        self.delete_user(found?, with_folders, caller)
                    }
                    _ => Err(Failure::no_method()),
                }
            }
            _ => Err(Failure::no_method()),
        }
    }

    fn at_attribute(
        &mut self,
        request: &Request,
        target: &Target,
        name: &str,
        caller: &Caller,
    ) -> Outcome {
        let uid = self.find(target, caller)?;
        match request.method {
            Method::GET => {
                let value = self.portal.user(uid).and_then(|user| user.attribute(name));
                value.ok_or_else(|| Failure::not_found(format!("There is no attribute {name}")))
            }
            Method::PUT => self.put_attribute(uid, name, request.value()?, caller),
            _ => Err(Failure::no_method()),
        }
    }
}
