import type { Input } from "../spec.ts";

/** An input with what tests do not care about filled in. */
export function testInput(key: string, fields: Partial<Input> = {}): Input {
  return {
    key,
    target: "env",
    label: key,
    description: "",
    type: "string",
    required: false,
    secret: false,
    default: null,
    choices: null,
    placeholder: null,
    template: null,
    provenance: [],
    confidence: 1,
    ...fields,
  };
}
