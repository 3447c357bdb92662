//! The plan as text for a person.

use std::fmt;

use super::{Account, Action, Held, Hold, Item, Plan, Verdict};

/// What happens to an account, in one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    Create,
    Change,
    Remove,
    Refuse,
    Hold,
}

impl Symbol {
    /// The character at the start of the line.
    #[must_use]
    pub fn as_char(self) -> char {
        match self {
            Self::Create => '+',
            Self::Change => '~',
            Self::Remove => '-',
            Self::Refuse => '!',
            Self::Hold => '=',
        }
    }
}

/// One line of the printed plan: a heading with its symbol, or a detail below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub symbol: Option<Symbol>,
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.symbol {
            Some(symbol) => write!(f, "{} {}", symbol.as_char(), self.text),
            None => write!(f, "    {}", self.text),
        }
    }
}

/// How many objects have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub create: usize,
    pub change: usize,
    pub remove: usize,
    pub refused: usize,
    pub held: usize,
    pub unchanged: usize,
}

impl Summary {
    /// How many objects the printed plan shows: all but those that are as declared.
    #[must_use]
    pub fn shown(self) -> usize {
        let Self { create, change, remove, refused, held, unchanged: _ } = self;
        create + change + remove + refused + held
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { create, change, remove, refused, held, unchanged } = self;
        write!(f, "{create} to create, {change} to change, {remove} to remove")?;
        if *refused > 0 {
            write!(f, ", {refused} refused")?;
        }
        if *held > 0 {
            write!(f, ", {held} left as is")?;
        }
        write!(f, ", {unchanged} unchanged")
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        let Self { create, change, remove, refused, held, unchanged } = other;
        self.create += create;
        self.change += change;
        self.remove += remove;
        self.refused += refused;
        self.held += held;
        self.unchanged += unchanged;
    }
}

impl<A: Account> Item<A> {
    /// The symbol of this item, or `None` when there is nothing to show.
    #[must_use]
    pub fn symbol(&self) -> Option<Symbol> {
        match &self.verdict {
            Verdict::Act { action: Action::Create(_), .. } => Some(Symbol::Create),
            Verdict::Act { action: Action::Update { .. }, .. } => Some(Symbol::Change),
            Verdict::Act { action: Action::Disable(_) | Action::Delete(_), .. } => {
                Some(Symbol::Remove)
            }
            Verdict::Refuse(_) => Some(Symbol::Refuse),
            Verdict::Release => Some(Symbol::Hold),
            Verdict::Keep if self.adopts => Some(Symbol::Change),
            Verdict::Keep => self.held.as_ref().map(|_| Symbol::Hold),
        }
    }

    /// The lines of this item; none when nothing is to be said.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let Some(symbol) = self.symbol() else { return Vec::new() };
        let mut lines = vec![Line { symbol: Some(symbol), text: self.heading() }];
        let mut detail = |text: String| lines.push(Line { symbol: None, text });
        match &self.verdict {
            Verdict::Act { action: Action::Create(account), .. } => {
                for change in account.creation().unwrap_or_default() {
                    detail(change.to_string());
                }
            }
            Verdict::Act { action: Action::Update { changes, .. }, .. } => {
                for change in changes {
                    detail(change.to_string());
                }
            }
            Verdict::Refuse(refusal) => detail(refusal.to_string()),
            Verdict::Act { .. } | Verdict::Release | Verdict::Keep => {}
        }
        if let Some(Held { hold, changes }) = &self.held {
            for change in changes {
                match &self.verdict {
                    Verdict::Act { .. } => detail(format!("{change}  (left: {hold})")),
                    _ => detail(change.to_string()),
                }
            }
        }
        lines
    }

    fn heading(&self) -> String {
        let Self { object, key, verdict, adopts, held, .. } = self;
        let account = key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
        let what = match (verdict, held) {
            (Verdict::Act { action: Action::Create(_), drift: true }, _) => {
                ": create again, it is gone at the remote".to_owned()
            }
            (Verdict::Act { action: Action::Create(_), drift: false }, _) => ": create".to_owned(),
            (Verdict::Act { action: Action::Disable(_), .. }, _) => ": disable".to_owned(),
            (Verdict::Act { action: Action::Delete(_), .. }, _) => ": delete".to_owned(),
            (Verdict::Act { drift: true, .. }, _) => ": take back a remote edit".to_owned(),
            (Verdict::Act { .. } | Verdict::Keep, _) if *adopts => ": adopt".to_owned(),
            (Verdict::Act { .. }, _) => ": change".to_owned(),
            (Verdict::Release, _) if key.is_some() => ": left as it is".to_owned(),
            (Verdict::Release, _) => ": there is no account to remove".to_owned(),
            (Verdict::Refuse(refusal), _) => format!(": refused, {}", refusal.reason()),
            (Verdict::Keep, Some(Held { hold: Hold::Drift, .. })) if key.is_none() => {
                ": gone at the remote and not created again, driftPolicy: Warn".to_owned()
            }
            (Verdict::Keep, Some(Held { hold, .. })) if key.is_none() => {
                format!(": would be created, but {hold}")
            }
            (Verdict::Keep, Some(Held { hold, .. })) => format!(": left as it is, {hold}"),
            (Verdict::Keep, None) => String::new(),
        };
        format!("{object}{account}{what}")
    }
}

impl<A: Account> Plan<A> {
    /// The printed plan, without its summary.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        self.items.iter().flat_map(Item::lines)
    }

    /// The counts under the plan.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for item in &self.items {
            *match item.symbol() {
                Some(Symbol::Create) => &mut summary.create,
                Some(Symbol::Change) => &mut summary.change,
                Some(Symbol::Remove) => &mut summary.remove,
                Some(Symbol::Refuse) => &mut summary.refused,
                Some(Symbol::Hold) => &mut summary.held,
                None => &mut summary.unchanged,
            } += 1;
        }
        summary
    }
}

impl<A: Account> fmt::Display for Plan<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(f, "{line}")?;
        }
        write!(f, "Plan: {}.", self.summary())
    }
}
