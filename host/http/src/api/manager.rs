//! `manager/…`: signing keys, which the dialect calls API keys, their tokens, and what a socket is told.

pub(super) mod auth;
pub(super) mod create_first_api_key;
pub(super) mod create_api_key;
pub(super) mod get_api_key;
pub(super) mod list_api_keys;
pub(super) mod update_api_key;
pub(super) mod delete_api_key;
pub(super) mod bind_access_token;
pub(super) mod subscribe_to_channel;
pub(super) mod unsubscribe_from_channel;

use md5::{Digest, Md5};
use serde_json::{Value, json};
use wardgate_domain::Area;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::user::Standing;

use super::call::{Call, SignedIn};
use super::error::{RpcCode, RpcError};
use super::params::{id, list_of, params, word};
use super::socket_state::{Socket, channel};

/// Length of a token that is looked at at all, in UTF-16 units.
const TOKEN_UNITS: usize = 2_048;
/// Channels in one list.
const CHANNELS: usize = 16;

params! {
    /// Which key is meant.
    struct KeyParams {
        required id: String = "id" => id,
    }
}

params! {
    /// Which channels are meant.
    struct ChannelParams {
        required channels: Vec<Area> = "channels" => list_of(CHANNELS, word(channel)),
    }
}

/// What a bad credential in the params comes to.
const BAD_CREDENTIAL: [RpcCode; 5] = [
    RpcCode::ApiKeyDoesNotExist,
    RpcCode::InvalidCredentials,
    RpcCode::InvalidSignature,
    RpcCode::InvalidToken,
    RpcCode::InitializationTokenMissmatch,
];

/// Carries out what somebody proves himself for by the params. A network with too many failures behind it is turned away
/// before, in the same words for every credential, known or not (security rules 17 and 67).
async fn weighed<T>(call: &Call<'_>, proving: impl Future<Output = Result<T, RpcError>>) -> Result<T, RpcError> {
    let (authorizer, address) = (&call.shared.authorizer, call.client_address()?);
    if address.is_some_and(|address| authorizer.is_turned_away(address)) {
        return Err(RpcCode::TooManyRequests.into());
    }
    proving.await.inspect_err(|error| {
        if error.code().is_some_and(|code| BAD_CREDENTIAL.contains(&code)) {
            call.shared.metrics.login_failure();
            if let Some(address) = address {
                authorizer.note_failure(address);
            }
        }
    })
}

/// A key as it is shown: without its secret.
fn shown(key: &SigningKey) -> Value {
    json!({
        "id": key.id.as_str(),
        "created": key.created.as_ms(),
        "enabled": key.enabled,
        "name": key.name,
        "scope": key.scopes.to_texts(),
        "publicKey": pem(key),
    })
}

/// A key just made, with its secret, this once. Clients expect one of a public key, too, and are given what Bridge gives
/// them: a digest of that key, which is good for nothing here (reference privmx.md, section 5).
fn made(key: &SigningKey, secret: Option<&PlainSecret>) -> Value {
    let digest = || pem(key).map(|pem| format!("{:032x}", u128::from_be_bytes(Md5::digest(pem).into())));
    let secret = secret.map(|secret| secret.expose().to_owned()).or_else(digest);
    json!({ "id": key.id.as_str(), "secret": secret })
}

fn pem(key: &SigningKey) -> Option<&str> {
    match &key.verifier {
        Verifier::PublicKey(public_key) => Some(public_key.as_pem()),
        Verifier::Secret(_) => None,
    }
}

/// The socket of a call about channels, and the channels, each of which the caller's scopes must open.
fn channels<'a>(signed_in: &'a SignedIn<'_>) -> Result<(&'a Socket, Vec<Area>), RpcError> {
    let ChannelParams { channels } = ChannelParams::read(signed_in.params())?;
    let socket = signed_in.call.from.socket.ok_or(RpcCode::MethodCallableWithWebsocketOnly)?;
    let open = |channel: &Area| match &signed_in.caller.standing {
        Standing::Scopes(authority) => authority.scopes.open(*channel),
        Standing::Rights(_) | Standing::InSpaces(_) | Standing::None => false,
    };
    match channels.iter().find(|channel| !open(channel)) {
        Some(closed) => Err(RpcError::with(RpcCode::InsufficientScope, closed.as_str())),
        None => Ok((socket, channels)),
    }
}
