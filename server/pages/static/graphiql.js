// GraphiQL with our token, purpose and language. All of it stays in this tab: sessionStorage, no cookie.
"use strict";

const byId = (id) => document.getElementById(id);
const kept = sessionStorage;
const district = new URLSearchParams(location.search).get("district") ?? "";
const onDistrict = /^\d{6,12}$/.test(district);
const endpoint = onDistrict ? `districts/${district}/graphql` : "graphql";

const ADVICE = {
  UNAUTHENTICATED:
    "请粘贴新的令牌：make demo 启动时打印的那一个，或运行 minzheng token。\n" +
    "Paste another token: the one that make demo prints, or one made by minzheng token.",
  USER_UNKNOWN:
    "令牌有效，但此用户没有任何权限：请管理员运行 minzheng users grant。\n" +
    "The token is good, but its user was granted nothing: ask the administrator for minzheng users grant.",
  DISTRICT_UNKNOWN: "请检查地址中的 district。 Check the district in the address.",
  PURPOSE_FORMAT: "请修改用途。 Change the purpose.",
  SILENT: "服务没有应答，请检查网络和服务状态。 The service does not answer: look at the network and at /readyz.",
  INTROSPECTION:
    "服务拒绝了内省查询，因此没有补全和文档；仍可执行查询，SDL 见 /districts/{代码}/schema.graphql。\n" +
    "Introspection was refused, so there is no completion and no documentation. Queries still run; " +
    "the SDL is at /districts/{code}/schema.graphql.",
};

function tell(text, advice) {
  byId("message").textContent = [text, advice].filter(Boolean).join("\n");
  byId("message").hidden = !text && !advice;
}

function headers(more) {
  const purpose = byId("purpose").value.trim();
  return {
    Accept: "application/json",
    "Accept-Language": byId("language").value,
    ...more,
    "Content-Type": "application/json",
    Authorization: `Bearer ${kept.getItem("token") ?? ""}`,
    ...(purpose && { Purpose: encodeURIComponent(purpose) }),
  };
}

/** One operation; what went wrong with the request itself is told at the top of the page. */
async function ask(parameters, more) {
  let answer;
  try {
    const request = { method: "POST", credentials: "omit", body: JSON.stringify(parameters) };
    const response = await fetch(endpoint, { ...request, headers: headers(more) });
    answer = await response.json();
    tellRefusal(response, answer, parameters);
  } catch {
    tell("", ADVICE.SILENT);
    answer = { errors: [{ message: ADVICE.SILENT }] };
  }
  return answer;
}

function tellRefusal(response, answer, parameters) {
  const error = answer.errors?.[0];
  const code = error?.extensions?.code;
  if (!response.ok) tell(error?.message ?? response.statusText, ADVICE[code]);
  else if (error && parameters.operationName === "IntrospectionQuery") tell(error.message, ADVICE.INTROSPECTION);
  else tell("");
}

// Signing in

async function enter(token) {
  // A token wraps when it is copied from a terminal.
  kept.setItem("token", token.replace(/^Token:|^Bearer\s|\s+/gi, ""));
  const answer = await ask({ query: "{ capabilities { today permissions divisions plugins { titleZh titleEn } } }" });
  if (!answer.data) return leave();
  showWho(answer.data.capabilities);
  byId("sign-in").hidden = true;
  byId("forget").hidden = false;
  byId("graphiql").hidden = false;
  draw();
  await offerExamples();
}

function leave() {
  kept.removeItem("token");
  byId("sign-in").hidden = false;
  byId("token").focus();
}

function showWho({ today, divisions, plugins }) {
  const names = plugins.map((plugin) => plugin.titleZh);
  const parts = [onDistrict ? `${district}` : divisions.join("、"), today, ...names];
  byId("who").textContent = parts.filter(Boolean).join(" · ");
}

// Examples

let examples = [];

async function offerExamples() {
  const answer = await fetch(`pages/examples.json${onDistrict ? `?district=${district}` : ""}`);
  examples = answer.ok ? await answer.json() : [];
  const english = byId("language").value === "en";
  const options = examples.map(({ name, zh, en }) => new Option(english ? `${en} · ${zh}` : `${zh} · ${en}`, name));
  byId("examples").replaceChildren(byId("examples").options[0], ...options);
  byId("examples").disabled = examples.length === 0;
}

