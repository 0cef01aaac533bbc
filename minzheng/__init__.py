"""The public face: all that a plugin may import. `minzheng.plugin` (kernel), `.graphql` (schema), `.testing`."""
