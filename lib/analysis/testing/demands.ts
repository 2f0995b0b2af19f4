import assert from "node:assert/strict";
import { readDemands } from "./repositories.ts";

type Case = [files: Record<string, string>, required: string[], choice?: string[][]];

/** Asserts what servers require, and of which ways one has to be given. */
export async function assertDemands(cases: readonly Case[]): Promise<void> {
  for (const [files, required, choice] of cases) {
    const what = Object.entries(files)
      .flatMap(([path, text]) => (/\.(go|rs|java|kt|cs|swift)$/.test(path) ? [text] : []))
      .join("\n");
    const found = await readDemands(files);
    const sorted = (group: string[][]) => group.map((branch) => [...branch].sort().join("+")).sort();
    assert.deepEqual(found.required, required, what);
    assert.deepEqual(
      found.choices.filter(([, isRequired]) => isRequired).map(([group]) => sorted(group)),
      choice ? [sorted(choice)] : [],
      what,
    );
  }
}
