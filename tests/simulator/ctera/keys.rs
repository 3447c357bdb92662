//! S3 keys.

use super::support::{Portal, Session};

async fn keys(session: &Session<'_>, uid: &str) -> (Vec<String>, Vec<String>) {
    let reply = session.call("", "getApiKeys", &format!("<val>{uid}</val>")).await;
    assert_eq!(reply.status, 200);
    (reply.atts("uid"), reply.atts("accessKey"))
}

#[tokio::test]
async fn each_create_makes_another_pair_and_tells_the_secret_once() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let uid = session.uid("/users/dana").await;
    let param = format!("<val>{uid}</val>");
    assert_eq!(session.call("", "getApiKeys", &param).await.text, "<list/>");
    let mut made = Vec::new();
    for _ in 0..2 {
        let reply = session.call("", "createApiKey", &param).await;
        assert!(reply.text.starts_with("<obj class=\"CreateApiKeyResponse\">"), "{}", reply.text);
        assert_eq!(reply.att("uid"), None);
        let (access, secret) = (reply.att("accessKey").unwrap(), reply.att("secretKey").unwrap());
        assert!(portal.ctera().secret_is(&access, &secret));
        assert!(!portal.ctera().secret_is(&access, "wrong"));
        made.push((access, secret));
    }
    assert_ne!(made[0], made[1]);
    let list = session.call("", "getApiKeys", &param).await;
    assert!(list.text.contains("<att id=\"activated\"><val>true</val></att>"));
    assert!(!list.text.contains(&made[0].1) && !list.text.contains("secret"));
    assert_eq!(keys(&session, &uid).await.1, [made[0].0.clone(), made[1].0.clone()]);
}

#[tokio::test]
async fn a_key_is_deleted_by_its_own_uid() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let uid = session.uid("/users/dana").await;
    let (access, _) = portal.ctera().create_key("acme", "dana").unwrap();
    let (uids, there) = keys(&session, &uid).await;
    assert_eq!(there, [access]);
    for wrong in [&uid, "1", "x"] {
        session.call("", "deleteApiKey", &format!("<val>{wrong}</val>")).await.refused(404);
    }
    let param = format!("<val>{}</val>", uids[0]);
    session.call("", "deleteApiKey", &param).await.is_empty();
    session.call("", "deleteApiKey", &param).await.refused(404);
    assert_eq!(keys(&session, &uid).await.1, [""; 0]);
}

#[tokio::test]
async fn keys_belong_to_a_user_who_is_there_and_to_its_tenant() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for (param, status) in [("<val>1</val>", 404), ("<val>dana</val>", 400), ("<list/>", 400)] {
        session.call("", "getApiKeys", param).await.refused(status);
        session.call("", "createApiKey", param).await.refused(status);
    }
    portal.ctera().create_key("acme", "dana").unwrap();
    let uid = session.uid("/users/dana").await;
    let key = keys(&session, &uid).await.0.remove(0);
    session.select("globex").await;
    session.call("", "deleteApiKey", &format!("<val>{key}</val>")).await.refused(404);
    assert_eq!(portal.ctera().user("acme", "dana").unwrap().keys.len(), 1);
}

#[tokio::test]
async fn a_users_keys_are_limited() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    assert_eq!(portal.ctera().switches().key_limit, 100);
    portal.ctera().switch(|switches| switches.key_limit = 2);
    let uid = session.uid("/domains/corp.example/adUsers/corp-ann").await;
    let param = format!("<val>{uid}</val>");
    for _ in 0..2 {
        assert_eq!(session.call("", "createApiKey", &param).await.status, 200);
    }
    assert_eq!(
        session.call("", "createApiKey", &param).await.refused(400),
        "A user can have 2 keys"
    );
    let key = keys(&session, &uid).await.0.remove(0);
    session.call("", "deleteApiKey", &format!("<val>{key}</val>")).await.is_empty();
    assert_eq!(session.call("", "createApiKey", &param).await.status, 200);
    let user = portal.ctera().user("acme", "corp.example\\corp-ann").unwrap();
    assert_eq!(user.keys.iter().filter(|key| !key.deleted).count(), 2);
    assert_eq!(user.keys.len(), 3);
}
