import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const README = "# Thing\n\nA server for Acme. It uses `ACME_API_KEY`.\n\n```sh\nexport ACME_API_KEY=your-key\n```\n";
const demands = async (files: Record<string, string>) => {
  const { required, optional } = await readDemands(files);
  return [required, optional];
};
const python = (code: string, readme = README, more: Record<string, string> = {}) =>
  demands(pypiServer(`${code}\ndef main(): mcp.run()\n`, readme, more));
const javaScript = (code: string, readme = README) => demands(npmServer(`${code}\n`, readme));

test("a credential that documentation names for the client of a library is read by that client", async () => {
  const tool = (made: string) => `@mcp.tool()\ndef balance():\n    return ${made}.balance()\n`;
  for (const code of [
    "from acme import Acme\nclient = Acme()",
    "from acme.core import Other, AcmeClient\nclient = AcmeClient(timeout=30)",
    "from acme_sdk import (\n    Acme,\n    Error,\n)\nclient = Acme()",
    `from acme import AsyncAcme\n${tool("AsyncAcme()")}`,
    `from acme.core import Acme\n${tool("Acme()")}`,
  ])
    assert.deepEqual(await python(code), [["ACME_API_KEY"], []], code);
  for (const code of [
    'import Acme from "acme-sdk";\nconst client = new Acme();',
    'import { AcmeClient } from "@acme/client";\nexport const client = new AcmeClient({ timeout: 3 });',
  ])
    assert.deepEqual(await javaScript(code), [["ACME_API_KEY"], []], code);
});

test("it is not where the client is given one, is the code's own, or is another service's", async () => {
  for (const code of [
    "from acme import Acme\ndef get(key): return Acme(api_key=key)",
    "from acme import Acme\ndef get(value): return Acme(value)",
    "from acme import Other\nclient = Other()",
    "from thing.acme import Acme\nclient = Acme()",
    "from .acme import Acme\nclient = Acme()",
    "class Acme:\n    pass\nclient = Acme()",
  ])
    assert.deepEqual((await python(code))[0], [], code);
  const two = `${README}\nOr set \`ACME_ACCESS_TOKEN\`.\n`;
  assert.deepEqual((await python("from acme import Acme\nclient = Acme()", two))[0], []);
  assert.deepEqual((await javaScript('import { Acme } from "./acme.js";\nconst client = new Acme();'))[0], []);
});

test("a client that reads a secret by itself reads its other half too", async () => {
  const readme = "# Thing\n\nA server for Acme. Set `ACME_SECRET_KEY`, `ACME_PUBLIC_KEY` and `ACME_REGION`.\n";
  const [required] = await javaScript('import { Acme } from "acme";\nconst client = new Acme();', readme);
  assert.deepEqual(required, ["ACME_PUBLIC_KEY", "ACME_SECRET_KEY"]);
});
