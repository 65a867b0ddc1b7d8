//! What a WebSocket remembers between its calls: the token that speaks for it, and the channels that it listens to.

use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;
use wardgate_domain::Area;
use wardgate_domain::secret::PlainSecret;

/// Channels that there are, by the word of the dialect and the scope that opens them.
const CHANNELS: [Area; 5] = [Area::Thread, Area::Store, Area::Stream, Area::Inbox, Area::Kvdb];

/// The state of one socket.
#[derive(Debug)]
pub(crate) struct Socket {
    id: Uuid,
    token: Mutex<Option<Arc<PlainSecret>>>,
    /// No more than there are channels.
    channels: Mutex<Vec<Area>>,
}

impl Socket {
    /// A socket that is told from all others by `id`.
    pub(crate) fn new(id: Uuid) -> Self {
        Self { id, token: Mutex::default(), channels: Mutex::default() }
    }

    /// What tokens are tied to.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// The access token that was bound last. It is verified anew with every call.
    pub(super) fn token(&self) -> Option<Arc<PlainSecret>> {
        self.token.lock().clone()
    }

    pub(super) fn bind(&self, token: PlainSecret) {
        *self.token.lock() = Some(Arc::new(token));
    }

    pub(super) fn subscribe(&self, channels: &[Area]) {
        let mut held = self.channels.lock();
        for channel in channels {
            if !held.contains(channel) {
                held.push(*channel);
            }
        }
    }

    pub(super) fn unsubscribe(&self, channels: &[Area]) {
        self.channels.lock().retain(|held| !channels.contains(held));
    }
}

/// The channel of a name.
pub(super) fn channel(name: &str) -> Option<Area> {
    CHANNELS.into_iter().find(|channel| channel.as_str() == name)
}

#[cfg(test)]
mod tests {
    use wardgate_domain::Area;

    use uuid::Uuid;

    use super::{Socket, channel};

    #[test]
    fn a_socket_listens_to_each_channel_once() {
        let socket = Socket::new(Uuid::nil());
        let named = |names: &[&str]| names.iter().filter_map(|name| channel(name)).collect::<Vec<_>>();
        socket.subscribe(&named(&["thread", "kvdb", "thread", "context", "apiKey"]));
        socket.subscribe(&named(&["kvdb", "inbox"]));
        assert_eq!(*socket.channels.lock(), [Area::Thread, Area::Kvdb, Area::Inbox]);
        socket.unsubscribe(&named(&["store", "kvdb"]));
        assert_eq!(*socket.channels.lock(), [Area::Thread, Area::Inbox]);
    }
}
