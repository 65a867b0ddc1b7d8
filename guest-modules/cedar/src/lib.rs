//! Policies in the Cedar language: a tenant writes rules as text, and a call is allowed if they permit it.

mod attributes;
mod call;
mod place;
mod rules;
mod settings;
mod tree;

use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;
use wardgate_guest::{Answer, Ask, Effect, Policy, Problems, Reason, Verdict, allow, deny, policy};

pub use crate::rules::Rules;
pub use crate::settings::Settings;

/// Reasons of one verdict; the host takes no more.
const REASONS_MAX: usize = 16;

/// Decides by the Cedar policies in its settings.
pub struct Cedar;

policy!(Cedar);

impl Policy for Cedar {
    const PERMISSIONS: &'static [&'static str] = &["*"];
    const READS: &'static [&'static [&'static str]] = &[attributes::READS];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));
    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn warm_up() {
        settings::warm_up();
    }

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        settings.rules(problems)
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        let names = rules.names();
        let (request, entities) = call::of(rules, &names, ask)?;
        let evaluator = Evaluator::new(request, &entities, Extensions::all_available());
        let (mut permitted, mut forbidden, mut failed) = (false, Vec::new(), None);
        for rule in rules.of_action(&ask.permission) {
            // A permission can change nothing once something is forbidden or another permits.
            if !rule.forbids && (permitted || !forbidden.is_empty()) {
                continue;
            }
            match rule.holds(&evaluator, &names) {
                Ok(false) => {}
                Ok(true) if rule.forbids => forbidden.push(reason(&rule.code, &rule.message)),
                Ok(true) => permitted = true,
                Err(error) => failed = failed.or_else(|| Some([&rule.code, ": ", &error].concat())),
            }
        }
        match failed {
            _ if !forbidden.is_empty() => {
                forbidden.truncate(REASONS_MAX);
                Ok(Verdict { effect: Effect::Deny, reasons: forbidden, obligations: Vec::new() })
            }
            // A policy that could not be evaluated might have forbidden the call.
            Some(error) => Err(error),
            None if permitted => Ok(allow()),
            None => Ok(deny("cedar_not_permitted", "no policy permits the call")),
        }
    }
}

fn reason(code: &str, message: &str) -> Reason {
    Reason { code: code.to_owned(), message: message.to_owned() }
}
