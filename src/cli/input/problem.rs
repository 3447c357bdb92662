//! What is wrong with the input, where, and what to do.

use std::error::Error;
use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::Place;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
}

/// One thing that is wrong with the input. `Display` is plain text of several lines without a line break at its end.
#[derive(Debug, Clone)]
pub struct Problem {
    level: Level,
    message: String,
    place: Option<Place>,
    help: Option<String>,
    /// Another place that has to do with it, and what is there.
    related: Option<Box<(String, Place)>>,
}

/// All that is wrong with the input; at least one problem, in the order of the input. `Display` is plain text.
#[derive(Debug)]
pub struct InputErrors {
    problems: Vec<Problem>,
}

impl Problem {
    /// Something that has to be put right first.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            message: message.into(),
            place: None,
            help: None,
            related: None,
        }
    }

    /// Something that a person should know.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(message) }
    }

    /// Says where it is.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Adds what helps to put it right.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds another place that has to do with it, and what is there.
    #[must_use]
    pub fn related(self, what: impl Into<String>, place: Place) -> Self {
        Self { related: Some(Box::new((what.into(), place))), ..self }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// What is wrong, on one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is, unless it is about the input as a whole.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The text for a person, with colours or without.
    pub fn render(&self, color: bool) -> String {
        let paint = |style: Style| if color { style } else { Style::new() };
        let (style, word) = match self.level {
            Level::Error => (paint(ERROR), "error:"),
            Level::Warning => (paint(WARNING), "warning:"),
        };
        let frame = paint(FRAME);
        let places = [self.place.as_ref(), self.related.as_deref().map(|(_, place)| place)];
        let width = places.into_iter().flatten().map(|place| place.line().to_string().len()).max();
        let width = width.unwrap_or(0);
        let mut text = format!("{style}{word}{style:#} {}", self.message);
        if let Some(place) = &self.place {
            place.render(&mut text, width, frame, style);
        }
        if let Some((what, place)) = self.related.as_deref() {
            let _ = write!(text, "\n {:width$} {frame}={frame:#} {what}:", "");
            place.render(&mut text, width, frame, frame);
        }
        if let Some(help) = &self.help {
            let _ = write!(text, "\n {:width$} {frame}={frame:#} {help}", "");
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl InputErrors {
    /// All is well without any problem.
    pub fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// The problems in the order of the input.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text for a person, with colours or without.
    pub fn render(&self, color: bool) -> String {
        let texts: Vec<_> = self.problems.iter().map(|problem| problem.render(color)).collect();
        texts.join("\n\n")
    }
}

impl fmt::Display for InputErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl Error for InputErrors {}
