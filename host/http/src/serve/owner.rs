//! A socket in the file system that answers its owner alone: whoever may open it could read the files beside it, too.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixSocket, UnixStream};

use super::Peer;
use super::listener::{FULL, Listener, tell};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 16;

/// Listens on a socket file of mode 0600, which is taken away when this is dropped.
#[derive(Debug)]
pub struct OwnerListener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl OwnerListener {
    /// Makes the socket at `path`. What an earlier process left there is taken away: the caller knows that it has ended.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixSocket::new_stream()?;
        // Before it has a name, so that there is no moment in which others may open it.
        File::from(socket.as_fd().try_clone_to_owned()?).set_permissions(Permissions::from_mode(0o600))?;
        socket.bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        let owner = path.symlink_metadata()?.uid();
        Ok(Self { listener: socket.listen(BACKLOG)?, path: path.to_owned(), owner })
    }
}

impl Listener for OwnerListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            // The file's mode keeps others out; this does where a file system keeps no modes.
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == self.owner || peer.uid() == 0 => return Ok((stream, Peer::LOCAL)),
                _ => tracing::warn!("somebody else than its owner opened the control socket and was turned away"),
            }
        }
    }

    fn refuse(stream: &UnixStream) {
        tell(stream.try_write(FULL));
    }
}

impl Drop for OwnerListener {
    fn drop(&mut self) {
        // Whoever comes next takes away what is left.
        let _ = std::fs::remove_file(&self.path);
    }
}
