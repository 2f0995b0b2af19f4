import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer } from "../testing/repositories.ts";

// What larger servers in TypeScript do: tables and lists in files of their own, objects of options, schemas of objects.

const server = (code: string, more: Record<string, string> = {}) => npmServer(code, "", more);

test("names that another file lists are demanded by a loop over them", async () => {
  const names =
    'export const REQUIRED_ENV = ["A_KEY", "A_TEAM"] as const;\nexport const OTHER_ENV = ["A_REGION"] as const;\n';
  const loop = (list: string) =>
    `import { ${list} } from "./names.js";\nfor (const name of ${list}) { if (!process.env[name]) { console.error(name); process.exit(1); } }`;
  await assertDemands([[server(loop("REQUIRED_ENV"), { "src/names.ts": names }), ["A_KEY", "A_TEAM"]]]);
  const filter =
    'import { REQUIRED_ENV } from "./names.js";\nconst missing = REQUIRED_ENV.filter((name) => !process.env[name]);\nif (missing.length > 0) throw new Error(missing.join());';
  await assertDemands([[server(filter, { "src/names.ts": names }), ["A_KEY", "A_TEAM"]]]);
});

test("a table says of each variable whether it is required", async () => {
  const list =
    'const VARIABLES = [{ name: "A_KEY", required: true }, { name: "A_TEAM", required: true }, { name: "A_REGION", required: false }, { name: "A_ZONE" }];\n';
  const object =
    "const VARIABLES = { A_KEY: { required: true }, A_TEAM: { required: true }, A_REGION: { required: false } };\n";
  for (const code of [
    `${list}for (const one of VARIABLES) { if (one.required && !process.env[one.name]) throw new Error(one.name); }`,
    `${list}for (const { name, required } of VARIABLES) { if (required && !process.env[name]) throw new Error(name); }`,
    `${list}VARIABLES.forEach((one) => { const value = process.env[one.name]; if (!value && one.required) throw new Error(one.name); });`,
    `${list}const missing = VARIABLES.filter((one) => one.required && !process.env[one.name]);\nif (missing.length > 0) process.exit(1);`,
    `${object}for (const [name, one] of Object.entries(VARIABLES)) { if (one.required && !process.env[name]) throw new Error(name); }`,
  ])
    await assertDemands([[server(code), ["A_KEY", "A_TEAM"]]]);
  const optional = list.replaceAll("required: true", "required: false");
  await assertDemands([
    [
      server(
        `${optional}for (const one of VARIABLES) { if (one.required && !process.env[one.name]) throw new Error(one.name); }`,
      ),
      [],
    ],
  ]);
});

test("a helper's demand hangs on a field of its options", async () => {
  const get =
    "function get(name: string, options: { required?: boolean; default?: string } = {}) { const value = process.env[name] ?? options.default; if (value === undefined && options.required) throw new Error(name); return value; }\n";
  const must =
    "function must(name: string, options: { default?: string; optional?: boolean } = {}) { const value = process.env[name] ?? options.default; if (!value && !options.optional) throw new Error(name); return value; }\n";
  await assertDemands([
    [server(`${get}get("A_KEY", { required: true });\nget("A_TEAM", { default: "x" });\nget("A_ZONE");`), ["A_KEY"]],
    [
      server(`${must}must("A_KEY");\nmust("A_TEAM", { default: "x" });\nmust("A_ZONE", { optional: true });`),
      ["A_KEY"],
    ],
  ]);
});

test("fields without which a class or function fails are demanded of the object that it is given", async () => {
  const pattern =
    'class Api { constructor({ key, team, zone }: Options) { if (!key || !team) throw new Error("no"); this.zone = zone; } }\n';
  const named =
    'function connect(given: Options) { if (!given.key) throw new Error("key"); const { team } = given; if (!team) throw new Error("team"); }\n';
  const given = "{ key: process.env.A_NAME, team: process.env.A_TEAM, zone: process.env.A_ZONE }";
  const either = 'class Api { constructor({ key, team }: Options) { if (!key && !team) throw new Error("no"); } }\n';
  await assertDemands([
    [server(`${pattern}const api = new Api(${given});`), ["A_NAME", "A_TEAM"]],
    [server(`${pattern}const options = ${given};\nconst api = new Api(options);`), ["A_NAME", "A_TEAM"]],
    [server(`${named}connect(${given});`), ["A_NAME", "A_TEAM"]],
    [
      server(`${pattern}const api = new Api({ key: process.env.A_NAME || "x", team: process.env.A_TEAM });`),
      ["A_TEAM"],
    ],
    [server(`${pattern}if (process.env.A_NAME) { const api = new Api(${given}); }`), []],
    [server(`${either}const api = new Api(${given});`), [], [["A_NAME"], ["A_TEAM"]]],
    [server(`${either}const api = new Api({ key: process.env.A_NAME, team: fromFile() });`), []],
  ]);
});

