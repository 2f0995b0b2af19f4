import assert from "node:assert/strict";
import { access, glob, readFile } from "node:fs/promises";
import { dirname, join, posix, relative, resolve } from "node:path";
import { test } from "node:test";
import { SETTING_NAMES } from "./env/env.ts";

// What the documents say that a program can check: links, names of files, commands, settings, routes.

const root = resolve(import.meta.dirname, "..");
const ignored = new Set(["node_modules", ".next", ".git", ".catwalk", "test-results"]);

/** The Markdown files of the project, by their paths from its root. */
const documents = new Map<string, string>();
for await (const path of glob("**/*.md", { cwd: root, exclude: (name) => ignored.has(name) })) {
  documents.set(path.replaceAll("\\", "/"), await readFile(join(root, path), "utf8"));
}

async function isThere(path: string): Promise<boolean> {
  return access(join(root, path)).then(
    () => true,
    () => false,
  );
}

async function filesOf(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root, exclude: (name) => ignored.has(name) }))
    paths.push(path.replaceAll("\\", "/"));
  return paths.sort();
}

/** The text without blocks of code, in which nothing is a heading or a link. */
function withoutCode(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, "");
}

/** What GitHub makes of headings: lower case, without punctuation, spaces as hyphens, a number behind the second of a name. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutCode(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = shown.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

test("links between documents lead to files and headings that are there", async () => {
  const broken: string[] = [];
  for (const [path, text] of documents) {
    for (const [, target = ""] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/i.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? path : posix.normalize(posix.join(dirname(path), file));
      const isBroken =
        !(await isThere(to)) || (anchor !== undefined && !anchorsOf(documents.get(to) ?? "").has(anchor));
      if (isBroken) broken.push(`${path}: ${target}`);
    }
  }
  assert.ok(documents.size > 10);
  assert.deepEqual(broken, []);
});

test("the deploy button leads to an existing heading", () => {
  for (const path of ["README.md", "docs/deploy.md"]) {
    const [, link = ""] = /(https:\/\/vercel\.com\/new\/clone[^)\s]*)/.exec(documents.get(path) ?? "") ?? [];
    const { pathname, hash } = new URL(new URL(link).searchParams.get("envLink") ?? "");
    assert.ok(pathname.endsWith("/docs/deploy.md"), path);
    assert.ok(anchorsOf(documents.get("docs/deploy.md") ?? "").has(hash.slice(1)), `${path}: ${hash}`);
  }
});

test("files that the documents name are there", async () => {
  const missing: string[] = [];
  const modules = new Set((await filesOf("{app,lib,mcp-host}/**/*.ts")).map((path) => posix.basename(path)));
  const folders = "app|components|docs|e2e|lib|mcp-host|prisma|public|\\.ci";
  const named = new RegExp(`(?<![\\w./@-])((?:${folders})/[\\w./()[\\]-]*[\\w)\\]/])`, "g");
  // What a build makes is not there before it.
  const made = new Set(["mcp-host/dist/", "lib/db/generated"]);
  for (const [path, text] of documents) {
    for (const [, name = ""] of text.matchAll(/`([\w-]+\.ts)`/g)) {
      if (!modules.has(name)) missing.push(`${path}: ${name}`);
    }
    for (const [, quoted = ""] of text.replace(/\]\([^)]*\)/g, "]").matchAll(/`([^`\n]+)`/g)) {
      for (const [, file = ""] of quoted.matchAll(named)) {
        if (![...made].some((start) => file.startsWith(start)) && !(await isThere(file)))
          missing.push(`${path}: ${file}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

test("npm scripts that the documents name are there", async () => {
  const scripts = new Map<string, unknown>();
  for (const path of ["package.json", "mcp-host/package.json"]) {
    const { scripts: own }: { scripts: Record<string, unknown> } = JSON.parse(await readFile(join(root, path), "utf8"));
    for (const [name, command] of Object.entries(own)) scripts.set(name, command);
  }
  const unknown: string[] = [];
  for (const [path, text] of documents) {
    for (const [, name = ""] of text.matchAll(/npm run ([\w:-]+)/g)) {
      if (!scripts.has(name)) unknown.push(`${path}: npm run ${name}`);
    }
  }
  assert.deepEqual(unknown, []);
});

