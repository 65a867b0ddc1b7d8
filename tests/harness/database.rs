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

/// Changes the file behind the server's back; answers how many rows it changed.
pub(crate) async fn execute(data_dir: &Path, statement: &'static str) -> u64 {
    let mut database = open(data_dir).await;
    let done = sqlx::query(statement).execute(&mut database).await.expect("the statement runs");
    database.close().await.expect("closed");
    done.rows_affected()
}