/** `person…` and `household…` become ids of rows that this token sees. */
async function filled(variables) {
  let text = JSON.stringify(variables, null, 2);
  for (const [mark, list] of [["person…", "persons"], ["household…", "households"]]) {
    if (!text.includes(`"${mark}"`)) continue;
    const answer = await ask({ query: `{ ${list}(first: 1) { edges { node { id } } } }` });
    const id = answer.data?.[list]?.edges[0]?.node.id;
    if (id) text = text.replaceAll(`"${mark}"`, JSON.stringify(id));
  }
  return text === "{}" ? "" : text;
}

async function choose(name) {
  const example = examples.find((one) => one.name === name);
  if (!example) return;
  // Lets go of the last example, so that choosing it again brings it back over what was typed since.
  ReactDOM.flushSync(() => draw());
  draw({ query: example.query, variables: await filled(example.variables), response: "" });
  byId("examples").selectedIndex = 0;
}

// GraphiQL

const STORE = "graphiql-page:";
const storage = {
  get length() { return kept.length; },
  getItem: (key) => kept.getItem(STORE + key),
  setItem: (key, value) => kept.setItem(STORE + key, value),
  removeItem: (key) => kept.removeItem(STORE + key),
  clear: () => Object.keys(kept).filter((key) => key.startsWith(STORE)).forEach((key) => kept.removeItem(key)),
};
const WELCOME = `# 在上方选择一个示例，或在此编写查询；Ctrl+空格补全，Ctrl+回车执行。
# Choose an example above, or write a query here. Ctrl-Space completes, Ctrl-Enter runs it.

{
  persons(first: 5) {
    totalCount
    edges { node { name age residenceDivision { fullName } } }
  }
}
`;
let root = null;

/** GraphiQL reads the operation's name a moment after the text has changed: until then it names the last one. */
function fetcher({ operationName, ...parameters }, options) {
  const present = operationName && parameters.query.includes(operationName);
  const wanted = present ? { operationName, ...parameters } : parameters;
  return subscribes(wanted) ? listening(wanted, options?.headers) : ask(wanted, options?.headers);
}

/** By the text: what GraphiQL has parsed may be the text before. */
function subscribes({ query, operationName }) {
  const named = operationName && new RegExp(`\\bsubscription\\s+${operationName}\\b`);
  return (named || /^\s*subscription\b/m).test(query);
}

/** The answers of a subscription, as GraphiQL takes them; its stop button closes the connection. */
function listening(parameters, more) {
  const control = new AbortController();
  const answers = events(parameters, more, control.signal);
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => answers.next(),
    return() {
      control.abort();
      return Promise.resolve({ done: true });
    },
  };
}

async function* events(parameters, more, signal) {
  const request = { method: "POST", credentials: "omit", body: JSON.stringify(parameters), signal };
  try {
    const response = await fetch(endpoint, { ...request, headers: { ...headers(more), Accept: "text/event-stream" } });
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      const answer = await response.json();
      tellRefusal(response, answer, parameters);
      yield answer;
      return;
    }
    tell("");
    yield* parsed(response.body.pipeThrough(new TextDecoderStream()).getReader());
  } catch {
    if (!signal.aborted) tell("", ADVICE.SILENT);
  }
}

async function* parsed(reader) {
  let text = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block);
      if (data) yield JSON.parse(data[1]);
    }
  }
}

function draw(contents = {}) {
  root ??= ReactDOM.createRoot(byId("graphiql"));
  root.render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: WELCOME,
      defaultEditorToolsVisibility: "variables",
      forcedTheme: "light",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      schemaDescription: true,
      inputValueDeprecation: true,
      storage,
      ...contents,
    }),
  );
}

// The frame

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(byId("token").value);
  byId("token").value = "";
});
byId("forget").addEventListener("click", () => {
  kept.clear();
  location.reload();
});
byId("examples").addEventListener("change", (event) => choose(event.target.value));
for (const id of ["purpose", "language"]) {
  byId(id).value = kept.getItem(id) ?? byId(id).value;
  byId(id).addEventListener("change", () => kept.setItem(id, byId(id).value));
}
byId("language").addEventListener("change", () => kept.getItem("token") && offerExamples());

if (kept.getItem("token")) enter(kept.getItem("token"));
else byId("sign-in").hidden = false;
