mod classify;

use super::{Absence, Client, NewUser, Place, UserEdit};

/// Work on a client may move between threads.
#[test]
fn calls_can_be_spawned() {
    fn assert_send<T: Send>(_: &T) {}
    fn check(client: &Client, new: &NewUser<'_>) {
        assert_send(&client.login());
        assert_send(&client.logout());
        assert_send(&client.permissions());
        assert_send(&client.list_users(&Place::Local));
        assert_send(&client.domains());
        assert_send(&client.find_user(&Place::Local, "dana"));
        assert_send(&client.find_user_by_uid(&Place::Local, "4711"));
        assert_send(&client.add_user(new, Absence::Proven));
        assert_send(&client.edit_user("4711", "dana", &UserEdit::default()));
        assert_send(&client.delete_user(&Place::Local, "4711", "dana"));
        assert_send(&client.list_keys("4711"));
        assert_send(&client.create_key("4711", &[]));
        assert_send(&client.delete_key("4711", "K3Y"));
        assert_send(&client.apply_changes());
    }
    let _ = check;
}
