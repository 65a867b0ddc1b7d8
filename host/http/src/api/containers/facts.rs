//! What policies are told about a call: its params, as far as they are of a kind that policies know.

use wardgate_domain::fact::{Fact, Facts};

use crate::api::params;
use crate::api::value::Json;

/// Members that access lists have another word for. Both are told, so that a line about one thing finds it.
const WORDS_OF_ACCESS_LISTS: [(&str, &str); 3] =
    [("threadMessageId", "messageId"), ("storeFileId", "fileId"), ("kvdbEntryKey", "entryKey")];

pub(super) fn facts(params: &Json) -> Facts {
    let members: &[(String, Json)] = if let Json::Object(members) = params { members } else { &[] };
    let mut facts: Facts = members.iter().filter_map(|(name, value)| Some((name.clone(), fact(value)?))).collect();
    for (name, word) in WORDS_OF_ACCESS_LISTS {
        if let Some(fact) = facts.get(name).cloned() {
            facts.insert(word.to_owned(), fact);
        }
    }
    facts
}

fn fact(value: &Json) -> Option<Fact> {
    match value {
        Json::Text(text) => Some(Fact::Text(text.clone())),
        Json::Bool(flag) => Some(Fact::Flag(*flag)),
        // However it is written: what passes for a whole number is one.
        Json::Number(_) => params::integer(value).ok().map(Fact::Number),
        Json::List(list) => {
            let text = |value: &Json| if let Json::Text(text) = value { Some(text.clone()) } else { None };
            list.iter().map(text).collect::<Option<_>>().map(Fact::Texts)
        }
        Json::Null | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use wardgate_domain::fact::Fact;

    use super::facts;

    #[test]
    fn policies_are_told_the_params() {
        let params = r#"{"contextId":"c","limit":5,"timestamp":1.7e12,"threadIds":["a","b"],"from":null,
                         "mixed":["a",1],"deep":{"a":1},"half":0.5}"#;
        let facts = facts(&serde_json::from_str(params).expect("JSON"));
        let texts = |texts: &[&str]| Fact::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(facts.len(), 4, "{facts:?}");
        assert_eq!((&facts["contextId"], &facts["limit"]), (&Fact::Text("c".to_owned()), &Fact::Number(5)));
        assert_eq!((&facts["threadIds"], &facts["timestamp"]), (&texts(&["a", "b"]), &Fact::Number(1_700_000_000_000)));
    }

    #[test]
    fn policies_are_told_ids_by_the_words_of_access_lists_as_well() {
        for (name, word) in super::WORDS_OF_ACCESS_LISTS {
            let facts = facts(&serde_json::from_str(&format!(r#"{{"{name}":"x"}}"#)).expect("JSON"));
            assert_eq!((&facts[name], &facts[word]), (&Fact::Text("x".to_owned()), &Fact::Text("x".to_owned())));
        }
    }
}
