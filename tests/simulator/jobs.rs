//! Requests that become jobs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Bench, Reply};

fn job_of(reply: &Reply) -> String {
    assert_eq!(reply.status, 307);
    assert_eq!(reply.header("content-type"), Some("text/html"));
    let location = reply.header("location").unwrap().to_owned();
    let path = &location[location.find("/REST/Job/").unwrap()..];
    assert_eq!(reply.text, path);
    path.to_owned()
}

#[tokio::test]
async fn a_job_is_announced_by_307_polled_and_then_answers_what_was_asked() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("job-307", json!({"polls": 2}));
    let reply = bench.create(&token, "edge1").await;
    let job = job_of(&reply);
    assert_eq!(reply.header("location"), Some(job.as_str()));
    assert_eq!(bench.last().outcome, "job");
    assert_eq!(bench.nicknames(), ["edge1"]);
    for _ in 0..2 {
        bench.get("/REST/UpdateUser/", &token).await.fails(400, "OPERATION_FAILED");
        bench
            .send("DELETE", "/REST/Session/", &token, Value::Null)
            .await
            .fails(400, "OPERATION_FAILED");
        assert_eq!(job_of(&bench.get(&job, &token).await), job);
    }
    for _ in 0..2 {
        let reply = bench.get(&format!("{job}/"), &token).await;
        assert_eq!(reply.data()["user_name"], "acme-edge1");
        assert_eq!(reply.info(), "create: Done");
        assert!(job.ends_with(&reply.json()["job_id"].to_string()));
    }
    assert_eq!(bench.get("/REST/UpdateUser/", &token).await.status, 200);
    assert_eq!(bench.nicknames(), ["edge1"]);
}

#[tokio::test]
async fn the_location_can_be_absolute_or_lead_elsewhere() {
    let bench = Bench::start().await;
    let here = bench.running.dynect_url();
    for (kind, more, origin) in [
        ("job-307-absolute", json!({"polls": 0}), here.as_str()),
        ("job-307-foreign", json!({"polls": 0}), "http://elsewhere.invalid"),
        ("job-307-foreign", json!({"host": "127.0.0.1:9", "polls": 0}), "http://127.0.0.1:9"),
    ] {
        let token = bench.log_in().await;
        bench.fault(kind, more);
        let reply = bench.get("/REST/UpdateUser/", &token).await;
        let job = job_of(&reply);
        assert_eq!(reply.header("location"), Some(format!("{origin}{job}").as_str()));
        assert_eq!(bench.get(&job, &token).await.data(), json!([]));
    }
}

#[tokio::test]
async fn a_job_can_be_announced_as_incomplete_without_messages() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("incomplete", json!({}));
    let reply = bench.create(&token, "edge1").await;
    assert_eq!(reply.status, 200);
    let job = reply.json()["job_id"].clone();
    let expected = json!({"status": "incomplete", "data": null, "job_id": job});
    assert_eq!(reply.json(), expected);
    let path = format!("/REST/Job/{job}/");
    assert_eq!(bench.get(&path, &token).await.json(), expected);
    assert_eq!(bench.last().outcome, "incomplete");
    assert_eq!(bench.get(&path, &token).await.data()["user_name"], "acme-edge1");
}

#[tokio::test]
async fn a_job_that_ends_in_a_failure_is_found_with_200() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("job-307", json!({"polls": 0}));
    let job = job_of(&bench.get("/REST/UpdateUser/nobody/", &token).await);
    bench.get(&job, &token).await.fails(200, "NOT_FOUND");
    bench.fault("job-failed", json!({"polls": 0}));
    let job = job_of(&bench.create(&token, "edge1").await);
    assert!(!bench.last().executed);
    bench.get(&job, &token).await.fails(200, "OPERATION_FAILED");
    assert_eq!(bench.last().outcome, "job-failed");
    assert!(bench.nicknames().is_empty());
}

#[tokio::test]
async fn a_lost_job_was_executed_but_nobody_knows_it() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (more, nickname) in [(json!({}), "edge1"), (json!({"incomplete": true}), "edge2")] {
        bench.fault("job-lost", more);
        let reply = bench.create(&token, nickname).await;
        let job = match reply.status {
            307 => job_of(&reply),
            _ => format!("/REST/Job/{}/", reply.json()["job_id"]),
        };
        bench.get(&job, &token).await.fails(404, "NOT_FOUND");
        assert_eq!(bench.get("/REST/UpdateUser/", &token).await.status, 200);
    }
    assert_eq!(bench.nicknames(), ["edge1", "edge2"]);
}

#[tokio::test]
async fn a_stuck_job_holds_its_session_and_no_other() {
    let bench = Bench::start().await;
    let (token, other) = (bench.log_in().await, bench.log_in().await);
    bench.fault("job-stuck", json!({}));
    let job = job_of(&bench.create(&token, "edge1").await);
    for _ in 0..5 {
        assert_eq!(job_of(&bench.get(&job, &token).await), job);
        bench.get("/REST/Session/", &token).await.fails(400, "OPERATION_FAILED");
    }
    assert_eq!(bench.get("/REST/Session/", &other).await.status, 200);
    assert!(bench.nicknames().is_empty());
}

#[tokio::test]
async fn a_job_belongs_to_its_session_unless_switched() {
    let bench = Bench::start().await;
    let (token, same_user) = (bench.log_in().await, bench.log_in().await);
    let elsewhere = bench.log_in_elsewhere().await;
    bench.fault("job-307", json!({"polls": 0}));
    let job = job_of(&bench.get("/REST/UpdateUser/", &token).await);
    for unknown in ["/REST/Job/1/", "/REST/Job/x/", "/REST/Job/99999999999999999999/"] {
        bench.get(unknown, &same_user).await.fails(404, "NOT_FOUND");
    }
    bench.get(&job, &same_user).await.fails(404, "NOT_FOUND");
    bench.running.switch(|switches| switches.jobs_readable_by_user = true);
    bench.get(&job, &elsewhere).await.fails(404, "NOT_FOUND");
    bench.get(&job, &same_user).await.data();
    // Reading the result ends the job, whoever reads it.
    bench.get("/REST/UpdateUser/", &token).await.data();
    bench.send("PUT", &job, &token, Value::Null).await.fails(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_job_that_is_polled_too_often_says_so_if_switched() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.job_poll_seconds = Some(5));
    let token = bench.log_in().await;
    bench.fault("job-307", json!({"polls": 1}));
    let job = job_of(&bench.get("/REST/UpdateUser/", &token).await);
    bench.get(&job, &token).await.fails(400, "OPERATION_FAILED");
    bench.running.advance(Duration::from_secs(5));
    job_of(&bench.get(&job, &token).await);
    bench.running.advance(Duration::from_secs(5));
    bench.get(&job, &token).await.data();
}

#[tokio::test]
async fn a_job_fault_waits_for_a_request_of_a_live_session() {
    let bench = Bench::start().await;
    bench.fault("job-307", json!({"match": {"path": "/REST/"}}));
    let token = bench.log_in().await;
    bench.get("/REST/UpdateUser/", "dead").await.fails(400, "INVALID_DATA");
    assert_eq!(bench.running.faults().len(), 1);
    job_of(&bench.get("/REST/Session/", &token).await);
    assert!(bench.running.faults().is_empty());
}
