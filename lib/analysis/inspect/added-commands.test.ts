import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, readDemands } from "../testing/repositories.ts";

const IMPORT = 'import { Command } from "commander";\n';
const MAIN = `${IMPORT}import { login } from "./login.js";\nimport { serve } from "./serve.js";\nconst program = new Command("thing");\n`;
const LOGIN = `${IMPORT}export const login = new Command("login").argument("<account>", "Account").requiredOption("--realm <realm>", "Realm").action(() => {});\n`;
const SERVE = `${IMPORT}export const serve = new Command("serve").argument("<folder>", "Folder").option("--depth <n>", "Depth").action(() => {});\n`;

test("what a subcommand takes that another file adds is its own, except where it serves", async () => {
  const files = { "src/login.ts": LOGIN, "src/serve.ts": SERVE };
  const code = `${MAIN}program.addCommand(login);\nprogram.addCommand(serve);\nprogram.parse();\n`;
  assert.deepEqual(await readDemands(npmServer(code, "", files)), {
    required: ["position 0"],
    optional: ["--depth"],
    choices: [],
  });
});

test("a subcommand that a function makes, or that gets its arguments later, is one all the same", async () => {
  const logins = [
    `export function login() {\n  return new Command("login").argument("<account>").requiredOption("--realm <realm>");\n}\n`,
    `export const login = () => new Command("login").argument("<account>").requiredOption("--realm <realm>");\n`,
    `export function login(): Command {\n  const made = new Command("login");\n  made.description("Log in").argument("<account>").requiredOption("--realm <realm>");\n  return made;\n}\n`,
  ];
  for (const login of logins) {
    const code = `${MAIN}program.addCommand(login());\nprogram.command("serve").action(() => {});\nprogram.parse();\n`;
    const demands = await readDemands(npmServer(code, "", { "src/login.ts": `${IMPORT}${login}` }));
    assert.deepEqual(demands, { required: [], optional: [], choices: [] }, login);
  }
});

test("a constant that gets its name and its arguments later is a subcommand where it is added", async () => {
  const login = `${IMPORT}export const login = new Command().name("login");\nlogin.argument("<account>");\nlogin.requiredOption("--realm <realm>");\n`;
  const code = `${MAIN}program.addCommand(login);\nprogram.command("serve").action(() => {});\nprogram.parse();\n`;
  const { required } = await readDemands(npmServer(code, "", { "src/login.ts": login }));
  assert.deepEqual(required, []);
});

test("what a program demands that handles everything by itself stays demanded", async () => {
  const programs = [
    'new Command("thing").argument("<folder>").action(() => {}).parse();\n',
    'const program = new Command("thing");\nprogram.argument("<folder>").action(() => {});\nprogram.addCommand(new Command("login").argument("<account>").argument("<realm>"));\nprogram.parse();\n',
    'const program = new Command();\nprogram.addCommand(new Command("proxy").argument("<folder>"), { isDefault: true });\nprogram.addCommand(new Command("login").argument("<account>").argument("<realm>"));\nprogram.parse();\n',
  ];
  for (const program of programs) {
    const { required } = await readDemands(npmServer(`${IMPORT}${program}`, ""));
    assert.deepEqual(required, ["position 0"], program);
  }
});

test("a subcommand below one that does not serve does not serve, whatever it is called", async () => {
  const browser = `${IMPORT}export function login() {\n  const browser = new Command("browser");\n  browser.addCommand(new Command("run").argument("<script>"));\n  return browser;\n}\n`;
  const code = `${MAIN}program.addCommand(login());\nprogram.addCommand(serve);\nprogram.parse();\n`;
  const serving = `${IMPORT}export const serve = new Command("mcp").option("--depth <n>", "Depth");\n`;
  assert.deepEqual(await readDemands(npmServer(code, "", { "src/login.ts": browser, "src/serve.ts": serving })), {
    required: [],
    optional: ["--depth"],
    choices: [],
  });
});

test("what a subcommand that does not serve fails without at its start is not demanded", async () => {
  const login = `${IMPORT}export const login = new Command("login").action(async () => {\n  if (!process.env.LOGIN_REALM) throw new Error("no realm");\n});\n`;
  const code = `${MAIN}program.addCommand(login);\nprogram.addCommand(serve);\nprogram.parse();\n`;
  const { required } = await readDemands(npmServer(code, "", { "src/login.ts": login, "src/serve.ts": SERVE }));
  assert.deepEqual(required, ["position 0"]);
});
