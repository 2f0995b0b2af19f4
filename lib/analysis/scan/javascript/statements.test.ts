import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../../testing/repositories.ts";

test("a bundle whose statements a minifier joined demands what its source does", async () => {
  const minified = [
    'var a=process.env.A_TOKEN;a||(console.error("no token"),process.exit(1));',
    'var a=process.env.A_TOKEN;if(console.error("starting"),!a)throw new Error("no");',
    'function t(){return console.error("x"),a||process.exit(1),a}var a=process.env.A_TOKEN;t();',
    'var a=process.env.A_TOKEN;a?console.error("ready"):(console.error("no token"),process.exit(1));',
    'var a=process.env.A_TOKEN;a===void 0&&(console.error("no token"),process.exit(1));',
  ];
  for (const code of minified) assert.deepEqual((await readDemands(npmServer(code, ""))).required, ["A_TOKEN"], code);
});

test("a bundle that imports the reader of options under another name declares them all the same", async () => {
  const code =
    'import{parseArgs as Y}from"util";let{values:{"access-token":r,"read-only":s}}=Y({options:{"access-token":{type:"string"},"read-only":{type:"boolean",default:!1}}});let p=r??process.env.A_ACCESS_TOKEN;p||(console.error("Give --access-token or A_ACCESS_TOKEN"),process.exit(1));';
  const found = await readDemands(npmServer(code, ""));
  assert.deepEqual([found.required, found.optional], [["A_ACCESS_TOKEN"], ["--read-only"]]);
});

test("a value that nothing takes keeps its default", async () => {
  const found = await readDemands(npmServer('process.env.A_REGION || "eu";\n', configBlock({ A_REGION: "us" })));
  assert.deepEqual([found.required, found.optional], [[], ["A_REGION"]]);
});
