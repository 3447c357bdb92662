use super::*;

/// Work on a client may move between threads.
#[test]
fn calls_can_be_spawned() {
    fn assert_send<T: Send>(_: &T) {}
    fn check(client: &Client, password: &secrecy::SecretString) {
        let before = std::collections::BTreeSet::new();
        assert_send(&client.login());
        assert_send(&client.logout());
        assert_send(&client.is_alive());
        assert_send(&client.permissions());
        assert_send(&client.list_update_users());
        assert_send(&client.block("acme-edge1"));
        assert_send(&client.create_update_user("edge1", password, &before));
    }
    let _ = check;
}