test("a schema demands its fields of the object that it checks", async () => {
  const schema =
    'export const settingsSchema = z.object({ auth: z.object({ name: z.string().min(1), note: z.string().optional() }), team: z.string(), zone: z.string().default("eu"), proxy: z.object({ host: z.string() }).optional() });\n';
  const raw =
    "{ auth: { name: process.env.A_NAME, note: process.env.A_NOTE }, team: process.env.A_TEAM, zone: process.env.A_ZONE, proxy: { host: process.env.A_HOST } }";
  const load = (body: string) =>
    `import { settingsSchema } from "./schema.js";\nfunction load() { const raw = ${raw};\n${body} }\nload();`;
  const files = { "src/schema.ts": `import { z } from "zod";\n${schema}` };
  await assertDemands([
    [server(load("return settingsSchema.parse(raw);"), files), ["A_NAME", "A_TEAM"]],
    [
      server(
        load("const result = settingsSchema.safeParse(raw); if (!result.success) process.exit(1); return result.data;"),
        files,
      ),
      ["A_NAME", "A_TEAM"],
    ],
    [
      server(
        load("const { success, data } = settingsSchema.safeParse(raw); if (!success) throw new Error(); return data;"),
        files,
      ),
      ["A_NAME", "A_TEAM"],
    ],
    [
      server(load("const result = settingsSchema.safeParse(raw); return result.success ? result.data : null;"), files),
      [],
    ],
    [server(load('return settingsSchema.parse({ ...raw, team: process.env.A_TEAM ?? "" });'), files), []],
    [
      server(
        'import { settingsSchema } from "./schema.js";\nserver.tool("a", {}, async (args) => settingsSchema.parse(args));',
        files,
      ),
      [],
    ],
  ]);
});

test("a switch that is off by itself does not do away with a demand", async () => {
  const unless = (test: string) =>
    server(`const isMocked = ${test};\nif (!isMocked && !process.env.A_TEAM) process.exit(1);`);
  await assertDemands([
    [unless('process.env.USE_MOCKS === "true"'), ["A_TEAM"]],
    [unless('process.env.A_MOCK?.toLowerCase() === "true"'), ["A_TEAM"]],
    [unless('(process.env.A_MOCK ?? "false") === "1"'), ["A_TEAM"]],
    [unless('process.env.A_MOCK !== "true"'), []],
    [server('if (process.env.A_SYNC === "true" && !process.env.A_TEAM) process.exit(1);'), []],
    [server('if (process.env.A_SYNC === "true") { if (!process.env.A_TEAM) throw new Error("team"); }'), []],
  ]);
});

test("an empty list or no number of a variable is its absence", async () => {
  const list = (filter: string) =>
    `const folders = (process.env.A_FOLDERS ?? "").split(",").map((one) => one.trim()).filter(${filter});\n`;
  await assertDemands([
    [server(`${list("Boolean")}if (folders.length === 0) process.exit(1);`), ["A_FOLDERS"]],
    [server(`${list("(one) => one.length > 0")}if (!folders.length) throw new Error("no");`), ["A_FOLDERS"]],
    [server(`${list("Boolean")}if (folders.length === 0) console.error("all folders");`), []],
    [server('const id = Number(process.env.A_TEAM);\nif (Number.isNaN(id)) throw new Error("no");'), ["A_TEAM"]],
    [
      server('const id = parseInt(process.env.A_TEAM ?? "", 10);\nif (!Number.isFinite(id)) process.exit(1);'),
      ["A_TEAM"],
    ],
    [server('const n = Number(process.env.A_COUNT || 3);\nif (isNaN(n)) throw new Error("no");'), []],
    [server('if (process.env.A_COUNT && isNaN(Number(process.env.A_COUNT))) throw new Error("no");'), []],
  ]);
});

test("a function that is given a list of names demands each", async () => {
  const loop =
    "function requireAll(names: string[]) { for (const name of names) if (!process.env[name]) throw new Error(name); }\n";
  const rest =
    "function assertEnv(...names: string[]) { const missing = names.filter((name) => !process.env[name]); if (missing.length > 0) throw new Error(missing.join()); }\n";
  const warn =
    "function warnAbout(names: string[]) { for (const name of names) if (!process.env[name]) console.warn(name); }\nwarnAbout(['A_KEY', 'A_TEAM']);\nfunction other(names) { throw new Error(names); }";
  await assertDemands([
    [server(`${loop}requireAll(["A_KEY", "A_TEAM"]);`), ["A_KEY", "A_TEAM"]],
    [server(`${loop}const NAMES = ["A_KEY", "A_TEAM"];\nrequireAll(NAMES);`), ["A_KEY", "A_TEAM"]],
    [server(`${rest}assertEnv("A_KEY", "A_TEAM");`), ["A_KEY", "A_TEAM"]],
    [server(`${rest}if (process.env.A_SYNC) assertEnv("A_KEY", "A_TEAM");`), []],
    [
      server('import { requireAll } from "./env.js";\nrequireAll(["A_KEY", "A_TEAM"]);', {
        "src/env.ts": loop.replace("function", "export function"),
      }),
      ["A_KEY", "A_TEAM"],
    ],
    [server(warn), []],
  ]);
});

