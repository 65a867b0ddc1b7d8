//! The settings as a tenant writes them, and what is made of them.

use std::sync::Arc;

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{
    ActionConstraint, AnyId, Effect, EntityUID, Expr, ExprKind, Literal, Name, Policy, PolicySet,
};
use cedar_policy_core::entities::{Entities, EntityJsonParser, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::parse_policyset;
use cedar_policy_core::validator::{CoreSchema, ValidationMode, Validator, ValidatorSchema};
use miette::Diagnostic;
use serde::Deserialize;
use serde_json::Value as Json;
use wardgate_guest::Problems;

use crate::attributes::{Members, is_read};
use crate::call::{KINDS, SUBJECT};
use crate::place;
use crate::rules::{Known, Mapping, Rule, Rules};
use crate::tree::Collected;

/// Problems that are told at once; the host takes no more than twice as many.
const PROBLEMS_MAX: usize = 32;
/// Longest code of a reason, in bytes.
const CODE_MAX_BYTES: usize = 64;

/// What a tenant writes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    policies: String,
    schema: Option<String>,
    #[serde(default)]
    entities: Vec<Json>,
    #[serde(default)]
    mapping: MappingSettings,
    /// Read by the host, which supplies the time in this zone.
    #[serde(default, rename = "time.zone")]
    _zone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MappingSettings {
    namespace: Option<String>,
    principal: EntitySettings,
    resource: EntitySettings,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EntitySettings {
    r#type: Option<String>,
    id: Option<String>,
}

impl Settings {
    /// The rules that these settings are.
    pub(crate) fn rules(&self, problems: &mut Problems) -> Rules<'static> {
        let schema = self.schema(problems);
        let set = self.policies(schema.as_ref(), problems);
        let mut names = Collected::default();
        let mapping = self.mapping.numbered(&mut names, problems);
        let mut entities = Vec::new();
        for entity in self.entities(schema.as_ref(), problems).iter() {
            if Known::keep(entity, &mut names, &mut entities).is_none() {
                problems.report("/entities", format!("{} has a value that is none", entity.uid()));
            }
        }
        let action = [&mapping.namespace, "Action"].concat();
        let (mut members, mut rules, mut groups) = (Members::new(), Vec::new(), false);
        for policy in set.iter().flat_map(PolicySet::policies) {
            let condition = policy.condition();
            members.add(&condition);
            groups |= speaks_of_groups(&condition, &action);
            let (code, message) = reason(policy);
            let only = only_action(policy.action_constraint(), &action);
            let forbids = policy.effect() == Effect::Forbid;
            match Rule::new(forbids, code, message, only, &condition, &mut names) {
                Some(rule) => rules.push(rule),
                None => problems.report("/policies", format!("{} cannot be kept", policy.id())),
            }
        }
        Rules::new(names, rules, entities, mapping, members.into_names(), groups)
    }

    fn schema(&self, problems: &mut Problems) -> Option<ValidatorSchema> {
        let text = self.schema.as_ref()?;
        match ValidatorSchema::from_cedarschema_str(text, Extensions::all_available()) {
            Ok((schema, _warnings)) => Some(schema),
            Err(error) => {
                report(problems, "/schema", text, [&error as &dyn Diagnostic]);
                None
            }
        }
    }

    fn policies(&self, schema: Option<&ValidatorSchema>, problems: &mut Problems) -> Option<PolicySet> {
        let (path, text) = ("/policies", self.policies.as_str());
        let set = match parse_policyset(text) {
            Ok(set) => set,
            Err(errors) => {
                report(problems, path, text, errors.iter().map(|error| error as &dyn Diagnostic));
                return None;
            }
        };
        for template in set.templates() {
            let place = template.loc().map(|loc| place::prefix(text, loc.start())).unwrap_or_default();
            problems.report(path, format!("{place}a template needs values for its slots, which nobody gives"));
        }
        if set.is_empty() {
            problems.report(path, "without a policy every call would be refused");
        }
        if let Some(schema) = schema {
            let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
            report(problems, path, text, result.validation_errors().map(|error| error as &dyn Diagnostic));
        }
        Some(set)
    }

    fn entities(&self, schema: Option<&ValidatorSchema>, problems: &mut Problems) -> Entities {
        let schema = schema.map(CoreSchema::new);
        let extensions = Extensions::all_available();
        let parser = EntityJsonParser::new(schema.as_ref(), extensions, TCComputation::ComputeNow);
        let entities = problems.each("/entities", &self.entities, |json| {
            parser.single_from_json_value(json.clone()).map_err(|error| described(&error))
        });
        let entities = Entities::from_entities(entities, schema.as_ref(), TCComputation::ComputeNow, extensions);
        problems.take("/entities", entities.map_err(|error| described(&error))).unwrap_or_default()
    }
}

impl MappingSettings {
    fn numbered(&self, names: &mut Collected, problems: &mut Problems) -> Mapping {
        let namespace = match &self.namespace {
            Some(namespace) => {
                problems.take("/mapping/namespace", check_type(namespace));
                [namespace, "::"].concat()
            }
            None => String::new(),
        };
        let mut number = |name: &str| names.number(&[&namespace, name].concat());
        let action = number("Action");
        let tenant = number("Tenant");
        let nobody = number("Anonymous");
        let untyped = number("Resource");
        let principals = match &self.principal.r#type {
            Some(name) => vec![number(name); KINDS.len() + 1],
            None => KINDS.iter().map(|(_, name)| *name).chain(["User"]).map(&mut number).collect(),
        };
        let resource_type = self.resource.r#type.as_deref().map(&mut number);
        for (name, path) in
            [(&self.principal.r#type, "/mapping/principal/type"), (&self.resource.r#type, "/mapping/resource/type")]
        {
            problems.take(path, name.as_deref().map_or(Ok(()), check_type));
        }
        for (name, path) in [(&self.principal.id, "/mapping/principal/id"), (&self.resource.id, "/mapping/resource/id")]
        {
            if name.as_deref().is_some_and(|name| !is_read(name)) {
                problems.report(path, "not an attribute that this policy reads, such as context.user");
            }
        }
        Mapping {
            namespace,
            principals,
            principal: self.principal.id.clone().unwrap_or_else(|| SUBJECT.to_owned()),
            nobody,
            action,
            tenant,
            resource_type,
            untyped,
            resource: self.resource.id.clone().unwrap_or_else(|| "resource.id".to_owned()),
        }
    }
}

/// Does everything that needs doing only once: grammars and extensions are made at their first use.
pub(crate) fn warm_up() {
    let settings = Settings {
        policies: include_str!("warm_up.cedar").to_owned(),
        schema: Some(include_str!("warm_up.cedarschema").to_owned()),
        ..Settings::default()
    };
    settings.rules(&mut Problems::default());
}

fn check_type(name: &str) -> Result<(), &'static str> {
    Name::from_normalized_str(name).map(|_| ()).map_err(|_| "not a name of Cedar such as User or Shop::User")
}

fn described(error: &dyn Diagnostic) -> String {
    place::described(error)
}

fn report<'e>(
    problems: &mut Problems,
    path: &str,
    text: &str,
    errors: impl IntoIterator<Item = &'e (dyn Diagnostic + 'e)>,
) {
    for error in errors.into_iter().take(PROBLEMS_MAX) {
        problems.report(path, place::told(error, text));
    }
}

