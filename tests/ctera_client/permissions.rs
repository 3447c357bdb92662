//! What the session's user may do.

use roster::systems::ctera::Scope;

use crate::raw::{ok, refused, reply};
use crate::stage::stage;
use crate::support::{client_with, entered, word};

const SETTINGS: &str = "<obj class=\"RoleSettings\"><att id=\"name\"><val>Read/Write</val></att><att id=\"superUser\"><val>false</val></att><att id=\"canManageUsers\"><val>true</val></att><att id=\"canChangeRoles\"><val>false</val></att><att id=\"future\"/></obj>";

#[tokio::test]
async fn the_settings_of_the_own_role_are_asked_for_once_per_login() {
    for (role, key) in [
        ("ReadWriteAdmin", "readWriteAdminSettings"),
        ("ReadOnlyAdmin", "readOnlyAdminSettings"),
        ("Support", "supportAdminSettings"),
    ] {
        let stage = stage([ok(SETTINGS), ok(&SETTINGS.replacen("false", "true", 1))]).await;
        role.clone_into(&mut stage.state().role);
        let client = client_with(&stage, |config| config.scope = Scope::Global);
        client.login().await.unwrap();
        assert_eq!(client.known_permissions(), None);
        stage.take();
        let permissions = client.permissions().await.unwrap();
        assert!(permissions.allows("canManageUsers") && !permissions.allows("canChangeRoles"));
        assert!(permissions.allows("canDoWhatNobodyKnows") && !permissions.is_super_user);
        client.permissions().await.unwrap();
        assert_eq!(client.known_permissions(), Some(permissions));
        assert_eq!(stage.take(), [format!("GET /rolesSettings/{key}")]);

        client.logout().await;
        assert_eq!(client.known_permissions(), None);
        let permissions = client.permissions().await.unwrap();
        assert!(permissions.is_super_user && permissions.allows("canChangeRoles"));
    }
}

#[tokio::test]
async fn no_restriction_is_known_of_whom_the_portal_tells_nothing() {
    // An administrator from outside.
    let stage = stage([]).await;
    let client = entered(&stage).await;
    assert!(client.permissions().await.unwrap().allows("canManageUsers"));
    assert!(stage.take().is_empty());

    for role in ["Archivist", "", "ReadWriteAdmin"] {
        for status in [404, 400, 500] {
            role.clone_into(&mut stage.state().role);
            stage.state().replies = [refused(status, "no")].into();
            let client = client_with(&stage, |config| config.scope = Scope::Global);
            assert!(client.permissions().await.unwrap().allows("canManageUsers"));
        }
    }
}

#[tokio::test]
async fn a_denial_names_the_permission_that_is_known_to_be_missing() {
    let lacking = SETTINGS.replacen("<val>true</val>", "<val>false</val>", 1);
    let stage = stage([ok(&lacking)]).await;
    let client = client_with(&stage, |config| config.scope = Scope::Global);
    client.permissions().await.unwrap();
    // Another login was made for a denial a moment ago, so that this one counts at once.
    stage.state().replies = [refused(403, "no"), refused(403, "no"), ok(&lacking)].into();
    let new = crate::support::new_dana;
    let absence = roster::systems::ctera::Absence::Proven;
    client.add_user(&new(&"pw".into()), absence).await.unwrap_err();
    client.permissions().await.unwrap();
    stage.state().replies = [refused(403, "no")].into();
    let error = client.add_user(&new(&"pw".into()), absence).await.unwrap_err();
    assert!(error.to_string().contains("lacks the permission canManageUsers (no)"), "{error}");
}

#[tokio::test]
async fn a_portal_in_trouble_is_asked_again_later() {
    let stage = stage((0..4).map(|_| reply("503 Gone", "", ""))).await;
    let client = client_with(&stage, |config| config.scope = Scope::Global);
    assert_eq!(word(&client.permissions().await), "Unreachable");
    stage.state().replies = [ok(SETTINGS)].into();
    assert!(!client.permissions().await.unwrap().allows("canChangeRoles"));
}
