//! `/auth`: GWS authentication.

pub(crate) mod v3 {
    //! `/auth/v3`
    pub(crate) mod auth_scheme;
    pub(crate) mod change_password;
    pub(crate) mod jwks;
    pub(crate) mod jwt_userinfo;
    pub(crate) mod openid {
        //! `/auth/v3/openid`
        pub(crate) mod userinfo;
    }
    pub(crate) mod ping;
    mod session;
    pub(crate) mod sign_in;
    pub(crate) mod sign_out;
    pub(crate) mod userinfo;
    pub(crate) mod ops {
        //! `/auth/v3/ops`
        pub(crate) mod clients;
    }
    pub(crate) mod oauth {
        //! `/auth/v3/oauth`
        pub(crate) mod authorization;
        pub(crate) mod authorize;
        mod client;
        mod id_token;
        pub(crate) mod introspect;
        pub(crate) mod revoke;
        pub(crate) mod token;
    }
}
