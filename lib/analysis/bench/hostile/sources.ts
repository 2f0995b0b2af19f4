import { count, fill, type HostileInput, nest, pythonServer, typeScriptServer } from "./types.ts";

/** As long as a source file is read. */
const SOURCE_BYTES = 500_000;

const JAVASCRIPT: Record<string, () => string> = {
  parentheses: () => nest("(", ")", 200_000, "1"),
  arrays: () => nest("[", "]", 200_000),
  objects: () => `const a = ${nest("{a:", "}", 120_000, "1")};`,
  members: () => `a${fill(".b", SOURCE_BYTES)};`,
  "environment-members": () => `process.env${fill(".A_B", SOURCE_BYTES)};`,
  calls: () => `a${fill("()", SOURCE_BYTES)};`,
  "computed-members": () => `a${fill("[0]", SOURCE_BYTES)};`,
  ors: () => `const a = process.env.A ${fill("|| b ", SOURCE_BYTES)};`,
  "environment-ors": () => `const a = ${count((i) => `process.env.A_${i} || `, SOURCE_BYTES)}"";`,
  "required-ors": () => `if (${count((i) => `!process.env.A_${i} || `, SOURCE_BYTES)}false) throw new Error("no");`,
  "required-alternatives": () =>
    `if (${count((i) => `(!process.env.A_${i} && !process.env.B_${i}) || `, SOURCE_BYTES)}false) throw new Error("no");`,
  "if-chain": () => `${count((i) => `if (process.env.A_${i}) a(); else `, SOURCE_BYTES)}throw new Error("no");`,
  "ifs-in-ifs": () => count((i) => `if (!process.env.A_${i}) { throw new Error("no"); }\n`, SOURCE_BYTES),
  ternaries: () => `const a = ${count((i) => `process.env.A_${i} ? 1 : `, SOURCE_BYTES)}0;`,
  "ternaries-of-nothing": () => fill(`a = b${" ? null : c".repeat(60)} ? d : null;\n`, SOURCE_BYTES),
  sums: () => `const a = 1 ${fill("+ 1 ", SOURCE_BYTES)};`,
  reads: () => count((i) => `process.env.A_${i};\n`, SOURCE_BYTES),
  "one-read": () => fill("process.env.A_B;\n", SOURCE_BYTES),
  "computed-reads": () => `function get(k){return process.env[k]}\n${count((i) => `get("A_${i}");\n`, SOURCE_BYTES)}`,
  functions: () => count((i) => `function f${i}(){ f${i + 1}(); }\n`, SOURCE_BYTES),
  "functions-of-one-name": () => fill("function f(){ f(); g(); }\n", SOURCE_BYTES),
  "functions-that-fail": () => fill("function f(){ if (!process.env.A_B) throw new Error(); f(); }\n", SOURCE_BYTES),
  "arrow-functions": () => fill("(() => { a(); })();\n", SOURCE_BYTES),
  "callbacks-in-callbacks": () => nest("a(() => {", "});", 20_000),
  classes: () =>
    count((i) => `class A${i} { constructor(){ this.a = process.env.A_${i}; } m(){ this.m(); } }\n`, SOURCE_BYTES),
  constants: () =>
    count((i) => `export const A${i} = process.env.A_${i};\nexport const B${i} = A${i};\n`, SOURCE_BYTES),
  "constant-chain": () => `const A0 = process.env.A_B;\n${count((i) => `const A${i + 1} = A${i};\n`, SOURCE_BYTES)}`,
  imports: () => count((i) => `import "./a${i}.js";\n`, SOURCE_BYTES),
  "imports-of-the-workspace": () => count((i) => `import "@acme/a${i}";\n`, SOURCE_BYTES),
  strings: () => fill('"Either A_B or C_D must be set, throw new Error";\n', SOURCE_BYTES),
  "unclosed-string": () => fill('"', SOURCE_BYTES),
  "unclosed-template": () => fill("`$" + "{", SOURCE_BYTES),
  "unclosed-comment": () => fill("/* ", SOURCE_BYTES),
  "unclosed-regex": () => fill("/[", SOURCE_BYTES),
  "syntax-errors": () => fill("let let = ) ; ", SOURCE_BYTES),
  "types-of-types": () => `type A = ${nest("Array<", ">", 60_000, "string")};`,
  unions: () => `type A = ${fill('"a" | ', SOURCE_BYTES)}"b";`,
  "zod-schemas": () => `z.object({${count((i) => `A_${i}: z.string(),\n`, SOURCE_BYTES)}}).parse(process.env);`,
  "zod-chain": () => `z.object({A_B: z.string()${fill(".min(1)", SOURCE_BYTES)}}).parse(process.env);`,
  "yargs-options": () =>
    `yargs(process.argv)${count((i) => `.option("a${i}", {type: "string"})`, SOURCE_BYTES)}.parse();`,
  "commander-options": () => count((i) => `program.option("--a${i} <b>", "c");\n`, SOURCE_BYTES),
  spaces: () => `a${fill(" ", SOURCE_BYTES)}`,
};

