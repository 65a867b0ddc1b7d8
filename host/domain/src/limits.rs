//! Every bound that is not an operator's to set, by name and unit. What an operator may set starts from a value here.

use crate::rate::Rate;

/// Grants of one credential.
pub const GRANTS_PER_CREDENTIAL: usize = 128;
/// Length of a permission or grant, in bytes.
pub const PERMISSION_BYTES: usize = 256;
/// Segments of a permission or grant.
pub const PERMISSION_SEGMENTS: usize = 8;
/// Length of a credential that is looked at at all, in bytes.
pub const CREDENTIAL_BYTES: usize = 256;
/// Length of a name given to a key, in characters.
pub const KEY_NAME_CHARS: usize = 256;
/// Keys of one tenant, unless its file says otherwise.
pub const KEYS_PER_TENANT: u32 = 10_000;
/// Keys shown on one page.
pub const KEYS_PER_PAGE: u32 = 1_000;
/// Signing keys of one tenant (reference privmx.md, section 2.4).
pub const SIGNING_KEYS_PER_TENANT: u32 = 10;
/// Sessions of all signing keys of one tenant; the next one takes the oldest one's place.
pub const SESSIONS_PER_TENANT: usize = 16;
/// Solutions of one tenant.
pub const SOLUTIONS_PER_TENANT: u32 = 1_000;
/// Contexts of one tenant.
pub const CONTEXTS_PER_TENANT: u32 = 10_000;
/// Solutions that one context is shared with.
pub const SHARES_PER_CONTEXT: u32 = 1_000;
/// Shares of all contexts of one tenant.
pub const SHARES_PER_TENANT: u32 = 20_000;
/// Users of one context.
pub const MEMBERS_PER_CONTEXT: u32 = 10_000;
/// Things of a list that are read at a time while a query goes through it.
pub const LIST_CHUNK: u32 = 500;
/// Queries that go through lists at a time; one of each tenant.
pub const LIST_SCANS: usize = 2;
/// How long a query may wait for its turn, in milliseconds.
pub const LIST_SCAN_WAIT_MS: u64 = 1_000;
/// Length of a file that is imported, in bytes.
pub const EXCHANGE_BYTES: u64 = 64 * 1024 * 1024;
/// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
pub const CLOCK_WINDOW_MS: u64 = 600_000;
/// Nonces remembered at a time.
pub const NONCES: usize = 4_000_000;
/// The part of all nonces that one tenant may take up: one in this many.
pub const NONCE_SHARES: usize = 4;
/// Life of a signing key's access token, in milliseconds.
pub const ACCESS_TOKEN_MS: u64 = 15 * 60 * 1_000;
/// Life of a signing key's refresh token from its last use, in milliseconds.
pub const REFRESH_TOKEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Length of an `Authorization` header that is looked at at all, in bytes: the longest name and secret, in base64, fit.
pub const AUTHORIZATION_BYTES: usize = 1_100;
/// How long a connection to a tenant's backend may take to be made, in milliseconds.
pub const BACKEND_CONNECT_MS: u64 = 2_000;
/// How long a tenant's backend may take over one call, look-ups included, in milliseconds.
pub const BACKEND_WAIT_MS: u64 = 10_000;
/// Length of a backend's answer, in bytes.
pub const BACKEND_ANSWER_BYTES: usize = 1024 * 1024;
/// Connections kept open to one backend while nobody needs them.
pub const BACKEND_IDLE_CONNECTIONS: usize = 8;
/// How long they are kept, in milliseconds.
pub const BACKEND_IDLE_MS: u64 = 30_000;
/// Calls for all backends under way at a time.
pub const BACKEND_CALLS: usize = 256;
/// Calls for one tenant's backend under way at a time.
pub const BACKEND_CALLS_PER_TENANT: usize = 64;
/// Routes of one tenant.
pub const ROUTES_PER_TENANT: usize = 256;
/// Policies of one tenant.
pub const POLICIES_PER_TENANT: usize = 32;
/// Settings of one policy, in bytes of JSON.
pub const POLICY_SETTINGS_BYTES: usize = 64 * 1024;
/// Time for which one evaluation may run, in milliseconds.
pub const POLICY_MS: u32 = 10;
/// Linear memory of one instance, in MiB.
pub const POLICY_MEMORY_MIB: u32 = 16;
/// Slow evaluations of one tenant at a time.
pub const POLICY_CONCURRENCY_PER_TENANT: u32 = 2;
/// How long a slow evaluation may wait for its turn, in milliseconds.
pub const POLICY_WAIT_MS: u64 = 50;
/// Credentials remembered in memory.
pub const CACHED_CREDENTIALS: usize = 200_000;
/// Unknown credentials remembered in memory.
pub const CACHED_UNKNOWNS: usize = 50_000;
/// Tenants remembered in memory.
pub const CACHED_TENANTS: usize = 20_000;
/// Rate limits counted in memory.
pub const COUNTED_RATES: usize = 400_000;
/// Decisions waiting to be written.
pub const DECISIONS_WAITING: usize = 65_536;
/// How long a decision waits before it is written, in milliseconds.
pub const DECISION_FLUSH_MS: u64 = 250;
/// How long decisions are kept, in days.
pub const DECISIONS_KEPT_DAYS: i64 = 30;
/// What is kept of one tenant's decisions, in bytes.
pub const DECISION_BYTES_PER_TENANT: u64 = 512 * 1024 * 1024;
/// Length of a method that a decision record keeps, in bytes.
pub const RECORDED_METHOD_BYTES: usize = 16;
/// Length of a path that a decision record keeps, in bytes.
pub const RECORDED_PATH_BYTES: usize = 512;
/// Asks in one check.
pub const ASKS_PER_CHECK: usize = 50;
/// How long one check may take, in milliseconds.
pub const CHECK_MS: u64 = 10_000;
/// Passwords hashed at a time: each takes 19 MiB and a core (security rule 4).
pub const PASSWORDS_AT_A_TIME: usize = 2;
/// How long a sign-in may wait for its password to be hashed, in milliseconds.
pub const PASSWORD_WAIT_MS: u64 = 5_000;
/// Length of a password that is hashed, in bytes.
pub const PASSWORD_BYTES: usize = 1_024;
/// How long a look-up on the decision path may wait for the database, in milliseconds.
pub const LOOKUP_WAIT_MS: u64 = 2_000;
/// Failed credentials of one network before the next unknown one is turned away unread.
pub const FAILURES_PER_NETWORK: Rate = Rate { capacity: 300, frequency_s: 60 };
/// Networks whose failures are counted.
pub const COUNTED_NETWORKS: usize = 100_000;
/// How stale a key's time of last use may be on disk, in milliseconds.
pub const LAST_USED_STALE_MS: i64 = 60_000;
/// Life of a token family, whatever its refreshes: 30 days, in seconds (security rule 46).
pub const FAMILY_S: u32 = 30 * 24 * 3_600;
