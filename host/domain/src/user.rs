//! People: a tenant's users and the cluster's ops users, and what they may do with the things that Wardgate keeps.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::id::{AppSpaceId, TenantId, UserId, UserName};
use crate::permission::Grants;
use crate::scope::{Area, Authority};

macro_rules! rights {
    ($($(#[$doc:meta])* $variant:ident = $privilege:literal;)*) => {
        /// A single thing that somebody may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Right { $($(#[$doc])* $variant,)* }

        impl Right {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word that says so, kept in the database and told by userinfo. Those of keys are the reference's
            /// (genesys.md, section 1); the others are ours, of the same form.
            pub fn privilege(self) -> &'static str {
                match self { $(Self::$variant => $privilege,)* }
            }
        }
    };
}

impl Right {
    /// Whether it is about what the cluster alone has, so that a tenant's user can do nothing with it.
    pub fn is_cluster_s(self) -> bool {
        matches!(self, Self::ReadClients | Self::ManageClients)
    }
}

rights! {
    /// See the list of keys.
    ViewKeys = "Nexus.ApiKeys.canView";
    /// See one key.
    ReadKeys = "Nexus.ApiKeys.canRead";
    /// Make keys.
    CreateKeys = "Nexus.ApiKeys.canCreate";
    /// Change, rotate and revoke keys.
    UpdateKeys = "Nexus.ApiKeys.canUpdate";
    /// Take keys away.
    DeleteKeys = "Nexus.ApiKeys.canDelete";
    /// See why a call was let pass or not.
    ReadDecisions = "Wardgate.Decisions.canRead";
    /// See what was changed and by whom.
    ReadAudit = "Wardgate.Audit.canRead";
    /// See users.
    ReadUsers = "Wardgate.Users.canRead";
    /// Make, change and delete users.
    ManageUsers = "Wardgate.Users.canManage";
    /// See OAuth clients, which are the cluster's.
    ReadClients = "Wardgate.Clients.canRead";
    /// Make, change and delete OAuth clients.
    ManageClients = "Wardgate.Clients.canManage";
    /// See tenants and their settings.
    ReadTenants = "Wardgate.Tenants.canRead";
    /// Make, change and suspend tenants, and set their settings.
    ManageTenants = "Wardgate.Tenants.canManage";
    /// See policies.
    ReadPolicies = "Wardgate.Policies.canRead";
    /// Bind, change and unbind policies.
    ManagePolicies = "Wardgate.Policies.canManage";
    /// See what PrivMX clients manage by `/api`: signing keys, solutions and contexts.
    ReadContexts = "Wardgate.Contexts.canRead";
    /// Change those.
    ManageContexts = "Wardgate.Contexts.canManage";
    /// See App Spaces and their providers.
    ReadAppSpaces = "Wardgate.AppSpaces.canRead";
    /// Make, change and delete App Spaces.
    ManageAppSpaces = "Wardgate.AppSpaces.canManage";
    /// See Request Origins.
    ReadOrigins = "Wardgate.Origins.canRead";
    /// Make, change and delete Request Origins, and make and revoke their credentials.
    ManageOrigins = "Wardgate.Origins.canManage";
    /// See the users that are bound to App Spaces.
    ReadAppUsers = "Wardgate.AppUsers.canRead";
    /// Take such users away.
    ManageAppUsers = "Wardgate.AppUsers.canManage";
}

impl Right {
    /// Reads [`Self::privilege`] back.
    pub fn parse(privilege: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.privilege() == privilege)
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u32);

impl Rights {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// Whether `right` is among them.
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Whether all of `others` are among them.
    pub fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Each of them, in the order of [`Right::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

/// What somebody is, which says what he may do in his tenant; of the cluster, everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Everything about API keys.
    KeyManager,
    /// Look, but change nothing.
    Viewer,
    /// Everything inside the App Spaces that he is given: origins, callbacks, bound users.
    AppSpaceAdmin,
    /// The bound users of the App Spaces that he is given, and a look at the rest of those.
    Support,
    /// Nothing but the privileges that he is given one by one.
    Member,
}

impl Role {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Admin, Self::KeyManager, Self::Viewer, Self::AppSpaceAdmin, Self::Support, Self::Member];

    /// The word kept in the database and in tenant files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::KeyManager => "key-manager",
            Self::Viewer => "viewer",
            Self::AppSpaceAdmin => "app-space-admin",
            Self::Support => "support",
            Self::Member => "member",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text)
    }

    /// What the role includes everywhere in its tenant.
    pub fn rights(self) -> Rights {
        let includes = |right: &Right| match self {
            Self::Admin => true,
            Self::KeyManager => right.privilege().starts_with("Nexus.ApiKeys.") || *right == Right::ReadDecisions,
            Self::Viewer => *right == Right::ViewKeys || right.privilege().ends_with(".canRead"),
            Self::AppSpaceAdmin | Self::Support | Self::Member => false,
        };
        Right::ALL.iter().copied().filter(includes).collect()
    }

    /// What the role includes anywhere.
    pub fn rights_anywhere(self) -> Rights {
        self.rights().and(self.rights_inside().unwrap_or(Rights::NONE))
    }

    /// What the role includes inside the App Spaces that somebody is given; `None` for a role that knows no such bound.
    pub fn rights_inside(self) -> Option<Rights> {
        let support = [Right::ReadAppSpaces, Right::ReadOrigins, Right::ReadAppUsers, Right::ManageAppUsers];
        match self {
            Self::AppSpaceAdmin => Some(support.into_iter().chain([Right::ManageOrigins]).collect()),
            Self::Support => Some(support.into_iter().collect()),
            Self::Admin | Self::KeyManager | Self::Viewer | Self::Member => None,
        }
    }
}

/// What a caller may do with the things that Wardgate keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A person's.
    Rights(Rights),
    /// A person's who is given some App Spaces.
    InSpaces(Reach),
    /// A signing key's or its token's.
    Scopes(Authority),
    /// A client's own token, or one whose scope was narrowed: nothing.
    None,
}

/// What somebody may do who is given some App Spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// In all of his tenant.
    pub everywhere: Rights,
    /// In those App Spaces.
    pub inside: Rights,
    /// Those App Spaces.
    pub spaces: Arc<[AppSpaceId]>,
}

impl Standing {
    /// Whether it includes `right`. A signing key that is open to the keys' area may do with keys what an admin may, and
    /// may read decisions.
    pub fn may(&self, right: Right) -> bool {
        match self {
            Self::Rights(rights) => rights.has(right),
            Self::InSpaces(reach) => reach.everywhere.has(right),
            Self::Scopes(authority) => Role::KeyManager.rights().has(right) && authority.scopes.open(Area::ApiKey),
            Self::None => false,
        }
    }
}

/// A password as it is kept: an Argon2id string in PHC form (security rule 3).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// Somebody who signs in with a name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What he is called by for good, whatever his name: the `sub` of his tokens.
    pub id: UserId,
    /// Whose user; the cluster's are the ops users.
    pub tenant: TenantId,
    /// Unique inside the tenant.
    pub name: UserName,
    /// How the password is recognised.
    pub password: PasswordHash,
    /// When it was set: of two passwords of one user, the later one has the later time, whatever the clock says.
    pub password_set: Timestamp,
    /// What he is.
    pub role: Role,
    /// What he may do beyond his role.
    pub privileges: Rights,
    /// The App Spaces that he is given, if his role is about such.
    pub app_spaces: Arc<[AppSpaceId]>,
    /// What calls his tokens may make.
    pub grants: Grants,
    /// A disabled user cannot sign in, and his tokens are refused.
    pub enabled: bool,
    /// Where he is written to.
    pub email: Option<String>,
    /// For people.
    pub given_name: Option<String>,
    /// For people.
    pub family_name: Option<String>,
    /// When he was made.
    pub created: Timestamp,
}

impl User {
    /// All that he may do everywhere in his tenant.
    pub fn rights(&self) -> Rights {
        self.role.rights().and(self.privileges)
    }

    /// All that he may do anywhere: what whoever makes him such gives away.
    pub fn rights_anywhere(&self) -> Rights {
        self.role.rights_anywhere().and(self.privileges)
    }

    /// All that he may do.
    pub fn standing(&self) -> Standing {
        match self.role.rights_inside() {
            None => Standing::Rights(self.rights()),
            Some(inside) => {
                Standing::InSpaces(Reach { everywhere: self.rights(), inside, spaces: Arc::clone(&self.app_spaces) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, Rights, Role};

    #[test]
    fn a_role_and_a_right_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
        for right in Right::ALL {
            assert_eq!(Right::parse(right.privilege()), Some(*right));
            assert!(Role::Admin.rights().has(*right) && !Role::Member.rights().has(*right));
        }
        assert!(Right::parse("Nexus.ApiKeys.canview").is_none());
    }

    #[test]
    fn each_role_has_what_the_one_below_has() {
        let [admin, keys, viewer] = [Role::Admin, Role::KeyManager, Role::Viewer].map(Role::rights);
        assert!(admin.cover(keys) && admin.cover(viewer) && !keys.cover(viewer) && !viewer.cover(keys));
        assert!(viewer.iter().all(|right| !right.privilege().ends_with("canManage")));
        assert!(!viewer.has(Right::UpdateKeys) && keys.has(Right::UpdateKeys));
        let two: Rights = [Right::ReadKeys, Right::ReadUsers].into_iter().collect();
        assert_eq!(two.iter().collect::<Vec<_>>(), [Right::ReadKeys, Right::ReadUsers]);
    }
}
