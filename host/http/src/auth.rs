//! `/auth`: GWS authentication.

pub(crate) mod v3 {
    //! `/auth/v3`
    pub(crate) mod oauth {
        //! `/auth/v3/oauth`
        pub(crate) mod token;
    }
}
