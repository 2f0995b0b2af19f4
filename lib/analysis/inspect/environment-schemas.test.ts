import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer } from "../testing/repositories.ts";

// What schemas of the environment check beyond each variable by itself.

const FIELDS =
  'A_MODE: z.enum(["token", "oauth"]).default("token"), A_TOKEN: z.string().optional(), A_CLIENT: z.string().optional(), A_URL: z.string()';
const schema = (end: string, { fields = FIELDS, before = "", after = "" } = {}) =>
  npmServer(
    `import { z } from "zod";\n${before}const envSchema = z.object({ ${fields} })${end};\nconst env = envSchema.parse(process.env);\n${after}`,
    "",
  );
const ISSUE = 'ctx.addIssue({ code: "custom", message: "no" })';

test("a check of the whole environment asks for what a setting's own word needs", async () => {
  for (const files of [
    schema(`.superRefine((v, ctx) => { if (v.A_MODE === "token" && !v.A_TOKEN) ${ISSUE}; })`),
    schema(`.superRefine((v, ctx) => { if (v.A_MODE !== "oauth" && !v.A_TOKEN) ${ISSUE}; })`),
    schema(`.superRefine((v, ctx) => { if (v.A_MODE !== "token") return; if (!v.A_TOKEN) ${ISSUE}; })`),
    schema(`.superRefine(({ A_MODE, A_TOKEN: token }, ctx) => { if (A_MODE === "token" && !token) ${ISSUE}; })`),
    schema(`.superRefine((v, ctx) => { if (["token", "basic"].includes(v.A_MODE) && !v.A_TOKEN) ${ISSUE}; })`),
    schema(
      `.transform((v, ctx) => { if (v.A_MODE === "token" && !v.A_TOKEN) { ${ISSUE}; return z.NEVER; } return v; })`,
    ),
    schema(
      '.check((ctx) => { if (ctx.value.A_MODE === "token" && !ctx.value.A_TOKEN) ctx.issues.push({ code: "custom" }); })',
    ),
    schema('.refine((v) => v.A_MODE !== "token" || !!v.A_TOKEN)'),
    schema('.refine((v) => (v.A_MODE === "token" ? Boolean(v.A_TOKEN) : true))'),
    schema("", { after: 'if (env.A_MODE === "token" && !env.A_TOKEN) throw new Error("no");' }),
    schema(`.superRefine((v, ctx) => { if (v.A_MODE === Mode.Token && !v.A_TOKEN) ${ISSUE}; })`, {
      before: 'enum Mode { Token = "token", Oauth = "oauth" }\n',
      fields: FIELDS.replace('z.enum(["token", "oauth"]).default("token")', "z.nativeEnum(Mode).default(Mode.Token)"),
    }),
    schema(
      `.extend({ A_URL: z.string() }).superRefine((v, ctx) => { if (v.A_MODE === "token" && !v.A_TOKEN) ${ISSUE}; })`,
      {
        fields: FIELDS.replace(", A_URL: z.string()", ""),
      },
    ),
    npmServer(
      `import { z } from "zod";\nconst schema = z.object({ mode: z.enum(["token", "oauth"]).default("token"), token: z.string().optional(), url: z.string() }).superRefine((v, ctx) => { if (v.mode === "token" && !v.token) ${ISSUE}; });\nconst config = schema.parse({ mode: process.env.A_MODE, token: process.env.A_TOKEN, url: process.env.A_URL });\n`,
      "",
    ),
  ])
    await assertDemands([[files, ["A_TOKEN", "A_URL"]]]);
});

test("a check of the whole environment asks for nothing that another word needs", async () => {
  for (const files of [
    schema(`.superRefine((v, ctx) => { if (v.A_MODE === "oauth" && !v.A_CLIENT) ${ISSUE}; })`),
    schema(`.superRefine((v, ctx) => { if (v.A_MODE !== "oauth") return; if (!v.A_CLIENT) ${ISSUE}; })`),
    schema('.refine((v) => v.A_MODE !== "oauth" || !!v.A_CLIENT)'),
    schema("", { after: 'if (env.A_MODE === "oauth" && !env.A_CLIENT) throw new Error("no");' }),
    schema(`.superRefine((v, ctx) => { if (v.A_MODE === "token" && !v.A_TOKEN) ${ISSUE}; })`, {
      fields: FIELDS.replace('.default("token")', ".optional()"),
    }),
    // A list of the program's own is no list of what a schema refuses.
    schema(".transform((v, ctx) => { if (!v.A_TOKEN) report.issues.push(1); return v; })"),
  ])
    await assertDemands([[files, ["A_URL"]]]);
});

test("of several objects of variables, the environment has to be one", async () => {
  const union = (made: string) =>
    npmServer(`import { z } from "zod";\nconst schema = ${made};\nconst env = schema.parse(process.env);\n`, "");
  const [token, client] = [
    "z.object({ A_TOKEN: z.string() })",
    "z.object({ A_CLIENT: z.string(), A_SECRET: z.string() })",
  ];
  const ways = [["A_TOKEN"], ["A_CLIENT", "A_SECRET"]];
  await assertDemands([
    [union(`z.union([${token}, ${client}])`), [], ways],
    [union(`${token}.or(${client})`), [], ways],
    [union(`z.object({ A_URL: z.string() }).and(${token}.or(${client}))`), ["A_URL"], ways],
    [union(`z.intersection(z.object({ A_URL: z.string() }), z.union([${token}, ${client}]))`), ["A_URL"], ways],
    [
      union(
        'z.discriminatedUnion("A_MODE", [z.object({ A_MODE: z.literal("token"), A_TOKEN: z.string() }), z.object({ A_MODE: z.literal("oauth"), A_CLIENT: z.string(), A_SECRET: z.string() })])',
      ),
      ["A_MODE"],
      ways,
    ],
    [union(`z.union([${token}, z.object({ A_CLIENT: z.string().optional() })])`), []],
    [union(`${token}.and(${client})`), ["A_CLIENT", "A_SECRET", "A_TOKEN"]],
    // One variable that may be of two kinds.
    [union("z.object({ A_PORT: z.union([z.string(), z.number()]), A_TOKEN: z.string() })"), ["A_PORT", "A_TOKEN"]],
  ]);
});
