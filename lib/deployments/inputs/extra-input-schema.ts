import { z } from "zod";
import type { ExtraInput } from "./extra-inputs.ts";

/** Accepts an input that a person adds by hand. Its name is checked by `checkExtraInput`. */
export const extraInputSchema: z.ZodType<ExtraInput> = z.object({
  key: z.string().max(200),
  secret: z.boolean(),
  target: z.enum(["env", "arg", "file"]).optional(),
  pathTo: z.string().max(200).optional(),
});
