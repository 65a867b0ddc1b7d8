//! Tokens and their families as they are kept.

use uuid::Uuid;
use wardgate_domain::secret::SecretHash;
use wardgate_domain::token::{Family, Holder, Token, TokenKind};
use wardgate_domain::{ClientId, FamilyId, Timestamp, UserName};

use crate::change::Change;
use crate::error::Result;
use crate::row::Row;
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const TOKENS: Table = Table { name: "tokens", key: "family_id" };
const FAMILIES: Table = Table { name: "families", key: "id" };

impl TenantStore {
    /// The token that this is the hash of, and what it grew from.
    pub async fn token(&self, hash: &SecretHash) -> Result<Option<(Token, Family)>> {
        let statement = TOKENS
            .sql(
                "SELECT tokens.*, families.client_id, families.user_name, families.scope AS family_scope, families.created_ms,
                 families.ends_ms, families.revoked_ms
                 FROM tokens JOIN families
                 ON families.tenant_id = tokens.tenant_id AND families.id = tokens.family_id
                 WHERE tokens.tenant_id = $1 AND tokens.hash = $2",
            )
            .bind(self.tenant.as_str())
            .bind(hash.0);
        let Some(row) = self.shared.backend.read().await?.one(statement).await? else { return Ok(None) };
        let token = read_token(&row, *hash)?;
        let family = self.read_family(&row, token.family)?;
        Ok(Some((token, family)))
    }

    fn read_family(&self, row: &Row, id: FamilyId) -> Result<Family> {
        let user = row.text_or_null("user_name")?;
        let user = user.map(|name| UserName::parse(&name).map_err(|_| row.corrupt("user_name"))).transpose()?;
        Ok(Family {
            id,
            tenant: self.tenant.clone(),
            client: row.parse("client_id", |text| ClientId::parse(text).ok())?,
            holder: user.map_or(Holder::Client, Holder::User),
            scope: row.text("family_scope")?,
            created: row.time("created_ms")?,
            ends: row.time("ends_ms")?,
            revoked: row.time_or_null("revoked_ms")?,
        })
    }
}

impl Change {
    /// Adds a family, to which tokens may then be added.
    pub async fn insert_family(&mut self, family: &Family) -> Result<()> {
        debug_assert_eq!(family.tenant, self.tenant, "a change writes its own tenant only");
        let user = match &family.holder {
            Holder::User(name) => Some(name.as_str()),
            Holder::Client => None,
        };
        let statement = FAMILIES
            .sql(
                "INSERT INTO families (tenant_id, id, client_id, user_name, scope, created_ms, ends_ms, revoked_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(self.tenant.as_str())
            .bind(family.id.0.to_string())
            .bind(family.client.as_str())
            .bind(user)
            .bind(family.scope.as_str())
            .bind(family.created)
            .bind(family.ends)
            .bind(family.revoked);
        self.session.run(statement).await.map(drop)
    }

    /// Adds a token to a family of the same tenant.
    pub async fn insert_token(&mut self, token: &Token) -> Result<()> {
        let statement = TOKENS
            .sql(
                "INSERT INTO tokens (tenant_id, hash, kind, family_id, scope, issued_ms, expires_ms, spent_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(self.tenant.as_str())
            .bind(token.hash.0)
            .bind(token.kind.as_str())
            .bind(token.family.0.to_string())
            .bind(token.scope.as_str())
            .bind(token.issued)
            .bind(token.expires)
            .bind(token.spent);
        self.session.run(statement).await.map(drop)
    }

    /// Exchanges a refresh token: `true` for the one caller who gets to do so (security rule 44).
    pub async fn spend_token(&mut self, hash: &SecretHash, at: Timestamp) -> Result<bool> {
        let statement = TOKENS
            .sql(
                "UPDATE tokens SET spent_ms = $3 WHERE tenant_id = $1 AND hash = $2
                 AND kind = 'refresh' AND spent_ms IS NULL AND expires_ms > $3",
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
    Ok(Token {
        hash,
        kind: row.parse("kind", TokenKind::parse)?,
        family: row.parse("family_id", |text| Uuid::try_parse(text).ok().map(FamilyId))?,
        scope: row.text("scope")?,
        issued: row.time("issued_ms")?,
        expires: row.time("expires_ms")?,
        spent: row.time_or_null("spent_ms")?,
    })
}
