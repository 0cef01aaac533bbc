"""National code sets and validators (`docs/domain.md` sections 1.1 to 1.4)."""
