import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { goServer, npmServer, pypiServer } from "../testing/repositories.ts";

const js = (outer: string) =>
  npmServer(
    `const OAUTH = process.env.A_OAUTH === "true";\nfunction validate() {\n  const errors = [];\n  ${outer} {\n    if (!process.env.A_KEY) {\n      errors.push("A_KEY is required");\n    }\n  }\n  if (errors.length > 0) {\n    console.error(errors.join());\n    process.exit(1);\n  }\n}\nvalidate();`,
    "",
  );
const py = (outer: string) =>
  pypiServer(
    `OAUTH = os.getenv("A_OAUTH") == "true"\ndef validate():\n    errors = []\n    ${outer}:\n        if not os.getenv("A_KEY"):\n            errors.append("A_KEY")\n    if errors:\n        raise ValueError(errors)\ndef main():\n    validate()\n    mcp.run()\n`,
    "",
  );
const go = (outer: string) =>
  goServer(
    `oauth := os.Getenv("A_OAUTH") == "true"\nvar errs []string\n${outer} {\n\tif os.Getenv("A_KEY") == "" {\n\t\terrs = append(errs, "A_KEY")\n\t}\n}\nif len(errs) > 0 {\n\tlog.Fatal(errs)\n}`,
  );

test("what is missing under a setting is not missed without it", async () => {
  await assertDemands([
    [js("if (OAUTH)"), []],
    [js("if (!OAUTH)"), ["A_KEY"]],
    [js(""), ["A_KEY"]],
    [py("if OAUTH"), []],
    [py("if not OAUTH"), ["A_KEY"]],
    [py("if 'a' not in known"), ["A_KEY"]],
    [go("if oauth"), []],
    [go("if !oauth"), ["A_KEY"]],
  ]);
});
