//! `/v1/tenants`: tenants with all that the cluster says about them. `*` is the cluster itself.

pub(crate) mod change;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod policies;
pub(crate) mod put;
pub(crate) mod read;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wardgate_domain::Permission;
use wardgate_domain::rate::Rate;
use wardgate_domain::route::Route;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_manage::tenants::{LimitsPatch, Patch};

use crate::request::json::present;
use crate::respond::problem::Problem;

/// Bytes of a tenant in JSON: as many routes as there may be, with long paths.
const BODY_BYTES: usize = 256 * 1024;

/// A tenant on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    state: &'static str,
    limits: LimitsBody,
    backend: Option<&'a str>,
    /// Absent from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    routes: Option<Vec<RouteBody>>,
}

#[derive(Serialize)]
struct LimitsBody {
    calls: Option<CallsBody>,
    keys: u32,
    policy_ms: u32,
    policy_memory_mib: u32,
    policy_concurrency: u32,
    policy_module_mib: u32,
    policy_versions: u32,
    policy_compile_s: u32,
    policy_shadow_percent: u32,
}

/// Calls in a time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallsBody {
    limit: u32,
    window_seconds: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteBody {
    method: String,
    path: String,
    permission: String,
}

impl<'a> Shown<'a> {
    fn new(tenant: &'a Tenant, routes: Option<&[Route]>) -> Self {
        let TenantLimits {
            calls,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        } = tenant.limits;
        let calls = calls.map(|rate| CallsBody { limit: rate.capacity, window_seconds: rate.frequency_s });
        Self {
            id: tenant.id.as_str(),
            name: &tenant.name,
            state: tenant.state.as_str(),
            limits: LimitsBody {
                calls,
                keys,
                policy_ms,
                policy_memory_mib,
                policy_concurrency,
                policy_module_mib,
                policy_versions,
                policy_compile_s,
                policy_shadow_percent,
            },
            backend: tenant.backend.as_deref(),
            routes: routes.map(|routes| routes.iter().map(RouteBody::of).collect()),
        }
    }
}

fn answer(status: StatusCode, tenant: &Tenant, routes: &[Route]) -> Response {
    (status, Json(Shown::new(tenant, Some(routes)))).into_response()
}

impl RouteBody {
    fn of(route: &Route) -> Self {
        let Route { method, path, permission } = route;
        Self { method: method.clone(), path: path.clone(), permission: permission.to_string() }
    }

    fn read(self, at: usize) -> Result<Route, Problem> {
        let wrong = |e: wardgate_domain::permission::InvalidPermission| {
            Problem::invalid_parameter(format!("/routes/{at}/permission"), e.to_string())
        };
        let permission = Permission::parse(&self.permission).map_err(wrong)?;
        Ok(Route { method: self.method, path: self.path, permission })
    }
}

/// What a body says about a tenant. An `id` may stand in it, as in one that was read before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    id: Option<String>,
    name: Option<String>,
    state: Option<String>,
    #[serde(default)]
    limits: GivenLimits,
    #[serde(default, deserialize_with = "present")]
    backend: Option<Value>,
    routes: Option<Vec<RouteBody>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct GivenLimits {
    #[serde(default, deserialize_with = "present")]
    calls: Option<Value>,
    keys: Option<u32>,
    policy_ms: Option<u32>,
    policy_memory_mib: Option<u32>,
    policy_concurrency: Option<u32>,
    policy_module_mib: Option<u32>,
    policy_versions: Option<u32>,
    policy_compile_s: Option<u32>,
    policy_shadow_percent: Option<u32>,
}

impl Given {
    fn check_id(&self, id: &str) -> Result<(), Problem> {
        match &self.id {
            Some(given) if given != id => Err(Problem::invalid_parameter("/id", "must be the one in the path")),
            _ => Ok(()),
        }
    }

    fn state(&self) -> Result<Option<TenantState>, Problem> {
        let read = |text: &String| {
            TenantState::parse(text).ok_or_else(|| Problem::invalid_parameter("/state", "must be active or suspended"))
        };
        self.state.as_ref().map(read).transpose()
    }

    /// `null` is no backend.
    fn backend(&self) -> Result<Patch<String>, Problem> {
        match &self.backend {
            None => Ok(Patch::Keep),
            Some(Value::Null) => Ok(Patch::Clear),
            Some(Value::String(text)) => Ok(Patch::Set(text.clone())),
            Some(_) => Err(Problem::invalid_parameter("/backend", "must be an address or null")),
        }
    }

    fn routes(routes: Option<Vec<RouteBody>>) -> Result<Option<Vec<Route>>, Problem> {
        let read = |routes: Vec<RouteBody>| {
            routes.into_iter().enumerate().map(|(at, route)| route.read(at)).collect::<Result<Vec<_>, _>>()
        };
        routes.map(read).transpose()
    }
}

impl GivenLimits {
    /// `null` is no limit of calls.
    fn patch(self) -> Result<LimitsPatch, Problem> {
        let calls = match self.calls {
            None => Patch::Keep,
            Some(Value::Null) => Patch::Clear,
            Some(value) => {
                let wrong =
                    || Problem::invalid_parameter("/limits/calls", "must be null or {\"limit\", \"window_seconds\"}");
                // The library would also take a list of the two.
                let members = Some(value).filter(Value::is_object).ok_or_else(wrong)?;
                let calls: CallsBody = serde_json::from_value(members).map_err(|_| wrong())?;
                Patch::Set(Rate { capacity: calls.limit, frequency_s: calls.window_seconds })
            }
        };
        let Self {
            calls: _,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        } = self;
        Ok(LimitsPatch {
            calls,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        })
    }
}
