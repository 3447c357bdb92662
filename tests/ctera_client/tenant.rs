//! No request names its tenant. A selection that changes behind the client's back must never do harm.

use roster::remote::Cause;
use roster::systems::ctera::{Absence, Place, Scope, UserEdit};
use secrecy::SecretString;

use crate::raw::{ok, refused};
use crate::stage::{Stage, stage, val};
use crate::support::{client_with, dana, entered, new_dana, nobody, page, row, whole, word};

const GUARD: &str = "GET /currentPortal";
const SELECT: &str = "PUT /currentPortal";

fn switch(stage: &Stage, is_stubborn: bool) {
    "other".clone_into(&mut stage.state().selected);
    stage.state().is_stubborn = is_stubborn;
}

#[tokio::test]
async fn a_tenant_that_cannot_be_entered_is_named_and_the_session_ended() {
    for status in [404, 500, 403, 400] {
        let stage = stage([]).await;
        stage.instead(SELECT, refused(status, "no such portal"));
        let error = client_with(&stage, |_| {}).login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Forbidden);
        let text = "the tenant `acme` cannot be entered: ";
        assert!(error.to_string().contains(text), "{error}");
        assert!(error.to_string().contains("no such portal"), "{error}");
        assert_eq!(stage.take().last().unwrap(), "POST /logout");
    }
}

#[tokio::test]
async fn a_selection_that_is_not_the_one_asked_for_ends_everything() {
    let stage = stage([]).await;
    "other".clone_into(&mut stage.state().begins);
    stage.state().is_stubborn = true;
    let error = client_with(&stage, |_| {}).list_users(&Place::Local).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Forbidden);
    let text = "wrong tenant: the session is to be in the tenant `acme` and is in the tenant `other`; nothing was done";
    assert!(error.to_string().contains(text), "{error}");
    assert!(stage.take().iter().all(|line| !line.contains("users")));
}

#[tokio::test]
async fn what_the_portal_calls_its_tenants_is_shown_short_and_on_one_line() {
    let stage = stage([]).await;
    stage.state().begins = format!("&#10;{}", "x".repeat(5000));
    stage.state().is_stubborn = true;
    let error = client_with(&stage, |_| {}).login().await.unwrap_err().to_string();
    assert!(error.len() < 400 && !error.contains('\n'), "{error}");
}

#[tokio::test]
async fn a_context_of_one_tenant_is_not_asked_for_another() {
    let stage = stage([]).await;
    stage.state().contexts = vec!["/ServicesPortal/api"];
    "other".clone_into(&mut stage.state().begins);
    let tenant = "acme".to_owned();
    let client = client_with(&stage, |config| config.scope = Scope::Tenant { tenant });
    assert_eq!(word(&client.login().await), "Forbidden");
    assert!(stage.take().iter().all(|line| !line.starts_with("PUT")));
}

#[tokio::test]
async fn nothing_is_written_in_another_tenant() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let password = SecretString::from("pw");
    // The object is there under the same name and even the same uid: it is another tenant's.
    let theirs = || ok(&whole("4711", "other", "dana"));
    let edit = UserEdit { email: Some("x"), ..UserEdit::default() };
    for work in ["add", "edit", "delete", "create key", "delete key", "apply"] {
        switch(&stage, true);
        let key = "<list><obj><att id=\"uid\"><val>880</val></att><att id=\"accessKey\"><val>K3Y</val></att></obj></list>";
        stage.state().replies = match work {
            "edit" | "delete" => [theirs(), theirs()].into(),
            "delete key" => [ok(key)].into(),
            _ => [].into(),
        };
        let result = match work {
            "add" => client.add_user(&new_dana(&password), Absence::Proven).await.map(drop),
            "edit" => client.edit_user("4711", "dana", &edit).await.map(drop),
            "delete" => client.delete_user(&Place::Local, "4711", "dana").await,
            "create key" => client.create_key("4711", &[]).await.map(drop),
            "delete key" => client.delete_key("4711", "K3Y").await,
            _ => client.apply_changes().await.map(drop),
        };
        let error = result.unwrap_err();
        assert_eq!(error.cause(), Cause::Forbidden, "{work}");
        assert!(error.to_string().contains("wrong tenant"), "{error}");
        let harm = ["add", "delete", "createApiKey", "deleteApiKey", "updateAccounts"];
        for line in stage.take() {
            let is_harm = harm.iter().any(|method| line.ends_with(&format!(" {method}")));
            assert!(!is_harm && !line.starts_with("PUT /users"), "{work}: {line}");
        }
    }
}

