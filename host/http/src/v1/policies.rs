//! `/v1/policies/{name}`: a policy of the tenant that the call names, else the caller's own.

pub(crate) mod diff;
