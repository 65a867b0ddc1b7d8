//! The three answers of a policy.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::{Effect, Reason, Verdict};

/// The author's "I could not decide", in words. It refuses the call.
pub type Failure = String;

/// A verdict, or the author's failure.
pub type Answer = Result<Verdict, Failure>;

/// This policy has nothing against the call.
pub fn allow() -> Verdict {
    verdict(Effect::Allow, Vec::new())
}

/// This policy has no opinion about the call.
pub fn abstain() -> Verdict {
    verdict(Effect::Abstain, Vec::new())
}

/// The call stops here. The code is for machines (`a-z 0-9 _`), the message for people; the caller sees neither.
pub fn deny(code: &str, message: &str) -> Verdict {
    let reason = Reason { code: code.to_string(), message: message.to_string() };
    verdict(Effect::Deny, vec![reason])
}

fn verdict(effect: Effect, reasons: Vec<Reason>) -> Verdict {
    Verdict { effect, reasons, obligations: Vec::new() }
}
