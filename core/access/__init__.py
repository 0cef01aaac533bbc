"""Who may see and do what: users, grants, scope, masks, purpose and audit (`docs/domain.md` 1.5 and 1.7)."""
