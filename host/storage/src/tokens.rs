//! Tokens and their families as they are kept.

use uuid::Uuid;
use wardgate_domain::secret::SecretHash;
use wardgate_domain::token::{CodeBinding, Family, Holder, Session, Token, TokenKind};
use wardgate_domain::{ClientId, FamilyId, KeyId, TenantId, Timestamp, UserName};

use crate::change::Change;
use crate::directory::tenant_id;
use crate::error::Result;
use crate::row::{Row, json_scopes};
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const TOKENS: Table = Table { name: "tokens", key: "family_id" };
const FAMILIES: Table = Table { name: "families", key: "id" };

impl TenantStore {
    /// The token that this is the hash of, and what it grew from.
    pub async fn token(&self, hash: &SecretHash) -> Result<Option<(Token, Family)>> {
        let statement = TOKENS
            .sql(
                "SELECT families.*, tokens.kind, tokens.family_id, tokens.scope AS token_scope, tokens.issued_ms,
                 tokens.expires_ms, tokens.spent_ms, tokens.code_redirect_uri, tokens.code_challenge, tokens.code_nonce,
                 tokens.code_signed_in_ms
                 FROM tokens JOIN families
                 ON families.tenant_id = tokens.tenant_id AND families.id = tokens.family_id
                 WHERE tokens.tenant_id = $1 AND tokens.hash = $2",
            )
            .bind(self.tenant.as_str())
            .bind(hash.0);
        let Some(row) = self.shared.backend.read().await?.one(statement).await? else { return Ok(None) };
        Ok(Some((read_token(&row, *hash)?, read_family(&row, &self.tenant)?)))
    }

    /// Lets a session of the portal, which was used, live until `expires`: without audit, like the last use of a key.
    pub async fn touch_portal(&self, hash: &SecretHash, expires: Timestamp) -> Result<()> {
        let statement = TOKENS
            .sql(
                "UPDATE tokens SET expires_ms = $3 WHERE tenant_id = $1 AND hash = $2 AND kind = 'portal'
                 AND expires_ms < $3",
            )
            .bind(self.tenant.as_str())
            .bind(hash.0)
            .bind(expires);
        let mut session = self.shared.backend.write_behind().await?;
        session.run(statement).await?;
        session.commit().await
    }

    /// The family of this name.
    pub async fn family(&self, id: FamilyId) -> Result<Option<Family>> {
        let statement = FAMILIES
            .sql("SELECT * FROM families WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.0.to_string());
        let row = self.shared.backend.read().await?.one(statement).await?;
        row.map(|row| read_family(&row, &self.tenant)).transpose()
    }
}

impl Change {
    /// Sessions of the tenant's signing keys that are neither revoked nor over, oldest first.
    pub async fn sessions(&mut self, now: Timestamp) -> Result<Vec<Family>> {
        let statement = FAMILIES
            .sql(
                "SELECT * FROM families WHERE tenant_id = $1 AND key_id IS NOT NULL AND revoked_ms IS NULL
                 AND ends_ms > $2 ORDER BY created_ms, id",
            )
            .bind(self.tenant.as_str())
            .bind(now);
        self.session.all(statement).await?.iter().map(|row| read_family(row, &self.tenant)).collect()
    }

    /// Adds a family, to which tokens may then be added.
    pub async fn insert_family(&mut self, family: &Family) -> Result<()> {
        debug_assert_eq!(family.tenant, self.tenant, "a change writes its own tenant only");
        let (client, user, session) = match &family.holder {
            Holder::User(name, client) => (Some(client), Some(name), None),
            Holder::Client(client) => (Some(client), None, None),
            Holder::Browser(name) => (None, Some(name), None),
            Holder::Key(session) => (None, None, Some(session)),
        };
        let statement = FAMILIES
            .sql(
                "INSERT INTO families (tenant_id, id, client_id, user_name, key_id, session_name, session_scopes,
                 session_address, session_connection, session_access_ms, scope, created_ms, ends_ms, revoked_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            )
            .bind(self.tenant.as_str())
            .bind(family.id.0.to_string())
            .bind(client.map(ClientId::as_str))
            .bind(user.map(UserName::as_str))
            .bind(session.map(|session| session.key.as_str()))
            .bind(session.and_then(|session| session.name.as_deref()))
            .bind(session.map(|session| json_scopes(&session.scopes)))
            .bind(session.and_then(|session| session.address.as_deref()))
            .bind(session.and_then(|session| session.connection).map(|connection| connection.to_string()).as_deref())
            .bind(session.map(|session| i64::try_from(session.access_ms).unwrap_or(i64::MAX)))
            .bind(family.scope.as_str())
            .bind(family.created)
            .bind(family.ends)
            .bind(family.revoked);
        self.session.run(statement).await.map(drop)
    }

