//! Answers that are malformed, too large, or meant to act on whoever reads them.

use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::{Effect, Failure, Obligation, Reason, Verdict};

use super::guests::{PATIENT, ask, component, engine, prepared};
use crate::{LoadError, PrepareError, answer};

/// A guest whose `evaluate` runs `steps`; its answer is built at 1200.
fn answering(steps: &str) -> Result<std::sync::Arc<Verdict>, Failure> {
    ask(&prepared(&format!("(func $evaluate (type $evaluate) {steps})"), &[], PATIENT), &[]).outcome
}

#[track_caller]
fn check_bad(steps: &str) {
    let outcome = answering(steps);
    assert!(matches!(outcome, Err(Failure::BadAnswer(_))), "{outcome:?}");
}

fn list_of_reasons(at: u32, length: u32) -> String {
    format!(
        "(i32.store (i32.const 1208) (i32.const {at})) (i32.store (i32.const 1212) (i32.const {length})) \
         (i32.const 1200)"
    )
}

#[test]
fn an_answer_outside_of_memory_is_refused() {
    check_bad("(i32.const 0x7ffffff0)");
    check_bad("(i32.const 131068)");
    check_bad(&list_of_reasons(131_064, 100));
    check_bad(&list_of_reasons(0x7fff_fff0, 1));
}

#[test]
fn an_answer_off_its_alignment_is_refused() {
    check_bad("(i32.const 1201)");
    check_bad(&list_of_reasons(1_302, 1));
}

#[test]
fn a_case_that_does_not_exist_is_refused() {
    check_bad("(i32.store8 (i32.const 1204) (i32.const 9)) (i32.const 1200)");
    check_bad("(i32.store8 (i32.const 1200) (i32.const 7)) (i32.const 1200)");
}

#[test]
fn a_text_that_is_not_utf8_is_refused() {
    let reason = "(i32.store8 (i32.const 1400) (i32.const 255)) (i32.store (i32.const 1300) (i32.const 1400)) \
                  (i32.store (i32.const 1304) (i32.const 1))";
    check_bad(&format!("{reason} {}", list_of_reasons(1_300, 1)));
}

#[test]
fn an_endless_list_is_refused() {
    check_bad(&list_of_reasons(0, 1_000_000));
    check_bad(&list_of_reasons(16_384, 7_000));
    check_bad(&list_of_reasons(0, u32::MAX));
}

#[test]
fn more_data_than_may_cross_is_refused() {
    let message = |at: u32| format!("(i32.store (i32.const {}) (i32.const 100000))", at + 12);
    let messages: String = (0..4).map(|nth| message(1_400 + nth * 16)).collect();
    check_bad(&format!("{messages} {}", list_of_reasons(1_400, 4)));
}

#[test]
fn the_authors_own_refusal_is_shown_clean_and_short() {
    let refusal = "(i32.store8 (i32.const 1200) (i32.const 1)) (i32.store (i32.const 1204) (i32.const 20000)) \
                   (i32.store (i32.const 1208) (i32.const 1000)) \
                   (memory.fill (i32.const 20000) (i32.const 27) (i32.const 1000)) (i32.const 1200)";
    assert_eq!(answering(refusal), Err(Failure::Refused("?".repeat(256))));
}

#[test]
fn an_argument_that_lands_outside_of_memory_is_refused() {
    for place in ["0x7ffffff0", "131071", "-8"] {
        let text = format!("(func $realloc (param i32 i32 i32 i32) (result i32) (i32.const {place}))");
        let module = engine().load(&component(&text, &[])).expect("describe needs no memory");
        let error = module.prepare("{}", PATIENT).unwrap_err();
        assert!(matches!(error, PrepareError::Failed(Failure::BadAnswer(_))), "{place}: {error:?}");
    }
}

#[test]
fn prepared_settings_above_their_bound_are_refused() {
    let prepare = |length: u32| {
        let text = format!(
            "(func $prepare (param i32 i32) (result i32) (i32.store (i32.const 1108) (i32.const {length})) \
             (i32.const 1100))"
        );
        engine().load(&component(&text, &[])).expect("a module").prepare("{}", PATIENT)
    };
    assert!(prepare(65_536).is_ok());
    assert!(matches!(prepare(65_537).unwrap_err(), PrepareError::Failed(Failure::BadAnswer(_))));
}

#[test]
fn a_description_that_asks_for_what_is_not_offered_is_refused() {
    for name in ["subject.secret", "request.header.authorization", "request.*", &"context.a".repeat(40), ""] {
        let error = engine().load(&component("", &[name])).unwrap_err();
        assert!(matches!(error, LoadError::Description(_)), "{name}: {error:?}");
    }
    let error = engine().load(&component("", &["subject.id"; 65])).unwrap_err();
    assert!(matches!(error, LoadError::Description(_)), "{error:?}");
}

fn verdict() -> Verdict {
    Verdict { effect: Effect::Allow, reasons: Vec::new(), obligations: Vec::new() }
}

fn reason(code: &str, message: &str) -> Reason {
    Reason { code: code.to_owned(), message: message.to_owned() }
}

fn obligation(name: &str, arguments: Vec<(&str, Fact)>) -> Obligation {
    let arguments = arguments.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
    Obligation { name: name.to_owned(), arguments }
}

#[test]
fn a_message_that_would_act_on_a_terminal_is_made_harmless() {
    let told = Verdict { reasons: vec![reason("a_1", "\u{1b}[31mred\r\n\u{202e}tfel")], ..verdict() };
    let checked = answer::check(told).expect("an acceptable verdict");
    assert_eq!(checked.reasons, [reason("a_1", "?[31mred???tfel")]);
}

#[test]
fn reasons_over_their_bounds_are_refused() {
    let check = |reasons| answer::check(Verdict { reasons, ..verdict() });
    assert!(check(vec![reason("a", &"m".repeat(256)); 16]).is_ok());
    assert!(check(vec![reason("a", ""); 17]).is_err());
    for code in ["", "A", "a b", "a-b", "ä", &"a".repeat(65)] {
        assert!(check(vec![reason(code, "")]).is_err(), "{code:?} was accepted");
    }
    assert!(check(vec![reason("a", &"m".repeat(257))]).is_err());
}

#[test]
fn obligations_over_their_bounds_or_with_control_characters_are_refused() {
    let check = |obligations| answer::check(Verdict { obligations, ..verdict() });
    let text = |text: &str| Fact::Text(text.to_owned());
    assert!(check(vec![obligation("add-header", vec![("X-A", text("b")), ("n", Fact::Number(1))]); 16]).is_ok());
    assert!(check(vec![obligation("a", vec![]); 17]).is_err());
    assert!(check(vec![obligation("a", vec![("n", Fact::Flag(true)); 17])]).is_err());
    assert!(check(vec![obligation("a\n", vec![])]).is_err());
    assert!(check(vec![obligation("a", vec![("x y", text(""))])]).is_err());
    assert!(check(vec![obligation("a", vec![("x", text("b\r\nSet-Cookie: c"))])]).is_err());
    assert!(check(vec![obligation("a", vec![("x", text(&"b".repeat(1_025)))])]).is_err());
    assert!(check(vec![obligation("a", vec![("x", Fact::Texts(vec![String::new(); 17]))])]).is_err());
}
