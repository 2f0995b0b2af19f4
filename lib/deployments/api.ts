import { z } from "zod";
import type { MachineSize } from "../runtime/runtime.ts";
import type { ExtraInput } from "./inputs/extra-inputs.ts";
import { MAX_PAGE_SIZE } from "./queries/deployment-list.ts";
import { DEPLOYMENT_STATUSES } from "./view.ts";

/** The largest body of a call of the API, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A value in a request body. A number or boolean becomes text, null the empty text. */
const valueSchema = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? "" : String(value)));

/** Values by the input's key. Built through entries, so that a key such as `__proto__` stays a key. */
const inputsBodySchema = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "inputs must be an object",
  )
  .transform((inputs, context) =>
    Object.fromEntries(
      Object.entries(inputs).map(([key, value]): [string, string] => {
        const parsed = valueSchema.safeParse(value);
        if (parsed.success) return [key, parsed.data];
        context.addIssue({
          code: "custom",
          path: [key],
          message: "must be a text, a number or a boolean",
          input: undefined,
        });
        return [key, ""];
      }),
    ),
  );

/** Inputs that the analysis did not find. */
const extraInputsSchema = z
  .array(
    z.strictObject({
      key: z.string().max(200),
      secret: z.boolean().default(true),
      target: z.enum(["env", "arg", "file"]).optional(),
      path_to: z.string().max(200).optional(),
    }),
  )
  .max(50)
  .transform((inputs) => inputs.map(({ path_to: pathTo, ...input }): ExtraInput => ({ ...input, pathTo })))
  .optional();

/** Keys of inputs that the server does not need, whatever the analysis says. */
const notNeededSchema = z.array(z.string().max(200)).max(200).optional();

/** `PUT /api/deployments/{id}/machine`. A setting that is absent stays; a region of null is the one in the settings. */
export const machineBodySchema = z.strictObject({
  memory_mb: z.number().optional(),
  region: z.string().max(20).nullable().optional(),
  always_on: z.boolean().optional(),
});

/** Converts such a body to machine settings. */
export function parseMachineSettings(body: z.infer<typeof machineBodySchema>): Partial<MachineSize> {
  return { memoryMb: body.memory_mb, region: body.region, alwaysOn: body.always_on };
}

/** The query of `GET /api/deployments`. */
export const listQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
    cursor: z.string().max(200).optional(),
    q: z.string().max(500).optional(),
    status: z.enum(DEPLOYMENT_STATUSES).optional(),
  })
  .transform(({ q, ...rest }) => ({ ...rest, search: q }));

/** `PATCH /api/deployments/{id}`. */
export const changeBodySchema = z
  .strictObject({ name: z.string().min(1).max(1_000).optional(), start_timeout_s: z.number().optional() })
  .refine((body) => body.name !== undefined || body.start_timeout_s !== undefined, {
    error: "give name or start_timeout_s",
    path: ["name"],
  });

/** `POST /api/deployments`. */
export const createBodySchema = z
  .strictObject({
    repo_url: z.string().min(1).max(2_000).optional(),
    analysis_id: z.string().max(100).optional(),
    name: z.string().max(1_000).optional(),
    server: z
      .strictObject({
        name: z.string().max(200),
        description: z.string().max(2_000),
        runtime: z.enum(["npm", "pypi"]),
        package: z.string().max(214),
        version: z.string().max(100),
        args: z.array(z.string().max(4_000)).max(100),
      })
      .partial()
      .optional(),
    run_install_scripts: z.boolean().optional(),
    extra_inputs: extraInputsSchema,
    inputs: inputsBodySchema.optional(),
    not_needed: notNeededSchema,
    accepted_warnings: z.array(z.string().max(100)).max(100).optional(),
    machine: machineBodySchema.optional(),
  })
  .refine((body) => (body.repo_url === undefined) !== (body.analysis_id === undefined), {
    error: "give either repo_url or analysis_id",
    path: ["repo_url"],
  });

/** `PUT /api/deployments/{id}/inputs`. */
export const replaceBodySchema = z.strictObject({
  inputs: inputsBodySchema,
  extra_inputs: extraInputsSchema,
  not_needed: notNeededSchema,
});

/** `POST /api/deployments/{id}/keys`. */
export const keyBodySchema = z.strictObject({ name: z.string().min(1).max(1_000) });
