//! Runs the policy's cases against its native build.

#[test]
fn every_case_holds() {
    if let Err(error) = guest_cases::run::<consumer_chat::ConsumerChat>(env!("CARGO_MANIFEST_DIR")) {
        panic!("{error:#}");
    }
}
