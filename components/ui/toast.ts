/** One toast that waits to be shown. */
export interface ToastRequest {
  kind: "success" | "error";
  message: string;
  description?: string | undefined;
}

const queue: ToastRequest[] = [];
const listeners = new Set<() => void>();

function request(toast: ToastRequest): void {
  queue.push(toast);
  for (const listener of listeners) listener();
}

/** Shows toasts. It only queues them, so that a page without a toast does not load the library that shows them. */
export const toast = {
  success(message: string): void {
    request({ kind: "success", message });
  },
  error(message: string, options?: Pick<ToastRequest, "description">): void {
    request({ kind: "error", message, ...options });
  },
};

/** Calls the listener after each request for a toast. Returns the unsubscribe function. */
export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function hasToasts(): boolean {
  return queue.length > 0;
}

/** Removes the waiting toasts from the queue and returns them. */
export function takeToasts(): ToastRequest[] {
  return queue.splice(0);
}
