//! What a door hands to the decision: the call as it is, unparsed where parsing is the decision's own business.

use std::net::IpAddr;

use http::HeaderMap;
use uuid::Uuid;

use crate::fact::Facts;
use crate::permission::Permission;
use crate::route::{AmbiguousPath, Target};
use crate::signature::Wire;
use crate::verdict::Obligation;

/// May this call pass? Borrowed from the request; a door fills in what it knows.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The call's own headers, credentials included.
    pub headers: &'a HeaderMap,
    /// An access token that the door's own protocol carries. It goes before the headers, also when it is bad.
    pub token: Option<&'a str>,
    /// The WebSocket that the call came over, if it came over one.
    pub connection: Option<Uuid>,
    /// The call as it went over the wire, where the door saw all of it: without it no signature is good.
    pub wire: Option<Wire<'a>>,
    /// The public address under which the door itself was called, where the operator named it and the call is for the
    /// door: scheme and host of what a Request Origin signed.
    pub base: Option<&'a str>,
    /// What the call needs, where the door was told; else the route table says it.
    pub permission: Option<&'a Permission>,
    /// The call's method.
    pub method: Option<&'a str>,
    /// The call's path and query; an ambiguous one is kept as such, and no permission covers it.
    pub target: Option<Result<Target<'a>, AmbiguousPath>>,
    /// The tenant that the door's own protocol names, beside any `x-ccid` header.
    pub tenant: Option<&'a str>,
    /// Where the call came from, if that is known.
    pub client_address: Option<IpAddr>,
    /// The size of the call's body in bytes, if that is known.
    pub size: Option<u64>,
    /// Facts about the thing called for.
    pub resource: Option<&'a Facts>,
    /// Facts about the circumstances.
    pub context: Option<&'a Facts>,
    /// The door's own rules refuse the call: whatever is granted, no grant covers it.
    pub refused_by_door: bool,
    /// Which obligations the door can see to; `None` hands all of them to whoever asked. A policy's allow with any
    /// other obligation is no allow.
    pub fulfils: Option<fn(&Obligation) -> bool>,
}

impl<'a> Ask<'a> {
    /// An ask about nothing but `headers`.
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self {
            headers,
            token: None,
            connection: None,
            wire: None,
            base: None,
            permission: None,
            method: None,
            target: None,
            tenant: None,
            client_address: None,
            size: None,
            resource: None,
            context: None,
            refused_by_door: false,
            fulfils: None,
        }
    }

    /// The call's path and query, where they can be understood in one way only.
    pub fn target(&self) -> Option<Target<'a>> {
        self.target.and_then(Result::ok)
    }
}
