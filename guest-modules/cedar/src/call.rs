//! A call as Cedar sees it: principal, action, resource and context, and what is known of the first three.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{
    Context, Eid, Entity, EntityType, EntityUID, EntityUIDEntry, Name, PartialValue, Request, Value as CedarValue,
};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use smol_str::SmolStr;
use wardgate_guest::{Ask, Value};

use crate::attributes::{RECORDS, TENANT, WITHIN_REQUEST, value};
use crate::rules::Rules;
use crate::tree::Names;

/// The attribute that is the principal's id if the settings do not name another.
pub(crate) const SUBJECT: &str = "subject.id";

/// The kinds of subjects and what their principals are; whoever is of another kind is a `User`.
pub(crate) const KINDS: [(&str, &str); 5] =
    [("api-key", "ApiKey"), ("signing-key", "SigningKey"), ("token", "Token"), ("origin", "Origin"), ("user", "User")];

type Members = BTreeMap<SmolStr, CedarValue>;
type Attributes = BTreeMap<SmolStr, PartialValue>;

/// The request that a call is, and the entities to decide it by.
pub(crate) fn of(rules: &Rules<'_>, names: &Names<'_>, ask: &Ask) -> Result<(Request, Entities), String> {
    let principal = principal(rules, names, ask)?;
    let action = uid(names, rules.mapping.action, &ask.permission)?;
    let resource = resource(rules, names, ask)?;
    let (context, subject, members) = sorted(rules, ask);
    let groups = if rules.groups { groups(names, rules.mapping.action, &ask.permission)? } else { Vec::new() };

    let mut own = [
        (principal.clone(), subject, Vec::new()),
        (action.clone(), Attributes::new(), groups),
        (resource.clone(), members, Vec::new()),
    ]
    .map(Some);
    let mut entities = Vec::new();
    for known in rules.entities()? {
        let known_uid = names.uid(known.uid)?;
        let (attributes, groups) = own
            .iter_mut()
            .find_map(|own| own.take_if(|(uid, ..)| *uid == known_uid))
            .map_or_else(Default::default, |(_, attributes, groups)| (attributes, groups));
        entities.push(known.entity(names, attributes, groups)?);
    }
    for (uid, attributes, groups) in own.into_iter().flatten() {
        // A call may be of somebody upon himself.
        if entities.iter().all(|entity: &Entity| *entity.uid() != uid) {
            let groups = groups.into_iter().collect();
            entities.push(Entity::new_with_attr_partial_value(uid, attributes, HashSet::new(), groups, []));
        }
    }
    let no_schema = None::<&NoEntitiesSchema>;
    let assumed = TCComputation::AssumeAlreadyComputed;
    let entities = Entities::from_entities(entities, no_schema, assumed, Extensions::all_available());

    let [principal, action, resource] = [principal, action, resource].map(|uid| EntityUIDEntry::known(uid, None));
    let request = Request::new_unchecked(principal, action, resource, Some(Context::Value(Arc::new(context))));
    Ok((request, entities.map_err(|error| error.to_string())?))
}

fn uid(names: &Names<'_>, kind: u32, id: &str) -> Result<EntityUID, &'static str> {
    Ok(EntityUID::from_components(EntityType::from(names.get(kind)?), Eid::new(id), None))
}

fn principal(rules: &Rules<'_>, names: &Names<'_>, ask: &Ask) -> Result<EntityUID, String> {
    let mapping = &rules.mapping;
    let Some(id) = text(ask, &mapping.principal)? else {
        // Only what the settings name must be there.
        let nobody = mapping.principal == SUBJECT;
        return if nobody { Ok(uid(names, mapping.nobody, "")?) } else { Err(missing(&mapping.principal)) };
    };
    let kind = text(ask, "subject.kind")?;
    let at = KINDS.iter().position(|(known, _)| kind == Some(known)).unwrap_or(KINDS.len());
    Ok(uid(names, mapping.principals.get(at).copied().unwrap_or_default(), id)?)
}

/// A call that names no resource is upon the tenant.
fn resource(rules: &Rules<'_>, names: &Names<'_>, ask: &Ask) -> Result<EntityUID, String> {
    let mapping = &rules.mapping;
    let Some(id) = text(ask, &mapping.resource)? else {
        return Ok(uid(names, mapping.tenant, &ask.tenant)?);
    };
    let said = if mapping.resource_type.is_none() { text(ask, "resource.type")? } else { None };
    let Some(said) = said else {
        return Ok(uid(names, mapping.resource_type.unwrap_or(mapping.untyped), id)?);
    };
    let kind = Name::from_normalized_str(&[&mapping.namespace, said].concat());
    let kind = kind.map_err(|_| "the attribute resource.type is no type of Cedar")?;
    Ok(EntityUID::from_components(EntityType::from(kind), Eid::new(id), None))
}

/// `nexus:*` and `nexus:consumer:*` for `nexus:consumer:chat`, of which the shorter hold the longer.
fn groups(names: &Names<'_>, kind: u32, permission: &str) -> Result<Vec<EntityUID>, &'static str> {
    let ends = permission.match_indices(':').map(|(at, _)| at + 1).chain([0]);
    ends.map(|end| uid(names, kind, &[&permission[..end], "*"].concat())).collect()
}

/// The context, and the attributes of the principal and of the resource, as far as policies speak of them.
fn sorted(rules: &Rules<'_>, ask: &Ask) -> (Members, Attributes, Attributes) {
    let mut context = Members::new();
    let (mut subject, mut resource) = (Attributes::new(), Attributes::new());
    let mut records: [Option<Members>; RECORDS.len()] = Default::default();
    let mut within: [Option<Members>; WITHIN_REQUEST.len()] = Default::default();
    if rules.needs(TENANT) {
        context.insert(TENANT.into(), CedarValue::from(ask.tenant.as_str()));
    }
    for attribute in &ask.attributes {
        let Some((family, member)) = attribute.name.split_once('.') else { continue };
        let (target, member) = match RECORDS.iter().position(|record| *record == family) {
            Some(at) => {
                let record = records[at].get_or_insert_default();
                let inner = member.split_once('.').and_then(|(inner, member)| {
                    let at = WITHIN_REQUEST.iter().position(|record| family == "request" && *record == inner)?;
                    Some((within[at].get_or_insert_default(), member))
                });
                inner.unwrap_or((record, member))
            }
            None => match family {
                "context" if member == TENANT || RECORDS.contains(&member) => continue,
                "context" => (&mut context, member),
                _ => {
                    let target = if family == "resource" { &mut resource } else { &mut subject };
                    if rules.needs(member) {
                        target.insert(member.into(), value(&attribute.value).into());
                    }
                    continue;
                }
            },
        };
        if rules.needs(member) {
            target.insert(member.into(), value(&attribute.value));
        }
    }
    for (name, members) in WITHIN_REQUEST.iter().zip(within) {
        // The last of the records is `request`.
        if let (Some(members), Some(request)) = (members, &mut records[2]) {
            request.insert((*name).into(), CedarValue::record_arc(Arc::new(members), None));
        }
    }
    for (name, members) in RECORDS.iter().zip(records) {
        if let Some(members) = members {
            context.insert((*name).into(), CedarValue::record_arc(Arc::new(members), None));
        }
    }
    (context, subject, resource)
}

fn text<'a>(ask: &'a Ask, name: &str) -> Result<Option<&'a str>, String> {
    match ask.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.value) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => Err(["the attribute ", name, " is not a text"].concat()),
    }
}

fn missing(name: &str) -> String {
    ["the attribute ", name, " is missing"].concat()
}
