//! `/nexus`: the Digital Channels dialect.

pub(crate) mod v3 {
    //! `/nexus/v3`
    pub(crate) mod apikeys;
}
