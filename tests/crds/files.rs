//! What is installed in clusters is what the code says, and names never change.

use std::collections::BTreeSet;
use std::path::Path;

use roster::kinds;

#[test]
fn the_files_in_crds_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    // It names the others, for `kubectl apply -k`.
    let mut expected = BTreeSet::from(["kustomization.yaml".to_owned()]);
    for (name, text) in kinds::crds().unwrap() {
        let stored = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(
            stored == text,
            "crds/{name} is not what the types say; write it again with `cargo run -- crds --dir crds`"
        );
        expected.insert(name);
    }
    let present: BTreeSet<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(present, expected, "crds/ holds a file that no kind is behind");
    let named = std::fs::read_to_string(folder.join("kustomization.yaml")).unwrap();
    let named: BTreeSet<_> = named.lines().filter_map(|line| line.strip_prefix("  - ")).collect();
    expected.remove("kustomization.yaml");
    assert!(named.iter().eq(&expected), "crds/kustomization.yaml names {named:?}");
}

/// `kubectl apply` keeps a copy of an object in one annotation, and annotations may hold 262,144 bytes together.
#[test]
fn the_files_in_crds_leave_room_for_the_annotation_of_kubectl_apply() {
    for (name, text) in kinds::crds().unwrap() {
        assert!(text.len() < 100_000, "crds/{name} has {} bytes", text.len());
    }
}

#[test]
fn the_names_of_the_kinds_are_frozen() {
    let names: Vec<_> = kinds::all()
        .iter()
        .map(|definition| {
            let spec = &definition.crd.spec;
            let names = &spec.names;
            let versions: Vec<_> =
                spec.versions.iter().map(|version| version.name.as_str()).collect();
            format!(
                "{} {} {} {} {:?} {:?} {} {:?}",
                definition.crd.metadata.name.as_deref().unwrap(),
                names.kind,
                names.plural,
                names.singular.as_deref().unwrap(),
                names.short_names.as_deref().unwrap(),
                names.categories.as_deref().unwrap(),
                spec.scope,
                versions,
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            r#"apisessions.roster.rs ApiSession apisessions apisession ["apis"] ["roster"] Namespaced ["v1alpha1"]"#,
            r#"updateusers.roster.rs UpdateUser updateusers updateuser ["uu"] ["roster"] Namespaced ["v1alpha1"]"#,
            r#"portalusers.roster.rs PortalUser portalusers portaluser ["pu"] ["roster"] Namespaced ["v1alpha1"]"#,
        ]
    );
}

#[test]
fn at_most_six_columns_are_shown_unless_asked_for_more() {
    for definition in kinds::all() {
        let version = &definition.crd.spec.versions[0];
        let columns = version.additional_printer_columns.as_deref().unwrap();
        let narrow: Vec<_> =
            columns.iter().filter(|column| column.priority.unwrap_or(0) == 0).collect();
        assert_eq!(narrow.len(), 6, "{}", definition.kind);
        assert!(narrow.iter().any(|column| column.name == "Age"), "{}", definition.kind);
        assert!(version.subresources.as_ref().unwrap().status.is_some(), "{}", definition.kind);
    }
}
