//! Texts of guests, made fit to be shown: no control characters, no more than their bound.

/// Replaces what could act on a terminal or turn a line around: control characters, line separators and the marks
/// that change the direction of reading (security rule 94). The result is never longer.
pub(crate) fn clean(text: String) -> String {
    if text.chars().any(is_unfit) { text.replace(is_unfit, "?") } else { text }
}

/// Cleans `text` and keeps at most `bytes` of it, cut between characters.
pub(crate) fn clean_and_cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    clean(text)
}

/// Whether `text` holds anything that [`clean`] would replace.
pub(crate) fn is_clean(text: &str) -> bool {
    !text.chars().any(is_unfit)
}

fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
