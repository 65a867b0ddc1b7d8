//! `GET /auth/v3/userinfo`: whom a token speaks for (reference genesys.md, section 3). Resource servers check tokens with
//! it; a token that speaks for no user is refused, or a client could pass for a user of its name.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde::Serialize;
use serde_json::{Map, Value};
use wardgate_domain::tenant::ENVIRONMENT_ID;
use wardgate_domain::token::Delegation;
use wardgate_domain::user::{Right, Rights, Role, Standing, User};

use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// The user, field for field as GWS tells of him.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told<'a> {
    username: &'a str,
    authorities: Vec<AuthorityTold>,
    /// The ccId; an ops user has none.
    contact_center_id: Option<&'a str>,
    environment_id: &'static str,
    /// GWS's is that of its own data base: there is none here.
    dbid: Option<u64>,
    cme_user_name: &'a str,
    /// What he signs in as.
    login_name: String,
    properties: Map<String, Value>,
}

/// A role, and what may be done in it.
#[derive(Serialize)]
pub(super) struct AuthorityTold {
    name: &'static str,
    privileges: Vec<&'static str>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn) -> Result<Response, Problem> {
    let (user, _) = user(&shared, &signed_in).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Told::of(&user, &signed_in.caller().standing))).into_response())
}

impl<'a> Told<'a> {
    pub(super) fn of(user: &'a User, standing: &Standing) -> Self {
        Self {
            username: user.name.as_str(),
            authorities: authorities(user, standing),
            contact_center_id: contact_center(user),
            environment_id: ENVIRONMENT_ID,
            dbid: None,
            cme_user_name: user.name.as_str(),
            login_name: contact_center(user).map_or_else(|| user.name.to_string(), |id| format!("{id}\\{}", user.name)),
            properties: Map::new(),
        }
    }
}

/// The user that the caller's token speaks for, and what the token says beside.
pub(super) async fn user<'a>(shared: &Shared, signed_in: &'a SignedIn) -> Result<(User, &'a Delegation), Problem> {
    let delegation = delegation(signed_in)?;
    let user = shared.manager.own_user(signed_in.caller(), &delegation.user).await?;
    // He was taken away at this very moment, and his tokens with him.
    Ok((user.ok_or_else(Problem::invalid_token)?, delegation))
}

/// What the caller's token says, if it speaks for a user. A tenant's user who names another tenant finds nobody there.
pub(super) fn delegation(signed_in: &SignedIn) -> Result<&Delegation, Problem> {
    let own = &signed_in.caller().tenant;
    if signed_in.tenant() != own && !own.is_cluster() {
        return Err(Problem::not_found());
    }
    signed_in.delegation().ok_or_else(Problem::forbidden)
}

/// The ccId of a tenant's user.
pub(super) fn contact_center(user: &User) -> Option<&str> {
    Some(user.tenant.as_str()).filter(|_| !user.tenant.is_cluster())
}

/// What the token lets the user do: of a narrower scope, no role.
pub(super) fn authorities(user: &User, standing: &Standing) -> Vec<AuthorityTold> {
    let rights = match standing {
        Standing::Rights(rights) => *rights,
        Standing::InSpaces(reach) => reach.everywhere.and(reach.inside),
        Standing::Scopes(_) | Standing::None => return Vec::new(),
    };
    // Clients are the cluster's: to a tenant's user, whatever his role, these would say what is not so.
    let means = |right: &Right| user.tenant.is_cluster() || !right.is_cluster_s();
    let privileges = |rights: Rights| rights.iter().filter(means).map(Right::privilege).collect();
    vec![AuthorityTold { name: authority(user.role), privileges: privileges(rights) }]
}

/// A role in the words of GWS.
fn authority(role: Role) -> &'static str {
    match role {
        Role::Admin => "ROLE_ADMIN",
        Role::KeyManager => "ROLE_KEY_MANAGER",
        Role::Viewer => "ROLE_VIEWER",
        Role::AppSpaceAdmin => "ROLE_APP_SPACE_ADMIN",
        Role::Support => "ROLE_SUPPORT",
        Role::Member => "ROLE_MEMBER",
    }
}
