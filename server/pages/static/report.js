// The work report as a page: its words, and every figure with its definition or the reason that it is missing.
"use strict";

const QUERY = `query Report($division: DivisionCode!, $year: Int!, $asOf: Date) {
  workReport(division: $division, year: $year, asOf: $asOf) {
    title divisionName division asOf
    sections { sentences { text figures { id title value unit previous missing definition } } }
  }
}`;
const kept = sessionStorage;
const byId = (id) => document.getElementById(id);

async function ask(variables) {
  const answer = await fetch("graphql", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${kept.getItem("token") ?? ""}`,
      "Content-Type": "application/json",
      "Accept-Language": "zh-CN",
    },
    body: JSON.stringify({ query: QUERY, variables }),
  }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  if (!body) throw new Error("服务没有应答 · The service does not answer");
  if (body.errors) throw new Error(body.errors.map((error) => error.message).join(" "));
  return body.data.workReport;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text ?? "";
  if (className) made.className = className;
  return made;
}

/** A paragraph; a sentence with a figure that is missing says so when pointed at. */
function paragraph(section) {
  const made = element("p");
  for (const { text, figures } of section.sentences) {
    const span = element("span", text);
    const missing = figures.filter((figure) => figure.missing).map((figure) => `${figure.id}：${figure.missing}`);
    if (missing.length) span.title = missing.join("\n");
    made.append(span);
  }
  return made;
}

function row(figure) {
  const made = element("tr");
  const cells = [figure.title ?? figure.id, figure.value ?? "**", figure.unit, figure.previous];
  made.append(...cells.map((text) => element("td", text)), element("td", figure.missing ?? figure.definition));
  return made;
}

function show(report) {
  byId("title").textContent = report.title;
  byId("subtitle").textContent = `${report.divisionName}（${report.division}），截至 ${report.asOf}。`;
  byId("sections").replaceChildren(...report.sections.map(paragraph));
  const figures = report.sections.flatMap((section) => section.sentences.flatMap((sentence) => sentence.figures));
  const once = new Map(figures.map((figure) => [figure.id, figure]));
  byId("figures").replaceChildren(...[...once.values()].map(row));
  byId("report").hidden = false;
}

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  // A token wraps when it is copied from a terminal.
  const token = byId("token").value.replace(/^Token:|^Bearer\s|\s+/gi, "");
  if (token) kept.setItem("token", token);
  byId("token").value = "";
  byId("message").hidden = true;
  try {
    const asOf = byId("as-of").value || null;
    show(await ask({ division: byId("division").value, year: Number(byId("year").value), asOf }));
  } catch (error) {
    byId("report").hidden = true;
    byId("message").textContent = error.message;
    byId("message").hidden = false;
  }
});

const asked = new URLSearchParams(location.search);
byId("division").value = asked.get("division") ?? "";
byId("year").value = asked.get("year") ?? new Date().getFullYear();
byId("as-of").value = asked.get("asOf") ?? "";
if (kept.getItem("token") && asked.get("division")) byId("ask").requestSubmit();
