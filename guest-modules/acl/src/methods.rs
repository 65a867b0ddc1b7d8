//! Methods of the management API that do what a function does: they say the same in other words.

use crate::functions::{self, Function, id};

/// Each with the place of its function, whose area is the method's.
static METHODS: [(&str, u8); 35] = [
    ("getThread", id("threadGet")),
    ("listThreads", id("threadList")),
    ("deleteThread", id("threadDelete")),
    ("deleteManyThreads", id("threadDeleteMany")),
    ("getThreadMessage", id("threadMessageGet")),
    ("listThreadMessages", id("threadMessagesGet")),
    ("deleteThreadMessage", id("threadMessageDelete")),
    ("deleteManyThreadMessages", id("threadMessageDeleteMany")),
    ("deleteThreadMessagesOlderThan", id("threadMessageDeleteOlderThan")),
    ("getStore", id("storeGet")),
    ("listStores", id("storeList")),
    ("deleteStore", id("storeDelete")),
    ("deleteManyStores", id("storeDeleteMany")),
    ("getStoreFile", id("storeFileGet")),
    ("listStoreFiles", id("storeFileList")),
    ("deleteStoreFile", id("storeFileDelete")),
    ("deleteManyStoreFiles", id("storeFileDeleteMany")),
    ("deleteStoreFilesOlderThan", id("storeFileDeleteOlderThan")),
    ("getInbox", id("inboxGet")),
    ("listInboxes", id("inboxList")),
    ("deleteInbox", id("inboxDelete")),
    ("deleteManyInboxes", id("inboxDeleteMany")),
    ("getStreamRoom", id("streamRoomGet")),
    ("listStreamRooms", id("streamRoomList")),
    ("deleteStreamRoom", id("streamRoomDelete")),
    ("deleteManyStreamRooms", id("streamRoomDeleteMany")),
    ("getKvdb", id("kvdbGet")),
    ("listKvdbs", id("kvdbList")),
    ("deleteKvdb", id("kvdbDelete")),
    ("deleteManyKvdbs", id("kvdbDeleteMany")),
    ("getKvdbEntry", id("kvdbEntryGet")),
    ("deleteKvdbEntry", id("kvdbEntryDelete")),
    ("deleteManyKvdbEntries", id("kvdbEntryDeleteMany")),
    ("listKvdbKeys", id("kvdbListKeys")),
    ("listKvdbEntries", id("getKvdbEntries")),
];

/// The function that does what the method does.
pub(crate) fn find(area: &str, method: &str) -> Option<&'static Function> {
    let (_, id) = METHODS.iter().find(|(name, _)| *name == method)?;
    functions::get_in(area, *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::AREAS;

    #[test]
    fn a_method_is_one_of_its_own_area_and_no_function() {
        for (method, _) in METHODS {
            assert_eq!(AREAS.iter().filter(|area| find(area, method).is_some()).count(), 1, "{method}");
            assert!(AREAS.iter().all(|area| functions::find_in(area, method).is_none()), "{method}");
        }
    }
}
