import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer, pypiServer } from "../testing/repositories.ts";

// What stays required, or stays out, beside other ways of giving it.

const js = (code: string) => npmServer(code, "");
const python = (body: string, before = "") =>
  pypiServer(`${before}\ndef main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, "");

test("a fallback to a setting that is required leaves it required", async () => {
  const fields =
    "from pydantic import model_validator\nfrom pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a_url: str\n    a_public_url: str | None = None\n";
  const check = (message: string) =>
    `${fields}    @model_validator(mode='after')\n    def v(self):\n        url = self.a_public_url or self.a_url\n        if not valid(url):\n            raise ValueError(${message})\n        return self\n`;
  await assertDemands([
    [python("S()", check("'Set A_PUBLIC_URL or A_URL.'")), ["A_URL"]],
    [
      python(
        "S()",
        check(
          '\n                "It must use HTTPS unless it is local. "\n                "Set A_PUBLIC_URL or A_URL."',
        ),
      ),
      ["A_URL"],
    ],
    [
      python(
        "S()",
        `${check("'no'")}    def w(self):\n        pass\ndef valid(url):\n    if not url:\n        raise ValueError('no')\n    return url\n`,
      ),
      ["A_URL"],
    ],
    [
      python(
        "load()",
        "def load():\n    url = os.getenv('A_PUBLIC_URL') or os.getenv('A_URL')\n    if not url:\n        raise ValueError('Set A_PUBLIC_URL or A_URL.')\n",
      ),
      [],
      [["A_PUBLIC_URL"], ["A_URL"]],
    ],
  ]);
});

test("a way that signs people in over HTTP is none over stdio", async () => {
  const oauth = (address: string) =>
    `function oauth() { const id = process.env.A_OAUTH_CLIENT_ID; if (!id) return undefined; const url = process.env.${address}; if (!url) throw new Error("no"); return { id, url }; }\nfunction client() { if (!process.env.A_KEY) throw new Error("no"); }\nconst config = oauth();\nconst made = config ? other(config) : client();\n`;
  await assertDemands([
    [js(oauth("MCP_SERVER_BASE_URL")), ["A_KEY"]],
    [js(oauth("A_REDIRECT_URI")), [], [["A_KEY"], ["A_OAUTH_CLIENT_ID", "A_REDIRECT_URI"]]],
    [js(oauth("BASE_URL")), [], [["A_KEY"], ["A_OAUTH_CLIENT_ID", "BASE_URL"]]],
  ]);
});

test("a way whose variables go to what signs people in is none over stdio", async () => {
  const server = (provider: string, from = "fastmcp.server.auth", before = "pass") =>
    pypiServer(
      `from ${from} import AcmeProvider\nimport settings\nA_ID = os.getenv("A_ID")\nA_SECRET = os.getenv("A_SECRET")\nA_HOME = os.getenv("A_HOME")\nA_KEY = os.getenv("A_KEY")\nis_signed = bool(A_ID and A_SECRET and A_HOME)\ndef auth():\n    ${before}\n    return AcmeProvider(${provider})\ndef main():\n    if not is_signed and not A_KEY:\n        raise ValueError("no")\n    mcp.run()\n`,
      "",
    );
  const all = "client_id=A_ID, client_secret=A_SECRET, base_url=A_HOME";
  const choice = [["A_ID", "A_SECRET", "A_HOME"], ["A_KEY"]];
  await assertDemands([
    [server(all), ["A_KEY"]],
    [server(all, "fastmcp.server.auth.providers.acme"), ["A_KEY"]],
    [server("upstream_client_id=A_ID, upstream_client_secret=A_SECRET, base_url=A_HOME"), ["A_KEY"]],
    [server(all.replace("=A_HOME", "=home"), undefined, 'home = os.environ.get("A_HOME", "")'), ["A_KEY"]],
    // A client of a service takes the same.
    [server(all, "acme"), [], choice],
    // What is not handed to it is needed for something else.
    [server("client_id=A_ID, base_url=A_HOME"), [], choice],
    [server("client_id=A_ID, client_secret=A_SECRET, base_url=settings.home"), [], choice],
  ]);
});

test("a variable that one of the ways needs is shown, though hosting has some of its name", async () => {
  const ways = (issuer: string) =>
    js(
      `const mode = process.env.A_MODE ?? "token";\nif (mode === "token") need("A_KEY"); else if (mode === "signed") { need("A_USER"); need("${issuer}"); }\nfunction need(name) { if (!process.env[name]) throw new Error(name); }\n`,
    );
  await assertDemands([[ways("A_ISSUER"), [], [["A_KEY"], ["A_MODE", "A_USER", "A_ISSUER"]]]]);
  const alone = js('if (!process.env.A_ISSUER && !process.env.A_KEY) throw new Error("no");');
  await assertDemands([[alone, []]]);
});

test("a credential that is taken by default is taken where nothing else is given", async () => {
  const read = (name: string) =>
    npmServer(`process.env.${name};\n`, `| Variable | Use |\n|---|---|\n| ${name} | Token |\n`);
  await assertDemands([
    [read("A_TOKEN"), ["A_TOKEN"]],
    [read("A_DEFAULT_TOKEN"), []],
  ]);
});

test("the other half of the only credential is needed with it", async () => {
  const read = "const client = new Client({ id: process.env.A_API_ID, hash: process.env.A_API_HASH });\n";
  const list = "```\nA_API_ID=123\nA_API_HASH=your_hash\n```\n";
  await assertDemands([
    [npmServer(read, list), ["A_API_HASH", "A_API_ID"]],
    // Documentation that has one without the other, or calls it optional, says that it can be left out.
    [npmServer(read, "```\nA_API_HASH=your_hash\n```\n"), ["A_API_HASH"]],
    [npmServer(read, `${list}\n- \`A_API_ID\` (optional): only for bots\n`), ["A_API_HASH"]],
    [npmServer(read.replace("A_API_ID", "A_REGION"), list.replace("A_API_ID", "A_REGION")), ["A_API_HASH"]],
  ]);
});
