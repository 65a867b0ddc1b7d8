//! What a first run leaves behind for people: `first-run.env`, whose variables are those of the seed's tables, and a few
//! lines that say what to do next.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use wardgate_manage::declared::{Declared, NewSecrets};
use wardgate_policy::SHIPPED;

use crate::config::Config;
use crate::master_key::write_private;

/// Name of the file inside the data folder. Tenants after the first have `first-run.CCID.env` beside it.
pub const FILE: &str = "first-run.env";

/// Writes the new secrets, beside those that an earlier start had made: the cluster's with the first tenant's, every
/// other tenant's in its own file.
pub(crate) fn keep(config: &Config, declared: &[Declared], secrets: &NewSecrets) -> std::io::Result<()> {
    for tenant in declared {
        let path = file_of(config, declared, tenant);
        let kept = read(&path);
        let mut made = people(tenant, secrets, &kept);
        made.extend(first_key(tenant, secrets));
        if !made.is_empty() {
            write_merged(&path, addresses(config.listen).into_iter().chain(made))?;
        }
    }
    Ok(())
}

/// Writes where the server is to be found now and what makes a tenant's first key, if a first run left files.
pub(crate) fn keep_current(config: &Config, declared: &[Declared]) -> std::io::Result<()> {
    for tenant in declared {
        let path = file_of(config, declared, tenant);
        if path.exists() {
            let mut current = addresses(config.listen);
            let token = config.privmx.initialization_token().filter(|_| path.ends_with(FILE));
            current.extend(token.map(|token| ("initializationToken".to_owned(), token.expose().to_owned())));
            write_merged(&path, current)?;
        }
    }
    Ok(())
}

/// The file of a tenant. The first one's stays the first one's, whatever tenants are declared before it later.
fn file_of(config: &Config, declared: &[Declared], tenant: &Declared) -> PathBuf {
    let shared = config.data_dir.join(FILE);
    let owner = read(&shared).remove("ccId");
    let first = declared.iter().find(|tenant| !tenant.id.is_cluster());
    let is_owner = owner
        .map_or_else(|| first.is_some_and(|first| first.id == tenant.id), |owner| owner == quoted(tenant.id.as_str()));
    if is_owner || tenant.id.is_cluster() {
        shared
    } else {
        config.data_dir.join(format!("first-run.{}.env", tenant.id))
    }
}

/// Variables by name.
type Variables = BTreeMap<String, String>;

fn addresses(listen: SocketAddr) -> Variables {
    ["authURL", "nexusURL"].into_iter().map(|name| (name.to_owned(), format!("http://{listen}"))).collect()
}

/// The variables of the seed's tables (seeds/genesys-nexus-api-keys) for whoever is first in the file, and for the others
/// the same with their names behind; only of those for whom a secret was made.
fn people(tenant: &Declared, secrets: &NewSecrets, kept: &Variables) -> Variables {
    let mut variables = Variables::new();
    let (user_name, user_password) =
        if tenant.id.is_cluster() { ("gwsAdminName", "gwsAdminPass") } else { ("tenantUser", "tenantUserPassword") };
    for user in &tenant.users {
        let Some(password) = secrets.password(&tenant.id, &user.name) else { continue };
        let name = user.name.as_str();
        let is_free =
            kept.get(user_name).is_none_or(|owner| *owner == quoted(name)) && !variables.contains_key(user_name);
        let suffix = if is_free { String::new() } else { format!("_{}", shell_name(name)) };
        variables.insert(format!("{user_name}{suffix}"), name.to_owned());
        variables.insert(format!("{user_password}{suffix}"), password.expose().to_owned());
    }
    for (at, client) in tenant.clients.iter().enumerate() {
        let Some(secret) = secrets.client(&client.id) else { continue };
        let suffix = if at == 0 { String::new() } else { format!("_{}", shell_name(client.id.as_str())) };
        variables.insert(format!("clientSecret{suffix}"), secret.expose().to_owned());
    }
    if !variables.is_empty() && !tenant.id.is_cluster() {
        variables.insert("ccId".to_owned(), tenant.id.to_string());
        variables.insert("tenantName".to_owned(), tenant.name.clone());
    }
    variables
}