#[tokio::test]
async fn a_changed_selection_is_made_again_before_a_write() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let password = SecretString::from("pw");
    switch(&stage, false);
    stage.state().replies = [ok("<val>x</val>"), ok(&row("4711", "dana"))].into();
    client.add_user(&new_dana(&password), Absence::Proven).await.unwrap();
    let expected = [GUARD, SELECT, GUARD, "POST /users add", "POST /users/dana get-multi"];
    assert_eq!(stage.take(), expected);

    switch(&stage, false);
    stage.state().replies = [ok(&whole("4711", "other", "dana")), ok(&dana()), ok("")].into();
    client.delete_user(&Place::Local, "4711", "dana").await.unwrap();
    let get = "GET /users/dana";
    assert_eq!(stage.take(), [get, SELECT, GUARD, get, "POST /users/dana delete"]);
}

#[tokio::test]
async fn absence_is_believed_only_in_the_right_tenant() {
    let stage = stage([nobody()]).await;
    let client = entered(&stage).await;
    assert!(client.find_user(&Place::Local, "dana").await.unwrap().is_none());
    assert_eq!(stage.take(), ["POST /users/dana get-multi", GUARD]);

    switch(&stage, false);
    stage.state().replies = [nobody(), ok(&row("4711", "dana"))].into();
    assert!(client.find_user(&Place::Local, "dana").await.unwrap().is_some());
    let find = "POST /users/dana get-multi";
    assert_eq!(stage.take(), [find, GUARD, SELECT, GUARD, find]);

    switch(&stage, true);
    stage.state().replies = [page(&[], false)].into();
    assert_eq!(word(&client.find_user_by_uid(&Place::Local, "4711").await), "Forbidden");

    // Somebody who selects another one again and again.
    switch(&stage, false);
    stage.state().replies = [nobody(), nobody()].into();
    for tenant in ["other", "acme", "other"] {
        stage.instead(GUARD, ok(&val(tenant)));
    }
    assert_eq!(word(&client.find_user(&Place::Local, "dana").await), "Forbidden");
}

#[tokio::test]
async fn a_login_that_was_just_made_is_proof_enough() {
    let stage = stage([ok("<val>x</val>"), ok(&row("4711", "dana"))]).await;
    let client = client_with(&stage, |_| {});
    let password = SecretString::from("pw");
    client.add_user(&new_dana(&password), Absence::Proven).await.unwrap();
    let lines = stage.take();
    assert_eq!(lines[..6], crate::support::ENTER);
    assert_eq!(lines[6..], ["POST /users add", "POST /users/dana get-multi"]);
}

#[tokio::test]
async fn an_object_that_does_not_say_where_it_is_from_is_asked_about() {
    for reference in
        ["<att id=\"baseObjectRef\"/>", "<att id=\"baseObjectRef\"><val>objs/4711</val></att>", ""]
    {
        let known = "<att id=\"baseObjectRef\"><val>objs/4711/acme/PortalUser/dana</val></att>";
        let user = dana().replace(known, reference);
        let stage = stage([ok(&user), ok("")]).await;
        let client = entered(&stage).await;
        client.delete_user(&Place::Local, "4711", "dana").await.unwrap();
        assert_eq!(stage.take(), ["GET /users/dana", GUARD, "POST /users/dana delete"]);
    }
}

#[tokio::test]
async fn the_whole_system_is_guarded_too() {
    let stage = stage([ok(&whole("1", "", "root")), ok("")]).await;
    let client = client_with(&stage, |config| config.scope = Scope::Global);
    client.login().await.unwrap();
    stage.take();
    "acme".clone_into(&mut stage.state().selected);
    stage.state().replies.push_front(ok(&whole("1", "acme", "root")));
    client.delete_user(&Place::Local, "1", "root").await.unwrap();
    let get = "GET /users/root";
    let expected = [get, GUARD, SELECT, GUARD, get, GUARD, "POST /users/root delete"];
    assert_eq!(stage.take(), expected);
}
