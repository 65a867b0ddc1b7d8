//! The prepared settings: parsed and checked policies, as bytes that are quick to read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use cedar_policy_core::ast::{Entity, EntityUID, Expr, Literal, PartialValue, RestrictedExpr, SlotEnv, ValueKind};
use cedar_policy_core::evaluator::{Evaluator, RestrictedEvaluator};
use cedar_policy_core::extensions::Extensions;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::tree::{BROKEN, Collected, Names, Tree, Uid};

/// What the policy goes by.
#[derive(Default, Deserialize, Serialize)]
pub struct Rules<'r> {
    names: Vec<String>,
    #[serde(borrow)]
    policies: Vec<Rule<'r>>,
    /// [`Known`] entities, one after the other.
    #[serde(borrow)]
    entities: Cow<'r, [u8]>,
    pub(crate) mapping: Mapping,
    /// The members that policies speak of; `None` if that may be any.
    pub(crate) members: Option<Vec<String>>,
    /// Whether policies speak of groups of actions, such as `nexus:*`.
    pub(crate) groups: bool,
}

/// How a call becomes a request. The numbers are those of names of types.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Mapping {
    /// Namespace of all types with its `::`, or nothing.
    pub(crate) namespace: String,
    /// By kind of the subject, in the order of [`KINDS`](crate::call::KINDS); the last is that of any other.
    pub(crate) principals: Vec<u32>,
    /// The type of the principal of a call whose subject nobody knows.
    pub(crate) nobody: u32,
    /// The attribute that is the principal's id.
    pub(crate) principal: String,
    pub(crate) action: u32,
    pub(crate) tenant: u32,
    /// The type of resources, if the settings name it.
    pub(crate) resource_type: Option<u32>,
    /// The type of resources whose type nobody names.
    pub(crate) untyped: u32,
    /// The attribute that is the resource's id.
    pub(crate) resource: String,
}

/// One policy.
#[derive(Deserialize, Serialize)]
pub(crate) struct Rule<'r> {
    pub(crate) forbids: bool,
    /// The reason's code.
    #[serde(borrow)]
    pub(crate) code: Cow<'r, str>,
    /// What is told to people.
    #[serde(borrow)]
    pub(crate) message: Cow<'r, str>,
    /// The only action that its scope allows, or nothing.
    #[serde(borrow)]
    action: Cow<'r, str>,
    /// The [`Tree`] of scope and conditions.
    #[serde(borrow)]
    condition: Cow<'r, [u8]>,
}

/// An entity of the settings.
#[derive(Deserialize, Serialize)]
pub(crate) struct Known<'k> {
    #[serde(borrow)]
    pub(crate) uid: Uid<'k>,
    attributes: Vec<(&'k str, Tree<'k>)>,
    tags: Vec<(&'k str, Tree<'k>)>,
    ancestors: Vec<Uid<'k>>,
}

impl<'r> Rules<'r> {
    pub(crate) fn new(
        names: Collected,
        policies: Vec<Rule<'r>>,
        entities: Vec<u8>,
        mapping: Mapping,
        members: Option<Vec<String>>,
        groups: bool,
    ) -> Self {
        Self { names: names.into_names(), policies, entities: Cow::Owned(entities), mapping, members, groups }
    }

    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(&self.names)
    }

    /// Whether some policy may speak of the member `name`.
    pub(crate) fn needs(&self, name: &str) -> bool {
        self.members.as_ref().is_none_or(|members| members.iter().any(|member| member == name))
    }

    /// The policies whose scope may hold the action.
    pub(crate) fn of_action(&self, action: &str) -> impl Iterator<Item = &Rule<'r>> {
        self.policies.iter().filter(move |rule| rule.action.is_empty() || rule.action == action)
    }

    pub(crate) fn entities(&self) -> Result<Vec<Known<'_>>, &'static str> {
        let (mut known, mut rest) = (Vec::new(), &*self.entities);
        while !rest.is_empty() {
            let (entity, more) = postcard::take_from_bytes(rest).map_err(|_| BROKEN)?;
            known.push(entity);
            rest = more;
        }
        Ok(known)
    }
}

