import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { goServer } from "../testing/repositories.ts";

const configured = (command: string, args: string[]) =>
  `# Thing\n\n\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command, args } } })}\n\`\`\`\n`;
const keysOf = async (files: Record<string, string>) =>
  (await inspectFiles(files)).inputs.map(({ key, required }) => [key, required]);

test("an option is one, with however many dashes documentation writes it", async () => {
  const go = 'baseURL := flag.String("base-url", "http://localhost/v1", "Address")\nflag.Parse()\nuse(*baseURL)';
  for (const args of [["-base-url", "http://x/v1"], ["--base-url", "http://x/v1"], ["-base-url=http://x/v1"]])
    assert.deepEqual(
      await keysOf(goServer(go, "", { "README.md": configured("thing", args) })),
      [["--base-url", false]],
      args.join(" "),
    );
});

test("a letter with one dash is no word with two", async () => {
  const go = 'out := flag.String("o", "", "File")\nflag.Parse()\nuse(*out)';
  const keys = await keysOf(goServer(go, "", { "README.md": configured("thing", ["--output", "x"]) }));
  assert.deepEqual(keys.map(([key]) => key).sort(), ["--o", "--output"]);
  const short = await keysOf(goServer(go, "", { "README.md": configured("thing", ["-o", "x"]) }));
  assert.deepEqual(
    short.map(([key]) => key),
    ["--o"],
  );
});
