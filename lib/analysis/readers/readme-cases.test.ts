import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const env = (text: string) => `\`\`\`env\n${text}\n\`\`\`\n`;
const CODE =
  'process.env.A_KIND || "unknown"; process.env.A_URL; process.env.A_TOKEN; process.env.A_CLUSTER; process.env.A_PROFILE;\n';
const BLOCK = configBlock({ A_KIND: "local", A_URL: "http://localhost", A_TOKEN: "x" });

test("sections for several cases demand what all of them have, and the rest is a choice", async () => {
  const readme = `# Thing\n\n${BLOCK}\n## Configuration\n\n### Local\n\nYou must provide:\n\n- \`A_KIND\`\n- \`A_URL\`\n- \`A_TOKEN\`\n\n${env("A_KIND=local\nA_URL=http://localhost\nA_TOKEN=x")}\n### Cloud\n\nYou must provide \`A_KIND=cloud\` and \`A_CLUSTER\`:\n\n${env("A_KIND=cloud\nA_CLUSTER=x\nA_TOKEN=x")}\n### Profiles\n\n${env("A_PROFILE=readonly")}`;
  const { required, choices } = await readDemands(npmServer(CODE, readme));
  assert.deepEqual([required, choices], [["A_KIND", "A_TOKEN"], [[[["A_URL"], ["A_CLUSTER"]], true]]]);
});

test("a single case, and sections that demand nothing, are no choice", async () => {
  const single = `${BLOCK}\n## Local\n\nYou must provide:\n\n${env("A_KIND=local\nA_URL=x")}`;
  assert.deepEqual((await readDemands(npmServer(CODE, single))).choices, []);
  const undemanding = `${BLOCK}\n## Local\n\n${env("A_KIND=local\nA_URL=x")}\n## Cloud\n\n${env("A_KIND=cloud\nA_CLUSTER=x")}`;
  assert.deepEqual((await readDemands(npmServer(CODE, undemanding))).choices, []);
});

test("tables for several cases that share a variable are a choice of what they do not share", async () => {
  const code = "process.env.A_TOKEN; process.env.A_ORG; process.env.A_URL;\n";
  const table = (...rows: string[]) =>
    `\n\n| Variable | Description | Required |\n|---|---|---|\n${rows.map((row) => `| ${row} |`).join("\n")}\n\n`;
  const [token, org, url] = [
    "`A_TOKEN` | token | Yes",
    "`A_ORG` | organization | Yes",
    "`A_URL` | address | Yes",
  ] as const;
  const blocks = configBlock({ A_TOKEN: "x", A_ORG: "x" }) + configBlock({ A_TOKEN: "x", A_URL: "x" });
  const read = async (text: string) => readDemands(npmServer(code, `${blocks}\n## Configuration\n\n${text}`));
  const cases = `#### Cloud${table(token, org, "`A_URL` | another address | No")}#### Self-hosted${table(token, url)}`;
  assert.deepEqual(await read(cases), {
    required: ["A_TOKEN"],
    optional: ["A_ORG", "A_URL"],
    choices: [[[["A_ORG"], ["A_URL"]], true]],
  });
  // Features that have nothing in common are needed side by side, and one that the other includes is no choice.
  for (const text of [
    `#### Issues${table(token, org)}#### Pages${table(url)}`,
    `#### Basic${table(token)}#### More${table(token, url)}`,
    `#### Cloud${table(token, org)}#### HTTP transport${table(token, url)}`,
  ])
    assert.deepEqual((await read(text)).choices, [], text);
});