const PYTHON: Record<string, () => string> = {
  parentheses: () => nest("(", ")", 200_000, "1"),
  "unclosed-parentheses": () => fill("(", SOURCE_BYTES),
  lists: () => nest("[", "]", 200_000),
  members: () => `a${fill(".b", SOURCE_BYTES)}`,
  calls: () => `a${fill("()", SOURCE_BYTES)}`,
  ors: () => `a = ${count((i) => `os.environ.get("A_${i}") or `, SOURCE_BYTES)}None`,
  "required-ors": () =>
    `if ${count((i) => `not os.environ.get("A_${i}") or `, SOURCE_BYTES)}False:\n    raise ValueError()`,
  nots: () => `a = ${fill("not ", SOURCE_BYTES)}b`,
  indentation: () => count((i) => `${" ".repeat(Math.min(i, 700))}if a:\n`, SOURCE_BYTES),
  "if-chain": () => `if a:\n    pass\n${count((i) => `elif os.environ.get("A_${i}"):\n    pass\n`, SOURCE_BYTES)}`,
  sums: () => fill(`a = b${" + 'c'".repeat(60)}\n`, SOURCE_BYTES),
  ternaries: () => `a = ${fill("b if c else ", SOURCE_BYTES)}d`,
  lambdas: () => `a = ${fill("lambda: ", SOURCE_BYTES)}1`,
  reads: () => `import os\n${count((i) => `os.environ["A_${i}"]\n`, SOURCE_BYTES)}`,
  "one-read": () => `import os\n${fill('os.environ["A_B"]\n', SOURCE_BYTES)}`,
  functions: () => count((i) => `def f${i}():\n    f${i + 1}()\n`, SOURCE_BYTES),
  "functions-of-one-name": () => fill("def f():\n    f()\n    g()\n", SOURCE_BYTES),
  classes: () => count((i) => `class A${i}(BaseSettings):\n    a: str\n`, SOURCE_BYTES),
  "class-chain": () =>
    `class A0(BaseSettings):\n    a: str\n${count((i) => `class A${i + 1}(A${i}):\n    b: str\n`, SOURCE_BYTES)}`,
  fields: () => `class A(BaseSettings):\n${count((i) => `    a${i}: str\n`, SOURCE_BYTES)}`,
  "click-options": () => `${count((i) => `@click.option("--a${i}")\n`, SOURCE_BYTES)}def main(): pass\n`,
  "argparse-options": () => count((i) => `parser.add_argument("--a${i}", required=True)\n`, SOURCE_BYTES),
  imports: () => count((i) => `from a${i} import b, c, d\n`, SOURCE_BYTES),
  "unclosed-import": () => fill("from a import (b,\n", SOURCE_BYTES),
  decorators: () => `${fill("@a.b\n", SOURCE_BYTES)}def f(): pass\n`,
  "unclosed-string": () => fill('"""', SOURCE_BYTES + 1),
  backslashes: () => `a = "${fill("\\", SOURCE_BYTES)}"`,
  "adjacent-strings": () => `a = ${fill('"b" ', SOURCE_BYTES)}`,
  "f-strings": () => `a = f"${fill("{a}", SOURCE_BYTES)}"`,
  tabs: () => fill("\t", SOURCE_BYTES),
};

