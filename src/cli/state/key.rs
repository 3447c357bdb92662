//! The file that holds the key of the markers. It is also what a run that writes is locked by.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::kinds::common::MarkerKey;

/// `roster.state.json` has its key in `roster.state.json.key`.
pub(super) fn path(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// The key, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<MarkerKey>> {
    match fs::read_to_string(path) {
        // A run that died while it made the key.
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => parse(&Zeroizing::new(text), path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The key, made if there is none, and its file, locked until it is closed. `None`: somebody else has it locked.
pub(super) fn lock(path: &Path) -> Result<Option<(MarkerKey, File)>> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(path).with_context(|| {
        let place = path.display();
        format!("cannot write {place}; choose a place for the state with --state FILE")
    })?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    if !text.is_empty() {
        return Ok(Some((parse(&text, path)?, file)));
    }
    let bytes = Zeroizing::new(rand::random::<[u8; MarkerKey::LENGTH]>());
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(*bytes));
    let written = file.write_all(encoded.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Some((MarkerKey::new(*bytes), file)))
}

fn parse(text: &str, path: &Path) -> Result<MarkerKey> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok().map(Zeroizing::new);
    let bytes = bytes.and_then(|bytes| <[u8; MarkerKey::LENGTH]>::try_from(&bytes[..]).ok());
    match bytes {
        Some(bytes) => Ok(MarkerKey::new(bytes)),
        None => bail!(
            "{} does not hold a marker key; restore it, or remove it to begin with a new one",
            path.display()
        ),
    }
}
