//! What a new password may be: long enough, not one that everybody tries first, and not the name that it belongs to. No
//! other rule: those drive people to worse ones (NIST SP 800-63B section 5.1.1.2).

use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{UserName, limits};

/// What guessers try first, of those that are long enough; in lower case, one a line.
const COMMON: &str = include_str!("common.txt");

/// Whether somebody called `name` may have `password`; an error says what it must be.
pub(crate) fn check_new(name: &UserName, password: &PlainSecret) -> Result<(), String> {
    let text = password.expose();
    if !(limits::PASSWORD_LEAST_BYTES..=limits::PASSWORD_BYTES).contains(&text.len()) {
        return Err(format!("must be {} to {} bytes", limits::PASSWORD_LEAST_BYTES, limits::PASSWORD_BYTES));
    }
    let lower = text.to_lowercase();
    if COMMON.lines().any(|common| common == lower) {
        return Err("must not be one of the commonest passwords".to_owned());
    }
    if name.is_spelt(text) {
        return Err("must not be the user's name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wardgate_domain::UserName;
    use wardgate_domain::secret::PlainSecret;

    use super::{COMMON, check_new};

    #[test]
    fn a_password_is_long_and_neither_common_nor_the_name() {
        let name = UserName::parse("alice.smith").expect("a legal user name");
        let check = |text: &str| check_new(&name, &PlainSecret::new(text.to_owned()));
        for good in ["correct horse", "8 bytes!", "ünïcödé", &"x".repeat(1_024), "alice.smith2"] {
            assert!(check(good).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            "7 bytes",
            &"x".repeat(1_025),
            "password",
            "PassWord1",
            "12345678",
            "alice.smith",
            "Alice.Smith",
            "ALICE . SMITH",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn each_common_password_would_be_long_enough() {
        assert!(COMMON.lines().count() > 100);
        assert!(COMMON.lines().all(|common| common.len() >= 8 && common == common.to_lowercase()));
    }
}
