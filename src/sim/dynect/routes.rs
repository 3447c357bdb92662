//! Which resource answers.

use http::Method;
use serde_json::{Map, Value};

use super::envelope::{Failure, Outcome};
use super::request::{Request, Resource};
use super::state::{Caller, State};

impl State {
    pub(super) fn route(
        &mut self,
        request: &Request,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Outcome {
        let (get, post) = (Method::GET, Method::POST);
        let (put, delete) = (Method::PUT, Method::DELETE);
        let method = &request.method;
        match request.resource() {
            Resource::Session if *method == get => Ok(State::is_alive()),
            Resource::Session if *method == put => Ok(State::keep_alive()),
            Resource::Session if *method == delete => Ok(self.log_out(caller)),
            Resource::Password if *method == put => self.set_own_password(arguments, caller),
            Resource::UserPermissionReport if *method == post => {
                self.report_permissions(arguments, caller)
            }
            Resource::CheckPermissionReport if *method == post => {
                self.check_permissions(arguments, caller)
            }
            Resource::UpdateUsers if *method == get => {
                self.list(request.wants_detail(arguments), caller)
            }
            Resource::UpdateUsers if *method == post => self.create(arguments, caller),
            Resource::UpdateUser(name) if *method == get => self.get(&name, caller),
            Resource::UpdateUser(name) if *method == put => self.update(&name, arguments, caller),
            Resource::UpdateUser(name) if *method == delete => self.delete(&name, caller),
            Resource::UpdateUserPassword(name) if *method == get => {
                self.get_password(&name, caller)
            }
            Resource::Unknown => Err(Failure::not_found("resource: No such resource")),
            _ => Err(Failure::new(
                400,
                "INVALID_REQUEST",
                format!("method: {method} is not possible on this resource"),
            )),
        }
    }
}
