// Relay: what relay-compiler made of relay/persons.js, executed with relay-runtime.
"use strict";

const {
  Environment, Network, RecordSource, Store,
  commitMutation, createOperationDescriptor, fetchQuery, getRequest, getSingularSelector,
} = require("relay-runtime");
const { url, headers, distinct, main, PAGE } = require("./service");

const listQuery = require("./generated/personsQuery.graphql");
const pageQuery = require("./generated/personsPaginationQuery.graphql");
const caughtQuery = require("./generated/personsCaughtQuery.graphql");
const refetchQuery = require("./generated/personsRefetchQuery.graphql");
const correction = require("./generated/personsCorrectMutation.graphql");
const listFragment = require("./generated/persons_list.graphql");
const detailFragment = require("./generated/persons_detail.graphql");

async function send({ name, text }, variables) {
  const body = JSON.stringify({ query: text, operationName: name, variables });
  const request = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body };
  return (await fetch(url, request)).json();
}

const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
const ask = (query, variables) =>
  fetchQuery(environment, query, variables, { fetchPolicy: "network-only" }).toPromise();

/** A fragment's data, as `useFragment` would give it. */
const read = (fragment, reference) => environment.lookup(getSingularSelector(fragment, reference)).data;

function connection(variables) {
  const operation = createOperationDescriptor(getRequest(listQuery), variables);
  return read(listFragment, environment.lookup(operation.fragment).data).persons;
}

/** All pages, as `usePaginationFragment` asks for them; Relay merges them into one connection. */
async function everyPage(variables) {
  const kept = environment.retain(createOperationDescriptor(getRequest(listQuery), variables));
  await ask(listQuery, variables);
  let pages = 1;
  for (; connection(variables).pageInfo.hasNextPage; pages += 1) {
    await ask(pageQuery, { ...variables, cursor: connection(variables).pageInfo.endCursor });
  }
  const { edges, totalCount } = connection(variables);
  return { pages, totalCount, ids: distinct(edges.map((edge) => edge.node.id)), first: edges[0].node, kept };
}

const mutate = (input) =>
  new Promise((onCompleted, onError) =>
    commitMutation(environment, { mutation: correction, variables: { input }, onCompleted, onError }),
  );

/** Relay makes null of a field that was refused; `@catch` gives its errors instead. */
async function codeOf(division) {
  const { persons } = await ask(caughtQuery, { division });
  return persons.ok ? "none" : persons.errors[0].extensions.code;
}

main(async () => {
  const { ids, first, kept, ...list } = await everyPage({ division: "410189000000", count: PAGE });
  const before = read(detailFragment, first);
  const { correctPerson } = await mutate({ person: ids[0], phone: "13900001234", expectedVersion: before.version });
  const after = read(detailFragment, first);
  const refused = await mutate({ person: ids[0], phone: "12" });
  await ask(refetchQuery, { id: ids[1] });
  kept.dispose();
  return {
    ...list,
    persons: ids.length,
    mutationErrors: correctPerson.errors,
    cached: [after.phone, after.version - before.version],
    userErrors: refused.correctPerson.errors,
    topLevelCode: await codeOf("370687000000"),
    refetched: environment.getStore().getSource().get(ids[1]).__typename,
  };
});
