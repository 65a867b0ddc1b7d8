//! What tests of the PrivMX dialect have in common.

use serde_json::json;

use super::{Pair, Server, Signer};

/// A call that needs the scope `solution` and changes nothing.
pub(crate) const LIST: &str = r#"{"jsonrpc":"2.0","id":0,"method":"solution/listSolutions","params":{}}"#;
/// All scopes that the dialect's own first key has.
pub(crate) const ALL_SCOPES: [&str; 9] =
    ["context", "apiKey", "solution", "solution:*", "inbox", "store", "thread", "stream", "kvdb"];
/// Public keys of end users: points of the curve.
pub(crate) const MEMBER_KEYS: [&str; 3] = [
    "5p78kHbL33Rn3JWkTWRE2B9uz6gy4r1KbfAKLNQGE3ovKxJ2W1",
    "6PhSs6H49U1Lb6vz9GDtUF9RjtpFpkS6Rxm94LumQrnD2Uh9RU",
    "6nEZsuNhDnknxVTf1YH454nxiB5MpVSN7gQktMRioqRi8pyqSC",
];

impl Server {
    /// Somebody who signs with the first key, and somebody who signs with a key that has a public key.
    pub(crate) async fn signers(&self) -> [Signer; 2] {
        let (first, pair) = (self.first_key(), Pair::new(5));
        let make = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": ALL_SCOPES });
        let id = self.owner().call("manager/createApiKey", make).await.text("id");
        [first.signer(), pair.signer(&id)]
    }
}
