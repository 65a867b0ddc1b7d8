//! What a policy is told about a call: the attributes that it declared, in that order, and nothing else.

use std::borrow::Cow;

use wardgate_domain::attribute::{CallFacts, Selector, Value};
use wardgate_domain::fact::Fact;
use wardgate_domain::kept::{KeptFacts, LeftOut};

use crate::description::Read;
use crate::time::Zone;

/// One attribute with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Value<'a>,
}

/// Takes the declared attributes from a call. One that the call does not have is left out.
pub(crate) fn from_call<'a>(reads: &'a [Read], facts: &CallFacts<'a>, zone: &Zone) -> Vec<Given<'a>> {
    let mut given = Vec::with_capacity(reads.len());
    for read in reads {
        let value = match &read.selector {
            Selector::Time(field) => zone.value(*field, facts.now),
            Selector::Whole(family) => {
                facts.each_of(*family, &mut |name, value| given.push(Given { name: name.into(), value }));
                None
            }
            selector => facts.value(selector),
        };
        given.extend(value.map(|value| Given { name: read.name.as_str().into(), value }));
    }
    given
}

/// Takes the declared attributes from a list that somebody wrote by hand, for trials.
pub(crate) fn from_list<'a>(reads: &'a [Read], list: &'a [(String, Fact)]) -> Vec<Given<'a>> {
    let mut given = Vec::with_capacity(reads.len());
    for read in reads {
        match &read.selector {
            Selector::Whole(family) => {
                let members = list.iter().filter(|(name, _)| name.starts_with(family.prefix()));
                // What no policy may declare is in no family either.
                let members = members.filter(|(name, _)| Selector::parse(name).is_ok());
                given.extend(members.map(|(name, fact)| Given { name: name.into(), value: fact.into() }));
            }
            selector => {
                let found = list.iter().find(|(name, _)| Selector::parse(name).as_ref() == Ok(selector));
                given.extend(found.map(|(_, fact)| Given { name: read.name.as_str().into(), value: fact.into() }));
            }
        }
    }
    given
}

/// Takes the declared attributes from a call that was kept, the time as it was then.
pub(crate) fn from_kept<'a>(
    reads: &'a [Read],
    facts: &'a KeptFacts<'a>,
    zone: &Zone,
) -> Result<Vec<Given<'a>>, LeftOut> {
    let mut given = Vec::with_capacity(reads.len());
    for read in reads {
        let value = match &read.selector {
            Selector::Time(field) => zone.value(*field, facts.at()),
            Selector::Whole(family) => {
                facts.each_of(*family, &mut |name, value| given.push(Given { name: name.into(), value }))?;
                None
            }
            selector => facts.value(selector)?,
        };
        given.extend(value.map(|value| Given { name: read.name.as_str().into(), value }));
    }
    Ok(given)
}
