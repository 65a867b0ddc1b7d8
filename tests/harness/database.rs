//! The database of a stopped server, as somebody with the file would see it.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use wardgate::node::DATABASE;

use super::Setup;

async fn open(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data_dir.join(DATABASE));
    options.connect().await.expect("the database opens")
}

/// What was done in a tenant, oldest first.
pub(crate) async fn audit(setup: &Setup, tenant: &str) -> Vec<String> {
    let mut database = open(setup.data_dir()).await;
    let actions = sqlx::query_scalar("SELECT action FROM audit WHERE tenant_id = $1 ORDER BY seq")
        .bind(tenant)
        .fetch_all(&mut database)
        .await
        .expect("the audit log");
    database.close().await.expect("closed");
    actions
}

/// Who did what to what in a tenant and what it came to, oldest first: all that the log says.
pub(crate) async fn audit_in_full(setup: &Setup, tenant: &str) -> Vec<String> {
    let mut database = open(setup.data_dir()).await;
    let all =
        "SELECT actor || ' ' || action || ' ' || target || ' ' || detail FROM audit WHERE tenant_id = $1 ORDER BY seq";
    let entries = sqlx::query_scalar(all).bind(tenant).fetch_all(&mut database).await.expect("the audit log");
    database.close().await.expect("closed");
    entries
}

/// All that is kept of all decisions, as it stands in the file.
pub(crate) async fn decision_bytes(data_dir: &Path) -> Vec<u8> {
    let mut database = open(data_dir).await;
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT records FROM decision_batches")
        .fetch_all(&mut database)
        .await
        .expect("the decisions");
    database.close().await.expect("closed");
    rows.concat()
}

/// Changes the file behind the server's back; answers how many rows it changed.
pub(crate) async fn execute(data_dir: &Path, statement: &'static str) -> u64 {
    let mut database = open(data_dir).await;
    let done = sqlx::query(statement).execute(&mut database).await.expect("the statement runs");
    database.close().await.expect("closed");
    done.rows_affected()
}
