//! Settings that a tenant keeps under names of its own (reference genesys.md, section 3). One of them means something here.

use crate::limits;
use crate::origin::{InvalidOrigin, OriginPattern};

/// The setting that says from which web pages a tenant's people may call: origins, separated by commas.
pub const CORS_ORIGINS: &str = "cors-origins";

/// One setting. Location and name together are unique inside the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which part of the platform it is for: `/`, or a path such as `/westus2`.
    pub location: String,
    /// What it is called.
    pub name: String,
    /// Whether other services may read it; kept and shown.
    pub shared: bool,
    /// What it is set to.
    pub value: String,
}

/// Why a text is not a list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigins {
    /// One of them is none.
    #[error("{0:?} {1}")]
    Origin(String, InvalidOrigin),
    /// There are more than [`limits::ORIGINS_PER_SETTING`].
    #[error("must be at most {} origins", limits::ORIGINS_PER_SETTING)]
    TooMany,
}

/// The origins of a [`CORS_ORIGINS`] value. Space around them and empty places between commas mean nothing.
pub fn origins(value: &str) -> Result<Vec<OriginPattern>, InvalidOrigins> {
    let texts: Vec<_> = value.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    if texts.len() > limits::ORIGINS_PER_SETTING {
        return Err(InvalidOrigins::TooMany);
    }
    let read = |text: &str| OriginPattern::parse(text).map_err(|e| InvalidOrigins::Origin(text.to_owned(), e));
    texts.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{InvalidOrigins, origins};

    #[test]
    fn a_value_is_origins_between_commas() {
        let read = |value: &str| origins(value).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            read(" https://a.example,, http://B.example:8080 ,").expect("legal"),
            ["https://a.example", "http://b.example:8080"]
        );
        assert_eq!(read("").expect("legal"), Vec::<String>::new());
        assert!(matches!(read("https://a.example,*"), Err(InvalidOrigins::Origin(text, _)) if text == "*"));
        assert!(matches!(read(&"https://a.example,".repeat(65)), Err(InvalidOrigins::TooMany)));
    }
}
