//! `/api/account/…`: what the services of an App Space ask for themselves, as Privakey has it (reference privakey.md, "Auth
//! service API").

pub(crate) mod bind;
