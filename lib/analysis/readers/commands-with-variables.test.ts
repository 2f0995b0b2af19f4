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

test("a command whose output is part of a word stays in that word", () => {
  const read = (command: string) => readCommand(command)[0];
  const volume = "docker run --volume=$(docker volume create $(id -u)):/data acme/thing serve";
  assert.deepEqual(read(volume), ["acme/thing", "serve"]);
  assert.deepEqual(read("A_KEY=$(pass show thing) npx thing"), ["thing", "env A_KEY=$(pass show thing)"]);
  assert.deepEqual(read("echo $(left open\nnpx thing"), ["thing"]);
});

test("what a container runs in place of its image's own program is a server only by its name", () => {
  const image = "acme/thing-mcp";
  for (const [command, args] of [
    [`docker run --entrypoint node ${image} dist/index.js --flag`, ["--flag"]],
    [`docker run --entrypoint "" ${image} node dist/index.js --flag`, ["--flag"]],
    [`docker run --entrypoint /usr/local/bin/thing ${image} --flag`, ["--flag"]],
    [`docker run --entrypoint java ${image} -jar /app.jar --flag`, ["--flag"]],
    [`docker run --entrypoint /bin/sh ${image} /app/start.sh`, []],
    [`docker run ${image} bash -lc 'cd /app && thing-mcp --flag'`, []],
  ] as const)
    assert.deepEqual(
      readCommand(command)[0]?.filter((one) => !one.startsWith("arg ")),
      [image, ...args],
      command,
    );
  for (const command of [
    `docker run --entrypoint /bin/bash ${image} appkey`,
    `docker run --entrypoint sh ${image} -c 'openssl rand -hex 16'`,
    `docker run --entrypoint python ${image} -c 'import secrets'`,
    `docker run --entrypoint python ${image} -m pip list`,
    `docker run --entrypoint=redis-cli ${image} ping`,
    `docker run -it ${image} sh`,
    `docker run -it ${image} auth`,
    `docker run -it ${image} mcp install`,
  ])
    assert.deepEqual(readCommand(command), [], command);
});

test("a command that runs a repository or a file by a tool shows what the server takes", () => {
  const shown = ["", "env A_KEY=x"];
  for (const command of [
    "claude mcp add thing -e A_KEY=x -- npx -y github:acme/thing",
    "A_KEY=x npx -y git+https://github.com/acme/thing.git",
    "A_KEY=x uvx git+https://github.com/acme/thing@main",
    "fastmcp install claude-desktop thing/server.py -e A_KEY=x",
    "fastmcp install thing/server.py:app --env A_KEY=x",
    "mcp install server.py -v A_KEY=x",
  ])
    assert.deepEqual(readCommand(command), [shown], command);
  assert.deepEqual(readCommand("mcp install"), []);
});

test("in a container, an interpreter and its script are not the server's arguments", () => {
  const shown = [["thing", "env A_KEY=x", "arg --depth=2"]];
  assert.deepEqual(readCommand("docker run -i -e A_KEY=x thing python src/server.py --depth 2"), shown);
  assert.deepEqual(readCommand("docker run -i -e A_KEY=x thing /usr/bin/node dist/index.js --depth 2"), shown);
  assert.deepEqual(readCommand("docker run -i -e A_KEY=x thing --depth 2"), shown);
});
