// SailPoint's SDK for node: its task management, given a version (Beta or V2024).
"use strict";

const readline = require("node:readline");
// What the vendor's code prints must not mix with the answers.
console.log = console.error;
const sdk = require("sailpoint-api-client");

const VERSION = process.argv[2];
const Api = sdk[`TaskManagement${VERSION}Api`];
let api, identities;

const functions = {
  // Log in as the SDK's users do; whether there is a token to go on with.
  async connect({ login, experimental = false }) {
    const configuration = new sdk.Configuration({
      baseurl: login.base_url,
      clientId: login.client_id,
      clientSecret: login.client_secret,
      accessToken: login.access_token,
      tokenUrl: `${login.base_url}/oauth/token`,
    });
    configuration.experimental = experimental;
    api = new Api(configuration);
    identities = new sdk[`Identities${VERSION}Api`](configuration);
    return Boolean(await configuration.accessToken);
  },

  // One operation: status, headers, body and objects.
  async call({ operation, ...parameters }) {
    try {
      return told(await api[inCamelCase(operation)](named(parameters)));
    } catch (refused) {
      if (!refused.response) throw refused;
      return { raised: refused.name, ...told(refused.response) };
    }
  },

  // Have identities processed; the id of the task that does it.
  async process({ oids }) {
    const header = VERSION === "V2024" ? { xSailPointExperimental: "true" } : {};
    const body = { [`processIdentitiesRequest${VERSION}`]: { identityIds: oids }, ...header };
    return (await identities.startIdentityProcessing(body)).data.id;
  },

  // Everything the SDK's paginator gathers.
  async paginate({ result_limit, ...parameters }) {
    const all = { limit: result_limit, ...parameters };
    return (await sdk.Paginator.paginate(api, api.getTaskStatusList, all)).data;
  },
};

function inCamelCase(name) {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

// The same names as in Python; here a change's name has the version in it, and a HEAD does not
// send the header by itself as its siblings do.
function named({ json_patch_operation, ...rest }) {
  const header = VERSION === "V2024" ? { xSailPointExperimental: "true" } : {};
  return { [`jsonPatchOperation${VERSION}`]: json_patch_operation, ...header, ...rest };
}

function told({ status, headers, data }) {
  const models = Array.isArray(data) ? data : data ? [data] : [];
  return { status, headers: { ...headers }, body: JSON.stringify(data), models, warnings: [] };
}

async function converse() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer;
    try {
      answer = { value: await functions[asked.function](asked.arguments) };
    } catch (raised) {
      answer = { raised: raised.name, message: String(raised.message) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

converse();