    /// Adds a token to a family of the same tenant.
    pub async fn insert_token(&mut self, token: &Token) -> Result<()> {
        let code = token.code.as_ref();
        let statement = TOKENS
            .sql(
                "INSERT INTO tokens (tenant_id, hash, kind, family_id, scope, issued_ms, expires_ms, spent_ms,
                 code_redirect_uri, code_challenge, code_nonce, code_signed_in_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(self.tenant.as_str())
            .bind(token.hash.0)
            .bind(token.kind.as_str())
            .bind(token.family.0.to_string())
            .bind(token.scope.as_str())
            .bind(token.issued)
            .bind(token.expires)
            .bind(token.spent)
            .bind(code.and_then(|code| code.redirect_uri.as_deref()))
            .bind(code.and_then(|code| code.challenge.as_deref()))
            .bind(code.and_then(|code| code.nonce.as_deref()))
            .bind(code.map(|code| code.signed_in));
        self.session.run(statement).await.map(drop)
    }

    /// Exchanges a refresh token, a code, a link or a session of the portal: `true` for the one caller who gets to do so
    /// (security rule 44).
    pub async fn spend_token(&mut self, hash: &SecretHash, at: Timestamp) -> Result<bool> {
        let statement = TOKENS
            .sql(
                "UPDATE tokens SET spent_ms = $3 WHERE tenant_id = $1 AND hash = $2
                 AND kind IN ('refresh', 'code', 'link', 'portal') AND spent_ms IS NULL AND expires_ms > $3",
            )
            .bind(self.tenant.as_str())
            .bind(hash.0)
            .bind(at);
        Ok(self.session.run(statement).await? == 1)
    }

    /// Lets a browser's session, which was used, live until `expires`. `false` if there is no such session.
    pub async fn extend_session(&mut self, hash: &SecretHash, expires: Timestamp) -> Result<bool> {
        let statement = TOKENS
            .sql("UPDATE tokens SET expires_ms = $3 WHERE tenant_id = $1 AND hash = $2 AND kind = 'session'")
            .bind(self.tenant.as_str())
            .bind(hash.0)
            .bind(expires);
        Ok(self.session.run(statement).await? == 1)
    }

    /// Ends all families of a user: his sessions in browsers and the tokens that clients have for him. Says how many
    /// lived until then.
    pub async fn revoke_families_of_user(&mut self, name: &UserName, at: Timestamp) -> Result<u64> {
        let statement = FAMILIES
            .sql("UPDATE families SET revoked_ms = $3 WHERE tenant_id = $1 AND user_name = $2 AND revoked_ms IS NULL")
            .bind(self.tenant.as_str())
            .bind(name.as_str())
            .bind(at);
        self.session.run(statement).await
    }

    /// Ends one access token. `false` if there is no such token or it was ended before, whose time stays.
    pub async fn revoke_access_token(&mut self, hash: &SecretHash, at: Timestamp) -> Result<bool> {
        let statement = TOKENS
            .sql(
                "UPDATE tokens SET spent_ms = $3 WHERE tenant_id = $1 AND hash = $2
                 AND kind = 'access' AND spent_ms IS NULL",
            )
            .bind(self.tenant.as_str())
            .bind(hash.0)
            .bind(at);
        Ok(self.session.run(statement).await? == 1)
    }

    /// Ends all tokens of a family. `false` if there is no such family or it was ended before, whose time stays.
    pub async fn revoke_family(&mut self, id: FamilyId, at: Timestamp) -> Result<bool> {
        let statement = FAMILIES
            .sql("UPDATE families SET revoked_ms = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_ms IS NULL")
            .bind(self.tenant.as_str())
            .bind(id.0.to_string())
            .bind(at);
        Ok(self.session.run(statement).await? == 1)
    }

    /// At which tenants a client, which is the cluster's, has tokens that were not ended.
    pub async fn tenants_of_client(&mut self, client: &ClientId) -> Result<Vec<TenantId>> {
        let statement = FAMILIES
            .sql(
                "SELECT DISTINCT tenant_id FROM families WHERE client_id = $1 AND revoked_ms IS NULL
                 ORDER BY tenant_id",
            )
            .bind(client.as_str());
        self.session.all(statement).await?.iter().map(tenant_id).collect()
    }

    /// Ends the families of a client at `tenant`: its own, or those of users who signed in with it. Says how many there
    /// were. They end with what is changed about the client, so nobody can end the one and not the other.
    pub async fn revoke_families_of_client(
        &mut self,
        tenant: &TenantId,
        client: &ClientId,
        own: bool,
        at: Timestamp,
    ) -> Result<u64> {
        let statement = FAMILIES
            .sql(
                "UPDATE families SET revoked_ms = $4 WHERE tenant_id = $1 AND client_id = $2
                 AND (user_name IS NULL) = $3 AND revoked_ms IS NULL",
            )
            .bind(tenant.as_str())
            .bind(client.as_str())
            .bind(own)
            .bind(at);
        self.session.run(statement).await
    }

    /// Forgets a family and its tokens, which nobody can tell from tokens that never were. `false` if there is no such
    /// family.
    pub async fn delete_family(&mut self, id: FamilyId) -> Result<bool> {
        let statement = FAMILIES
            .sql("DELETE FROM families WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.0.to_string());
        Ok(self.session.run(statement).await? == 1)
    }

    /// Forgets the access tokens of a family, as its next pair is issued. Says how many there were.
    pub async fn delete_access_tokens(&mut self, family: FamilyId) -> Result<u64> {
        let statement = TOKENS
            .sql("DELETE FROM tokens WHERE tenant_id = $1 AND family_id = $2 AND kind = 'access'")
            .bind(self.tenant.as_str())
            .bind(family.0.to_string());
        self.session.run(statement).await
    }

    /// Forgets at most `limit` tokens that expired before `before`, and the families that this leaves without a
    /// token and that have ended as well. Says how many rows went.
    pub async fn delete_expired_tokens(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        let tokens = TOKENS
            .sql(
                "DELETE FROM tokens WHERE tenant_id = $1 AND hash IN
                 (SELECT hash FROM tokens WHERE tenant_id = $1 AND expires_ms < $2 ORDER BY expires_ms LIMIT $3)",
            )
            .bind(self.tenant.as_str())
            .bind(before)
            .bind(limit);
        let families = FAMILIES
            .sql(
                "DELETE FROM families WHERE tenant_id = $1 AND ends_ms < $2 AND NOT EXISTS
                 (SELECT 1 FROM tokens WHERE tokens.tenant_id = $1 AND tokens.family_id = families.id)",
            )
            .bind(self.tenant.as_str())
            .bind(before);
        Ok(self.session.run(tokens).await? + self.session.run(families).await?)
    }
}

fn read_token(row: &Row, hash: SecretHash) -> Result<Token> {
    let kind = row.parse("kind", TokenKind::parse)?;
    let code = match kind {
        TokenKind::Code => Some(CodeBinding {
            redirect_uri: row.text_or_null("code_redirect_uri")?,
            challenge: row.text_or_null("code_challenge")?,
            nonce: row.text_or_null("code_nonce")?,
            signed_in: row.time("code_signed_in_ms")?,
        }),
        TokenKind::Access | TokenKind::Refresh | TokenKind::Session | TokenKind::Link | TokenKind::Portal => None,
    };
    Ok(Token {
        hash,
        kind,
        family: row.parse("family_id", family_id)?,
        scope: row.text("token_scope")?,
        issued: row.time("issued_ms")?,
        expires: row.time("expires_ms")?,
        spent: row.time_or_null("spent_ms")?,
        code,
    })
}

fn read_family(row: &Row, tenant: &TenantId) -> Result<Family> {
    Ok(Family {
        id: row.parse("id", family_id)?,
        tenant: tenant.clone(),
        holder: read_holder(row)?,
        scope: row.text("scope")?,
        created: row.time("created_ms")?,
        ends: row.time("ends_ms")?,
        revoked: row.time_or_null("revoked_ms")?,
    })
}

fn read_holder(row: &Row) -> Result<Holder> {
    let client = row.parse_or_null("client_id", |text| ClientId::parse(text).ok())?;
    let user = row.parse_or_null("user_name", |text| UserName::parse(text).ok())?;
    let key = row.parse_or_null("key_id", |text| KeyId::parse(text).ok())?;
    match (client, user, key) {
        (Some(client), Some(user), None) => Ok(Holder::User(user, client)),
        (Some(client), None, None) => Ok(Holder::Client(client)),
        (None, Some(user), None) => Ok(Holder::Browser(user)),
        (None, None, Some(key)) => Ok(Holder::Key(Session {
            key,
            name: row.text_or_null("session_name")?,
            scopes: row.scopes("session_scopes")?,
            address: row.text_or_null("session_address")?,
            connection: row.parse_or_null("session_connection", |text| Uuid::try_parse(text).ok())?,
            access_ms: row.number("session_access_ms")?,
        })),
        _ => Err(row.corrupt("key_id")),
    }
}

fn family_id(text: &str) -> Option<FamilyId> {
    Uuid::try_parse(text).ok().map(FamilyId)
}
