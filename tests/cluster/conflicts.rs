//! Two objects for one account.

use roster::sim::AccountState;

use crate::bench::Bench;
use crate::manifests::user;
use crate::observe::condition_of;

#[tokio::test]
async fn the_older_of_two_objects_holds_the_account_and_the_younger_takes_its_place() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  resyncInterval: 1s")).await;
    bench.apply(&user("older", "secret-1", "  deletionPolicy: Delete")).await;
    bench.apply(&user("first", "secret-2", "")).await;
    bench.ready("older").await;
    bench.ready("first").await;
    let younger = user("younger", "secret-3", "").replace("nickname: younger", "nickname: older");
    let second = "apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  name: second
spec:
  sessionRef:
    name: acme
  userName: acme-first
  adoptionPolicy: IfExists
  loginState: Active
";
    bench.apply(&(younger + second)).await;
    for (name, holder) in [("younger", "older"), ("second", "first")] {
        let conflict = bench.condition(name, "Stalled", "True", "Conflict").await;
        let message = &condition_of(&conflict, "Stalled").unwrap().message;
        let holder = format!("{}/{holder}", bench.namespace.name);
        assert!(message.contains(&holder), "{message}");
        assert!(conflict.metadata.finalizers.is_none());
    }
    for holder in ["older", "first"] {
        bench.look_at(holder, "with a rival").await;
        bench.ready(holder).await;
    }
    assert_eq!(bench.account_writes().len(), 2, "two creates: {:?}", bench.account_writes());

    // By its own policies: the one account is deleted and made anew, the other is taken over as it is.
    bench.remove(&["older", "first"]).await;
    bench.gone("older").await;
    bench.gone("first").await;
    let younger = bench.ready("younger").await;
    assert_eq!(younger.status.unwrap().user_name.as_deref(), Some("acme-older"));
    assert!(bench.simulator.password_is("acme", "acme-older", "secret-3"));
    let second = bench.ready("second").await;
    assert_eq!(format!("{:?}", second.status.unwrap().account.origin), "Some(Adopted)");
    let first = bench.account("acme-first").unwrap();
    assert_eq!((first.state, first.blocks), (AccountState::Active, 0), "never blocked meanwhile");
    operator.stop().await;
}
