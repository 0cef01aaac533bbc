"""The GraphQL surface: types, mutations, composition and the engine. No HTTP."""
