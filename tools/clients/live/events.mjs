const CHANGES = `
  subscription {
    taskChanged { position event task { id title dueOn } }
  }
`;

/** The events of one connection: `{ id, data }`, where the id is the position. */
async function* connected(url, headers, signal) {
  const body = JSON.stringify({ query: CHANGES });
  const response = await fetch(url, { method: "POST", body, headers, signal });
  if (!response.ok) throw new Error((await response.json()).errors[0].message);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event);
      if (data) yield { id: /^id: (\d+)$/m.exec(event)?.[1], data: JSON.parse(data[1]) };
    }
  }
}

/** Calls `onChange` for each change until `signal` aborts, and goes on where it was when the connection breaks. */
export async function listen(url, token, onChange, signal) {
  let last;
  while (!signal.aborted) {
    try {
      const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
      headers.Authorization = `Bearer ${await token()}`;
      if (last) headers["Last-Event-ID"] = last;
      for await (const { id, data } of connected(url, headers, signal)) {
        if (data.errors) {
          if (data.errors[0].extensions?.code === "POSITION_GONE") last = undefined; // and query anew
          throw new Error(data.errors[0].message);
        }
        last = id;
        onChange(data.data.taskChanged);
      }
    } catch (error) {
      if (!signal.aborted) console.error(error); // such as a token that has expired: `token` is asked again
    }
    await new Promise((resolve) => setTimeout(resolve, signal.aborted ? 0 : 1000));
  }
}
