import type { TextFile } from "../files.ts";
import { emptyScan, type ScanResult } from "./model.ts";

export async function scanPython(_files: readonly TextFile[], _pause: () => Promise<void>): Promise<ScanResult> {
  return emptyScan();
}
