//! Lists, page by page.

use std::collections::BTreeSet;

use super::call::{Call, MethodType, Shape};
use super::client::Client;
use super::failure;
use super::find::MOST_LOOKS;
use super::locate::{Origin, users_path};
use super::object::{Object, Value};
use super::session::LARGE_PAGE;
use super::users::{FIELDS, Listed, Place, User};
use crate::remote::{Cause, RemoteError};

const LIST: &str = "list users";

/// What the vendor's own library asks for, and so every portal answers.
const SMALL_PAGE: usize = 50;

/// More pages than this are no list any more: a million users in small pages.
const MOST_PAGES: usize = 20_000;

/// One page.
pub(super) struct Page {
    pub users: Vec<User>,
    /// How many there were, also of those that were seen before.
    pub rows: usize,
    pub has_more: bool,
    /// Which tenant they are from. Those of one page are all from one.
    pub origin: Origin,
}

/// The request for one page.
pub(super) fn query(
    operation: &'static str,
    path: &str,
    (start, count): (usize, usize),
    filter: Option<Object>,
) -> Call {
    let mut query = Object::new(None)
        .with("startFrom", Value::text(start.to_string()))
        .with("countLimit", Value::text(count.to_string()))
        .with("include", Value::texts(FIELDS));
    if let Some(filter) = filter {
        query.set("filters", Value::List(vec![Value::Object(filter)]));
        query.set("orFilter", Value::text("false"));
    }
    let query = Value::Object(query);
    Call::invoke(operation, path, (MethodType::Db, "query"), query, Shape::Object).list()
}

impl Client {
    /// See [`Client::list_users`].
    pub(super) async fn list(&self, place: &Place) -> Result<Listed, RemoteError> {
        let mut is_selected = false;
        for _ in 0..MOST_LOOKS {
            match self.list_here(place).await? {
                Ok(listed) => return Ok(listed),
                Err(Origin::Elsewhere(_)) if is_selected => break,
                Err(Origin::Elsewhere(seen)) => self.select_again(LIST, &seen).await?,
                Err(Origin::Here | Origin::Unsaid) => continue,
            }
            is_selected = true;
        }
        let text = "wrong tenant: somebody else selects another one in this session";
        Err(failure(LIST, Cause::Forbidden, text))
    }

    /// The list, or where a page of it is from if that is not proven to be the right tenant.
    async fn list_here(&self, place: &Place) -> Result<Result<Listed, Origin>, RemoteError> {
        let path = users_path(LIST, place)?;
        let mut users = Vec::new();
        let mut seen = BTreeSet::new();
        let mut start = 0;
        for pages in 1..=MOST_PAGES {
            let since = self.session.selection();
            let page = if pages == 1 {
                self.first_page(&path, place).await?
            } else {
                let size = self.session.state().page;
                self.page(&query(LIST, &path, (start, size), None), place).await?
            };
            match self.read_where(LIST, page.origin, since).await? {
                Origin::Here => {}
                elsewhere => return Ok(Err(elsewhere)),
            }
            start += page.rows;
            let known = seen.len();
            for user in page.users {
                if seen.insert(user.uid.clone()) {
                    users.push(user);
                }
            }
            if !page.has_more {
                return Ok(Ok(Listed { users, pages }));
            }
            if seen.len() == known {
                return Err(malformed(LIST, "the portal announces more users and shows none"));
            }
        }
        Err(malformed(LIST, "the list does not end"))
    }

    /// The first page tells whether the portal takes large ones.
    async fn first_page(&self, path: &str, place: &Place) -> Result<Page, RemoteError> {
        let size = self.session.state().page;
        let page = self.page(&query(LIST, path, (0, size), None), place).await;
        match page {
            Err(error) if error.cause() == Cause::Rejected && size == LARGE_PAGE => {
                let page = self.page(&query(LIST, path, (0, SMALL_PAGE), None), place).await?;
                self.session.state().page = SMALL_PAGE;
                tracing::info!("CTERA Portal refuses large pages; going on with small ones");
                Ok(page)
            }
            page => page,
        }
    }

    /// Asks for one page. A page that is not understood completely is an error, not a shorter page.
    pub(super) async fn page(&self, call: &Call, place: &Place) -> Result<Page, RemoteError> {
        let reply = match self.call(call).await {
            // Every tenant has local users, so this says nothing about them.
            Err(error) if error.cause() == Cause::NotFound && *place == Place::Local => {
                let text = "the portal does not know the list of its own users";
                return Err(malformed(call.operation, text).caused_by(error));
            }
            reply => reply?,
        };
        let page = reply.as_object().and_then(|reply| {
            let rows = reply.get("objects")?.as_list()?;
            let scope = &self.session.config.scope;
            let origins = rows.iter().filter_map(|row| Some(scope.origin(row.as_object()?)));
            let said = origins.filter(|origin| *origin != Origin::Unsaid).reduce(|said, other| {
                if matches!(said, Origin::Elsewhere(_)) { said } else { other }
            });
            let origin = said.unwrap_or(Origin::Unsaid);
            let has_more = match reply.text("hasMore")? {
                "true" => true,
                "false" => false,
                _ => return None,
            };
            let user = |row: &Value| User::read(row.as_object()?, place);
            let users = rows.iter().map(user).collect::<Option<Vec<_>>>()?;
            Some(Page { rows: rows.len(), users, has_more, origin })
        });
        page.ok_or_else(|| malformed(call.operation, "the reply does not hold what it should"))
    }

    /// See [`Client::domains`].
    pub(super) async fn list_domains(&self) -> Result<Vec<String>, RemoteError> {
        let call = Call::get("list directories", "/domains", Shape::List).list();
        let reply = self.call(&call).await?;
        let name = |value: &Value| value.as_text().map(str::to_owned);
        let names = reply.as_list().and_then(|list| list.iter().map(name).collect());
        names.ok_or_else(|| malformed(call.operation, "the reply does not hold what it should"))
    }
}

fn malformed(operation: &'static str, text: &str) -> RemoteError {
    failure(operation, Cause::Malformed, text)
}
