import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const python = (top: string, main = "", readme = "") =>
  pypiServer(`${top}\ndef main():\n    ${main}\n    mcp.run()\n`, readme);

async function namesIn(files: Record<string, string>): Promise<string[]> {
  const { required, optional } = await readDemands(files);
  return [...required, ...optional].sort();
}

test("a variable with small letters counts where the code asks the environment for it by its whole name", async () => {
  for (const [files, names] of [
    [python('KEY = os.getenv("acme_api_key")'), ["acme_api_key"]],
    [python('KEY = os.environ.get("AcmeKey")'), ["AcmeKey"]],
    [python('SPACE = "acme.settings"\nHOST = os.environ.get(f"{SPACE}.host")'), ["acme.settings.host"]],
    [
      python(
        'class Env:\n    __space__ = "acme.settings"\n    def load():\n        return os.environ[f"{Env.__space__}.user"]',
      ),
      ["acme.settings.user"],
    ],
    [npmServer("const code = process.env.acmeCode ?? '';", "# Thing\n"), ["acmeCode"]],
    [npmServer("const code = process.env['acme.code'];", "# Thing\n"), ["acme.code"]],
  ] satisfies [Record<string, string>, string[]][])
    assert.deepEqual(await namesIn(files), names, files["src/thing/server.py"] ?? files["src/index.ts"]);
});

test("a word alone, a system's name, and what a copy of the environment or a parameter has stay out", async () => {
  for (const files of [
    python('TOKEN = os.getenv("token")'),
    python('PROXY = os.getenv("http_proxy") or os.getenv("no_proxy")'),
    python('FILES = os.environ.get("ProgramFiles") or os.environ.get("npm_config_cache")'),
    python('def read(name):\n    return os.environ.get(name)\ncall(name="list_items")\nread("some_word")'),
    npmServer("const env = { ...process.env, listItems: 1 };\nstart(env.listItems);", "# Thing\n"),
    npmServer("const cache = process.env.npm_config_cache;", "# Thing\n"),
  ])
    assert.deepEqual(await namesIn(files), [], files["src/thing/server.py"] ?? files["src/index.ts"]);
});

test("a key and its secret are a pair in mixed case too", async () => {
  const read = 'import os\ndef main():\n    use(os.getenv("AppKey"), os.getenv("AppSecret"))\n    mcp.run()\n';
  const readme = `# Thing\n${configBlock({ AppKey: "your_key", AppSecret: "your_secret" })}`
    .replace('"npx"', '"uvx"')
    .replace(/"-y",\s*/, "");
  assert.deepEqual((await readDemands(pypiServer(read, readme))).required, ["AppKey", "AppSecret"]);
});

test("either of two spellings is enough, and what every command shows beside a password with points in its name is needed", async () => {
  const spellings = await readDemands(
    python('KEY = os.getenv("ACME_API_KEY") or os.getenv("acme_api_key")\nif not KEY:\n    raise ValueError("no key")'),
  );
  assert.deepEqual(spellings.choices, [[[["ACME_API_KEY"], ["acme_api_key"]], true]]);
  const env = { "acme.settings.host": "your.host", "acme.settings.password": "your-password" };
  const shown = await readDemands(
    npmServer(
      "connect(process.env['acme.settings.host'], process.env['acme.settings.password']);",
      `# Thing\n${configBlock(env)}`,
    ),
  );
  assert.deepEqual(shown.required, ["acme.settings.host", "acme.settings.password"]);
});
