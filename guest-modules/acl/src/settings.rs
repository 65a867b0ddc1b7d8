//! The settings as their author writes them, and the rules made of them.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wardgate_guest::{Ask, Failure, Problems};

use crate::call;
use crate::list::List;
use crate::series::Series;

/// The host takes no more problems than this.
const PROBLEMS_MAX: usize = 64;

/// The settings' JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    acl: Option<String>,
    #[serde(default)]
    users: BTreeMap<String, String>,
    default: Option<String>,
}

/// What `evaluate` goes by.
#[derive(Deserialize, Serialize)]
pub struct Rules<'r> {
    /// Each a [`User`].
    #[serde(borrow)]
    users: Series<'r>,
    others: Option<List<'r>>,
}

#[derive(Deserialize, Serialize)]
struct User<'r> {
    id: &'r [u8],
    #[serde(borrow)]
    list: List<'r>,
}

impl Settings {
    pub(crate) fn rules(&self, problems: &mut Problems) -> Rules<'_> {
        let mut faults = Faults::default();
        match (&self.acl, &self.default, self.users.is_empty()) {
            (None, None, true) => faults.add("", "nobody has an access list, which would refuse every call"),
            (Some(_), None, true) | (None, ..) => {}
            _ => faults.add("/acl", "is the list of everybody; beside users, that of everybody else is default"),
        }
        let everybody = self.acl.as_ref().and_then(|text| faults.list("/acl", text));
        let default = self.default.as_ref().and_then(|text| faults.list("/default", text));
        let mut users = Vec::new();
        for (id, text) in &self.users {
            let path = ["/users/", &id.replace('~', "~0").replace('/', "~1")].concat();
            if id.is_empty() {
                faults.add(&path, "a user has an id");
            }
            users.extend(faults.list(&path, text).map(|list| User { id: id.as_bytes(), list }));
        }
        let users = problems.take("/users", Series::of(users.iter())).unwrap_or_default();
        for (path, message) in faults.0.into_iter().take(PROBLEMS_MAX) {
            problems.report(path, message);
        }
        Rules { users, others: everybody.or(default) }
    }
}

impl Rules<'_> {
    /// The list that holds for the call.
    pub(crate) fn list(&self, ask: &Ask) -> Result<Option<List<'_>>, Failure> {
        if !self.users.is_empty()
            && let Some(user) = call::user(ask)?
        {
            for listed in self.users.read::<User<'_>>() {
                let User { id, list } = listed?;
                if id == user.as_bytes() {
                    return Ok(Some(list));
                }
            }
        }
        Ok(self.others.clone())
    }
}

/// Paths and messages.
#[derive(Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn add(&mut self, path: &str, message: &str) {
        self.0.push((path.to_string(), message.to_string()));
    }

    fn list(&mut self, path: &str, text: &str) -> Option<List<'static>> {
        List::read(text).map_err(|faults| self.0.extend(faults.into_iter().map(|fault| (path.to_string(), fault)))).ok()
    }
}
