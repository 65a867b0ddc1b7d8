//! From the settings' JSON text to the author's type; what does not fit is a problem with its JSON pointer.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::Problem;

/// Parses settings; blank text means `{}`.
pub(crate) fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Vec<Problem>> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    let mut source = serde_json::Deserializer::from_str(json);
    let settings =
        serde_path_to_error::deserialize(&mut source).map_err(|error| problem(pointer(error.path()), error.inner()))?;
    source.end().map_err(|error| problem(String::new(), &error))?;
    Ok(settings)
}

fn problem(path: String, error: &serde_json::Error) -> Vec<Problem> {
    vec![Problem { path, message: error.to_string() }]
}

/// RFC 6901: `~` and `/` within a member's name are escaped.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => pointer.push_str(variant),
            // The place is not known any closer than so far.
            Segment::Unknown => {
                pointer.pop();
                break;
            }
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        hours: Vec<Hours>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Hours {
        from: u8,
    }

    fn check(json: &str, expected: &str) {
        let problems = parse::<Settings>(json).err().unwrap_or_default();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, [expected], "{json}");
    }

    #[test]
    fn what_does_not_fit_is_pointed_at() {
        check(r#"{"hours":[{"from":1},{"from":"x"}]}"#, "/hours/1/from");
        check(r#"{"hours":[{}]}"#, "/hours/0");
        check(r#"{"hours":7}"#, "/hours");
        check(r#"{"hors":[]}"#, "/hors");
        check(r#"{"a/b~c":[]}"#, "/a~1b~0c");
        check("[", "");
        check("{} {}", "");
    }

    #[test]
    fn blank_settings_are_empty_ones() {
        assert!(parse::<Settings>(" ").is_ok_and(|settings| settings.hours.is_empty()));
    }

    #[test]
    fn settings_that_fit_are_taken() {
        let settings = parse::<Settings>(r#"{"hours":[{"from":7}]}"#).ok();
        assert_eq!(settings.map(|settings| settings.hours[0].from), Some(7));
    }
}
