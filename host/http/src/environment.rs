//! `/environment`: GWS's environment service, where tenants are contact centers (reference genesys.md, section 3).

pub(crate) mod v3 {
    //! `/environment/v3`
    pub(crate) mod contact_centers;
    pub(crate) mod environments;
}
