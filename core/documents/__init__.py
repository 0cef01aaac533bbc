"""Files that belong to a person, a household, an organization or a plugin's record: proofs, photos, certificates."""
