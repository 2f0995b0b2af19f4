import { count, fill, type HostileInput, nest, TEXT_BYTES, typeScriptServer } from "./types.ts";

/** Texts of a README, by name. */
const READMES: Record<string, () => string> = {
  "words-with-equals": () => fill("A_B=x "),
  "lines-with-equals": () => fill("A_B=x\n"),
  "exports-in-a-block": () => `\`\`\`sh\n${fill("export A_B=x\n", 39_000)}\`\`\`\n`.repeat(25),
  "fences-without-end": () => fill("```\n"),
  "fences-in-quotes": () => fill("> > > > ```json\n"),
  "quote-marks": () => fill("> "),
  "json-brackets": () => `\`\`\`json\n${nest("[", "]", 19_000)}\n\`\`\`\n`.repeat(20),
  "json-braces": () => `\`\`\`json\n${nest('{"a":', "}", 6_000, "1")}\n\`\`\`\n`.repeat(20),
  "json-unclosed": () => `\`\`\`json\n${fill('{"a":[', 39_000)}\n\`\`\`\n`.repeat(25),
  "json-servers": () =>
    `\`\`\`json\n{"mcpServers":{${count((i) => `"s${i}":{"command":"npx","args":["-y","a${i}"],"env":{"A_${i}":"x"}},`, 39_000)}"z":{}}}\n\`\`\`\n`.repeat(
      25,
    ),
  "json-variables": () =>
    `\`\`\`json\n{"mcpServers":{"s":{"command":"npx","args":["a"],"env":{${count((i) => `"A_${i}":"x",`, 39_000)}"Z":"x"}}}}\n\`\`\`\n`.repeat(
      25,
    ),
  "json-prompts": () =>
    `\`\`\`json\n{"inputs":[${count((i) => `{"id":"i${i}"},`, 20_000)}{}],"servers":{"s":{"command":"npx","args":["a"],"env":{${count((i) => `"A_${i}":"\${input:i${i}}",`, 18_000)}"Z":"x"}}}}\n\`\`\`\n`.repeat(
      25,
    ),
  "toml-tables": () =>
    `\`\`\`toml\n${count((i) => `[mcp_servers.a${i}]\ncommand="npx"\n`, 39_000)}\n\`\`\`\n`.repeat(25),
  "toml-dots": () => `\`\`\`toml\n${fill("a.", 38_000)}a=1\n\`\`\`\n`.repeat(25),
  "yaml-keys": () => `\`\`\`yaml\n${count((i) => `a${i}: 1\n`, 39_000)}\`\`\`\n`.repeat(25),
  "yaml-flow": () => `\`\`\`yaml\n${nest("[", "]", 19_000)}\n\`\`\`\n`.repeat(25),
  "shell-words": () => `\`\`\`sh\n${fill("npx -y a -e A_B=x ", 39_000)}\n\`\`\`\n`.repeat(25),
  "shell-quotes": () => `\`\`\`sh\n${fill("'", 39_001)}\n\`\`\`\n`.repeat(25),
  "shell-lines": () => `\`\`\`sh\n${count((i) => `npx -y a${i} --b=C_D\n`, 39_000)}\n\`\`\`\n`.repeat(25),
  "docker-run": () => `\`\`\`sh\ndocker run ${count((i) => `-e A_${i} `, 39_000)} a/b\n\`\`\`\n`.repeat(25),
  "table-rows": () => `| Variable | Description |\n|---|---|\n${count((i) => `| A_${i} | the ${i} b |\n`)}`,
  "table-cells": () => `| Variable | Description |\n|---|---|\n${fill(`|${fill(" A_B |", 4_900)}\n`)}`,
  "table-cells-of-marks": () => `| A | B |\n|---|---|\n${fill(`|${fill("[", 2_400)}|${fill("<", 2_400)}|\n`)}`,
  "list-items": () => count((i) => `- \`A_${i}\` (required): the ${i} b\n`),
  "list-marks": () => fill(`- ${fill("`", 1_900)}\n`),
  "list-stars": () => fill(`- ${fill("*A_B", 1_900)}\n`),
  "open-brackets": () => fill("["),
  "open-images": () => fill("!["),
  "open-angles": () => fill("<"),
  "open-anchors": () => fill("<a "),
  underscores: () => fill("_ "),
  backticks: () => fill("`"),
  "long-name": () => fill("A_"),
  "one-long-line": () => fill("aB1_-= "),
  spaces: () => fill(" "),
  newlines: () => fill("\n"),
  "carriage-returns": () => fill("\r"),
  headings: () => fill("# a\n"),
  "heading-of-marks": () => `# ${fill("*`_[")}`,
  "install-links": () => count((i) => `https://a.example/install?config=${i}eyJh `),
  "install-links-nested": () => fill(`https://a.example/install?url=${encodeURIComponent(fill("https://a/", 7_000))} `),
  "install-links-encoded": () => fill(`cursor://install?config=${fill("%257B", 7_000)} `),
  "install-link-brackets": () => fill(`vscode:mcp/install?${encodeURIComponent(nest("[", "]", 600))} `),
  "hosted-urls": () => count((i) => `https://mcp${i}.example.net/mcp `),
  "container-images": () => count((i) => `docker pull ghcr.io/a/b${i}:latest\n`),
  "names-mentioned": () => count((i) => `Set \`A_${i}\` to x. `),
};

const SERVER_JSONS: Record<string, () => string> = {
  "many-packages": () =>
    JSON.stringify({
      name: "io.github.acme/x",
      packages: Array.from({ length: 200 }, (_, one) => ({
        registryType: "npm",
        identifier: `a${one}`,
        version: "1.0.0",
        environmentVariables: Array.from({ length: 60 }, (_, at) => ({ name: `A_${one}_${at}` })),
      })),
    }),
  "missing-names": () =>
    `${fill(" ", 400_000)}${JSON.stringify({
      name: "x",
      packages: Array.from({ length: 200 }, (_, one) => ({
        registryType: "npm",
        identifier: "a",
        environmentVariables: Array.from({ length: 15 }, (_, at) => ({ name: `A_${one}_${at}`, variables: {} })),
      })),
    })}`,
  "many-arguments": () =>
    JSON.stringify({
      packages: [
        {
          registryType: "npm",
          identifier: "a",
          packageArguments: Array.from({ length: 6_000 }, (_, at) => ({ type: "named", name: `--a${at}` })),
        },
      ],
    }),
  "many-variables": () =>
    JSON.stringify({
      packages: [
        {
          registryType: "npm",
          identifier: "a",
          environmentVariables: [
            { name: "A", variables: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`v${at}`, {}])) },
          ],
        },
      ],
    }),
  "many-remotes": () =>
    JSON.stringify({
      remotes: Array.from({ length: 9_000 }, (_, at) => ({ type: "sse", url: `https://a${at}.example.net/mcp` })),
    }),
  "deep-lists": () => nest("[", "]", 250_000),
  "deep-objects": () => nest('{"server":', "}", 45_000, "1"),
  "deep-variables": () =>
    `{"packages":[{"registryType":"npm","identifier":"a","environmentVariables":[{"name":"A","variables":${nest('{"a":', "}", 80_000, "1")}}]}]}`,
  "long-texts": () => JSON.stringify({ name: fill("a"), description: fill("b", 400_000) }),
};