impl Rule<'_> {
    /// A policy; `None` if it cannot be kept. `action` is the only action that its scope allows.
    pub(crate) fn new(
        forbids: bool,
        code: String,
        message: String,
        action: Option<&str>,
        condition: &Expr,
        names: &mut Collected,
    ) -> Option<Self> {
        Some(Self {
            forbids,
            code: code.into(),
            message: message.into(),
            action: Cow::Owned(action.unwrap_or_default().to_owned()),
            condition: postcard::to_allocvec(&Tree::of(condition, names)?).ok()?.into(),
        })
    }

    /// Whether the policy applies to the request. The error is Cedar's.
    pub(crate) fn holds(&self, evaluator: &Evaluator<'_>, names: &Names<'_>) -> Result<bool, String> {
        let tree = postcard::from_bytes::<Tree<'_>>(&self.condition).map_err(|_| BROKEN)?;
        let value = evaluator.interpret(&tree.expr(names)?, &SlotEnv::new()).map_err(|error| error.to_string())?;
        if let ValueKind::Lit(Literal::Bool(holds)) = value.value { Ok(holds) } else { Err(BROKEN.to_owned()) }
    }
}

impl Known<'_> {
    /// Adds an entity to those that are kept; `None` if it has a part that cannot be.
    pub(crate) fn keep(entity: &Entity, names: &mut Collected, kept: &mut Vec<u8>) -> Option<()> {
        let attributes = exprs(entity.attrs());
        let tags = exprs(entity.tags());
        let known = Known {
            uid: names.uid(entity.uid()),
            attributes: trees(&attributes, names)?,
            tags: trees(&tags, names)?,
            ancestors: entity.ancestors().map(|uid| names.uid(uid)).collect(),
        };
        kept.extend(postcard::to_allocvec(&known).ok()?);
        Some(())
    }

    /// The entity, with more attributes and ancestors; what the settings say of it goes before those.
    pub(crate) fn entity(
        self,
        names: &Names<'_>,
        more: BTreeMap<SmolStr, PartialValue>,
        groups: Vec<EntityUID>,
    ) -> Result<Entity, String> {
        let uid = names.uid(self.uid)?;
        let ancestors = self.ancestors.into_iter().map(|uid| names.uid(uid)).chain(groups.into_iter().map(Ok));
        let ancestors = ancestors.collect::<Result<_, _>>()?;
        let (mut attributes, tags) = (more, values(self.tags, names)?);
        attributes.extend(values(self.attributes, names)?);
        Ok(Entity::new_with_attr_partial_value(uid, attributes, HashSet::new(), ancestors, tags))
    }
}

fn exprs<'e>(members: impl Iterator<Item = (&'e SmolStr, &'e PartialValue)>) -> Vec<(&'e str, Expr)> {
    members.map(|(name, value)| (name.as_str(), Expr::from(value.clone()))).collect()
}

fn trees<'e>(members: &'e [(&str, Expr)], names: &mut Collected) -> Option<Vec<(&'e str, Tree<'e>)>> {
    members.iter().map(|(name, expr)| Some((*name, Tree::of(expr, names)?))).collect()
}

fn values(members: Vec<(&str, Tree<'_>)>, names: &Names<'_>) -> Result<Vec<(SmolStr, PartialValue)>, String> {
    let evaluator = RestrictedEvaluator::new(Extensions::all_available());
    let value = |(name, tree): (&str, Tree<'_>)| {
        let expr = RestrictedExpr::new_unchecked(tree.expr(names)?);
        let value = evaluator.partial_interpret(expr.as_borrowed()).map_err(|error| error.to_string())?;
        Ok((name.into(), value))
    };
    members.into_iter().map(value).collect()
}
