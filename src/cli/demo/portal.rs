//! The second act: users of a CTERA Portal.

use super::stage::{Command, Counts};
use super::steps::{Act, Step};
use crate::cli::Exit;
use crate::sim::{JournalEntry, Running};

pub(super) const ACT: Act =
    Act { title: "CTERA Portal: users", folder: "portal", counts, steps: &STEPS };

fn counts(simulator: &Running) -> Counts {
    let journal = simulator.ctera().journal();
    let count = |is_one: &dyn Fn(&JournalEntry) -> bool| {
        journal.iter().filter(|entry| is_one(entry)).count()
    };
    let invokes = |entry: &JournalEntry, operations: &[&str]| {
        entry.operation.as_deref().is_some_and(|operation| operations.contains(&operation))
    };
    Counts {
        logins: count(&|entry| entry.path.ends_with("/login")),
        lists: count(&|entry| invokes(entry, &["query"])),
        writes: count(&|entry| entry.method == "PUT" || invokes(entry, &WRITES)),
    }
}

const WRITES: [&str; 4] = ["add", "delete", "createApiKey", "deleteApiKey"];

const STEPS: [Step; 9] = [
    Step {
        name: "create a user",
        title: "Create a portal user",
        text: "A portal asks for a tenant to be selected, and acts on whichever that is. Roster proves it before each write, adds the user once, and looks whether it is there.",
        before: |_, _| Ok(()),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "gil is an end user of the tenant",
        holds: |stage| {
            stage.user("gil").is_some_and(|user| user.role.as_deref() == Some("EndUser"))
        },
    },
    Step {
        name: "change one field",
        title: "Change one field of many",
        text: "dana was made by hand and has many attributes. A portal takes whole users only, so Roster reads dana, changes what is declared, and writes the rest back as it was.",
        before: |stage, _| stage.write("portal/ivri.yaml", DANA),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "dana has the new e-mail address, and every other attribute is as it was",
        holds: |stage| {
            stage.attribute("dana", "email").as_deref() == Some("dana@corp.example")
                && stage.is_kept("dana", &["email"])
        },
    },
    Step {
        name: "rename",
        title: "Rename",
        text: "The identity of a user is the uid that the portal gave it, not its name. So another name in the manifest is a rename, and all data stays.",
        before: |stage, out| stage.edit("portal/ivri.yaml", "name: dana", "name: dana-ivri", out),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "dana is dana-ivri now, and still the same user",
        holds: |stage| stage.user("dana").is_none() && stage.is_kept("dana-ivri", CHANGED),
    },
    Step {
        name: "correct one user",
        title: "Drift again",
        text: "Somebody disables dana-ivri at the portal and sets another e-mail address and telephone. The telephone is not declared, so it stays; the rest is taken back in one request.",
        before: |stage, _| stage.disable_by_hand("dana-ivri"),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "dana-ivri is as declared, with the new telephone",
        holds: |stage| {
            stage.attribute("dana-ivri", "email").as_deref() == Some("dana@corp.example")
                && stage.attribute("dana-ivri", "role").as_deref() == Some("EndUser")
                && stage.attribute("dana-ivri", "phone").as_deref() == Some("+1 555 0100")
        },
    },
    Step {
        name: "make an S3 key",
        title: "S3 credentials",
        text: "The portal makes the pair and shows its secret half once. Roster writes down which keys there were, has one made, and stores it before it does anything else.",
        before: |stage, out| stage.add_line("portal/ivri.yaml", S3_KEY, out),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "dana-ivri has one key, and the pair in secrets/ is right",
        holds: |stage| stage.has_kept_key("dana-ivri", "secrets/default.ivri-s3.yaml"),
    },
    Step {
        name: "replace a lost key",
        title: "A lost key",
        text: "Somebody loses the file. Nobody can read a secret half again, so the next run makes another pair and deletes the key that nobody can use.",
        before: |stage, _| stage.lose("secrets/default.ivri-s3.yaml"),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 2,
        fact: "dana-ivri has one key again, and the pair in secrets/ is right",
        holds: |stage| stage.has_kept_key("dana-ivri", "secrets/default.ivri-s3.yaml"),
    },
    Step {
        name: "disable",
        title: "Disable",
        text: "A disabled user keeps everything and cannot sign in.",
        before: |stage, out| stage.edit("portal/gil.yaml", "role: EndUser", "role: Disabled", out),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "gil can no longer sign in",
        holds: |stage| stage.attribute("gil", "role").as_deref() == Some("Disabled"),
    },
    Step {
        name: "refuse to delete",
        title: "No data is lost by accident",
        text: "Deleting a portal user destroys its folders, so a policy alone is not enough.",
        before: |stage, out| stage.add_line("portal/gil.yaml", "deletionPolicy: Delete", out),
        command: Command::Delete(&["session.yaml", "gil.yaml"]),
        exit: Exit::Incomplete,
        writes: 0,
        fact: "gil is still there",
        holds: |stage| stage.user("gil").is_some(),
    },
    Step {
        name: "delete",
        title: "Delete for good",
        text: "With the user's own name as acknowledgement, it is deleted.",
        before: |stage, out| stage.add_line("portal/gil.yaml", "acknowledgeDataLoss: gil", out),
        command: Command::Delete(&["session.yaml", "gil.yaml"]),
        exit: Exit::Done,
        writes: 1,
        fact: "gil is gone, and nobody else",
        holds: |stage| stage.user("gil").is_none() && stage.user("dana-ivri").is_some(),
    },
];

/// What the walk changes of dana.
const CHANGED: &[&str] = &["email", "name", "baseObjectRef"];

const S3_KEY: &str = "s3Credentials: [{name: s3, outputSecret: {name: ivri-s3}}]";

/// A user that somebody made long ago.
const DANA: &str = "\
apiVersion: roster.rs/v1alpha1
kind: PortalUser
metadata:
  name: ivri
spec:
  sessionRef:
    name: portal
  adoptionPolicy: IfExists
  name: dana
  email: dana@corp.example
  role: EndUser
";
