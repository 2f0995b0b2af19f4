import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scanJavaScript } from "./scan/javascript/javascript.ts";
import { scanPython } from "./scan/python/python.ts";
import { findRequirements } from "./scan/requirements.ts";

test("p", async () => {
  const root = process.env.SRC ?? "";
  const ext = new RegExp(process.env.EXT ?? "\\.ts$");
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && ext.test(e.name) && !/test/.test(e.parentPath))
    .map((e) => ({
      path: join(e.parentPath, e.name).slice(root.length + 1),
      text: readFileSync(join(e.parentPath, e.name), "utf8"),
    }));
  const scan = process.env.PY ? scanPython : scanJavaScript;
  const r = await scan(files as never, async () => {});
  for (const f of r.flows)
    if (!(f.needs.length === 1 && f.needs[0]?.length === 0))
      console.log("FLOW", f.path, f.name, f.isHandler, f.isHosting, JSON.stringify(f.needs));
  const q = findRequirements(r.flows, [], []);
  console.log("REQ", [...q.atStart], [...q.later], JSON.stringify(q.alternatives), JSON.stringify(q.choices));
  const name = process.env.CALLED;
  if (name)
    for (const f of r.flows)
      for (const c of f.calls)
        if (c.name.includes(name)) console.log("CALL", f.path, f.name, JSON.stringify(c).slice(0, 300));
});
