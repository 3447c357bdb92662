//! What goes wrong between a client and a portal.

use roster::sim::ctera::{Fault, FaultKind, FaultParameters};

use super::{ELSEWHERE, Habits, PortalUsers, at, number, refusal};
use crate::subject::Trouble;

/// Every fault of the simulator that goes away by itself, or those that the habits make a difference to.
pub fn all<H: Habits>() -> Vec<Trouble<PortalUsers<H>>> {
    use FaultKind as Kind;

    /// Which requests a fault may hit.
    #[derive(Clone, Copy)]
    enum Hits {
        Everything,
        /// Not what opens a session: a login that is refused is not tried again by the same process.
        Work,
        Adds,
        Lists,
    }

    let mut troubles = Vec::new();
    let mut add = |kind: Kind, hits: Hits, absorbed: bool, parameters: FaultParameters| {
        let shown = serde_json::to_string(&parameters).unwrap();
        troubles.push(Trouble {
            name: format!("{kind:?} {shown}"),
            order: Box::new(move |system: &PortalUsers<H>, call| {
                let fault = match hits {
                    Hits::Everything => at(kind, call),
                    Hits::Work => Fault::new(kind).skip(number(call)),
                    Hits::Adds => Fault::new(kind).operation("add").skip(number(call)),
                    Hits::Lists => Fault::new(kind).operation("query").skip(number(call)),
                };
                system.portal().fault(fault.with(parameters.clone()));
            }),
            absorbed,
        });
    };
    let plain = FaultParameters::default;
    for kind in [Kind::KillSessions, Kind::DeadSession, Kind::Redirect, Kind::PlantCookie] {
        add(kind, Hits::Work, true, plain());
    }
    add(Kind::DropAfter, Hits::Everything, true, plain());
    add(Kind::ShortPage, Hits::Everything, true, plain());
    if !H::ALL_TROUBLES {
        return troubles;
    }
    add(Kind::Unauthorized, Hits::Work, false, plain());
    // Between the proof of the tenant and the write that it is for, nobody could help.
    for tenant in ["", ELSEWHERE] {
        let tenant = Some(tenant.to_owned());
        let parameters = FaultParameters { tenant, ..plain() };
        add(Kind::SelectTenant, Hits::Lists, true, parameters);
    }
    add(Kind::DropBefore, Hits::Everything, true, plain());
    add(Kind::NullObjects, Hits::Everything, false, plain());
    for retry_after_seconds in [Some(0), None] {
        let parameters = FaultParameters { retry_after_seconds, ..plain() };
        add(Kind::Throttle, Hits::Everything, true, parameters);
    }
    for executed in [false, true] {
        let executed = Some(executed);
        for status in [500, 503] {
            let status = Some(status);
            let parameters = FaultParameters { status, executed, ..plain() };
            add(Kind::Status, Hits::Everything, true, parameters);
        }
        add(Kind::Html, Hits::Everything, false, FaultParameters { executed, ..plain() });
        add(Kind::Truncate, Hits::Everything, true, FaultParameters { executed, ..plain() });
    }
    for status in [400, 403, 409, 500] {
        let parameters = FaultParameters { executed: Some(false), ..refusal(status) };
        add(Kind::Status, Hits::Work, false, parameters);
    }
    add(Kind::Endless, Hits::Adds, false, FaultParameters { millis: Some(0), ..plain() });
    add(Kind::Empty, Hits::Everything, false, plain());
    // An empty reply is the usual one to a deletion, and all that is known of a new password.
    let unexecuted = FaultParameters { executed: Some(false), ..plain() };
    add(Kind::Empty, Hits::Adds, false, unexecuted.clone());
    add(Kind::Empty, Hits::Lists, false, unexecuted);
    troubles
}
