//! The published contract is frozen: a policy that was built against it must run for good.

use std::path::Path;

use sha2::{Digest, Sha256};
use wardgate_domain::policy::ModuleDigest;

#[test]
fn the_contract_is_the_one_that_was_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let entries = std::fs::read_dir(folder).expect("the contract");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(std::fs::read(file).expect("a file of the contract"));
    }
    let digest = ModuleDigest(hash.finalize().into()).to_string();
    assert_eq!(
        digest, "e2627f9ca006f3cfca1c6c773174599916050496d58c77dfcb73aa613f534bd7",
        "version 1.0.0 is frozen: a change is a new interface"
    );
}
