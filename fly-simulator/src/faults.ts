import { z } from "zod";

const faultSchema = z.strictObject({
  /** Which requests of the API it meets; every one without a match. */
  match: z
    .strictObject({
      method: z.string().toUpperCase().optional(),
      /** A path without /v1, or one of the document's with its placeholders: "/apps/{app_name}/machines". */
      path: z.string().startsWith("/").optional(),
    })
    .default({}),
  /** How many such requests it meets. */
  times: z.int().positive().default(1),
  /** How many it lets through before. */
  after: z.int().min(0).default(0),
  /**
   * A status, or: "cut-before": the connection is cut and nothing is done; "cut-after": it is done, and the answer is lost;
   * "delay": it is done later.
   */
  answer: z.union([
    z.literal([400, 401, 403, 404, 405, 408, 409, 412, 422, 429, 500, 501, 502, 503, 504]),
    z.literal(["cut-before", "cut-after", "delay"]),
  ]),
  /** With a status: whether what was asked for is done all the same, as Fly's 408 and 5xx can mean. */
  done: z.boolean().default(false),
  /** For "delay", in milliseconds. */
  delayMs: z.int().min(0).max(600_000).default(1_000),
  /** The answer's words. */
  error: z.string().optional(),
  /** main.statusCode of the answer's body, such as "insufficient_capacity". */
  code: z.string().optional(),
});

export type Fault = z.input<typeof faultSchema>;
type PendingFault = z.output<typeof faultSchema>;

/** Faults that were asked for and have not happened yet. */
export class Faults {
  #pending: PendingFault[] = [];

  /** Throws ZodError for what is no fault. */
  add(fault: unknown): void {
    this.#pending.push(faultSchema.parse(fault));
  }

  clear(): void {
    this.#pending = [];
  }

  /** How many requests are still to be met. */
  get pendingCount(): number {
    return this.#pending.reduce((sum, fault) => sum + fault.times, 0);
  }

  /** The fault that meets a request, counted down; null when none does. */
  take(method: string, path: string, template: string): PendingFault | null {
    for (const fault of this.#pending) {
      const { match } = fault;
      if (match.method !== undefined && match.method !== method) continue;
      if (match.path !== undefined && match.path !== path && match.path !== template) continue;
      if (fault.after > 0) {
        fault.after--;
        continue;
      }
      fault.times--;
      this.#pending = this.#pending.filter((other) => other.times > 0);
      return fault;
    }
    return null;
  }
}
