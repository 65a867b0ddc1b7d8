//! Checks what guests answer (security rule 94). Over a bound is refused whole: a cut answer could mean another thing.

use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Failure, Obligation, Reason, Verdict};

use crate::limits::{
    OBLIGATION_ARGUMENTS, OBLIGATION_NAME_BYTES, OBLIGATION_TEXT_BYTES, OBLIGATIONS, REASON_CODE_BYTES,
    REASON_MESSAGE_BYTES, REASONS,
};
use crate::text::{clean, is_clean};

/// Takes a verdict as it came and hands on one that is fit to be kept and shown.
pub(crate) fn check(mut verdict: Verdict) -> Result<Verdict, Failure> {
    require(verdict.reasons.len() <= REASONS, "more than 16 reasons")?;
    require(verdict.obligations.len() <= OBLIGATIONS, "more than 16 obligations")?;
    verdict.reasons.iter_mut().try_for_each(check_reason)?;
    verdict.obligations.iter().try_for_each(check_obligation)?;
    Ok(verdict)
}

fn check_reason(reason: &mut Reason) -> Result<(), Failure> {
    let letter = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let legal = is_word(&reason.code, REASON_CODE_BYTES, letter);
    require(legal, "a reason's code is not 1 to 64 characters of a-z 0-9 _")?;
    require(reason.message.len() <= REASON_MESSAGE_BYTES, "a reason's message is longer than 256 bytes")?;
    reason.message = clean(std::mem::take(&mut reason.message));
    Ok(())
}

// Reasons are only read, so their messages may be cleaned. An obligation is acted on: changed, it would be another one.
fn check_obligation(obligation: &Obligation) -> Result<(), Failure> {
    check_name(&obligation.name)?;
    require(obligation.arguments.len() <= OBLIGATION_ARGUMENTS, "an obligation has more than 16 arguments")?;
    obligation.arguments.iter().try_for_each(|(name, fact)| {
        check_name(name)?;
        match fact {
            Fact::Number(_) | Fact::Flag(_) => Ok(()),
            Fact::Text(text) => check_text(text),
            Fact::Texts(texts) => {
                require(texts.len() <= OBLIGATION_ARGUMENTS, "an argument has more than 16 texts")?;
                texts.iter().try_for_each(|text| check_text(text))
            }
        }
    })
}

fn check_name(name: &str) -> Result<(), Failure> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let legal = is_word(name, OBLIGATION_NAME_BYTES, letter);
    require(legal, "a name in an obligation is not 1 to 64 characters of A-Z a-z 0-9 . _ -")
}

fn check_text(text: &str) -> Result<(), Failure> {
    require(text.len() <= OBLIGATION_TEXT_BYTES, "a text in an obligation is longer than 1,024 bytes")?;
    require(is_clean(text), "a text in an obligation has control characters")
}

fn is_word(text: &str, longest: usize, letter: fn(u8) -> bool) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(letter)
}

fn require(held: bool, otherwise: &'static str) -> Result<(), Failure> {
    if held { Ok(()) } else { Err(Failure::BadAnswer(otherwise)) }
}
