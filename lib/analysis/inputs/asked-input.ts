import type { Input } from "../spec.ts";

/** Creates an input that a server itself asked for when it exited at its start: required, and known by its name alone. */
export function createAskedInput({
  key,
  target,
  label,
  secret,
}: Pick<Input, "key" | "target" | "label" | "secret">): Input {
  return {
    key,
    target,
    label: label.slice(0, 200),
    description: "",
    type: "string",
    required: true,
    secret,
    default: null,
    prefill: null,
    choices: null,
    placeholder: null,
    template: null,
    provenance: [],
    confidence: 0.9,
  };
}