test("names of variables can be constants", async () => {
  const need =
    "function need(name: string) { const value = process.env[name]; if (!value) throw new Error(name); return value; }\n";
  await assertDemands([
    [server('const NAME = "A_TEAM";\nif (!process.env[NAME]) throw new Error(NAME);'), ["A_TEAM"]],
    [
      server('const Names = { TEAM: "A_TEAM" } as const;\nif (!process.env[Names.TEAM]) throw new Error("team");'),
      ["A_TEAM"],
    ],
    [server(`enum Variable { Team = "A_TEAM", Zone = "A_ZONE" }\n${need}need(Variable.Team);`), ["A_TEAM"]],
    [server('const Names = { TEAM: "A_TEAM" } as const;\nconst team = process.env[Names.TEAM] ?? "core";'), []],
  ]);
});

test("what a module exports by default is made with it", async () => {
  const files = (value: string) => ({
    "src/config.ts": `function required(name: string) { const value = process.env[name]; if (!value) throw new Error(name); return value; }\nexport default ${value};\n`,
  });
  const code = 'import config from "./config.js";\nrun(config);';
  await assertDemands([
    [server(code, files('{ team: required("A_TEAM"), zone: process.env.A_ZONE ?? "eu" } as const')), ["A_TEAM"]],
    [server(code, files('Object.freeze({ team: required("A_TEAM") })')), ["A_TEAM"]],
    [server(code, files('() => ({ team: required("A_TEAM") })')), []],
  ]);
});

test("every value of an object, or of a list of names, is looked at", async () => {
  const config = "const config = { team: process.env.A_TEAM, zone: process.env.A_ZONE };\n";
  await assertDemands([
    [
      server(`${config}if (Object.values(config).some((one) => one === undefined)) throw new Error("no");`),
      ["A_TEAM", "A_ZONE"],
    ],
    [server(`${config}if (!Object.values(config).every((one) => one)) process.exit(1);`), ["A_TEAM", "A_ZONE"]],
    [
      server(`${config}if (Object.values(config).some((one) => one === undefined)) console.warn("some are missing");`),
      [],
    ],
    [
      server(
        'const [team, zone] = ["A_TEAM", "A_ZONE"].map((name) => { const value = process.env[name]; if (!value) throw new Error(name); return value; });',
      ),
      ["A_TEAM", "A_ZONE"],
    ],
    [
      server('const [team] = ["A_TEAM"].map((name) => { const value = process.env[name]; return value ?? "core"; });'),
      [],
    ],
  ]);
});

test("a parameter that a helper takes instead is the value of its own, whatever its name", async () => {
  for (const helper of [
    "const get = (k: string, d?: string) => { const v = process.env[k]; if (v === undefined && d === undefined) throw new Error(k); return v !== undefined ? v : d; };\n",
    "function get(k: string, other?: string) { const v = process.env[k]; if (v) return v; if (other !== undefined) return other; throw new Error(k); }\n",
    "function get(k: string, or?: string) { const v = process.env[k] ?? or; if (!v) throw new Error(k); return v; }\n",
  ])
    await assertDemands([[server(`${helper}get("A_TEAM");\nget("A_ZONE", "eu");`), ["A_TEAM"]]]);
});

test("a list of complaints tells of a variable beside what it says of values", async () => {
  const validate = (last: string) =>
    `function load() { return { team: process.env.A_TEAM ?? "", zone: process.env.A_ZONE ?? "eu" }; }\nfunction validate(config) { const errors = []; if (!config.team) errors.push("team"); if (!["eu", "us"].includes(config.zone)) errors.push("zone"); if (config.zone.length > 9) errors.push("long"); return errors; }\nconst errors = validate(load());\n${last}`;
  await assertDemands([
    [server(validate("if (errors.length > 0) process.exit(1);")), ["A_TEAM"]],
    [server(validate("if (errors.length > 0) console.error(errors);")), []],
  ]);
});

test("the action of a program runs with it, and that of a subcommand does not", async () => {
  const action =
    'action(async (options) => { const team = options.team ?? process.env.A_TEAM; if (!team) { console.error("no team"); process.exit(1); } })';
  await assertDemands([
    [server(`new Command().name("thing").${action}.parse();`), ["A_TEAM"]],
    [server(`new Command().command("serve").${action};`), ["A_TEAM"]],
    [server(`new Command().command("login").${action};`), []],
  ]);
});

test("a module that is named like a tool's file of settings counts below the sources alone", async () => {
  const key = "export const key = process.env.A_KEY;\nif (!key) throw new Error('no key');\n";
  const importing = (path: string, place: string) =>
    server(`import { key } from "${path}";\nuse(key);`, { [place]: key, "src/other.ts": "process.env.B_KEY" });
  await assertDemands([
    [importing("./server.config.js", "src/server.config.ts"), ["A_KEY"]],
    [importing("./core/database.config.js", "src/core/database.config.ts"), ["A_KEY"]],
    [importing("../config/app.config.js", "config/app.config.js"), ["A_KEY"]],
    [importing("../release.config.js", "release.config.js"), []],
    [importing("./vitest.config.js", "src/vitest.config.ts"), []],
  ]);
});
