// Draws an OpenAPI document: operations by tag, then the schemas. Only text nodes are made, so
// nothing in a document can become markup.
"use strict";

const content = document.getElementById("content");
const chosen = document.getElementById("api");
const find = document.getElementById("find");
const METHODS = ["get", "post", "put", "patch", "delete"];
let api = {};

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// What a reference points to, and its name.
function resolved(value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((found, part) => found[part], api);
}

function nameOf(value) {
  return value.$ref.split("/").pop();
}

function link(value) {
  const name = nameOf(value);
  return make("a", { href: `#schema-${name}` }, name);
}

function between(parts, separator) {
  return parts.flatMap((part, index) => (index ? [separator, part] : [part]));
}

// A schema in a line or so: links, alternatives, lists, allowed values.
function brief(schema) {
  const whole = make("span", {});
  if (schema === true || !schema || Object.keys(schema).length === 0) {
    whole.append("anything");
  } else if (schema.$ref) {
    whole.append(link(schema));
  } else if (schema.anyOf || schema.oneOf) {
    whole.append(...between((schema.anyOf || schema.oneOf).map(brief), " or "));
  } else if (schema.allOf) {
    whole.append(...between(schema.allOf.filter((part) => part.$ref).map(brief), " and "));
  } else if (schema.enum) {
    whole.append(...between(schema.enum.map((value) => make("code", {}, JSON.stringify(value))), " "));
  } else if ("const" in schema) {
    whole.append(make("code", {}, JSON.stringify(schema.const)));
  } else if (schema.type === "array") {
    whole.append("list of ", brief(schema.items || {}));
  } else if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, value]) =>
      make("span", {}, make("code", {}, name), ": ", brief(value)));
    whole.append("{ ", ...between(members, ", "), " }");
  } else {
    whole.append(plain(schema));
  }
  return whole;
}

function plain(schema) {
  const types = [schema.type || "anything"].flat().join(" or ");
  const facts = [
    schema.format,
    "minimum" in schema ? `from ${schema.minimum}` : "",
    "maximum" in schema ? `to ${schema.maximum}` : "",
    "maxLength" in schema ? `at most ${schema.maxLength} characters` : "",
  ].filter(Boolean);
  return facts.length ? `${types} (${facts.join(", ")})` : types;
}

function table(headings, rows) {
  const head = make("tr", {}, ...headings.map((text) => make("th", {}, text)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell))));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

function described(value) {
  return value && value.description ? make("p", { class: "faint" }, value.description) : null;
}

function itemTable(schema) {
  const needed = schema.required || [];
  return table(["Item", "Value"], Object.entries(schema.properties).map(([name, value]) => [
    make("code", {}, needed.includes(name) ? `${name} *` : name),
    make("span", {}, brief(value), described(value) || ""),
  ]));
}

function parameters(operation, shared) {
  const own = (operation.parameters || []).map(resolved);
  const all = [...shared.map(resolved).filter((each) => !own.some((o) => o.name === each.name)), ...own];
  if (!all.length) return [];
  return [make("h4", {}, "Parameters"), table(["Name", "In", "Value"], all.map((each) => [
    make("code", {}, each.required ? `${each.name} *` : each.name),
    each.in,
    make("span", {}, brief(each.schema), described(each) || ""),
  ]))];
}

function body(operation) {
  if (!operation.requestBody) return [];
  return Object.entries(operation.requestBody.content).flatMap(([type, media]) => [
    make("h4", {}, `Body, ${type}`),
    brief(media.schema),
    ...Object.entries(media.examples || {}).flatMap(([name, example]) => [
      make("h4", {}, `Example ${name}`),
      make("pre", {}, JSON.stringify(resolved(example).value, null, 2)),
    ]),
  ]);
}

function responses(operation) {
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const response = resolved(given);
    const schemas = Object.values(response.content || {}).map((media) => brief(media.schema));
    const headers = Object.keys(response.headers || {}).map((name) => make("code", {}, name));
    const parts = [...schemas, ...headers];
    return [make("code", {}, status), response.description, make("span", {}, ...between(parts, " "))];
  });
  return [make("h4", {}, "Answers"), table(["Status", "Meaning", "Content and headers"], rows)];
}

// An entry whose inside is drawn when it is opened for the first time.
function entry(id, words, summary, draw) {
  const inside = make("div", {});
  const element = make("details", { class: "entry", id, "data-words": words.toLowerCase() },
    make("summary", {}, ...summary), inside);
  element.addEventListener("toggle", () => {
    if (element.open && !inside.hasChildNodes()) inside.append(...draw().filter(Boolean));
  });
  return element;
}

function operationEntry(path, method, operation, shared) {
  const id = operation.operationId || `${method}${path}`;
  const summary = [
    make("span", { class: `method ${method}` }, method.toUpperCase()),
    make("code", {}, path),
    make("span", { class: "faint" }, operation.summary || ""),
  ];
  return entry(`operation-${id}`, `${method} ${path} ${id} ${operation.summary || ""}`, summary, () => [
    described(operation),
    ...parameters(operation, shared),
    ...body(operation),
    ...responses(operation),
  ]);
}

function schemaEntry(name, schema) {
  return entry(`schema-${name}`, name, [make("code", {}, name)], () => [
    described(schema),
    schema.properties ? itemTable(schema) : brief(schema),
    make("details", {}, make("summary", { class: "faint" }, "JSON Schema"),
      make("pre", {}, JSON.stringify(schema, null, 2))),
  ]);
}

function operationsOf(tag) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] && (item[method].tags || [""])[0] === tag)
      .map((method) => operationEntry(path, method, item[method], item.parameters || [])));
}

function draw() {
  const servers = (api.servers || []).map((server) => make("code", {}, server.url));
  const tags = new Set(Object.values(api.paths).flatMap((item) =>
    METHODS.filter((method) => item[method]).map((method) => (item[method].tags || [""])[0])));
  const schemas = Object.entries((api.components || {}).schemas || {});
  content.replaceChildren(
    make("h2", {}, api.info.title),
    make("p", { class: "intro" }, api.info.description || ""),
    make("p", { class: "faint" }, "Below ", ...servers, ", version ", api.info.version, "; ",
      make("a", { href: `openapi/${chosen.value}.json` }, "the document")),
    ...[...tags].flatMap((tag) => [make("h2", {}, tag || "operations"), ...operationsOf(tag)]),
    make("h2", {}, "Schemas"),
    ...schemas.map(([name, schema]) => schemaEntry(name, schema)),
  );
  filter();
  reveal();
}

// Entries that hold every word, and the headings that still have some.
function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let heading = null;
  for (const element of content.children) {
    if (element.tagName === "H2") {
      heading = element;
      heading.hidden = words.length > 0;
    } else if (element.dataset.words !== undefined) {
      element.hidden = !words.every((word) => element.dataset.words.includes(word));
      if (!element.hidden && heading) heading.hidden = false;
    }
  }
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
}

async function load() {
  try {
    const answer = await fetch(`openapi/${encodeURIComponent(chosen.value)}.json`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    api = await answer.json();
    draw();
  } catch (error) {
    content.textContent = `The document cannot be shown: ${error.message}`;
  }
}

chosen.addEventListener("change", load);
find.addEventListener("input", filter);
window.addEventListener("hashchange", reveal);
load();
