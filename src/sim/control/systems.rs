//! What every system has: a journal, faults, switches and sessions.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::{Controls, Refused, body, query};
use crate::sim::journal::{JournalEntry, JournalFilter, System};
use crate::sim::{ctera, dynect};

/// The system that a query names, if it names one.
fn system_named(uri: &Uri) -> Result<Option<System>, Refused> {
    let [named] = query(uri, ["system"])?;
    named.as_deref().map(system).transpose()
}

/// A system that can be told what to do.
fn system(name: &str) -> Result<System, Refused> {
    match name {
        "dynect" => Ok(System::Dynect),
        "ctera" => Ok(System::Ctera),
        _ => {
            let expected = "expected \"dynect\" or \"ctera\"";
            Err(Refused::bad(format!("unknown system {}, {expected}", json!(name))))
        }
    }
}

pub(super) async fn journal(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Vec<JournalEntry>>, Refused> {
    let [named, method, path, operation] = query(&uri, ["system", "method", "path", "operation"])?;
    let system = match named.as_deref() {
        Some("proxy") => Some(System::Proxy),
        named => named.map(system).transpose()?,
    };
    Ok(Json(controls.journal.entries(&JournalFilter { system, method, path, operation })))
}

pub(super) async fn clear_journal(State(controls): State<Controls>) -> StatusCode {
    controls.journal.clear();
    StatusCode::NO_CONTENT
}

pub(super) async fn faults(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Vec<Value>>, Refused> {
    let system = system_named(&uri)?;
    let mut faults = Vec::new();
    if system != Some(System::Ctera) {
        faults.extend(controls.dynect.faults().into_iter().map(|fault| json!(fault)));
    }
    if system != Some(System::Dynect) {
        faults.extend(controls.ctera.faults().into_iter().map(|fault| json!(fault)));
    }
    Ok(Json(faults))
}

pub(super) async fn order_fault(
    State(controls): State<Controls>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let fault: Value = body(&bytes)?;
    let named = fault.get("system").and_then(Value::as_str).map(system).transpose()?;
    let ordered = if named == Some(System::Ctera) {
        let fault = ctera::Fault::from_json(fault).map_err(Refused::bad)?;
        controls.ctera.push_fault(fault.clone());
        json!(fault)
    } else {
        let fault = dynect::Fault::from_json(fault).map_err(Refused::bad)?;
        controls.dynect.push_fault(fault.clone());
        json!(fault)
    };
    Ok((StatusCode::CREATED, Json(ordered)))
}

pub(super) async fn clear_faults(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<StatusCode, Refused> {
    let system = system_named(&uri)?;
    if system != Some(System::Ctera) {
        controls.dynect.clear_faults();
    }
    if system != Some(System::Dynect) {
        controls.ctera.clear_faults();
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn switches(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    Ok(Json(match system_named(&uri)? {
        Some(System::Ctera) => json!(controls.ctera.switches()),
        _ => json!(controls.dynect.switches()),
    }))
}

/// The system may stand in the body too.
pub(super) async fn set_switches(
    State(controls): State<Controls>,
    uri: Uri,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let mut changes: Map<String, Value> = body(&bytes)?;
    let named = match changes.remove("system") {
        Some(named) => Some(system(named.as_str().unwrap_or_default())?),
        None => system_named(&uri)?,
    };
    let switches = match named {
        Some(System::Ctera) => controls.ctera.merge_switches(changes).map(|now| json!(now)),
        _ => controls.dynect.merge_switches(changes).map(|now| json!(now)),
    };
    switches.map(Json).map_err(Refused::bad)
}

pub(super) async fn sessions(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let open = match system_named(&uri)? {
        Some(System::Ctera) => controls.ctera.open_sessions(),
        _ => controls.dynect.open_sessions(),
    };
    Ok(Json(json!({"open": open})))
}

pub(super) async fn kill_sessions(
    State(controls): State<Controls>,
    uri: Uri,
) -> Result<StatusCode, Refused> {
    match system_named(&uri)? {
        Some(System::Ctera) => controls.ctera.kill_sessions(),
        _ => controls.dynect.kill_sessions(),
    }
    Ok(StatusCode::NO_CONTENT)
}
