//! The portal in a real browser: a journey for each screen, what a screen reader and a phone are shown, and no page that
//! tries what its policy forbids.

mod provider;
mod script;
mod way_in;

use script::{taken, takes};

#[tokio::test]
async fn a_key_is_made_used_rotated_and_ended_at_the_portal() {
    takes(&["keys", "abandoned", "settings"]).await;
}

#[tokio::test]
async fn somebody_is_let_in_and_out_at_the_portal() {
    takes(&["people", "appSpaces"]).await;
}

#[tokio::test]
async fn tenants_and_clients_are_run_at_the_portal() {
    takes(&["tenants", "clients", "communication", "usage"]).await;
}

#[tokio::test]
async fn a_policy_is_written_tried_and_rolled_back_at_the_portal() {
    takes(&["policies", "upload", "explain", "decisions", "audit"]).await;
}

#[tokio::test]
async fn a_session_asks_again_ends_and_changes_its_password_at_the_portal() {
    takes(&["confirmation", "expiry", "keyboard", "password"]).await;
}

#[tokio::test]
async fn no_page_of_somebody_else_does_anything_at_the_portal() {
    // That it tried to frame the portal, the browser reports.
    taken(&["foreign"]).await;
}

#[tokio::test]
async fn everybody_can_use_the_portal() {
    takes(&["accessibility"]).await;
}

/// Writes the pictures of docs/PORTAL.md, where that is asked for.
#[tokio::test]
async fn the_pictures_of_the_docs_can_be_taken() {
    if std::env::var_os("WARDGATE_REGENERATE").is_some() {
        takes(&["pictures"]).await;
    }
}
