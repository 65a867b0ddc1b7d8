-- Every table has tenant_id first in its primary key, so that no row is found without saying whose it is.
-- Times are Unix milliseconds, lists are JSON arrays as text, hashes are 32 bytes.

CREATE TABLE tenants (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    limits TEXT NOT NULL,
    backend TEXT,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the file of a tenant declared when it was last applied. Outlives the tenant: one that was deleted does not come
-- back with the next start.
CREATE TABLE declarations (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
    tenant_id TEXT NOT NULL,
    location TEXT NOT NULL,
    name TEXT NOT NULL,
    shared INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, location, name)
) STRICT;
CREATE INDEX settings_by_name ON settings (name);

-- What all spellings of a name have in common (`UserName::folded`) names a user.
CREATE TABLE users (
    tenant_id TEXT NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    password TEXT NOT NULL,
    password_set_ms INTEGER NOT NULL,
    role TEXT NOT NULL,
    privileges TEXT NOT NULL,
    app_spaces TEXT NOT NULL,
    grants TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    email TEXT,
    given_name TEXT,
    family_name TEXT,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, folded)
) STRICT;
CREATE UNIQUE INDEX users_by_id ON users (tenant_id, id);
CREATE INDEX users_by_age ON users (tenant_id, created_ms, id);

