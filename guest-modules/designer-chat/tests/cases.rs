//! Runs the policy's cases against its native build.

#[test]
fn every_case_holds() {
    if let Err(error) = guest_cases::run::<designer_chat::DesignerChat>(env!("CARGO_MANIFEST_DIR")) {
        panic!("{error:#}");
    }
}
