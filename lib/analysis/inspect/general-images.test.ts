import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer, readDemands } from "../testing/repositories.ts";

const shell = (command: string) => `# Thing\n\`\`\`bash\n${command}\n\`\`\`\n`;
const CODE = "const folder = process.env.A_FOLDER;\n";

async function inputsOf(command: string): Promise<string[]> {
  const { inputs } = await inspectFiles(npmServer(CODE, shell(command)), {
    npm: [{ name: "thing-mcp", repository: REPOSITORY }],
  });
  return inputs.map(({ key }) => key).sort();
}

test("what a database in a container gets is not the server's", async () => {
  for (const image of [
    "postgres:16",
    "docker.io/library/postgres",
    "mcr.microsoft.com/mssql/server:2022-latest",
    "docker.elastic.co/elasticsearch/elasticsearch:8.15.0",
    "qdrant/qdrant",
  ])
    assert.deepEqual(await inputsOf(`docker run -d -e DB_PASSWORD=secret -p 5432:5432 ${image}`), ["A_FOLDER"], image);
});

test("what an image of the server gets is its own, also where it is named like a database", async () => {
  for (const image of ["acme/thing-mcp", "mcp/postgres", "acme/redis", "ghcr.io/acme/qdrant"])
    assert.ok((await inputsOf(`docker run -i --rm -e DB_PASSWORD=secret ${image}`)).includes("DB_PASSWORD"), image);
});

test("a container of a mere runtime runs what stands behind it", async () => {
  const commands = [
    "docker run -it --rm -v $(pwd):/app -w /app node:22 npx -y @modelcontextprotocol/inspector node ./dist/index.js",
    "docker run -i --rm ghcr.io/astral-sh/uv:latest uv run ./src/server.py",
    "docker run -i --rm node:22 npx -y thing-mcp",
  ];
  for (const command of commands) assert.deepEqual(await inputsOf(command), ["A_FOLDER"], command);
  const given = await readDemands(
    npmServer(
      'if (!process.argv[2]) throw new Error("no folder");',
      shell("docker run -i --rm node:22 npx -y thing-mcp /data"),
    ),
  );
  assert.deepEqual(given.required, ["position 0"]);
});
