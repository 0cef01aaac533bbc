// The start page: the address to copy, and whether the service is ready.
"use strict";

const base = new URL(".", location.href).href.replace(/\/$/, "");
const endpoint = document.getElementById("endpoint");
endpoint.textContent = `${base}/graphql`;
document.getElementById("origin").textContent = base;

document.getElementById("copy").addEventListener("click", () => {
  const selection = getSelection();
  selection.selectAllChildren(endpoint);
  // The clipboard of a page over plain HTTP is out of reach: then the selected address is there to copy.
  navigator.clipboard?.writeText(endpoint.textContent);
});

async function showState() {
  const state = document.getElementById("state");
  const answer = await fetch("readyz", { headers: { "Accept-Language": "zh" } }).catch(() => null);
  state.className = answer?.ok ? "good" : "bad";
  if (answer?.ok) {
    state.textContent = "服务正常 · The service is ready";
  } else {
    const body = await answer?.json().catch(() => null);
    const reasons = body?.errors?.map((error) => error.message) ?? ["服务没有应答 · The service does not answer"];
    state.textContent = reasons.join(" ");
  }
}

showState();
