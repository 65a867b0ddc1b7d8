// Roles and privileges, in words.

export const ROLES = [
    ["admin", "Admin", "everything"],
    ["key-manager", "Key manager", "everything about keys, and reads decisions"],
    ["viewer", "Viewer", "reads everything, changes nothing"],
    ["app-space-admin", "App Space admin", "origins, callbacks and bound people of the App Spaces that he is given"],
    ["support", "Support", "bound people of the App Spaces that he is given"],
    ["member", "Member", "nothing but what is ticked below"],
];

export const PRIVILEGES = [
    ["Nexus.ApiKeys.canView", "see the list of keys"],
    ["Nexus.ApiKeys.canRead", "read keys"],
    ["Nexus.ApiKeys.canCreate", "create keys"],
    ["Nexus.ApiKeys.canUpdate", "change, rotate and revoke keys"],
    ["Nexus.ApiKeys.canDelete", "delete keys"],
    ["Wardgate.Decisions.canRead", "read decisions"],
    ["Wardgate.Audit.canRead", "read the audit log"],
    ["Wardgate.Users.canRead", "see people"],
    ["Wardgate.Users.canManage", "add and change people"],
    ["Wardgate.Tenants.canRead", "see the tenant and its settings"],
    ["Wardgate.Tenants.canManage", "change the tenant's settings"],
    ["Wardgate.Policies.canRead", "see policies"],
    ["Wardgate.Policies.canManage", "change policies"],
    ["Wardgate.AppSpaces.canRead", "see App Spaces"],
    ["Wardgate.AppSpaces.canManage", "change App Spaces"],
    ["Wardgate.Origins.canRead", "see Request Origins"],
    ["Wardgate.Origins.canManage", "change Request Origins"],
    ["Wardgate.AppUsers.canRead", "see bound people"],
    ["Wardgate.AppUsers.canManage", "unbind people"],
    ["Wardgate.Contexts.canRead", "see solutions and contexts"],
    ["Wardgate.Contexts.canManage", "change solutions and contexts"],
];
