//! The methods about containers and their params: what is handed to a backend has been read here.

use wardgate_domain::Area;
use wardgate_domain::id::utf16_units;

use crate::api::params::{self, Misfit};
use crate::api::value::Json;

/// Things named in one call.
const IDS: usize = 128;
/// Things on one page.
const PAGE: u8 = 100;
/// Length of an entry's key, in UTF-16 units.
const KEY_UNITS: usize = 256;

/// One method.
#[derive(Debug)]
pub(in crate::api) struct Method {
    pub(super) area: Area,
    pub(super) name: &'static str,
    /// Of its params; the first says what it is about.
    members: &'static [Member],
}

type Member = (&'static str, Rule);

/// What a member must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// An id.
    Id,
    /// A list of ids.
    Ids,
    /// An id, or null for the beginning.
    From,
    /// Things on a page.
    Limit,
    /// `asc` or `desc`.
    Order,
    /// Unix milliseconds.
    Time,
    /// The key of an entry.
    Key,
    /// A list of keys.
    Keys,
    /// The key of an entry, or null for the beginning.
    FromKey,
    /// How keys begin; may be left out.
    Prefix,
    /// `all`, `active` or `closed`; may be left out.
    State,
}

macro_rules! methods {
    ($($area:ident { $($name:ident($($member:ident: $rule:ident),+);)+ })+) => {
        const METHODS: &[Method] = &[$($(Method {
            area: Area::$area,
            name: stringify!($name),
            members: &[$((stringify!($member), Rule::$rule)),+],
        },)+)+];
    };
}

