import assert from "node:assert/strict";
import { test } from "node:test";
import { goServer, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

/** A placeholder of the settings. */
const fill = (name: string) => `$\{${name}}`;
const YAML = `# ${fill("NOT_THIS")}\nllm:\n  key: ${fill("THING_KEY")}\n  url: ${fill("THING_URL:https://x")}\n  org: ${fill("THING_ORG:-")}\nserver:\n  port: ${fill("MCP_PORT:3000")}\n`;
const NAMES = ["THING_KEY", "THING_ORG", "THING_URL"];

test("variables that a server's own file of settings names are inputs, where its code puts them in", async () => {
  const python = (code: string, path = "config/config.yaml") => pypiServer(code, "# T\n", { [path]: YAML });
  const expands = String.raw`import re
def expand(v): return re.sub(r'\$\{([^:}]+)(:([^}]*))?\}', lambda m: os.environ.get(m[1], m[3]), v)
def main(): load('config/config.yaml')
`;
  const cases: [Record<string, string>, string[]][] = [
    [python(expands), NAMES],
    [python("def main(): yaml.safe_load(os.path.expandvars(open('config/config.yaml').read()))\n"), NAMES],
    [python(expands, "deploy/values.yaml"), []],
    [python(expands, "config/other.yaml"), []],
    [python(expands, "docs/config.yaml"), []],
    [python("def main(): yaml.safe_load(open('config/config.yaml'))\n"), []],
    [
      npmServer(
        String.raw`const text = read("settings.yml").replace(/\$\{(\w+)\}/g, (_, name) => process.env[name] ?? "");`,
        "# T\n",
        { "settings.yml": YAML },
      ),
      NAMES,
    ],
    [goServer('text := os.ExpandEnv(read("config.yaml"))\nuse(text)', "", { "config.yaml": YAML }), NAMES],
  ];
  for (const [files, optional] of cases) {
    const found = await readDemands(files);
    assert.deepEqual([found.optional, found.required], [optional, []], JSON.stringify(files));
  }
});
