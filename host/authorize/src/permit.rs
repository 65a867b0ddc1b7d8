//! Step 4: does a grant cover what the call needs? The only file that makes a [`Permit`].

use wardgate_domain::Permission;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;

use crate::admit::Admitted;
use crate::resolve::Parties;
use crate::stop::Stop;
use crate::trail::Trail;

/// Proof that a good credential, with room for the call, was granted what the call needs.
pub struct Permit {
    parties: Parties,
    permission: Permission,
}

impl Permit {
    pub(crate) fn parties(&self) -> &Parties {
        &self.parties
    }

    pub(crate) fn permission(&self) -> &Permission {
        &self.permission
    }
}

pub(crate) fn permit(admitted: Admitted, ask: &Ask<'_>, trail: &mut Trail) -> Result<Permit, Stop> {
    let parties = admitted.into_parties();
    // What servers could read differently, no grant covers (security rule 34).
    if ask.refused_by_door || ask.target.is_some_and(|target| target.is_err()) {
        return Err(DenialCode::PermissionNotGranted.into());
    }
    let needed = match ask.permission {
        Some(permission) => Some(permission),
        None => routed(&parties, ask, trail),
    };
    let permission = needed.cloned().ok_or(DenialCode::PermissionNotGranted)?;
    trail.permission = Some(permission.clone());
    let credential = &parties.credential;
    let granted = if credential.owner.is_cluster() {
        credential.grants.cover_as_cluster(&permission)
    } else {
        credential.grants.cover(&permission)
    };
    if !granted {
        return Err(DenialCode::PermissionNotGranted.into());
    }
    Ok(Permit { parties, permission })
}

/// What the call needs by the tenant's own route table, else by the cluster's.
fn routed<'a>(parties: &'a Parties, ask: &Ask<'_>, trail: &mut Trail) -> Option<&'a Permission> {
    let (method, path) = (ask.method?, ask.target()?.path());
    [&parties.tenant, &parties.cluster].into_iter().find_map(|owner| {
        let found = owner.routes.permission(method, path)?;
        if let Some(rehearsal) = &mut trail.rehearsal {
            rehearsal.route = owner.routes.line(method, path).map(|line| (owner.tenant.id.clone(), line.clone()));
        }
        Some(found)
    })
}