methods! {
    Thread {
        getThread(threadId: Id);
        listThreads(contextId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteThread(threadId: Id);
        deleteManyThreads(threadIds: Ids);
        getThreadMessage(threadMessageId: Id);
        listThreadMessages(threadId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteThreadMessage(threadMessageId: Id);
        deleteManyThreadMessages(messageIds: Ids);
        deleteThreadMessagesOlderThan(threadId: Id, timestamp: Time);
    }
    Store {
        getStore(storeId: Id);
        listStores(contextId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteStore(storeId: Id);
        deleteManyStores(storeIds: Ids);
        getStoreFile(storeFileId: Id);
        listStoreFiles(storeId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteStoreFile(storeFileId: Id);
        deleteManyStoreFiles(fileIds: Ids);
        deleteStoreFilesOlderThan(storeId: Id, timestamp: Time);
    }
    Inbox {
        getInbox(inboxId: Id);
        listInboxes(contextId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteInbox(inboxId: Id);
        deleteManyInboxes(inboxIds: Ids);
    }
    Kvdb {
        getKvdb(kvdbId: Id);
        listKvdbs(contextId: Id, from: From, limit: Limit, sortOrder: Order);
        deleteKvdb(kvdbId: Id);
        deleteManyKvdbs(kvdbIds: Ids);
        getKvdbEntry(kvdbId: Id, kvdbEntryKey: Key);
        deleteKvdbEntry(kvdbId: Id, kvdbEntryKey: Key);
        deleteManyKvdbEntries(kvdbId: Id, kvdbEntryKeys: Keys);
        listKvdbKeys(kvdbId: Id, from: FromKey, limit: Limit, sortOrder: Order);
        listKvdbEntries(kvdbId: Id, from: FromKey, limit: Limit, sortOrder: Order, prefix: Prefix);
    }
    Stream {
        getStreamRoom(streamRoomId: Id);
        listStreamRooms(contextId: Id, from: From, limit: Limit, sortOrder: Order, state: State);
        deleteStreamRoom(streamRoomId: Id);
        deleteManyStreamRooms(streamRoomIds: Ids);
    }
}

impl Method {
    /// The method named `area/name`.
    pub(super) fn named(method: &str) -> Option<&'static Self> {
        let (area, name) = method.split_once('/')?;
        METHODS.iter().find(|known| known.area.as_str() == area && known.name == name)
    }

    /// Every method.
    #[cfg(test)]
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        METHODS.iter()
    }

    /// The member of its params that names what it is about.
    pub(super) fn about(&self) -> &'static str {
        self.members[0].0
    }

    /// Whether it leaves everything as it is.
    pub(super) fn reads(&self) -> bool {
        !self.name.starts_with("delete")
    }

    /// Checks params.
    pub(super) fn check(&self, params: &Json) -> Result<(), Misfit> {
        let names: Vec<_> = self.members.iter().map(|(name, rule)| (*name, rule.is_required())).collect();
        for (name, value) in params::members(params, &names)? {
            let Some((_, rule)) = self.members.iter().find(|(known, _)| known == name) else {
                return Err(Misfit::unexpected(name));
            };
            rule.check(value).map_err(|misfit| misfit.at(name))?;
        }
        Ok(())
    }
}

impl Rule {
    fn is_required(self) -> bool {
        !matches!(self, Self::Prefix | Self::State)
    }

    fn check(self, value: &Json) -> Result<(), Misfit> {
        match self {
            Self::From | Self::FromKey if *value == Json::Null => Ok(()),
            Self::Id | Self::From => params::id(value).map(drop),
            Self::Ids => params::list_of(IDS, params::id)(value).map(drop),
            Self::Limit => params::count(1, PAGE)(value).map(drop),
            Self::Order => one_of(&["asc", "desc"], value),
            Self::State => one_of(&["all", "active", "closed"], value),
            Self::Time => params::integer(value).map(drop),
            Self::Key | Self::FromKey => key(value),
            Self::Keys => params::list_of(IDS, key)(value).map(drop),
            Self::Prefix => params::text(0, KEY_UNITS)(value).map(drop),
        }
    }
}

fn one_of(words: &[&str], value: &Json) -> Result<(), Misfit> {
    params::word(|text| words.contains(&text).then_some(()))(value)
}

/// Letters, digits and a few signs.
fn key(value: &Json) -> Result<(), Misfit> {
    let text = params::string(value)?;
    let legal = |c: char| c.is_ascii_alphanumeric() || "/_:-".contains(c);
    let legal = (1..=KEY_UNITS).contains(&utf16_units(text)) && text.chars().all(legal);
    if legal { Ok(()) } else { Err(Misfit::new("Expected 1 to 256 letters, digits and / _ : -")) }
}

#[cfg(test)]
mod tests {
    use wardgate_domain::Area;

    use super::{METHODS, Method};

    #[test]
    fn a_method_belongs_to_its_area() {
        let area = |method: &str| Method::named(method).map(|method| method.area);
        assert_eq!(area("thread/getThread"), Some(Area::Thread));
        assert_eq!(area("stream/deleteManyStreamRooms"), Some(Area::Stream));
        for none in ["thread/getStore", "thread/", "getThread", "Thread/getThread", "context/getContext", "thread"] {
            assert_eq!(area(none), None, "{none}");
        }
        assert_eq!(METHODS.len(), 35);
    }

    #[test]
    fn params_are_told_about_in_the_dialect_s_words() {
        let check = |method: &str, params: &str, data: &str| {
            let method = Method::named(method).expect("a method");
            let found = method.check(&serde_json::from_str(params).expect("JSON"));
            assert_eq!(found.map_err(|misfit| misfit.to_string()).err().unwrap_or_default(), data, "{params}");
        };
        let page = r#""limit":100,"sortOrder":"asc""#;
        check("thread/getThread", r#"{"threadId":"t"}"#, "");
        check("thread/getThread", "{}", "Key 'threadId' is required");
        check("thread/getThread", r#"{"threadId":"t","x":1}"#, "Unexpected key 'x'");
        check("thread/listThreads", &format!(r#"{{"contextId":"c","from":null,{page}}}"#), "");
        check("thread/listThreads", &format!(r#"{{"contextId":"c",{page}}}"#), "Key 'from' is required");
        check("thread/listThreads", &format!(r#"{{"contextId":"c","from":1,{page}}}"#), "from -> Expected string");
        let ids = vec!["\"t\""; 129].join(",");
        let many = "threadIds -> Invalid length! Expected max 128, get 129";
        check("thread/deleteManyThreads", &format!(r#"{{"threadIds":[{ids}]}}"#), many);
        check("thread/deleteManyThreads", r#"{"threadIds":["a",1]}"#, "threadIds -> 1 -> Expected string");
        let state = "state -> Expected value to be one of enums";
        check("stream/listStreamRooms", &format!(r#"{{"contextId":"c","from":null,{page},"state":"x"}}"#), state);
        check("stream/listStreamRooms", &format!(r#"{{"contextId":"c","from":null,{page}}}"#), "");
        let key = "kvdbEntryKey -> Expected 1 to 256 letters, digits and / _ : -";
        check("kvdb/getKvdbEntry", r#"{"kvdbId":"k","kvdbEntryKey":"a b"}"#, key);
        check("kvdb/getKvdbEntry", r#"{"kvdbId":"k","kvdbEntryKey":"a/b:1_-"}"#, "");
    }
}
