//! Step 1: whose credential is it, and which tenant is meant?
//!
//! The tenant comes from the credential. Only a cluster credential may name one (security rule 71).

use std::sync::Arc;

use wardgate_domain::TenantId;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::request_origin::is_origin_id;
use wardgate_domain::route::RouteTable;
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;

use crate::Authorizer;
use crate::cache::Remembered;
use crate::credential::Presented;
use crate::credentials::{Credential, Source};
use crate::stop::{Stop, Unavailable};
use crate::tenants::LiveTenant;
use crate::trail::Trail;

/// Who takes part in a decision; handed on from proof to proof.
pub(crate) struct Parties {
    /// What was presented.
    pub(crate) credential: Remembered<Credential>,
    /// The tenant acted on.
    pub(crate) tenant: Remembered<LiveTenant>,
    /// Whose guards and routes stand before the tenant's own.
    pub(crate) cluster: Remembered<LiveTenant>,
}

/// Proof that the credential is known and the tenant in service.
pub(crate) struct Resolved(Parties);

impl Resolved {
    pub(crate) fn into_parties(self) -> Parties {
        self.0
    }
}

/// Whose things the call is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Meant {
    /// Those of the tenant that the call names, else of the credential's own.
    Named,
    /// Those of the credential's own; whom else the call names is not looked at here.
    Own,
}

pub(crate) async fn resolve(
    app: &Authorizer,
    presented: &Presented<'_>,
    ask: &Ask<'_>,
    meant: Meant,
    trail: &mut Trail,
) -> Result<Resolved, Stop> {
    let credential = look_up(app, presented, ask, trail).await?;
    if trail.hides(&credential.owner) {
        return Err(DenialCode::CredentialUnknown.into());
    }
    trail.presented = Some(Arc::clone(&credential));
    let cluster = app.tenants.cluster(&app.store).await?.ok_or(Unavailable::NoCluster)?;
    let named = match meant {
        Meant::Named => named_tenant(ask, &cluster.routes)?,
        Meant::Own => None,
    };
    let id = match named {
        None => &credential.owner,
        Some(ref named) if *named == credential.owner || credential.owner.is_cluster() => named,
        Some(_) => return Err(DenialCode::TenantMismatch.into()),
    };
    let tenant = app.tenants.get(&app.store, id).await?.ok_or(DenialCode::TenantUnknown)?;
    trail.tenant = Some(tenant.tenant.id.clone());
    if tenant.tenant.state == TenantState::Suspended {
        return Err(DenialCode::TenantSuspended.into());
    }
    if let (Meant::Named, Some(named)) = (meant, named_by_path(ask, &tenant.routes)?)
        && named != tenant.tenant.id
    {
        return Err(DenialCode::TenantMismatch.into());
    }
    Ok(Resolved(Parties { credential, tenant, cluster }))
}

/// Finds the record behind a credential. A network with too many failures behind it is turned away before the look-up,
/// so that guessing costs us nothing; whoever holds a good credential that is in memory is not held up by it.
async fn look_up(
    app: &Authorizer,
    presented: &Presented<'_>,
    ask: &Ask<'_>,
    trail: &Trail,
) -> Result<Remembered<Credential>, Stop> {
    let wanted = Wanted::of(app, presented);
    let remembered = match &wanted {
        Wanted::Hash(_, hash) | Wanted::Jwt(hash, _) => app.credentials.remembered(hash),
        Wanted::Key(id) => app.credentials.remembered_key(id),
        Wanted::Origin(id) => app.credentials.remembered_origin(id),
        Wanted::Named(id) => app.credentials.remembered_origin(id).or_else(|| app.credentials.remembered_key(id)),
    };
    if let Some(known) = remembered {
        if let Source::Jwt(jwt) = &known.source {
            jwt.keep_up(&app.providers, trail.now).await?;
        }
        return Ok(known);
    }
    if let Some(full) = ask.client_address.and_then(|address| app.failures.full(address, trail.now)) {
        return Err(full.into());
    }
    let found = match wanted {
        Wanted::Hash(purpose, hash) => app.credentials.find(&app.store, purpose, hash).await?,
        Wanted::Key(id) => app.credentials.find_key(&app.store, id).await?,
        Wanted::Jwt(hash, token) => {
            return app.credentials.find_jwt(&app.store, &app.providers, (hash, token), trail.now).await;
        }
        Wanted::Origin(id) => app.credentials.find_origin(&app.store, id).await?,
        Wanted::Named(id) => match app.credentials.find_origin(&app.store, id).await? {
            Some(origin) => Some(origin),
            None => app.credentials.find_key(&app.store, id).await?,
        },
    };
    found.ok_or_else(|| DenialCode::CredentialUnknown.into())
}

/// By what a presented credential is found.
enum Wanted<'a> {
    Hash(Purpose, SecretHash),
    Key(&'a str),
    Jwt(SecretHash, &'a str),
    Origin(&'a str),
    /// An origin's id, unless it is a signing key's that was made elsewhere.
    Named(&'a str),
}

impl<'a> Wanted<'a> {
    fn of(app: &Authorizer, presented: &'a Presented<'_>) -> Self {
        match presented {
            Presented::Secret { purpose, secret } => Self::Hash(*purpose, app.hasher.hash(*purpose, secret)),
            Presented::Jwt(token) => Self::Jwt(app.hasher.hash(Purpose::Token, token), token),
            Presented::Basic(basic) if is_origin_id(&basic.key) => Self::Named(&basic.key),
            Presented::Basic(basic) => Self::Key(&basic.key),
            Presented::Signature(signature) => Self::Key(signature.key),
            Presented::Cx1(signature) => Self::Origin(signature.origin),
        }
    }
}

/// The tenant that the call names, by the door's protocol, by `x-ccid` or by its path as the cluster's routes read it;
/// whichever of them are there must agree.
fn named_tenant(ask: &Ask<'_>, routes: &RouteTable) -> Result<Option<TenantId>, DenialCode> {
    let mut headers = ask.headers.get_all("x-ccid").iter().map(|value| value.to_str().unwrap_or_default());
    let header = headers.next();
    if headers.next().is_some() {
        return Err(DenialCode::TenantMismatch);
    }
    let mut named = named_by_path(ask, routes)?;
    for text in [ask.tenant, header].into_iter().flatten() {
        let other = parse(text)?;
        if named.as_ref().is_some_and(|named| *named != other) {
            return Err(DenialCode::TenantMismatch);
        }
        named = Some(other);
    }
    Ok(named)
}

/// The tenant that the path of a call names, whether or not the door was told what the call needs.
fn named_by_path(ask: &Ask<'_>, routes: &RouteTable) -> Result<Option<TenantId>, DenialCode> {
    let Some((method, target)) = ask.method.zip(ask.target()) else { return Ok(None) };
    routes.named_tenant(method, target.path()).map(parse).transpose()
}

/// A text that cannot be a tenant's id names none that exists.
fn parse(text: &str) -> Result<TenantId, DenialCode> {
    TenantId::parse(text).map_err(|_| DenialCode::TenantUnknown)
}