test("the README lists exactly the settings that are read", () => {
  const [, table = ""] = (documents.get("README.md") ?? "").split("## Settings\n");
  const rows = [...table.matchAll(/^\| (`[A-Z].*?) \|/gm)].map(([, names]) => names ?? "");
  const named = rows.flatMap((names) => [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ""));
  // The platforms set them themselves; HOSTNAME is read before there are settings.
  const unsaid = ["VERCEL", "VERCEL_PROJECT_PRODUCTION_URL", "FLY_APP_NAME", "FLY_IMAGE_REF"];
  const read = [...SETTING_NAMES.filter((name) => !unsaid.includes(name)), "HOSTNAME"];
  assert.deepEqual(named.toSorted(), read.toSorted());
});

test("mcp-host's README lists exactly the variables that it reads", async () => {
  const [, rest = ""] = (documents.get("mcp-host/README.md") ?? "").split("## Variables\n");
  const [section = ""] = rest.split("\n## ");
  const named = [...section.matchAll(/^\| `(MCP_[A-Z_]+)` \|/gm)].map(([, name]) => name ?? "");
  const source = await readFile(join(root, "mcp-host/src/config.ts"), "utf8");
  const read = new Set([...source.matchAll(/\bMCP_[A-Z_]+\b/g)].map(([name]) => name));
  assert.deepEqual(named.toSorted(), [...read].toSorted());
  const numbers = [...source.matchAll(/readInteger\("(MCP_[A-Z_]+)", [\w.]+, ([\d_]+)( \* MIB)?,/g)];
  assert.ok(numbers.length > 5);
  for (const [, name, number = "", inMib] of numbers) {
    const value = Number(number.replaceAll("_", "")) * (inMib ? 2 ** 20 : 1);
    // Zero stands for what the machine has.
    if (value > 0) assert.match(section, new RegExp(`^\\| \`${name}\` \\|.*\\| ${value} \\|$`, "m"), name);
  }
});

test("architecture.md lists the calls of the API that there are", async () => {
  const [, rest = ""] = (documents.get("docs/architecture.md") ?? "").split("## The API\n");
  const [section = ""] = rest.split("\n## ");
  const listed = new Set<string>();
  for (const [, cell = ""] of section.matchAll(/^\| (.*?) \|/gm)) {
    let before = { method: "", path: "" };
    for (const [, method, path = ""] of cell.matchAll(/`(?:([A-Z]+) )?(\/api\/[^\s`]*|…\/[^\s`]*)/g)) {
      const whole = path.startsWith("…") ? before.path.replace(/\/[^/]*$/, path.slice(1)) : path;
      before = { method: method ?? before.method, path: whole };
      listed.add(`${before.method} ${before.path.replace(/\{(\w+)\}/g, "[$1]")}`);
    }
  }
  const there = new Set<string>();
  for (const path of await filesOf("app/api/**/route.ts")) {
    const route = `/${relative("app", dirname(path)).replaceAll("\\", "/")}`;
    // Next-Auth's own, and the gateway, which has a section of its own.
    if (route.startsWith("/api/auth/") || route.startsWith("/api/mcp/")) continue;
    const source = await readFile(join(root, path), "utf8");
    for (const [, method] of source.matchAll(/^export (?:const|async function|function) ([A-Z]+)\b/gm)) {
      there.add(`${method} ${route}`);
    }
  }
  assert.deepEqual([...listed].toSorted(), [...there].toSorted());
});

test("architecture.md lists the words of the gateway's errors with their statuses", async () => {
  const [, rest = ""] = (documents.get("docs/architecture.md") ?? "").split("| Status | `data.code` |");
  const [table = ""] = rest.split("\n\n");
  const listed = [...table.matchAll(/^\| (\d{3}) \| (.*?) \|/gm)].flatMap(([, status, words = ""]) =>
    [...words.matchAll(/`(\w+)`/g)].map(([, word]) => `${status} ${word}`),
  );
  const there = new Set<string>();
  for (const path of await filesOf("lib/gateway/*.ts")) {
    if (path.endsWith(".test.ts")) continue;
    const source = await readFile(join(root, path), "utf8");
    for (const [, status, reason] of source.matchAll(/status: (\d{3}),\s+reason: "(\w+)"/g))
      there.add(`${status} ${reason}`);
  }
  assert.deepEqual(listed.toSorted(), [...there].toSorted());
});
