import assert from "node:assert/strict";
import { test } from "node:test";
import { readReadme } from "./readme.ts";

function readCommand(command: string): string[][] {
  const text = `\`\`\`bash\n${command}\n\`\`\`\n`;
  return readReadme({ path: "README.md", text, isCut: false }).launches.map(({ package: name, args, inputs }) => [
    name ?? "",
    ...args,
    ...inputs.map(({ key, placeholder, target }) => `${target} ${key}=${placeholder ?? ""}`),
  ]);
}

test("a variable is one wherever a command names it", () => {
  const shown = ["thing", "env A_KEY=x", "env A_URL=y"];
  for (const command of [
    "uvx thing --env A_KEY=x --env A_URL=y",
    "npx -y thing -e A_KEY=x -e A_URL=y",
    "npx -y thing --env=A_KEY=x A_URL=y",
    'npx -y thing A_KEY="x" A_URL="y"',
    "env A_KEY=x A_URL=y npx thing",
    '$env:A_KEY = "x"\n$env:A_URL="y"\nnpx thing',
    "set A_KEY=x && set A_URL=y && npx thing",
    "claude mcp add thing --env A_KEY=x --env A_URL=y -- npx -y thing",
    "claude mcp add thing -s user -- npx -y thing -e A_KEY=x -e A_URL=y",
    "codex mcp add thing --env A_KEY=x --env A_URL=y -- npx -y thing",
    "gemini mcp add -e A_KEY=x -e A_URL=y thing npx -y thing",
    'droid mcp add thing "npx -y thing" --env A_KEY=x --env A_URL=y',
    "newclient mcp add thing --env A_KEY=x --env A_URL=y -- uvx thing",
    "docker run -i --rm -e A_KEY=x --env A_URL=y thing",
    "docker run -i --rm thing -e A_KEY=x -e A_URL=y",
  ])
    assert.deepEqual(readCommand(command), [shown], command);
});

test("what only looks like a variable stays an argument", () => {
  assert.deepEqual(readCommand("npx thing --set A_KEY=x"), [["thing", "arg --set=A_KEY=x"]]);
  assert.deepEqual(readCommand("npx thing CONNECT=1"), [["thing", "arg position 0=CONNECT=1"]]);
  assert.deepEqual(readCommand("docker run --label A_KEY=x thing"), [["thing"]]);
});
