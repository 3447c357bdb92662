//! What the documentation shows is what the program does. One small check after the other, which share how pages are read:
//! hence the length.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::{CommandFactory, Parser};
use roster::cli::{Cli, input};
use roster::plan::Reason;
use roster::sim::{FaultKind, Seed, Switches, ctera};

/// A page and its text. The name is relative to the root of the repository.
struct Page {
    name: String,
    text: String,
}

/// A fenced block of a page.
struct Block<'a> {
    place: String,
    info: &'a str,
    lines: Vec<&'a str>,
}

/// The simulator as a process of its own, ended when dropped.
struct Simulator {
    process: Child,
    dynect: String,
    portal: String,
    control: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> Page {
    let text =
        fs::read_to_string(root().join(name)).unwrap_or_else(|_| panic!("{name} is missing"));
    Page { name: name.to_owned(), text }
}

/// README.md and its like, and everything in docs/.
fn pages() -> Vec<Page> {
    let in_root = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().display()));
    let mut names: Vec<String> = in_root.map(str::to_owned).into_iter().chain(docs).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"));
    names.sort();
    names.iter().map(|name| page(name)).collect()
}

impl Page {
    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (number, line) in (1..).zip(self.text.lines()) {
            match (line.strip_prefix("```"), open.take()) {
                (Some(info), None) => {
                    let place = format!("{}:{number}", self.name);
                    open = Some(Block { place, info, lines: Vec::new() });
                }
                (Some(_), Some(block)) => blocks.push(block),
                (None, Some(mut block)) => {
                    block.lines.push(line);
                    open = Some(block);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block has no end", self.name);
        blocks
    }
}

impl Block<'_> {
    fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// The commands that are typed, each without its prompt and on one line.
    fn commands(&self) -> Vec<String> {
        let joined = self.text().replace("\\\n", " ");
        let typed = |line: &str| match self.info {
            "console" => line.strip_prefix("$ ").map(str::to_owned),
            "sh" => Some(line.to_owned()),
            _ => None,
        };
        joined.lines().filter_map(typed).collect()
    }
}

impl Simulator {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_roster"))
            .args(["simulate", "--ctera-plain", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut address = |name: &str| {
            let line = lines.next().unwrap().unwrap();
            let url = line.strip_prefix(name).unwrap_or_else(|| panic!("{line} is not {name}"));
            url.trim().trim_start_matches("http://").to_owned()
        };
        let (dynect, portal) = (address("dynect"), address("ctera-plain"));
        Self { process, dynect, portal, control: address("control") }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The examples, with the simulator's real addresses in place of those that they name.
fn examples_at(simulator: &Simulator, folder: &Path) {
    let copies = folder.join("deploy/examples");
    fs::create_dir_all(&copies).unwrap();
    let port = |address: &str| format!("port: {}", address.rsplit_once(':').unwrap().1);
    let (dynect, portal) = (port(&simulator.dynect), port(&simulator.portal));
    for entry in fs::read_dir(root().join("deploy/examples")).unwrap() {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        let text = text.replace("port: 8080", &dynect).replace("port: 8082", &portal);
        fs::write(copies.join(entry.file_name()), text).unwrap();
    }
}

#[tokio::test]
async fn the_plan_in_the_readme_is_what_the_program_prints() {
    let readme = page("README.md");
    let blocks = readme.blocks();
    let session: Vec<_> = blocks.iter().filter(|block| block.info == "console").collect();
    let [block] = session[..] else { panic!("README.md shows one session on a console") };
    let [simulate, by_hand, plan] = &block.commands()[..] else { panic!("{}", block.place) };
    let (dynect, portal) = ("127.0.0.1:8080", "127.0.0.1:8082");
    let started = format!(
        "roster simulate --dynect {dynect} --ctera-plain {portal} --control 127.0.0.1:8081 &"
    );
    assert_eq!(*simulate, started);
    let simulator = Simulator::start();
    let folder = tempfile::tempdir().unwrap();
    examples_at(&simulator, folder.path());

    let account = by_hand
        .strip_prefix("curl -s 127.0.0.1:8081/accounts -d '")
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap();
    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/accounts", simulator.control);
    let reply = client.post(url).body(account.to_owned()).send().await.unwrap();
    assert_eq!(reply.status(), 201);
    let made = reply.text().await.unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_roster"))
        .args(plan.strip_prefix("roster ").unwrap().split_whitespace())
        .current_dir(folder.path())
        .env_remove("ROSTER_STATE")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed = printed.replace(&simulator.dynect, dynect).replace(&simulator.portal, portal);
    let shown = format!("$ {simulate}\n$ {by_hand}\n{made}\n$ {plan}\n{printed}");
    assert_eq!(block.text(), shown, "README.md shows something else");
    assert_eq!(output.stderr, b"");
}

#[test]
fn every_manifest_in_the_documentation_loads() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = 0;
    for page in pages() {
        for block in page.blocks() {
            match block.info {
                "yaml" => {
                    let path = folder.path().join("shown.yaml");
                    fs::write(&path, block.text()).unwrap();
                    let input = input::load(&[path], std::io::empty());
                    let input = input.unwrap_or_else(|errors| panic!("{}: {errors}", block.place));
                    assert!(input.warnings.is_empty(), "{}: a foreign kind", block.place);
                    loaded += 1;
                }
                "yaml seed" => drop(Seed::from_yaml(&block.text()).unwrap()),
                info => assert!(
                    ["yaml fragment", "console", "sh", "text", "json", "rust"].contains(&info),
                    "{}: `{info}` is none of the words that say what a block is",
                    block.place
                ),
            }
        }
    }
    assert!(loaded > 10, "the blocks are not found any more");
}

#[test]
fn every_example_loads() {
    let input = input::load(&[root().join("deploy/examples")], std::io::empty()).unwrap();
    assert!(input.warnings.is_empty());
}

#[test]
fn every_command_in_the_documentation_can_be_typed() {
    let mut parsed = 0;
    for page in pages() {
        for block in page.blocks() {
            for command in block.commands() {
                // What a pipe, a redirection or the background adds is the shell's business.
                let parts = command.split(" | ").map(str::trim);
                for part in parts.filter(|part| part.starts_with("roster ")) {
                    let is_shell = |word: &&str| !["&", ">", "2>"].contains(word);
                    let words = part.split_whitespace().take_while(is_shell);
                    if let Err(error) = Cli::try_parse_from(words) {
                        panic!("{}: {part}: {error}", block.place);
                    }
                    parsed += 1;
                }
            }
        }
    }
    assert!(parsed >= 10, "the commands are not found any more");
}

#[test]
fn every_command_and_option_is_on_the_page_of_the_command_line() {
    let (readme, page) = (page("README.md"), page("docs/cli.md"));
    let mut cli = Cli::command();
    cli.build();
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        let row = format!("| `roster {name}");
        assert!(readme.text.contains(&row), "README.md has no row for `roster {name}`");
        assert!(page.text.contains(&format!("## roster {name}\n")), "docs/cli.md: {name}");
        for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let known = ["help", "version"].contains(&option);
            let named = page.text.contains(&format!("`--{option}"));
            assert!(known || named, "docs/cli.md does not name --{option} of `roster {name}`");
        }
    }
}

#[test]
fn the_page_of_reasons_is_current() {
    let rows = Reason::ALL.map(|reason| format!("| `{reason}` | {} |\n", reason.meaning()));
    let table = format!("| reason | meaning |\n|---|---|\n{}", rows.concat());
    let Page { name, text } = page("docs/reasons.md");
    let (begin, end) = ("<!-- begin of the generated table -->\n", "<!-- end -->\n");
    let (head, rest) = text.split_once(begin).unwrap();
    let (shown, tail) = rest.split_once(end).unwrap();
    if std::env::var_os("ROSTER_WRITE_DOCS").is_some() {
        fs::write(root().join(&name), [head, begin, &table, end, tail].concat()).unwrap();
    } else {
        let remedy = "write it again with: ROSTER_WRITE_DOCS=1 cargo test --test docs reasons";
        assert!(shown == table, "{name} is not what the code says; {remedy}");
    }
}

#[test]
fn every_reason_is_on_the_page_of_the_controller() {
    let page = page("docs/kubernetes.md").text;
    for reason in Reason::ALL {
        assert!(page.contains(&format!("`{reason}`")), "docs/kubernetes.md does not name {reason}");
    }
}

#[test]
fn every_fault_and_every_switch_of_the_simulators_is_on_its_page() {
    // Only serde knows all words of the control API; it lists them when it meets another one.
    let dynect = serde_json::from_str::<FaultKind>("\"\"").unwrap_err().to_string();
    let ctera = serde_json::from_str::<ctera::FaultKind>("\"\"").unwrap_err().to_string();
    let switches = serde_json::to_value(Switches::default()).unwrap();
    let of_ctera = serde_json::to_value(ctera::Switches::default()).unwrap();
    for (page_name, error, known, fewest, switches) in [
        ("docs/simulator.md", dynect, "job-307", 30, switches),
        ("docs/simulator-ctera.md", ctera, "null-objects", 15, of_ctera),
    ] {
        let page = page(page_name).text;
        let faults: Vec<_> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
        assert!(faults.len() > fewest && faults.contains(&known.to_owned()), "{error}");
        let switches: Vec<_> = switches.as_object().unwrap().keys().cloned().collect();
        for word in faults.iter().chain(&switches) {
            assert!(page.contains(&format!("| `{word}` |")), "{page_name} has no row for {word}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let folder = Path::new(&page.name).parent().unwrap_or(Path::new(""));
        for link in page.text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let (target, heading) = link.0.split_once('#').unwrap_or((link.0, ""));
            let path = match target {
                target if target.starts_with("https://") => continue,
                "" => root().join(&page.name),
                target => root().join(folder).join(target),
            };
            assert!(path.exists(), "{}: there is no {target}", page.name);
            if !heading.is_empty() {
                let text = fs::read_to_string(path).unwrap();
                let there = text.lines().filter_map(anchor).any(|anchor| anchor == heading);
                assert!(there, "{}: {target} has no heading #{heading}", page.name);
            }
        }
    }
}

/// What a link calls this line by, if it is a heading.
fn anchor(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-'].contains(c));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}