/// The code and the words of a policy that forbids: its `@id`, and its `@description`.
fn reason(policy: &Policy) -> (String, String) {
    let annotation = |name: &str| {
        let mut annotations = policy.annotations();
        annotations.find_map(|(key, value)| (AnyId::as_ref(key) == name).then(|| value.as_ref().to_owned()))
    };
    let id = annotation("id").unwrap_or_else(|| policy.id().to_string());
    let message = annotation("description").unwrap_or_else(|| format!("the policy {id} forbids the call"));
    let character =
        |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' };
    (id.chars().take(CODE_MAX_BYTES).map(character).collect(), message)
}

/// The one action that the scope allows, if it is of the type that calls have.
fn only_action<'a>(constraint: &'a ActionConstraint, action: &str) -> Option<&'a str> {
    let ActionConstraint::Eq(uid) = constraint else { return None };
    is_of_type(uid, action).then(|| uid.eid().as_ref())
}

fn speaks_of_groups(condition: &Expr, action: &str) -> bool {
    condition.subexpressions().any(|expr| match expr.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) => is_group(uid, action),
        _ => false,
    })
}

fn is_group(uid: &Arc<EntityUID>, action: &str) -> bool {
    AsRef::<str>::as_ref(uid.eid()).ends_with('*') && is_of_type(uid, action)
}

fn is_of_type(uid: &EntityUID, kind: &str) -> bool {
    uid.entity_type().to_string() == kind
}