CREATE TABLE clients (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    secret BLOB,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    authorities TEXT NOT NULL,
    internal INTEGER NOT NULL,
    tenants TEXT,
    grants TEXT NOT NULL,
    access_s INTEGER NOT NULL,
    refresh_s INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE TABLE keys (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    hash BLOB NOT NULL,
    format TEXT NOT NULL,
    last4 TEXT NOT NULL,
    name TEXT NOT NULL,
    grants TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    expires_ms INTEGER,
    revoked_ms INTEGER,
    rate_capacity INTEGER NOT NULL,
    rate_frequency_s INTEGER NOT NULL,
    origins TEXT NOT NULL,
    addresses TEXT NOT NULL,
    line_id TEXT NOT NULL,
    replaced_by TEXT,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    last_used_ms INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX keys_by_hash ON keys (hash);
CREATE INDEX keys_by_age ON keys (tenant_id, created_ms, id);
CREATE INDEX keys_by_line ON keys (tenant_id, line_id);
-- A key that a caller chose must be no key's handle, for handles are not secret.
CREATE INDEX keys_by_id ON keys (id);

-- By which gateways show that they may ask. All are the cluster's.
CREATE TABLE communication_keys (
    tenant_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    last4 TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    until_ms INTEGER,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

-- What secrets are sealed under, wrapped under a key that is not in here. All are the cluster's.
CREATE TABLE data_keys (
    tenant_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    sealed INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, version)
) STRICT;

-- A caller sends the id alone, so no two tenants have the same.
CREATE TABLE signing_keys (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    secret BLOB,
    public_key TEXT,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX signing_keys_by_id ON signing_keys (id);

CREATE TABLE app_spaces (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    base_urls TEXT NOT NULL,
    provider TEXT NOT NULL,
    openid TEXT,
    openid_secret BLOB,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- Where the tokens of a provider lead: they say no more of it than who made them and for whom.
CREATE TABLE app_space_audiences (
    tenant_id TEXT NOT NULL,
    app_space_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    issuer TEXT NOT NULL,
    PRIMARY KEY (tenant_id, app_space_id, audience),
    FOREIGN KEY (tenant_id, app_space_id) REFERENCES app_spaces (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX app_space_audiences_by_name ON app_space_audiences (issuer, audience);

-- A caller sends the id alone, so no two tenants have the same.
CREATE TABLE request_origins (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    app_space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    role TEXT NOT NULL,
    grants TEXT NOT NULL,
    kind TEXT NOT NULL,
    current_kind TEXT,
    current_secret BLOB,
    current_last4 TEXT,
    current_made_ms INTEGER,
    previous_kind TEXT,
    previous_secret BLOB,
    previous_last4 TEXT,
    previous_made_ms INTEGER,
    previous_until_ms INTEGER,
    callbacks TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    last_used_ms INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, app_space_id) REFERENCES app_spaces (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX request_origins_by_id ON request_origins (id);
CREATE INDEX request_origins_by_app_space ON request_origins (tenant_id, app_space_id, created_ms, id);

CREATE TABLE app_users (
    tenant_id TEXT NOT NULL,
    app_space_id TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    info TEXT,
    created_ms INTEGER NOT NULL,
    bound_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, app_space_id, account),
    FOREIGN KEY (tenant_id, app_space_id) REFERENCES app_spaces (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX app_users_by_age ON app_users (tenant_id, app_space_id, created_ms, id);

CREATE TABLE families (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    client_id TEXT,
    user_name TEXT,
    key_id TEXT,
    session_name TEXT,
    session_scopes TEXT,
    session_address TEXT,
    session_connection TEXT,
    session_access_ms INTEGER,
    scope TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL,
    revoked_ms INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, key_id) REFERENCES signing_keys (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX families_by_end ON families (tenant_id, ends_ms);
CREATE INDEX families_by_user ON families (tenant_id, user_name) WHERE user_name IS NOT NULL;
CREATE INDEX families_by_client ON families (client_id, tenant_id) WHERE client_id IS NOT NULL AND revoked_ms IS NULL;
CREATE INDEX families_by_key ON families (tenant_id, key_id, created_ms) WHERE key_id IS NOT NULL;
-- Sessions that were ended stay for a month; who looks for the living ones must not read those.
CREATE INDEX families_alive ON families (tenant_id, ends_ms) WHERE key_id IS NOT NULL AND revoked_ms IS NULL;

CREATE TABLE tokens (
    tenant_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    family_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    issued_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    spent_ms INTEGER,
    code_redirect_uri TEXT,
    code_challenge TEXT,
    code_nonce TEXT,
    code_signed_in_ms INTEGER,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, family_id) REFERENCES families (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);
CREATE INDEX tokens_by_family ON tokens (tenant_id, family_id);
CREATE INDEX tokens_by_end ON tokens (tenant_id, expires_ms);

CREATE TABLE routes (
    tenant_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    permission TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, method, path)
) STRICT;

CREATE TABLE policies (
    tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    active INTEGER,
    shadow INTEGER,
    shadow_percent INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

CREATE TABLE policy_versions (
    tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    module TEXT NOT NULL,
    permissions TEXT NOT NULL,
    settings TEXT NOT NULL,
    replaced INTEGER,
    created_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (tenant_id, name, version),
    FOREIGN KEY (tenant_id, name) REFERENCES policies (tenant_id, name),
    FOREIGN KEY (module) REFERENCES components (digest)
) STRICT;
CREATE INDEX policy_versions_by_module ON policy_versions (module);

-- The bytes of modules, each once, however many tenants' versions are made of them.
CREATE TABLE components (
    digest TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE solutions (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE TABLE contexts (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    solution_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    scope TEXT NOT NULL,
    policy TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, solution_id) REFERENCES solutions (tenant_id, id)
) STRICT;
CREATE INDEX contexts_by_age ON contexts (tenant_id, created_ms, id);
CREATE INDEX contexts_by_solution ON contexts (tenant_id, solution_id);

CREATE TABLE context_shares (
    tenant_id TEXT NOT NULL,
    context_id TEXT NOT NULL,
    solution_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, context_id, solution_id),
    FOREIGN KEY (tenant_id, context_id) REFERENCES contexts (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, solution_id) REFERENCES solutions (tenant_id, id)
) STRICT;
CREATE INDEX context_shares_by_solution ON context_shares (tenant_id, solution_id, context_id);

CREATE TABLE context_members (
    tenant_id TEXT NOT NULL,
    context_id TEXT NOT NULL,
    id TEXT NOT NULL,
    public_key TEXT NOT NULL,
    acl TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, context_id, id),
    FOREIGN KEY (tenant_id, context_id) REFERENCES contexts (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX context_members_by_key ON context_members (tenant_id, context_id, public_key);
CREATE INDEX context_members_by_age ON context_members (tenant_id, context_id, created_ms, id);

CREATE TABLE audit (
    tenant_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT;

CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;

-- One row holds what one tenant decided between two flushes: a row per decision would cost many times as much.
CREATE TABLE decision_batches (
    tenant_id TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    batch_id TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (tenant_id, first_ms, batch_id)
) STRICT;
CREATE INDEX decision_batches_by_end ON decision_batches (last_ms);

-- How many decisions of each code fell into a minute and into an hour, and how many there were in all (`ever`, at 0).
CREATE TABLE usage (
    tenant_id TEXT NOT NULL,
    step TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    code TEXT NOT NULL,
    decisions INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, step, at_ms, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_age ON usage (step, at_ms);
