//! The first act: update users of `DynECT`.

use super::stage::{Command, Counts};
use super::steps::{Act, Step};
use crate::cli::Exit;
use crate::sim::AccountState::{Active, Blocked};
use crate::sim::{JournalFilter, Running, System};

pub(super) const ACT: Act =
    Act { title: "DynECT: update users", folder: "accounts", counts, steps: &STEPS };

fn counts(simulator: &Running) -> Counts {
    let count = |method: Option<&str>, path: &str| {
        let filter = JournalFilter {
            system: Some(System::Dynect),
            method: method.map(str::to_owned),
            path: Some(path.to_owned()),
            operation: None,
        };
        simulator.journal_of(&filter).len()
    };
    let users = "/REST/UpdateUser";
    let lists = count(Some("GET"), users);
    Counts {
        logins: count(Some("POST"), "/REST/Session"),
        lists,
        writes: count(None, users) - lists,
    }
}

const STEPS: [Step; 10] = [
    Step {
        name: "plan",
        title: "Look before you leap",
        text: "Two update users are declared in accounts/. A plan logs in, reads the account list once, and writes nothing.",
        before: |_, _| Ok(()),
        command: Command::Plan,
        exit: Exit::Done,
        writes: 0,
        fact: "nothing was created",
        holds: |stage| stage.accounts() == 1,
    },
    Step {
        name: "apply",
        title: "Create",
        text: "Apply shows the same plan and does it: one call per account. The generated password is in secrets/ before it is sent.",
        before: |_, _| Ok(()),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 2,
        fact: "both accounts exist, each created once",
        holds: |stage| stage.accounts() == 3,
    },
    Step {
        name: "apply again",
        title: "Again",
        text: "What is as declared costs one list and no write.",
        before: |_, _| Ok(()),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 0,
        fact: "nothing was written",
        holds: |stage| stage.accounts() == 3,
    },
    Step {
        name: "block one",
        title: "Block one",
        text: "One edit in Git blocks a user.",
        before: |stage, out| {
            stage.edit("accounts/edge2.yaml", "loginState: Active", "loginState: Blocked", out)
        },
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "edge2 can no longer log in",
        holds: |stage| stage.state("acme-edge2") == Some(Blocked),
    },
    Step {
        name: "rotate a password",
        title: "Rotate a password",
        text: "A new value in the Secret is sent once. It is shown nowhere.",
        before: |stage, _| {
            stage.edit_secret("accounts/edge1.yaml", "first-password", "second-password")
        },
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "edge1 has the new password",
        holds: |stage| stage.has_password("acme-edge1", "second-password"),
    },
    Step {
        name: "correct drift",
        title: "Drift",
        text: "Somebody blocks edge1 at DynECT and gives it another password, behind Roster's back. The next run takes both back: password first, then unblock.",
        before: |stage, _| stage.tamper("acme-edge1"),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 2,
        fact: "edge1 is as declared again",
        holds: |stage| {
            stage.has_password("acme-edge1", "second-password")
                && stage.state("acme-edge1") == Some(Active)
        },
    },
    Step {
        name: "refuse a take-over",
        title: "Not yours",
        text: "legacy.yaml declares acme-legacy, which somebody made by hand long ago. Roster takes nothing over silently.",
        before: |stage, _| {
            stage
                .write("accounts/legacy.yaml", include_str!("../../../deploy/examples/legacy.yaml"))
        },
        command: Command::Plan,
        exit: Exit::Incomplete,
        writes: 0,
        fact: "acme-legacy is untouched",
        holds: |stage| stage.has_password("acme-legacy", "made-by-hand"),
    },
    Step {
        name: "adopt",
        title: "Adopt it",
        text: "With the policy set, the account is managed from now on. It is as declared already, so adopting it writes nothing.",
        before: |stage, out| {
            stage.edit(
                "accounts/legacy.yaml",
                "# adoptionPolicy: IfExists",
                "adoptionPolicy: IfExists",
                out,
            )
        },
        command: Command::Apply,
        exit: Exit::Done,
        writes: 0,
        fact: "acme-legacy kept its password",
        holds: |stage| stage.has_password("acme-legacy", "made-by-hand"),
    },
    Step {
        name: "adopted drift",
        title: "Only what is declared",
        text: "Somebody blocks acme-legacy and sets another password. Its password is not declared, so only the state is taken back.",
        before: |stage, _| stage.tamper("acme-legacy"),
        command: Command::Apply,
        exit: Exit::Done,
        writes: 1,
        fact: "acme-legacy is active, and its password is as they left it",
        holds: |stage| {
            stage.has_password("acme-legacy", "somebody-else")
                && stage.state("acme-legacy") == Some(Active)
        },
    },
    Step {
        name: "remove",
        title: "Remove",
        text: "Removing the objects disables what Roster created and keeps what it adopted. Deleting for good has to be asked for, with deletionPolicy: Delete.",
        before: |_, _| Ok(()),
        command: Command::Delete(&[]),
        exit: Exit::Done,
        writes: 1,
        fact: "no account is gone: edge1 is blocked now too, and legacy is kept",
        holds: |stage| {
            stage.state("acme-edge1") == Some(Blocked) && stage.state("acme-legacy") == Some(Active)
        },
    },
];
