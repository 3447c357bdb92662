//! Requests that take long: promised first, fetched later.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::answer::Answer;
use super::envelope::{Envelope, Failure};
use super::request::{Request, Resource};
use super::state::{Caller, State};

#[derive(Default)]
pub(super) struct Jobs {
    all: HashMap<u64, Job>,
}

pub(super) struct Job {
    pub(super) form: JobForm,
    pub(super) progress: Progress,
    /// What the request would have been answered; none while it is stuck.
    pub(super) result: Option<Envelope>,
    token: String,
    customer: String,
    user_name: String,
    polled: Timestamp,
}

/// How a client learns that it has to come back.
#[derive(Clone)]
pub(super) enum JobForm {
    /// 307, with this before the path in `Location`.
    Redirect(String),
    /// 200 with the status `incomplete`.
    Incomplete,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Progress {
    /// Done after so many more polls.
    Polls(u32),
    /// Never done.
    Stuck,
    /// Not to be found.
    Lost,
}

impl State {
    /// Makes the request of the caller a job and returns the reply that says so.
    pub(super) fn promote(
        &mut self,
        caller: &Caller,
        id: u64,
        form: JobForm,
        progress: Progress,
        result: Option<Envelope>,
    ) -> Answer {
        let Caller { token, customer, user_name, .. } = caller.clone();
        let executed = result.is_some();
        let answer = running(id, &form);
        let job = Job { form, progress, result, token, customer, user_name, polled: self.now };
        self.jobs.all.insert(id, job);
        if progress != Progress::Lost
            && let Some(session) = self.sessions.get_mut(&caller.token)
        {
            session.job = Some(id);
        }
        Answer { executed, ..answer }
    }

    /// The reply to the poll of a job; none if the request is no such poll.
    pub(super) fn poll(&mut self, request: &Request, caller: &Caller) -> Option<Answer> {
        let Resource::Job(id) = request.resource() else { return None };
        if request.method != http::Method::GET {
            return None;
        }
        let unknown = Failure::not_found("job_id: No such job");
        let by_user = self.switches.jobs_readable_by_user;
        let least = self.switches.job_poll_seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let now = self.now;
        let job = id.and_then(|id| self.jobs.all.get_mut(&id)).filter(|job| {
            let same_user = job.customer == caller.customer && job.user_name == caller.user_name;
            job.progress != Progress::Lost && (job.token == caller.token || by_user && same_user)
        });
        let (Some(id), Some(job)) = (id, job) else {
            return Some(self.fail(unknown));
        };
        let since = now.duration_since(job.polled).as_secs();
        if least.is_some_and(|least| since < least) {
            let info = "job_id: The job is polled too often";
            return Some(self.fail(Failure::new(400, "OPERATION_FAILED", info)));
        }
        job.polled = now;
        let answer = match (&mut job.progress, &job.result) {
            (Progress::Polls(0), Some(envelope)) => {
                let outcome = match (envelope.status, envelope.msgs.first()) {
                    ("failure", Some(_)) => "job-failed",
                    _ => "success",
                };
                let answer = Answer::json(200, outcome, envelope);
                for session in self.sessions.values_mut().filter(|s| s.job == Some(id)) {
                    session.job = None;
                }
                answer
            }
            (Progress::Polls(left @ 1..), _) => {
                *left -= 1;
                running(id, &job.form)
            }
            _ => running(id, &job.form),
        };
        Some(Answer { executed: true, ..answer })
    }
}

fn running(id: u64, form: &JobForm) -> Answer {
    match form {
        JobForm::Redirect(origin) => {
            let path = format!("/REST/Job/{id}");
            Answer {
                content_type: "text/html",
                location: Some(format!("{origin}{path}")),
                ..Answer::text(307, "job", path)
            }
        }
        // Without messages, as it was recorded.
        JobForm::Incomplete => Answer::json(
            200,
            "incomplete",
            &json!({"status": "incomplete", "data": null, "job_id": id}),
        ),
    }
}
