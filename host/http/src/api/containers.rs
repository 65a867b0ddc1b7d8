//! Methods about containers: threads, stores, inboxes, streams and key-value stores. The tenant's backend keeps them;
//! here is found out who calls and whether he may: scope, solution and the tenant's policies. What passes is handed on
//! without any credential.

pub(super) mod backend;
mod facts;
mod methods;
mod place;
mod turns;

use std::time::Duration;

use serde_json::value::{RawValue, to_raw_value};
use wardgate_authorize::Decision;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::{DenialCode, Step};
use wardgate_domain::scope::SolutionSet;
use wardgate_domain::verdict::Obligation;
use wardgate_domain::{Permission, TenantId, limits};
use wardgate_manage::{Access, Caller, ManageError};

use super::call::{Call, SignedIn, denied};
use super::envelope::Reply;
use super::error::{RpcCode, RpcError};
use backend::{Answer, BackendError, OnBehalf};
use facts::facts;
use methods::Method;
use turns::Turn;

/// The method named `area/name`, if it is one of these.
pub(super) fn named(method: &str) -> Option<&'static Method> {
    Method::named(method)
}

pub(super) async fn call(method: &'static Method, call: &Call<'_>) -> Result<Reply, RpcError> {
    let (credentials, permission) = (call.credentials(), permission(method));
    let size = u64::try_from(call.text.len()).ok();
    let ask = Ask { permission: Some(&permission), size, fulfils: Some(fulfils), ..call.ask(&credentials)? };
    let verification = call.shared.authorizer.verify(&ask).await;
    let identity = match verification.identity() {
        Ok(identity) => identity,
        Err(stop) => {
            let error = denied(stop);
            // Refused as it is, and recorded.
            call.shared.decide_verified(verification, &ask).await;
            return Err(error);
        }
    };
    let signed_in = SignedIn::new(call, identity, &credentials);
    let (caller, tenant) = (&signed_in.caller, signed_in.tenant());
    let address = call.manager().backend(tenant).await?.ok_or(RpcCode::MethodNotFound)?;
    method.check(&call.params)?;

    let out_of_reach = reach(&signed_in, method).await?.err();
    let resource = facts(&call.params);
    let ask = Ask { resource: Some(&resource), refused_by_door: out_of_reach.is_some(), ..ask };
    let decision = call.shared.decide_verified(verification, &ask).await;
    allowed(method, &decision, out_of_reach)?;

    let turn = call.shared.backends.turn(tenant).ok_or(RpcCode::TooManyRequests)?;
    let route = Route { call, method, address: &address, tenant, caller, decision: &decision, _turn: turn };
    let wait = Duration::from_millis(limits::BACKEND_WAIT_MS);
    let handed_on = tokio::time::timeout(wait, hand_on(&route)).await;
    handed_on.unwrap_or_else(|_| Err(route.failed(&BackendError::Late)))
}

/// `privmx:AREA:METHOD`, for which the tenant's policies are asked.
fn permission(method: &Method) -> Permission {
    let text = format!("privmx:{}:{}", method.area.as_str(), method.name);
    Permission::parse(&text).expect("three words are a legal permission")
}

/// The backend is handed no obligations, so none can be seen to.
fn fulfils(_: &Obligation) -> bool {
    false
}

/// The rules about scope and solution, as far as they can be judged without the backend: what they say, unless nobody
/// can tell.
async fn reach(signed_in: &SignedIn<'_>, method: &Method) -> Result<Result<(), RpcError>, RpcError> {
    let (manager, caller, tenant) = (signed_in.manager(), &signed_in.caller, signed_in.tenant());
    let access = if method.reads() { Access::Read } else { Access::Change };
    let judged = match manager.reach_containers(caller, tenant, method.area, access) {
        Ok(()) => match place::named_context(method.about(), signed_in.params()) {
            Some(context) => manager.reach_containers_of(caller, tenant, context).await,
            None => Ok(()),
        },
        refused => refused,
    };
    match judged {
        Err(unavailable @ ManageError::Unavailable(_)) => Err(unavailable.into()),
        judged => Ok(judged.map_err(RpcError::from)),
    }
}

/// What a refusal becomes. Where it was the rules above, they say it in their own words.
fn allowed(method: &Method, decision: &Decision, out_of_reach: Option<RpcError>) -> Result<(), RpcError> {
    let Some(denial) = decision.denial else { return Ok(()) };
    Err(match denial.code {
        DenialCode::RateLimited => RpcCode::TooManyRequests.into(),
        DenialCode::Overloaded => RpcCode::InternalError.into(),
        DenialCode::PermissionNotGranted => {
            out_of_reach.unwrap_or_else(|| RpcError::with(RpcCode::InsufficientScope, method.area.as_str()))
        }
        code if matches!(code.step(), Step::Resolve | Step::Verify) => RpcCode::Unauthorized.into(),
        // Why, the tenant's people read in the decision's record.
        _ => RpcError::with(RpcCode::AccessDenied, format!("decision {}", decision.id)),
    })
}

/// The way to one tenant's backend for one call.
struct Route<'a> {
    call: &'a Call<'a>,
    method: &'static Method,
    address: &'a str,
    tenant: &'a TenantId,
    caller: &'a Caller,
    decision: &'a Decision,
    _turn: Turn<'a>,
}

impl Route<'_> {
    /// Calls a method of the backend: the one that was called, or one that it is looked up with.
    async fn call(&self, method: &str, params: &RawValue) -> Result<Answer, RpcError> {
        let on_behalf = OnBehalf {
            tenant: self.tenant.as_str(),
            subject: &self.caller.subject,
            request: self.call.from.request.header_value(),
            decision: self.decision.id.to_string(),
        };
        let answer = self.call.shared.backends.call(self.address, method, params, &on_behalf).await;
        answer.map_err(|error| self.failed(&error))
    }

    /// What is wrong with a backend is its operator's business.
    fn failed(&self, error: &BackendError) -> RpcError {
        let Self { tenant, method: Method { area, name, .. }, .. } = self;
        let request = self.call.from.request.as_str();
        tracing::warn!(%error, %tenant, request, "no answer of a backend to {}/{name}", area.as_str());
        RpcCode::InternalError.into()
    }
}

async fn hand_on(route: &Route<'_>) -> Result<Reply, RpcError> {
    reach_looked_up(route).await?;
    let Route { call, method: Method { area, name, .. }, .. } = route;
    let params = to_raw_value(&call.params).map_err(|_| RpcCode::InternalError)?;
    match route.call(&format!("{}/{name}", area.as_str()), &params).await? {
        Answer::Result(result) => Ok(Reply::Backends(result)),
        Answer::Error(fault) => Err(RpcError::Backends(fault)),
    }
}

/// The rule about solutions for a call that names things of the backend: whoever is held to some solutions has the
/// backend asked first where these things are.
async fn reach_looked_up(route: &Route<'_>) -> Result<(), RpcError> {
    let (about, params) = (route.method.about(), &route.call.params);
    let held_to_some = *route.caller.containers() != SolutionSet::All;
    if !held_to_some || place::named_context(about, params).is_some() {
        return Ok(());
    }
    for context in place::contexts(route, about, params).await? {
        route.call.manager().reach_containers_of(route.caller, route.tenant, &context).await?;
    }
    Ok(())
}
