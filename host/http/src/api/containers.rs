//! Methods about containers: threads, stores, inboxes, streams and key-value stores. The tenant's backend keeps them;
//! here is found out who calls and whether he may: scope, solution and the tenant's policies. What passes is handed on
//! without any credential.

pub(super) mod backend;
mod methods;
mod place;

use std::time::Duration;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::SemaphorePermit;
use wardgate_authorize::Decision;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::{DenialCode, Step};
use wardgate_domain::fact::{Fact, Facts};
use wardgate_domain::scope::SolutionSet;
use wardgate_domain::verdict::Obligation;
use wardgate_domain::{Permission, TenantId, limits};
use wardgate_manage::{Access, Caller};

use super::call::{Call, SignedIn, denied};
use super::error::{RpcCode, RpcError};
use super::value::Json;
use backend::{Answer, BackendError, OnBehalf};
use methods::Method;

/// The method named `area/name`, if it is one of these.
pub(super) fn named(method: &str) -> Option<&'static Method> {
    Method::named(method)
}

pub(super) async fn call(method: &'static Method, call: &Call<'_>) -> Result<Value, RpcError> {
    let credentials = call.credentials();
    let ask = call.ask(&credentials)?;
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

    let permission = permission(method);
    let resource = facts(&call.params);
    let ask = Ask { permission: Some(&permission), resource: Some(&resource), fulfils: Some(fulfils), ..ask };
    let reached = reach(&signed_in, method).await;
    // A missing scope is a missing grant, which the decision says and records itself.
    if let Err(refused) = &reached
        && !matches!(refused, RpcError::Own(RpcCode::InsufficientScope, _))
    {
        return Err(refused.clone());
    }
    let decision = call.shared.decide_verified(verification, &ask).await;
    allowed(method, &decision)?;
    reached?;

    let route = Route { call, address: &address, tenant, caller, decision: &decision, _turn: turn(call)? };
    reach_looked_up(&route, method).await?;
    let params = to_raw_value(&call.params).map_err(|_| RpcCode::InternalError)?;
    let name = format!("{}/{}", method.area.as_str(), method.name);
    match route.call(&name, &params).await.map_err(|error| backend_error(&error))? {
        Answer::Result(result) => Ok(place::value(&result)),
        Answer::Error(error) => Err(RpcError::Backends(place::value(&error))),
    }
}

/// The way to one tenant's backend for one call.
struct Route<'a> {
    call: &'a Call<'a>,
    address: &'a str,
    tenant: &'a TenantId,
    caller: &'a Caller,
    decision: &'a Decision,
    _turn: SemaphorePermit<'a>,
}

impl Route<'_> {
    async fn call(&self, method: &str, params: &RawValue) -> Result<Answer, BackendError> {
        let on_behalf = OnBehalf {
            tenant: self.tenant.as_str(),
            subject: &self.caller.subject,
            request: self.call.from.request.header_value(),
            decision: self.decision.id.to_string(),
        };
        self.call.shared.backends.call(self.address, method, params, &on_behalf).await
    }
}

/// A turn among all calls of backends: one that would have to wait is refused.
fn turn<'a>(call: &Call<'a>) -> Result<SemaphorePermit<'a>, RpcError> {
    call.shared.backend_turns.try_acquire().map_err(|_| RpcCode::TooManyRequests.into())
}

/// `privmx:AREA:METHOD`, for which the tenant's policies are asked.
fn permission(method: &Method) -> Permission {
    let text = format!("privmx:{}:{}", method.area.as_str(), method.name);
    Permission::parse(&text).expect("three words are a legal permission")
}

/// What policies are told about a call: its params, as far as they are of a kind that policies know.
fn facts(params: &Json) -> Facts {
    let members: &[(String, Json)] = if let Json::Object(members) = params { members } else { &[] };
    members.iter().filter_map(|(name, value)| Some((name.clone(), fact(value)?))).collect()
}

fn fact(value: &Json) -> Option<Fact> {
    match value {
        Json::Text(text) => Some(Fact::Text(text.clone())),
        Json::Bool(flag) => Some(Fact::Flag(*flag)),
        Json::Number(number) => number.as_i64().map(Fact::Number),
        Json::List(list) => {
            let text = |value: &Json| if let Json::Text(text) = value { Some(text.clone()) } else { None };
            list.iter().map(text).collect::<Option<_>>().map(Fact::Texts)
        }
        Json::Null | Json::Object(_) => None,
    }
}

/// The backend is handed no obligations, so none can be seen to.
fn fulfils(_: &Obligation) -> bool {
    false
}

/// The rules about scope and solution, as far as they can be judged without the backend.
async fn reach(signed_in: &SignedIn<'_>, method: &Method) -> Result<(), RpcError> {
    let (manager, caller, tenant) = (signed_in.manager(), &signed_in.caller, signed_in.tenant());
    let access = if method.reads() { Access::Read } else { Access::Change };
    manager.reach_containers(caller, tenant, method.area, access)?;
    match place::named_context(method.members[0].0, signed_in.params()) {
        Some(context) => Ok(manager.reach_containers_of(caller, tenant, context).await?),
        None => Ok(()),
    }
}

/// The rule about solutions for a call that names things of the backend: whoever is held to some solutions has the
/// backend asked first where these things are.
async fn reach_looked_up(route: &Route<'_>, method: &Method) -> Result<(), RpcError> {
    let (first, params) = (method.members[0].0, &route.call.params);
    let held_to_some = *route.caller.containers() != SolutionSet::All;
    if !held_to_some || place::named_context(first, params).is_some() {
        return Ok(());
    }
    let wait = Duration::from_millis(limits::BACKEND_WAIT_MS);
    let looked_up = tokio::time::timeout(wait, place::contexts(route, first, params)).await;
    for context in looked_up.map_err(|_| backend_error(&BackendError::Late))?? {
        route.call.manager().reach_containers_of(route.caller, route.tenant, &context).await?;
    }
    Ok(())
}

fn allowed(method: &Method, decision: &Decision) -> Result<(), RpcError> {
    let Some(denial) = decision.denial else { return Ok(()) };
    Err(match denial.code {
        DenialCode::RateLimited => RpcCode::TooManyRequests.into(),
        DenialCode::Overloaded => RpcCode::InternalError.into(),
        DenialCode::PermissionNotGranted => RpcError::with(RpcCode::InsufficientScope, method.area.as_str()),
        code if matches!(code.step(), Step::Resolve | Step::Verify) => RpcCode::Unauthorized.into(),
        _ => RpcCode::AccessDenied.into(),
    })
}

fn backend_error(error: &BackendError) -> RpcError {
    tracing::warn!(%error, "a tenant's backend gave no answer that can be handed on");
    RpcCode::InternalError.into()
}

#[cfg(test)]
mod tests {
    use wardgate_domain::fact::Fact;

    use super::facts;

    #[test]
    fn policies_are_told_the_params() {
        let params = r#"{"contextId":"c","limit":5,"threadIds":["a","b"],"from":null,"mixed":["a",1],"deep":{"a":1}}"#;
        let facts = facts(&serde_json::from_str(params).expect("JSON"));
        let texts = |texts: &[&str]| Fact::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(facts.len(), 3);
        assert_eq!((&facts["contextId"], &facts["limit"]), (&Fact::Text("c".to_owned()), &Fact::Number(5)));
        assert_eq!(facts["threadIds"], texts(&["a", "b"]));
    }
}