const SMITHERY: Record<string, () => string> = {
  "many-keys": () =>
    `startCommand:\n  type: stdio\n  configSchema:\n    properties:\n${count((i) => `      a${i}: {type: string}\n`, 480_000)}  commandFunction: "(config) => ({command: 'a'})"\n`,
  "deep-flow": () => `startCommand: ${nest("[", "]", 240_000)}\n`,
  "deep-maps": () => `startCommand:\n${count((i) => `${" ".repeat(Math.min(i, 900))}a:\n`, 480_000)}`,
  "many-mappings": () =>
    `startCommand:\n  configSchema:\n    properties:\n${count((i) => `      a${i}: {type: string}\n`, 40_000)}  commandFunction: |-\n    (config) => ({env: {${count((i) => `A_${i}: config.a${i}, `, 40_000)}}})\n`,
  "deep-function": () => `startCommand:\n  commandFunction: "${nest("(", ")", 20_000)}"\n`,
  aliases: () =>
    `a: &a [x,x,x,x,x,x,x,x,x]\n${count((i) => `b${i}: &b${i} [*a,*a,*a,*a]\n`, 400_000)}startCommand: 1\n`,
  anchors: () => count((i) => `- &a${i} x\n`, 480_000),
  "question-marks": () => fill("? ", 480_000),
  dashes: () => fill("- ", 480_000),
  comments: () => `${fill("# a\n", 480_000)}startCommand: 1\n`,
  quotes: () => `startCommand: "${fill('\\"', 480_000)}`,
};

