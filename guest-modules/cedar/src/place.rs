//! What is wrong, and where in a text, as people count.

use miette::Diagnostic;

/// Longest list of what was expected that is still told, in bytes.
const EXPECTED_MAX_BYTES: usize = 160;

/// What is wrong, with the line and column of `text` where it is, if that is known.
pub(crate) fn told(error: &dyn Diagnostic, text: &str) -> String {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = label.as_ref().map(|label| prefix(text, label.offset())).unwrap_or_default();
    let expected = label.as_ref().and_then(|label| label.label()).filter(|label| label.len() <= EXPECTED_MAX_BYTES);
    let mut message = place + &described(error);
    if let Some(expected) = expected {
        message.push_str("; ");
        message.push_str(expected);
    }
    message
}

/// What is wrong, with Cedar's advice.
pub(crate) fn described(error: &dyn Diagnostic) -> String {
    let mut message = error.to_string();
    if let Some(help) = error.help() {
        message.push_str("; ");
        message.push_str(&help.to_string());
    }
    message
}

/// `line 3, column 14: ` for the character at `offset` bytes.
pub(crate) fn prefix(text: &str, offset: usize) -> String {
    let before = &text[..text.floor_char_boundary(offset)];
    let line = before.rsplit('\n').next().unwrap_or(before);
    format!("line {}, column {}: ", before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "permit\nä?b";
        for (offset, line, column) in [(0, 1, 1), (6, 1, 7), (7, 2, 1), (9, 2, 2), (8, 2, 1), (99, 2, 4)] {
            assert_eq!(prefix(text, offset), format!("line {line}, column {column}: "), "{offset}");
        }
    }
}
