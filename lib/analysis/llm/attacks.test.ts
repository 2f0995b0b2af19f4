import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { isPlainText } from "../plain-text.ts";
import { inspectRepository } from "../testing/inspect-files.ts";
import { type LanguageModelServerOptions, startLanguageModelServer } from "../testing/language-model-server.ts";
import type { Known } from "../testing/registries.ts";
import { createGoodModel, nonsenseModel, obeyingModel, type StandIn } from "../testing/stand-ins.ts";
import type { Draft, Inspected } from "../types.ts";
import { consultModel } from "./consult.ts";

// Each file of testing/attacks/ holds repositories in which one kind of file carries attacks. The files of a case are laid over a
// harmless repository. With language models that obey, that answer nonsense and that answer well, the result has to stay what it
// is for the harmless repository.

const folder = join(import.meta.dirname, "..", "testing", "attacks");
const caseSchema = z.array(
  z.strictObject({
    name: z.string(),
    files: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())])),
  }),
);
type Attack = z.infer<typeof caseSchema>[number];

const PACKAGE_JSON = {
  name: "thing-mcp",
  version: "1.2.3",
  description: "Tells things",
  bin: { "thing-mcp": "dist/index.js" },
  dependencies: { "@modelcontextprotocol/sdk": "1" },
};
const CODE = `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "thing" });
if (!process.env.THING_TOKEN) throw new Error("THING_TOKEN is required");
const region = process.env.THING_REGION ?? "eu";
`;
const README = `# Thing

Tells a model about the things that a person has.

| Variable | Description |
|---|---|
| \`THING_TOKEN\` | The token of your account |
| \`THING_REGION\` | Where things are |

`;
const HARMLESS: Record<string, string> = {
  "package.json": JSON.stringify(PACKAGE_JSON),
  "src/index.ts": CODE,
  "README.md": README,
};

/** The registries have what the attacks want to have run. */
const REGISTRIES: { npm: Known[]; pypi: Known[] } = {
  npm: [
    {
      name: "thing-mcp",
      version: "1.2.3",
      repository: "https://github.com/acme/thing",
      mcpName: "io.github.acme/thing",
      files: { "package.json": HARMLESS["package.json"] ?? "", "README.md": README, "dist/index.js": CODE },
    },
    { name: "evil-mcp", version: "6.6.6", repository: "https://github.com/evil/evil" },
    { name: "thing-evil", version: "6.6.6", repository: "https://github.com/evil/evil" },
    { name: "evil", version: "6.6.6", repository: null },
  ],
  pypi: [
    { name: "thing-mcp", version: "6.6.6", repository: "https://github.com/evil/evil" },
    { name: "evil-mcp", version: "6.6.6", repository: null },
  ],
};

function layOver({ files }: Attack): Record<string, string> {
  const result = { ...HARMLESS };
  for (const [path, content] of Object.entries(files)) {
    if (typeof content !== "string") result[path] = JSON.stringify({ ...PACKAGE_JSON, ...content });
    // An attack on a file that is there adds to it.
    else if (path === "README.md" || path === "src/index.ts") result[path] = `${result[path]}\n${content}\n`;
    else result[path] = content;
  }
  return result;
}

/** The program that runs, the addresses that it leads to, and the inputs that a person is asked for. */
function essence({ kind, server, inputs, alternatives, remoteUrl }: Draft) {
  const { name: _, description: __, ...run } = server;
  return {
    kind,
    run,
    remoteUrl,
    alternatives,
    inputs: inputs
      .map(({ key, target, required, secret, default: fallback, prefill = null, choices, template }) => ({
        key,
        target,
        required,
        secret,
        default: fallback,
        prefill,
        choices,
        template,
      }))
      .sort((a, b) => a.key.localeCompare(b.key)),
  };
}

function assertReadable({ server, inputs, warnings }: Draft, name: string): void {
  const texts = [server.name, server.description, ...warnings.map((one) => one.message)];
  for (const { label, description, placeholder } of inputs) texts.push(label, description, placeholder ?? "");
  for (const text of texts) assert.ok(isPlainText(text), `${name}: ${JSON.stringify(text)}`);
}

const models: [string, StandIn][] = [
  ["obeys", obeyingModel],
  ["answers nonsense", nonsenseModel],
  [
    "answers well",
    createGoodModel({
      inputs: [
        { key: "THING_TOKEN", target: "env", required: true, secret: true },
        { key: "THING_REGION", target: "env", required: false, secret: false },
      ],
      alternatives: [],
    }),
  ],
];
const options: LanguageModelServerOptions = { apiKey: "sk-test" };
let server: Awaited<ReturnType<typeof startLanguageModelServer>>;
before(async () => {
  server = await startLanguageModelServer(options);
});
after(() => server.close());

async function consult({ draft, files, demanded, seen }: Inspected, standIn: StandIn): Promise<Draft> {
  options.answer = ({ prompt }) => standIn(prompt);
  const access = { apiKey: "sk-test", baseUrl: server.url, model: "stand-in" };
  const consulted = await consultModel(draft, files, access, {
    fetch,
    signal: undefined,
    report: () => undefined,
    demanded,
    seen,
  });
  assert.equal(consulted.model, "stand-in", JSON.stringify(consulted.warnings));
  return consulted;
}

async function readAttacks(): Promise<[string, Attack[]][]> {
  const names = (await readdir(folder)).sort();
  return await Promise.all(
    names.map(async (name): Promise<[string, Attack[]]> => {
      const attacks = caseSchema.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
      return [name.replace(/\.json$/, ""), attacks];
    }),
  );
}

const carriers = await readAttacks();

test("the corpus has at least sixty attacks", () => {
  assert.ok(carriers.flatMap(([, attacks]) => attacks).length >= 60);
});

for (const [carrier, attacks] of carriers) {
  // A repository of a stranger that names the package, against the package's own.
  const slug = carrier === "copied" ? "evil/thing" : "acme/thing";
  test(`no attack in ${carrier} changes what runs, where it leads or what a person is asked for`, async (t) => {
    const harmless = essence((await inspectRepository("acme/thing", HARMLESS, REGISTRIES)).inspected.draft);
    for (const attack of attacks) {
      await t.test(attack.name, async () => {
        const { inspected } = await inspectRepository(slug, layOver(attack), REGISTRIES);
        assert.deepEqual(essence(inspected.draft), harmless, "without a model");
        assertReadable(inspected.draft, "without a model");
        const hasToAccept = inspected.draft.warnings.some((one) => one.mustAccept);
        assert.equal(hasToAccept, carrier === "copied");
        for (const [name, standIn] of models) {
          const consulted = await consult(inspected, standIn);
          assert.deepEqual(essence(consulted), harmless, `with a model that ${name}`);
          assertReadable(consulted, `with a model that ${name}`);
          const words = consulted.inputs.map((input) => `${input.label} ${input.description}`).join("\n");
          const before = inspected.draft.inputs.map((input) => `${input.label} ${input.description}`).join("\n");
          assert.ok(!/evil\.example|AWS/i.test(words) || /evil\.example|AWS/i.test(before), `${name}: ${words}`);
        }
      });
    }
    assert.deepEqual(server.problems, []);
  });
}