const OTHERS: Record<string, [string, () => string][]> = {
  "manifest-many-values": [
    [
      "manifest.json",
      () => {
        const names = Array.from({ length: 6_000 }, (_, at) => `a${at}`);
        return JSON.stringify({
          server: {
            mcp_config: { env: Object.fromEntries(names.map((name) => [`A_${name}`, `\${user_config.${name}}`])) },
          },
          user_config: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
        });
      },
    ],
  ],
  "manifest-deep": [["manifest.json", () => `{"server":${nest('{"a":', "}", 80_000, "1")}}`]],
  "env-example-lines": [[".env.example", () => count((i) => `A_${i}=x # a\n`)]],
  "env-example-names-nowhere": [
    [".env.example", () => count((i) => `ZQ_${i}=x\n`, 8_000)],
    ["src/more.ts", () => `export const a = "${fill("ZQ", 480_000)}";`],
  ],
  "env-example-comments": [[".env.example", () => `${fill("# a b c\n")}A_B=x\n`]],
  "env-example-quotes": [[".env.example", () => fill(`A_B="${fill("\"'", 4_000)}\n`)]],
  "env-example-spaces": [[".env.example", () => fill(`A_B${fill(" ", 8_000)}\n`)]],
  "dockerfile-lines": [["Dockerfile", () => count((i) => `ENV A_${i}=x\n`, 480_000)]],
  "dockerfile-spaces": [["Dockerfile", () => `ENV${fill(" ", 480_000)}`]],
  "package-json-commands": [
    [
      "package.json",
      () =>
        JSON.stringify({
          name: "hostile-mcp",
          bin: Object.fromEntries(Array.from({ length: 12_000 }, (_, at) => [`a${at}`, `dist/a${at}.js`])),
          dependencies: { "@modelcontextprotocol/sdk": "1" },
        }),
    ],
  ],
  "package-json-deep": [["package.json", () => `{"name":"a","bin":${nest('{"a":', "}", 80_000, "1")}}`]],
  "pyproject-dots": [["pyproject.toml", () => `[${fill("a.", 480_000)}a]\n`]],
  "pyproject-deep": [["pyproject.toml", () => `a = ${nest("[", "]", 240_000)}\n`]],
  "pyproject-tables": [["pyproject.toml", () => count((i) => `[[tool.a${i}]]\nb = 1\n`, 480_000)]],
  "pyproject-scripts": [
    [
      "pyproject.toml",
      () => `[project]\nname = "hostile-mcp"\n[project.scripts]\n${count((i) => `a${i} = "a.b:c"\n`, 480_000)}`,
    ],
  ],
  "setup-py-repeats": [["setup.py", () => `name="a"\n${fill("install_requires=[\n console_scripts': [", 480_000)}`]],
  "setup-py-spaces": [["setup.py", () => `name${fill(" ", 480_000)}`]],
  "go-mod": [["go.mod", () => fill("require a/b v1\n", 480_000)]],
  "pom-xml": [["pom.xml", () => fill("<artifactId>", 480_000)]],
  "cargo-toml": [["Cargo.toml", () => fill(`rmcp${fill(" ", 1_000)}\n`, 480_000)]],
  "gradle-quotes": [["build.gradle", () => fill("implementation '", 480_000)]],
  "application-properties": [
    ["pom.xml", () => "<artifactId>quarkus-mcp-server-stdio</artifactId>"],
    ["src/main/resources/application.properties", () => count((i) => `a.b${i}=\${A_${i}:}\n`, 480_000)],
  ],
  "many-packages": [
    ...Array.from({ length: 300 }, (_, at): [string, () => string] => [
      `packages/a${at}/package.json`,
      () =>
        JSON.stringify({ name: `a${at}`, bin: "dist/index.js", dependencies: { "@modelcontextprotocol/sdk": "1" } }),
    ]),
    ...Array.from({ length: 300 }, (_, at): [string, () => string] => [
      `packages/a${at}/src/index.ts`,
      () => 'import "@modelcontextprotocol/sdk"; new McpServer({});',
    ]),
  ],
  "many-paths": Array.from({ length: 20_000 }, (_, at): [string, () => string] => [`a/b/c/d/e/${at}.png`, () => ""]),
};

/** Declarations and documentation. */
export function hostileTexts(): HostileInput[] {
  const one = (kind: string, path: string, texts: Record<string, () => string>): HostileInput[] =>
    Object.entries(texts).map(([name, text]) => ({
      name: `${kind}-${name}`,
      repository: typeScriptServer({ [path]: text() }),
    }));
  return [
    ...one("readme", "README.md", READMES),
    ...one("server-json", "server.json", SERVER_JSONS),
    ...one("smithery", "smithery.yaml", SMITHERY),
    ...Object.entries(OTHERS).map(([name, files]) => ({
      name,
      repository: typeScriptServer(Object.fromEntries(files.map(([path, text]) => [path, text()]))),
    })),
    { name: "readme-and-all-files", repository: typeScriptServer(everything()) },
  ];
}

/** Several files at their limits at once. */
function everything(): Record<string, string> {
  return {
    "README.md": fill("A_B=x ", TEXT_BYTES),
    "docs/configuration.md": fill("- `A_B`: x\n", TEXT_BYTES),
    ".env.example": count((i) => `A_${i}=x\n`, 500_000),
    ...Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`src/a${at}.ts`, count((i) => `process.env.A_${at}_${i};\n`, 500_000)]),
    ),
  };
}
