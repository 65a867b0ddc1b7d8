//! The decisions of `consumer-chat`, made by policies in Cedar (`examples/consumer-chat`) on the very same cases.

use std::fs;
use std::path::Path;

#[test]
fn cedar_decides_as_consumer_chat_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Settings of a case's own are in the file that is called like it.
    let settings = |case: &str, has_own: bool| {
        let file = format!("examples/consumer-chat/{}.cedar", if has_own { case } else { "settings" });
        let policies = fs::read_to_string(folder.join(file)).map_err(anyhow::Error::from)?;
        Ok(serde_json::json!({ "policies": policies }).to_string())
    };
    let other = folder.join("../consumer-chat");
    if let Err(error) = guest_cases::run_as::<cedar::Cedar>(&other, settings) {
        panic!("{error:#}");
    }
}
