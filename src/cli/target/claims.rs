//! Objects that claim one account, in whichever sessions, told from their text alone.

use std::collections::BTreeMap;

use super::group::Group;
use super::{Target, object_name};
use crate::cli::accounts::CliKind;
use crate::cli::input::{Loaded, Problem};
use crate::plan::Account;

/// A problem for each object that claims what one before it does.
pub(super) fn claimed_twice<K: CliKind>(
    objects: &[Loaded<K>],
    targets: &[Target],
    groups: &[Option<Group<K>>],
) -> Vec<Problem> {
    let mut space_of = BTreeMap::new();
    for (target, group) in targets.iter().zip(groups) {
        let declared = group.iter().flat_map(|group| &group.declared);
        space_of.extend(declared.map(|declared| (&declared.object, &*target.session.space)));
    }
    let name = |loaded: &Loaded<K>| object_name(K::Account::KIND, loaded.object.meta());
    let mut claims: BTreeMap<(&str, &str, &str), &Loaded<K>> = BTreeMap::new();
    let mut problems = Vec::new();
    for loaded in objects {
        let object = name(loaded);
        let Some(space) = space_of.get(&object) else { continue };
        for (field, value) in loaded.object.claims() {
            let Some(first) = claims.insert((space, field, value), loaded) else { continue };
            let path = format!("spec.{field}");
            let other = name(first);
            let what =
                format!("{object} claims the account with {field} `{value}`, and so does {other}");
            let problem = loaded
                .origin
                .problem(&path, what)
                .help("remove one of the two objects, or give them different accounts")
                .related("the other claim is here", first.origin.locate(&path));
            problems.push(problem);
        }
    }
    problems
}
