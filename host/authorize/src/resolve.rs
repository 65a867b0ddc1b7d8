//! Step 1: whose credential is it, and which tenant is meant?
//!
//! The tenant comes from the credential. Only a cluster credential may name one (security rule 71).

use std::sync::Arc;

use wardgate_domain::TenantId;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::tenant::TenantState;

use crate::Authorizer;
use crate::cache::Remembered;
use crate::credential::Presented;
use crate::credentials::Credential;
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
    trail.presented = Some(Arc::clone(&credential));
    let named = match meant {
        Meant::Named => named_tenant(ask)?,
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
    let cluster = app.tenants.cluster(&app.store).await?.ok_or(Unavailable::NoCluster)?;
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
        Wanted::Hash(_, hash) => app.credentials.remembered(hash),
        Wanted::Key(id) => app.credentials.remembered_key(id),
    };
    if let Some(known) = remembered {
        return Ok(known);
    }
    if let Some(full) = ask.client_address.and_then(|address| app.failures.full(address, trail.now)) {
        return Err(full.into());
    }
    let found = match wanted {
        Wanted::Hash(purpose, hash) => app.credentials.find(&app.store, purpose, hash).await?,
        Wanted::Key(id) => app.credentials.find_key(&app.store, id).await?,
    };
    found.ok_or_else(|| DenialCode::CredentialUnknown.into())
}

/// By what a presented credential is found.
enum Wanted<'a> {
    Hash(Purpose, SecretHash),
    Key(&'a str),
}

impl<'a> Wanted<'a> {
    fn of(app: &Authorizer, presented: &'a Presented<'_>) -> Self {
        match presented {
            Presented::Secret { purpose, secret } => Self::Hash(*purpose, app.hasher.hash(*purpose, secret)),
            Presented::Basic(basic) => Self::Key(&basic.key),
            Presented::Signature(signature) => Self::Key(signature.key),
        }
    }
}

/// The tenant that the call names, by the door's protocol or by `x-ccid`; both, where both are there, must agree.
fn named_tenant(ask: &Ask<'_>) -> Result<Option<TenantId>, DenialCode> {
    let mut headers = ask.headers.get_all("x-ccid").iter().map(|value| value.to_str().ok());
    let header = headers.next();
    if headers.next().is_some() {
        return Err(DenialCode::TenantMismatch);
    }
    let parse = |text: Option<&str>| text.and_then(|text| TenantId::parse(text).ok()).ok_or(DenialCode::TenantUnknown);
    let header = header.map(parse).transpose()?;
    let door = ask.tenant.map(|text| parse(Some(text))).transpose()?;
    match (header, door) {
        (Some(header), Some(door)) if header != door => Err(DenialCode::TenantMismatch),
        (header, door) => Ok(door.or(header)),
    }
}
