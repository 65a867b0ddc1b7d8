//! Runs the policy's cases against its native build.

#[test]
fn every_case_holds() {
    if let Err(error) = guest_cases::run::<cedar::Cedar>(env!("CARGO_MANIFEST_DIR")) {
        panic!("{error:#}");
    }
}
