//! Where manifests are read from.

use std::fs;
use std::path::{Path, PathBuf};

use roster::cli::input::{Input, load};
use tempfile::TempDir;

use super::{user, users};

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn account(name: &str) -> String {
    user("  nickname: a\n").replace("edge1", name)
}

fn names(input: &Input) -> Vec<&str> {
    users(input).iter().map(|user| user.object.metadata.name.as_deref().unwrap()).collect()
}

/// What is wrong, with the directory's name taken out.
fn told(directory: &Path, paths: &[PathBuf]) -> String {
    let errors = load(paths, std::io::empty()).unwrap_err();
    errors.to_string().replace(directory.to_str().unwrap(), "dir")
}

#[test]
fn a_directory_is_read_by_name_with_all_below_it() {
    let (a, b, c, d) = (account("a"), account("b"), account("c"), account("d"));
    let directory = directory(&[
        ("b.yml", &c),
        ("a/z.yaml", &a),
        ("a.yaml", &b),
        ("c.JSON", &d),
        ("notes.txt", "no: [yaml"),
        (".hidden.yaml", "no: [yaml"),
        (".git/config.yaml", "no: [yaml"),
        ("roster.state.json", "{}"),
        ("..data/x.yaml", "no: [yaml"),
    ]);
    let input = load(&[directory.path().to_owned()], std::io::empty()).unwrap();
    assert_eq!(names(&input), ["a", "b", "c", "d"]);
    assert_eq!(users(&input)[0].origin.file(), directory.path().join("a/z.yaml").to_str().unwrap());
}

#[test]
fn files_are_read_in_the_order_in_which_they_are_named() {
    let (a, b) = (account("a"), account("b"));
    let directory = directory(&[("a.yaml", &a), ("b.txt", &b)]);
    let paths =
        [directory.path().join("b.txt"), PathBuf::from("-"), directory.path().join("a.yaml")];
    let input = load(&paths, account("c").as_bytes()).unwrap();
    assert_eq!(names(&input), ["b", "c", "a"]);
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let a = account("a");
    let directory = directory(&[("a.yaml", &a)]);
    let file = directory.path().join("a.yaml");
    let input = load(&[file.clone(), directory.path().to_owned(), file], std::io::empty()).unwrap();
    assert_eq!(names(&input), ["a"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_end() {
    let a = account("a");
    let directory = directory(&[("..data/a.yaml", &a)]);
    std::os::unix::fs::symlink("..data/a.yaml", directory.path().join("a.yaml")).unwrap();
    std::os::unix::fs::symlink(".", directory.path().join("circle")).unwrap();
    let input = load(&[directory.path().to_owned()], std::io::empty()).unwrap();
    assert_eq!(names(&input), ["a"]);
}

#[test]
fn a_directory_without_manifests_is_an_error() {
    let directory = directory(&[("notes.txt", "")]);
    assert_eq!(
        told(directory.path(), &[directory.path().to_owned()]),
        "error: `dir` holds no file that ends with .yaml, .yml or .json"
    );
}

#[test]
fn no_document_at_all_is_an_error() {
    let directory = directory(&[("a.yaml", "# nothing\n---\n"), ("b.yaml", "")]);
    let (a, b) = (directory.path().join("a.yaml"), directory.path().join("b.yaml"));
    assert_eq!(
        told(directory.path(), std::slice::from_ref(&a)),
        "error: `dir/a.yaml` holds no document"
    );
    assert_eq!(
        told(directory.path(), &[a, b]),
        "error: `dir/a.yaml`, `dir/b.yaml` hold no document"
    );
    assert_eq!(
        load(&[], std::io::empty()).unwrap_err().to_string(),
        "error: no manifest was named; name files, directories, or `-`"
    );
}

#[test]
fn standard_input_is_read_once() {
    let paths = [PathBuf::from("-"), PathBuf::from("-")];
    assert_eq!(
        load(&paths, account("a").as_bytes()).unwrap_err().to_string(),
        "error: `-` was named twice; standard input can be read only once"
    );
}

#[test]
fn what_cannot_be_read_is_told_along_with_what_is_wrong_elsewhere() {
    let bad = user("  nickame: a\n");
    let directory = directory(&[("a.yaml", &bad)]);
    fs::write(directory.path().join("b.yaml"), b"a: \xff").unwrap();
    let paths = [directory.path().to_owned(), directory.path().join("missing.yaml")];
    assert_eq!(
        told(directory.path(), &paths),
        "\
error: cannot read `dir/b.yaml`: it is not UTF-8 text

error: cannot read `dir/missing.yaml`: No such file or directory (os error 2)

error: unknown field `spec.nickame`; did you mean `nickname`?
  --> dir/a.yaml:6:3
   |
 6 |   nickame: a
   |   ^^^^^^^"
    );
}

#[test]
fn an_endless_input_is_not_read_to_its_end() {
    let errors = load(&[PathBuf::from("-")], std::io::repeat(b' ')).unwrap_err();
    assert_eq!(errors.to_string(), "error: cannot read `<stdin>`: it is larger than 64 MiB");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
    let text = format!("\u{feff}{}", user("  nickname: a b\n").replace('\n', "\r\n"));
    let errors = load(&[PathBuf::from("-")], text.as_bytes()).unwrap_err().to_string();
    assert!(
        errors.contains("--> <stdin>:6:13\n   |\n 6 |   nickname: a b\n   |             ^^^"),
        "{errors}"
    );
}

#[test]
fn a_kustomization_is_ignored_even_without_its_kind() {
    let a = account("a");
    let directory = directory(&[("a.yaml", &a), ("kustomization.yaml", "resources: [a.yaml]\n")]);
    let input = load(&[directory.path().to_owned()], std::io::empty()).unwrap();
    assert_eq!(names(&input), ["a"]);
    assert_eq!(
        input.warnings[0].message(),
        "Kustomization is none of Roster's kinds; one document ignored"
    );
}
