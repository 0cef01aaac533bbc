// Subscriptions with the libraries that front-end teams use: graphql-ws, graphql-sse, and urql over both transports.
// The test that runs this opens a task every now and then.
"use strict";

const { Client, fetchExchange, subscriptionExchange } = require("@urql/core");
const ws = require("graphql-ws");
const sse = require("graphql-sse");
const { url, headers, main } = require("./service");

const CHANGES = `
  subscription Changes($after: Int) {
    taskChanged(filter: { plugin: "core" }, after: $after) { position event task { id title } }
  }
`;
const socketUrl = url.replace(/^http/, "ws");
const newSocketClient = () => ws.createClient({ url: socketUrl, connectionParams: headers, lazy: true });

/** The first changes that a subscription delivers; it is ended then. */
function first(count, subscribe) {
  return new Promise((resolve, reject) => {
    const found = [];
    let stop;
    const next = ({ data, errors }) => {
      if (errors) return reject(new Error(JSON.stringify(errors)));
      if (found.length === count) return; // several came at once, before the end of the subscription did
      found.push(data.taskChanged);
      if (found.length === count) setTimeout(() => { stop(); resolve(found); });
    };
    const complete = () => found.length < count && reject(new Error("completed early"));
    stop = subscribe({ next, error: reject, complete });
  });
}

const withWs = (variables) => first(2, (sink) => newSocketClient().subscribe({ query: CHANGES, variables }, sink));

function withSse(variables) {
  const client = sse.createClient({ url, headers });
  return first(2, (sink) => client.subscribe({ query: CHANGES, variables }, sink));
}

/** urql gives results with `error`; a subscription is read as it comes. */
function withUrql(options, variables) {
  const client = new Client({ url, preferGetMethod: false, fetchOptions: () => ({ headers }), ...options });
  return first(2, ({ next, error }) => {
    const read = (result) => (result.error ? error(result.error) : result.data && next(result));
    return client.subscription(CHANGES, variables).subscribe(read).unsubscribe;
  });
}

function urqlSocket() {
  const client = newSocketClient();
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
  });
  return subscriptionExchange({ forwardSubscription });
}

/** What a client hears twice as long, heard in two parts: nothing lost, nothing twice. */
async function inParts(listen) {
  const before = await listen({});
  const after = await listen({ after: before[1].position });
  const positions = [...before, ...after].map(({ position }) => position);
  return positions.map((position) => position - positions[0]);
}

async function refused() {
  const codes = [];
  const query = "subscription { taskChanged(after: 9999) { position } }";
  await first(1, (sink) => newSocketClient().subscribe({ query }, sink)).catch((errors) => codes.push(errors[0].extensions.code));
  await first(1, (sink) => sse.createClient({ url, headers }).subscribe({ query }, sink)).catch((error) =>
    codes.push(JSON.parse(error.message)[0].extensions.code),
  );
  return codes;
}

/** The examples of docs/front-end.md. */
async function examples() {
  const token = async () => process.env.SERVICE_TOKEN;
  const socket = await import("./live/socket.mjs");
  const events = await import("./live/events.mjs");
  const end = new AbortController();
  const bySocket = await first(3, ({ next, error }) =>
    socket.listen(url, token, (change) => next({ data: { taskChanged: change } }), error),
  );
  const byEvents = await first(3, ({ next }) => {
    events.listen(url, token, (change) => next({ data: { taskChanged: change } }), end.signal);
    return () => end.abort();
  });
  return [bySocket, byEvents].map((found) => found.map(({ event, position }) => [event, position - found[0].position]));
}

main(async () => {
  const found = {
    "graphql-ws": await inParts(withWs),
    "graphql-sse": await inParts(withSse),
    "urql-sse": await inParts((variables) => withUrql({ exchanges: [fetchExchange], fetchSubscriptions: true }, variables)),
    "urql-ws": await inParts((variables) => withUrql({ exchanges: [urqlSocket(), fetchExchange] }, variables)),
    refused: await refused(),
    examples: await examples(),
  };
  setTimeout(() => process.exit(0), 100); // sockets that stay open for a while
  return found;
});
