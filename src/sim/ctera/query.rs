//! Lists of users: filtered, sorted, in pages.

use std::cmp::Ordering;

use super::failure::Failure;
use super::node::{Node, Object};
use super::state::{Caller, Outcome, State};
use super::user::User;

impl State {
    pub(super) fn query(&self, param: &Node, domain: Option<&str>, caller: &Caller) -> Outcome {
        let none = Object::default();
        let param = param.as_object().unwrap_or(&none);
        let (start, count) = (number(param, "startFrom")?, number(param, "countLimit")?);
        if let Some(most) = self.switches.refuse_count_limit_above
            && count.is_none_or(|count| count > u64::from(most))
        {
            return Err(Failure::invalid(format!("countLimit is {most} at most")));
        }
        let everybody = State::is_for_all(param, caller) && domain.is_none();
        let mut users: Vec<&User> = if everybody {
            self.portal.tenants().flat_map(|(name, _)| self.portal.users(name, None)).collect()
        } else {
            self.portal.users(&caller.tenant, domain).collect()
        };
        if let Some(filters) = param.get("filters").and_then(Node::as_list) {
            let filters = filters.iter().map(Filter::read).collect::<Result<Vec<_>, _>>()?;
            let any = param.text("orFilter") == Some("true");
            users.retain(|user| {
                if any && !filters.is_empty() {
                    filters.iter().any(|filter| filter.holds(user))
                } else {
                    filters.iter().all(|filter| filter.holds(user))
                }
            });
        }
        if let Some(name) = param.text("sortBy") {
            let key =
                |user: &&User| user.attribute(name).and_then(|v| v.as_text().map(str::to_owned));
            users.sort_by_cached_key(key);
        }
        let limit = match (count, self.switches.page_limit.map(u64::from)) {
            (Some(count), Some(most)) => count.min(most),
            (count, most) => count.or(most).unwrap_or(u64::MAX),
        };
        let index = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let (start, limit) = (index(start.unwrap_or(0)), index(limit));
        let page: Vec<&User> = users.iter().copied().skip(start).take(limit).collect();
        let has_more = start.saturating_add(page.len()) < users.len();
        let include = param.get("include").and_then(Node::as_list).filter(|list| !list.is_empty());
        let rows = page.into_iter().map(|user| match include {
            Some(names) => user.selected(names.iter().filter_map(Node::as_text)).into(),
            None => user.object().into(),
        });
        let page = Object::of_class("QueryResult")
            .with("objects", Node::List(rows.collect()))
            .with("hasMore", has_more.to_string());
        Ok(page.into())
    }
}

fn number(param: &Object, name: &str) -> Result<Option<u64>, Failure> {
    let text = param.text(name);
    let number =
        text.map(|text| text.parse().map_err(|_| Failure::invalid(format!("{name} is no number"))));
    number.transpose()
}

struct Filter<'a> {
    field: &'a str,
    restriction: &'a str,
    value: Option<&'a str>,
    /// Compare as numbers.
    numeric: bool,
}

impl Filter<'_> {
    fn read(filter: &Node) -> Result<Filter<'_>, Failure> {
        let wrong = || Failure::invalid("A filter has a field, a restriction and a value");
        let object = filter.as_object().ok_or_else(wrong)?;
        let restriction = object.text("restriction").ok_or_else(wrong)?;
        if !["eq", "ne", "like", "notLike", "ge", "gt", "le", "lt"].contains(&restriction) {
            return Err(Failure::invalid(format!("There is no restriction {restriction}")));
        }
        Ok(Filter {
            field: object.text("field").ok_or_else(wrong)?,
            restriction,
            value: object.text("value"),
            numeric: object.class.as_deref() == Some("IntFilter"),
        })
    }

    /// A user that has nothing there is like nothing, equal to nothing and before everything.
    fn holds(&self, user: &User) -> bool {
        let there = user.attribute(self.field);
        let there = there.as_ref().and_then(Node::as_text);
        match self.restriction {
            "eq" => there == self.value,
            "ne" => there != self.value,
            "like" => self.is_like(there),
            "notLike" => !self.is_like(there),
            "ge" => self.order(there).is_ge(),
            "gt" => self.order(there).is_gt(),
            "le" => self.order(there).is_le(),
            _ => self.order(there).is_lt(),
        }
    }

    /// Whether the value is a part of it, whatever the case.
    fn is_like(&self, there: Option<&str>) -> bool {
        let part = self.value.unwrap_or_default().to_lowercase();
        there.is_some_and(|there| there.to_lowercase().contains(&part))
    }

    fn order(&self, there: Option<&str>) -> Ordering {
        let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
        if self.numeric { number(there).cmp(&number(self.value)) } else { there.cmp(&self.value) }
    }
}