const OTHER_LANGUAGES: Record<string, [path: string, head: string, text: () => string]> = {
  "go-reads": [
    "main.go",
    'import "github.com/mark3labs/mcp-go/server"\n',
    () => count((i) => `os.Getenv("A_${i}")\n`, SOURCE_BYTES),
  ],
  "go-braces": ["main.go", 'import "github.com/mark3labs/mcp-go/server"\n', () => nest("{", "}", 240_000)],
  "go-functions": [
    "main.go",
    'import "github.com/mark3labs/mcp-go/server"\n',
    () => fill("func f() { f() }\n", SOURCE_BYTES),
  ],
  "go-unclosed-string": ["main.go", 'import "github.com/mark3labs/mcp-go/server"\n', () => fill('"', SOURCE_BYTES + 1)],
  "go-flags": [
    "main.go",
    'import "github.com/mark3labs/mcp-go/server"\n',
    () => count((i) => `flag.String("a${i}", "", "b")\n`, SOURCE_BYTES),
  ],
  "rust-parentheses": ["src/main.rs", "use rmcp::ServiceExt;\n", () => nest("(", ")", 240_000)],
  "rust-clap": [
    "src/main.rs",
    "use rmcp::ServiceExt;\n",
    () => `#[derive(Parser)] struct A {${count((i) => `#[arg(long, env = "A_${i}")] a${i}: String,\n`, SOURCE_BYTES)}}`,
  ],
  "java-annotations": [
    "src/main/java/A.java",
    "import io.quarkiverse.mcp.server.Tool;\n",
    () => fill(`@ConfigProperty(${fill(" ", 200)}name = "a.b" `, SOURCE_BYTES),
  ],
  "csharp-comments": ["Program.cs", "using ModelContextProtocol;\n", () => fill("/* ", SOURCE_BYTES)],
};

const MANIFESTS: Record<string, string> = {
  go: "module a\nrequire github.com/mark3labs/mcp-go v0.1.0\n",
  rust: '[package]\nname = "a"\n[dependencies]\nrmcp = "0.1"\n',
  java: "<project><artifactId>quarkus-mcp-server-stdio</artifactId></project>",
  csharp: '<Project><PackageReference Include="ModelContextProtocol" /></Project>',
};
const MANIFEST_PATHS: Record<string, string> = {
  go: "go.mod",
  rust: "Cargo.toml",
  java: "pom.xml",
  csharp: "A.csproj",
};

/** Source code in every language that the analysis reads. */
export function hostileSources(): HostileInput[] {
  const others = Object.entries(OTHER_LANGUAGES).map(([name, [path, head, text]]): HostileInput => {
    const language = name.split("-")[0] ?? "";
    const manifest = { [MANIFEST_PATHS[language] ?? ""]: MANIFESTS[language] ?? "" };
    return { name, repository: { files: { ...manifest, "README.md": "# A\n", [path]: head + text() } } };
  });
  return [
    ...Object.entries(JAVASCRIPT).map(([name, text]) => ({
      name: `javascript-${name}`,
      repository: typeScriptServer({ "src/more.ts": text() }),
    })),
    ...Object.entries(PYTHON).map(([name, text]) => ({
      name: `python-${name}`,
      repository: pythonServer({ "hostile/more.py": text() }),
    })),
    ...others,
    { name: "javascript-files-that-import-all", repository: typeScriptServer(importingAll("ts")) },
    { name: "python-files-that-import-all", repository: pythonServer(importingAll("py")) },
  ];
}

/** Four hundred files, each of which imports every other. */
function importingAll(language: "ts" | "py"): Record<string, string> {
  const names = Array.from({ length: 399 }, (_, at) => `m${at}`);
  const all =
    language === "ts"
      ? names.map((name) => `import "./${name}.js";`).join("\n")
      : names.map((name) => `from .${name} import ${name}`).join("\n");
  return Object.fromEntries(
    ["more", ...names].map((name) => [language === "ts" ? `src/${name}.ts` : `hostile/${name}.py`, all]),
  );
}
