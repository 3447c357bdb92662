//! What nobody may ever see.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use roster::systems::ctera::{Absence, Place, UserEdit};
use secrecy::SecretString;
use tracing::Level;

use crate::raw::{ok, refused, reply};
use crate::stage::stage;
use crate::support::{PASSWORD, client_with, dana, new_dana, nobody, page};

thread_local! {
    /// What was logged on this thread, down to the last detail.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the thread's log.
struct Log;

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(text));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs for the whole process: a subscriber of one thread could miss what others met first.
fn begin_log() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(|| Log).init();
    });
    LOG.take();
}

#[tokio::test]
async fn no_secret_is_in_errors_history_debug_output_or_logs() {
    begin_log();
    let stage = stage([]).await;
    let client = client_with(&stage, |config| {
        config.history_limit = 100;
        config.previous_password = Some("pr3vious".into());
    });
    let password = SecretString::from("p4ss");
    // A portal that repeats what it was sent, in a message that is shown, with bodies that are not.
    let echo = |status| {
        let message = "`p4ss`, s3cret, pr3vious and c00kie1 are no good&#7;&#10;";
        refused(status, message)
    };
    let mut shown = vec![format!("{client:?}")];
    client.login().await.unwrap();
    shown.push(format!("{client:?}"));

    let hidden = "<att id=\"password\"><val>h1dden</val></att>";
    let with_hidden = dana().replace("<att id=\"password\"/>", hidden);
    stage.state().replies = [echo(400), nobody()].into();
    let error = client.add_user(&new_dana(&password), Absence::Proven).await.unwrap_err();
    assert!(error.to_string().ends_with("`*****`, *****, ***** and ***** are no good"), "{error}");
    shown.push(format!("{error} {error:?}"));

    let edit = UserEdit { password: Some(&password), ..UserEdit::default() };
    stage.state().replies = [ok(&with_hidden), echo(500)].into();
    let error = client.edit_user("4711", "dana", &edit).await.unwrap_err();
    assert!(error.to_string().contains("`*****`, *****"), "{error}");
    shown.push(format!("{error} {error:?}"));

    stage.state().replies = [ok(&with_hidden), ok(&with_hidden)].into();
    let edit = UserEdit { email: Some("x"), ..UserEdit::default() };
    shown.push(format!("{:?}", client.edit_user("4711", "dana", &edit).await.unwrap()));

    let created = "<obj><att id=\"accessKey\"><val>K9</val></att><att id=\"secretKey\"><val>s3key</val></att></obj>";
    stage.state().replies = [ok(created)].into();
    shown.push(format!("{:?}", client.create_key("4711", &[]).await.unwrap()));

    // Replies that are no word of the portal are shown nowhere.
    let html = "<html>s3key h1dden backend</html>";
    stage.state().replies = (0..4).map(|_| reply("503 Gone", "", html)).collect();
    let error = client.list_users(&Place::Local).await.unwrap_err();
    assert!(error.to_string().contains("HTTP status 503"), "{error}");
    shown.push(format!("{error} {error:?}"));
    stage.state().replies = [ok(html), page(&[], false)].into();
    let error = client.list_users(&Place::Local).await.unwrap_err();
    shown.push(format!("{error} {error:?}"));

    client.logout().await;
    shown.push(format!("{:?}", client.history()));
    let logged = String::from_utf8(LOG.take()).unwrap();
    assert!(logged.contains("change a user") && logged.contains("TRACE"), "{logged}");
    shown.push(logged);
    let secrets = [PASSWORD, "pr3vious", "p4ss", "h1dden", "s3key", "c00kie1", "backend"];
    for text in shown {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
