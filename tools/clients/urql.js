// urql with its normalized cache, which knows our schema.
"use strict";

const { Client, fetchExchange, gql } = require("@urql/core");
const { cacheExchange } = require("@urql/exchange-graphcache");
const { relayPagination } = require("@urql/exchange-graphcache/extras");
const { introspectionFromSchema } = require("graphql");
const { url, headers, schema, embeddedTypes, distinct, main, PAGE } = require("./service");

const cache = cacheExchange({
  schema: introspectionFromSchema(schema, { descriptions: false }),
  keys: Object.fromEntries(embeddedTypes().map((name) => [name, () => null])),
  resolvers: {
    Query: {
      persons: relayPagination(),
      person: (_parent, { id }) => ({ __typename: "Person", id }),
    },
  },
});
const client = new Client({
  url,
  exchanges: [cache, fetchExchange],
  preferGetMethod: false,
  fetchOptions: () => ({ headers }),
});

const LIST = gql`
  query Persons($division: DivisionCode!, $first: Int!, $after: String) {
    persons(filter: { division: $division }, first: $first, after: $after) {
      totalCount
      edges { cursor node { id name age phone version } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const ONE = gql`query One($id: ID!) { person(id: $id) { id name phone version } }`;
const NODE = gql`query ByNode($id: ID!) { node(id: $id) { __typename id ... on Person { name } ... on Household { code } } }`;
const CORRECT = gql`
  mutation Correct($input: CorrectPersonInput!) {
    correctPerson(input: $input) { person { id phone version } errors { code field message } dryRun }
  }
`;

async function ask(query, variables, options) {
  const { data, error } = await client.query(query, variables, options).toPromise();
  if (error) throw error;
  return data;
}

/** Each page is asked for; the cache answers with all of them so far. */
async function everyPage(variables) {
  let pages = 0;
  let after;
  let persons;
  do {
    ({ persons } = await ask(LIST, { ...variables, after }));
    after = persons.pageInfo.endCursor;
    pages += 1;
  } while (persons.pageInfo.hasNextPage);
  return { pages, totalCount: persons.totalCount, persons: persons.edges.map((edge) => edge.node) };
}

const correct = async (input) => (await client.mutation(CORRECT, { input }).toPromise()).data.correctPerson;

/** From the cache alone: no request is allowed. */
const cached = async (id) => (await ask(ONE, { id }, { requestPolicy: "cache-only" })).person;

main(async () => {
  const { persons, ...list } = await everyPage({ division: "410189000000", first: PAGE });
  const [{ id }] = persons;
  const before = await cached(id);
  const done = await correct({ person: id, phone: "13900009012", expectedVersion: before.version });
  const after = await cached(id);
  const refused = await correct({ person: id, name: "7" });
  const { node } = await ask(NODE, { id });
  const outside = await client.query(LIST, { division: "370687000000", first: PAGE }).toPromise();
  return {
    ...list,
    persons: distinct(persons.map((person) => person.id)).length,
    mutationErrors: done.errors.map(({ code }) => code),
    cached: [after.phone, after.version - before.version],
    userErrors: refused.errors.map(({ code, field }) => ({ code, field })),
    topLevelCode: outside.error?.graphQLErrors[0].extensions.code,
    refetched: node.__typename,
  };
});
