import { createClient } from "graphql-ws";

const CHANGES = `
  subscription Changes($after: Int) {
    taskChanged(after: $after) { position event task { id title dueOn } }
  }
`;

/** Calls `onChange` for each change, and goes on where it was when the connection breaks. Returns how to stop. */
export function listen(url, token, onChange, onError) {
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: async () => ({ Authorization: `Bearer ${await token()}` }),
    retryAttempts: Infinity,
  });
  const variables = {};
  const next = ({ data }) => {
    variables.after = data.taskChanged.position; // sent when the library connects again
    onChange(data.taskChanged);
  };
  return client.subscribe({ query: CHANGES, variables }, { next, error: onError, complete() {} });
}
