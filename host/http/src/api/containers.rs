//! Methods about containers: threads, stores, inboxes, streams and key-value stores. The tenant's backend keeps them.

use wardgate_domain::Area;

/// Every method, by the area that it belongs to.
const METHODS: &[(Area, &[&str])] = &[
    (
        Area::Thread,
        &[
            "getThread",
            "listThreads",
            "deleteThread",
            "deleteManyThreads",
            "getThreadMessage",
            "listThreadMessages",
            "deleteThreadMessage",
            "deleteManyThreadMessages",
            "deleteThreadMessagesOlderThan",
        ],
    ),
    (
        Area::Store,
        &[
            "getStore",
            "listStores",
            "deleteStore",
            "deleteManyStores",
            "getStoreFile",
            "listStoreFiles",
            "deleteStoreFile",
            "deleteManyStoreFiles",
            "deleteStoreFilesOlderThan",
        ],
    ),
    (Area::Inbox, &["getInbox", "listInboxes", "deleteInbox", "deleteManyInboxes"]),
    (
        Area::Kvdb,
        &[
            "getKvdb",
            "listKvdbs",
            "deleteKvdb",
            "deleteManyKvdbs",
            "getKvdbEntry",
            "deleteKvdbEntry",
            "deleteManyKvdbEntries",
            "listKvdbKeys",
            "listKvdbEntries",
        ],
    ),
    (Area::Stream, &["getStreamRoom", "listStreamRooms", "deleteStreamRoom", "deleteManyStreamRooms"]),
];

/// The area of a method, such as `thread/getThread`, if it is one of these.
pub(super) fn area(method: &str) -> Option<Area> {
    let (prefix, name) = method.split_once('/')?;
    let (area, _) = METHODS.iter().find(|(area, names)| area.as_str() == prefix && names.contains(&name))?;
    Some(*area)
}

#[cfg(test)]
mod tests {
    use wardgate_domain::Area;

    use super::area;

    #[test]
    fn a_method_belongs_to_its_area() {
        assert_eq!(area("thread/getThread"), Some(Area::Thread));
        assert_eq!(area("stream/deleteManyStreamRooms"), Some(Area::Stream));
        for none in ["thread/getStore", "thread/", "getThread", "Thread/getThread", "context/getContext", "thread"] {
            assert_eq!(area(none), None, "{none}");
        }
    }
}
