import { z } from "zod";

const place = {
  file: z.string().nullable().describe("The file that shows it, or null"),
  line: z.number().nullable().describe("The line of that file"),
  quote: z.string().nullable().describe("That line's text, exactly"),
};

/**
 * Schema of the model's answer. Every field is required and nullable, because strict JSON schemas have no optional
 * fields. It has no field for a package, a version, an argument's value or a default: these come from the files alone.
 * A change names the line that shows it, as far as there is one: what it may change without one, `isTrusted` decides.
 */
export const answerSchema = z.object({
  description: z.string().nullable().describe("One plain sentence on what the server does, or null"),
  inputs: z
    .array(
      z.object({
        key: z.string().describe("The variable's name, or the flag with its hyphens"),
        target: z.enum(["env", "arg"]),
        label: z.string().nullable().describe("A short name for people, such as 'Notion token'"),
        description: z.string().nullable().describe("What it is and where a person gets it, in one or two sentences"),
        required: z.boolean().nullable().describe("Whether the server is of no use without it"),
        secret: z.boolean().nullable(),
        type: z.enum(["string", "number", "boolean", "url", "path", "json"]).nullable(),
        ...place,
      }),
    )
    .describe("Every input of the findings, and others whose reading a line of code shows"),
  alternatives: z
    .array(
      z.object({
        what: z.string(),
        oneOf: z.array(z.array(z.string())).describe("Branches of keys; one branch has to be given whole"),
        required: z.boolean(),
        ...place,
      }),
    )
    .describe("Inputs that stand for each other, such as a token or a user name with a password"),
  unneeded: z
    .array(z.object({ key: z.string(), ...place }))
    .describe("Findings that a person who runs the server over stdio never sets"),
});

export type ModelAnswer = z.infer<typeof answerSchema>;
export type ModelInput = ModelAnswer["inputs"][number];
/** A line of a file, as the model names it. */
export type ToldPlace = Pick<ModelInput, "file" | "line" | "quote">;
