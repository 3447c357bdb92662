//! What a portal starts with.

use roster::sim::Seed;
use serde_json::json;

use super::support::Portal;

fn error(portal: &str) -> String {
    let seed = format!("customers: {{any: {{}}}}\nportal: {portal}");
    Seed::from_yaml(&seed).map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn a_seed_without_a_portal_has_the_default_one() {
    let seed = Seed::from_yaml("customers: {any: {}}").unwrap();
    assert_eq!(seed.portal.tenants.len(), 2);
    let portal = Portal::start().await;
    let names: Vec<_> =
        portal.ctera().users().into_iter().map(|user| (user.tenant, user.name)).collect();
    let expected = [
        ("", "admin"),
        ("acme", "acme-admin"),
        ("acme", "dana"),
        ("acme", "erez"),
        ("acme", "fay"),
        ("acme", "corp-ann"),
        ("acme", "corp-bob"),
        ("globex", "dana"),
    ];
    assert_eq!(names, expected.map(|(tenant, name)| (tenant.to_owned(), name.to_owned())));
    assert!(portal.ctera().users().iter().all(|user| user.creator == "seed"));
}

#[tokio::test]
async fn a_seed_names_administrators_tenants_users_domains_and_role_settings() {
    let portal = Portal::seeded(
        "
  administrators: [{name: root, password: r}]
  roles: {readWriteAdminSettings: {canManageUsers: false}}
  tenants:
    initech:
      users:
        - {name: boss, password: b, role: ReadOnlyAdmin}
        - name: milton
          folders: 3
          attributes: {sla: 1.5, stapler: {$class: Red, $uuid: u-1, since: null}}
      domains: {d.example: [{name: peter}]}
      roles: {readOnlyAdminSettings: {canManageUsers: true}}
",
    )
    .await;
    let root = portal.log_in_as("admin", "root", "r").await;
    root.select("initech").await;
    root.call("/users/milton", "delete", "<val>true</val>").await.refused(403);
    let boss = portal.log_in_as("ServicesPortal", "boss", "b").await;
    let milton = boss.get("/users/milton").await;
    assert_eq!(milton.att("sla").unwrap(), "1.5");
    assert!(milton.text.contains("<obj class=\"Red\" uuid=\"u-1\"><att id=\"since\"/></obj>"));
    boss.call("/users/milton", "delete", "<val>true</val>").await.is_empty();
    assert_eq!(portal.folders(), 3);
    assert_eq!(boss.names("/domains/d.example/adUsers", "").await.0, ["peter"]);
    assert_eq!(
        portal.ctera().attributes("initech", "boss").unwrap()["role"],
        json!("ReadOnlyAdmin")
    );
}

#[test]
fn a_seed_that_contradicts_itself_is_refused() {
    for (portal, words) in [
        ("{tenants: {'': {}}}", "the name of a tenant"),
        ("{administrators: [{name: ''}]}", "the name of a user is empty"),
        ("{tenants: {t: {users: [{name: a}, {name: a}]}}}", "tenant t: two users are named a"),
        ("{tenants: {t: {domains: {d: [{name: a}, {name: a}]}}}}", "domain d of tenant t"),
        ("{tenants: {t: {users: [{name: a, attributes: {uid: 7}}]}}}", "`uid` of a"),
        ("{roles: {kings: {superUser: true}}}", "there is no role `kings`"),
        ("{roles: {readOnlyAdminSettings: {fly: true}}}", "no setting `fly`"),
        ("{tenant: {}}", "tenant"),
    ] {
        assert!(error(portal).contains(words), "{portal}: {}", error(portal));
    }
}