/// The variables of the PrivMX documents (seeds/privmx-api-keys) for the tenant's first signing key, if one was made.
fn first_key(tenant: &Declared, secrets: &NewSecrets) -> Variables {
    let made = secrets.first_key.as_ref().filter(|first| first.tenant == tenant.id);
    let pairs = made.map(|first| [("apiKeyId", first.id.as_str()), ("apiKeySecret", first.secret.expose())]);
    pairs.into_iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A name as part of a variable's name: what cannot stand there is written in hexadecimal, so that no two are the same.
fn shell_name(name: &str) -> String {
    let spelled = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("_{b:02x}"),
    };
    name.bytes().map(spelled).collect()
}

/// What a file says, its values quoted as they stand there; nothing where there is no file.
fn read(path: &Path) -> Variables {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// New values replace old ones; what an earlier start wrote and nothing replaces stays, for it is the only copy.
fn write_merged(path: &Path, variables: impl IntoIterator<Item = (String, String)>) -> std::io::Result<()> {
    let mut merged = read(path);
    merged.extend(variables.into_iter().map(|(name, value)| (name, quoted(&value))));
    let mut text = Vec::new();
    for (name, value) in merged {
        writeln!(text, "{name}={value}")?;
    }
    write_private(path, &text)
}

/// Quoted for a POSIX shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Says what is running, and where secrets were made what to do next.
pub(crate) fn greet(config: &Config, made_secrets: bool, out: &mut impl Write) -> std::io::Result<()> {
    let listen = config.listen;
    writeln!(out, "wardgate {} listens on http://{listen}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  data      {} (embedded SQLite)", config.data_dir.display())?;
    writeln!(out, "  tenants   {}", config.tenants.display())?;
    let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
    writeln!(out, "  policies  {}", shipped.join(", "))?;
    if !listen.ip().is_loopback() {
        writeln!(
            out,
            "  WARNING   this address is reachable from outside and speaks plain HTTP: put TLS in front of it"
        )?;
    }
    if made_secrets {
        let file = config.data_dir.join(FILE);
        let source = quoted(&file.display().to_string());
        writeln!(
            out,
            "\nThis was the first run: every secret was made just now and is in {} (mode 0600).",
            file.display()
        )?;
        writeln!(out, "Fetch a token as the first tenant's user, from another shell:\n")?;
        writeln!(out, "  . {source} && curl --user \"nexus_client:$clientSecret\" \\")?;
        writeln!(
            out,
            "    --data-urlencode 'grant_type=password' --data-urlencode \"username=$ccId\\\\$tenantUser\" \\"
        )?;
        writeln!(out, "    --data-urlencode \"password=$tenantUserPassword\" \"$authURL/auth/v3/oauth/token\"\n")?;
        writeln!(out, "The README goes on from there: make a key, let it decide a call, see why.")?;
        if config.privmx.first_key {
            writeln!(
                out,
                "PrivMX clients sign in at http://{listen}/api with apiKeyId and apiKeySecret of the same file."
            )?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::{quoted, shell_name, write_merged};

    #[test]
    fn no_two_users_share_a_variable() {
        assert_eq!(shell_name("auditor"), "auditor");
        assert_eq!((shell_name("a.b"), shell_name("a_b")), ("a_2eb".to_owned(), "a_5fb".to_owned()));
    }

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(quoted("plain"), "'plain'");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }

    #[test]
    fn an_interrupted_start_loses_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("first-run.env");
        let write = |pairs: &[(&str, &str)]| {
            let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            write_merged(&path, variables).expect("written");
        };
        write(&[("gwsAdminPass", "old"), ("tenantUserPassword", "kept")]);
        write(&[("gwsAdminPass", "new"), ("authURL", "u")]);
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "authURL='u'\ngwsAdminPass='new'\ntenantUserPassword='kept'\n");
    }
}
