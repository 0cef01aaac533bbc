// What every client here is given, by tests/clients: the service, a token, and the committed SDL.
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { buildSchema, isObjectType } = require("graphql");

const url = process.env.SERVICE_URL;
const headers = { Authorization: `Bearer ${process.env.SERVICE_TOKEN}`, "Accept-Language": "en" };
const schema = buildSchema(readFileSync(join(__dirname, "../../schema/sdl/full.graphql"), "utf-8"));

/** Types that have no `id` of their own: a cache keeps them inside what they belong to. */
function embeddedTypes() {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const roots = [schema.getQueryType(), schema.getMutationType()];
  return objects.filter((type) => !roots.includes(type) && !type.getFields().id).map((type) => type.name);
}

/** A page of persons is as small as lets the demo city have several. */
const PAGE = 60;

/** Ids in the order they came; throws on one that came twice. */
function distinct(ids) {
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (repeated.length) throw new Error(`came twice: ${repeated.join(", ")}`);
  return ids;
}

/** Run a client and print what it found, as JSON. */
function main(client) {
  client().then(
    (found) => console.log(JSON.stringify(found)),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

module.exports = { url, headers, schema, embeddedTypes, distinct, main, PAGE };
