import { z } from "zod";

const faultSchema = z.strictObject({
  /** The requests that it affects; all without a match. */
  match: z
    .strictObject({
      method: z.string().toUpperCase().optional(),
      /** A path without /v1, or a template of the document: "/apps/{app_name}/machines". */
      path: z.string().startsWith("/").optional(),
    })
    .default({}),
  /** Number of requests that it affects. */
  times: z.int().positive().default(1),
  /** Number of requests that pass before it. */
  after: z.int().min(0).default(0),
  /**
   * A status; "cut-before" closes the connection and does nothing; "cut-after" does the operation and loses its answer; "delay" does
   * it later.
   */
  answer: z.union([
    z.literal([400, 401, 403, 404, 405, 408, 409, 412, 422, 429, 500, 501, 502, 503, 504]),
    z.literal(["cut-before", "cut-after", "delay"]),
  ]),
  /** With a status: the operation is done all the same, as Fly's 408 and 5xx can mean. */
  done: z.boolean().default(false),
  /** For "delay", in milliseconds. */
  delayMs: z.int().min(0).max(600_000).default(1_000),
  /** The response's error text. */
  error: z.string().optional(),
  /** The main.statusCode of the response's body, such as "insufficient_capacity". */
  code: z.string().optional(),
});

export type Fault = z.input<typeof faultSchema>;
type PendingFault = z.output<typeof faultSchema>;

/** The injected faults that are still pending. */
export class Faults {
  #pending: PendingFault[] = [];

  /** Adds a fault. Throws ZodError for an invalid one. */
  add(fault: unknown): void {
    this.#pending.push(faultSchema.parse(fault));
  }

  clear(): void {
    this.#pending = [];
  }

  /** The number of requests that are still to be affected. */
  get pendingCount(): number {
    return this.#pending.reduce((sum, fault) => sum + fault.times, 0);
  }

  /** Takes the fault that affects a request and counts it down; null when none does. */
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
