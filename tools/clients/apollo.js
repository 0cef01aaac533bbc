// Apollo Client without React: a cache by our global ids, paging, a mutation, and both kinds of errors.
"use strict";

const { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } = require("@apollo/client");
const { relayStylePagination } = require("@apollo/client/utilities");
const { url, headers, schema, distinct, main, PAGE } = require("./service");

const nodes = schema.getPossibleTypes(schema.getType("Node")).map((type) => type.name);
const cache = new InMemoryCache({
  possibleTypes: { Node: nodes },
  typePolicies: {
    Query: {
      fields: {
        persons: relayStylePagination(["filter", "orderBy"]),
        person: { read: (known, { args, toReference }) => known ?? toReference({ __typename: "Person", id: args.id }) },
      },
    },
  },
});
const client = new ApolloClient({ cache, link: new HttpLink({ uri: url, headers }) });

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
const NODE = gql`query ByNode($id: ID!) { node(id: $id) { id ... on Person { name } ... on Household { code } } }`;
const CORRECT = gql`
  mutation Correct($input: CorrectPersonInput!) {
    correctPerson(input: $input) { person { id phone version } errors { code field message } dryRun }
  }
`;

async function everyPage(variables) {
  let { data } = await client.query({ query: LIST, variables });
  const list = client.watchQuery({ query: LIST, variables });
  const watching = list.subscribe({});
  let pages = 1;
  for (; data.persons.pageInfo.hasNextPage; pages += 1) {
    await list.fetchMore({ variables: { after: data.persons.pageInfo.endCursor } });
    data = client.readQuery({ query: LIST, variables });
  }
  watching.unsubscribe();
  return { pages, totalCount: data.persons.totalCount, persons: data.persons.edges.map((edge) => edge.node) };
}

const correct = async (input) => (await client.mutate({ mutation: CORRECT, variables: { input } })).data.correctPerson;

/** From the cache alone: no request is allowed. */
const cached = (id) => client.readQuery({ query: ONE, variables: { id } }).person;

async function codeOf(promise) {
  const error = await promise.then(() => null, (reason) => reason);
  return CombinedGraphQLErrors.is(error) ? error.errors[0].extensions.code : String(error);
}

main(async () => {
  const { persons, ...list } = await everyPage({ division: "410189000000", first: PAGE });
  const [{ id }] = persons;
  const before = cached(id);
  const done = await correct({ person: id, phone: "13900005678", expectedVersion: before.version });
  const refused = await correct({ person: id, phone: "13900005678", expectedVersion: before.version });
  const node = await client.query({ query: NODE, variables: { id } });
  const outside = client.query({ query: LIST, variables: { division: "370687000000", first: PAGE } });
  return {
    ...list,
    persons: distinct(persons.map((person) => person.id)).length,
    mutationErrors: done.errors.map(({ code }) => code),
    cached: [cached(id).phone, cached(id).version - before.version],
    userErrors: refused.errors.map(({ code, field }) => ({ code, field })),
    topLevelCode: await codeOf(outside),
    refetched: node.data.node.__typename,
  };
});
