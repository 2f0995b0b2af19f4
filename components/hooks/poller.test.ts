import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { Poller, type PollerOptions, type PollingPage } from "./poller.ts";

/** A page that a test hides and shows. */
class TestPage implements PollingPage {
  #isVisible = true;
  readonly #listeners = new Set<() => void>();
  isVisible = () => this.#isVisible;
  onReturn = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  get listenerCount(): number {
    return this.#listeners.size;
  }
  hide(): void {
    this.#isVisible = false;
  }
  show(): void {
    this.#isVisible = true;
    for (const listener of this.#listeners) listener();
  }
}

/** A server whose answers a test gives, in the order of its requests. */
class TestServer<T> {
  readonly #open: PromiseWithResolvers<T>[] = [];
  count = 0;
  load = (): Promise<T> => {
    const request = Promise.withResolvers<T>();
    this.count++;
    this.#open.push(request);
    return request.promise;
  };
  async answer(value: T): Promise<void> {
    this.#open.shift()?.resolve(value);
    await settle();
  }
  async fail(reason: unknown): Promise<void> {
    this.#open.shift()?.reject(reason);
    await settle();
  }
}

/** Lets everything run that promises have made ready. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const PAUSE_MS = 5_000;

function setUp(options: Partial<PollerOptions<string>> = {}) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const server = new TestServer<string>();
  const page = new TestPage();
  const poller = new Poller<string>({ load: server.load, page, ...options });
  const changes: (string | undefined)[] = [];
  const subscribe = (delayMs = PAUSE_MS) =>
    poller.subscribe(
      () => changes.push(poller.getState().value),
      () => delayMs,
    );
  return { server, page, poller, changes, subscribe };
}

afterEach(() => mock.timers.reset());

test("a poller loads for its first subscriber, then after each pause, and reports changes only", async () => {
  const { server, poller, changes, subscribe } = setUp();
  assert.equal(server.count, 0);
  subscribe();
  assert.equal(server.count, 1);
  await server.answer("a");
  const state = poller.getState();
  mock.timers.tick(PAUSE_MS - 1);
  assert.equal(server.count, 1);
  mock.timers.tick(1);
  assert.equal(server.count, 2);
  await server.answer("a");
  assert.equal(poller.getState(), state, "the state is the same object");
  mock.timers.tick(PAUSE_MS);
  await server.answer("b");
  assert.deepEqual(changes, ["a", "b"]);
});

test("subscribers share one request and the shortest pause, and the last one to leave ends the polling", async () => {
  const { server, page, subscribe } = setUp();
  const leave = subscribe(PAUSE_MS);
  const leaveToo = subscribe(1_000);
  assert.equal(server.count, 1);
  await server.answer("a");
  mock.timers.tick(1_000);
  assert.equal(server.count, 2);
  leaveToo();
  await server.answer("b");
  mock.timers.tick(1_000);
  assert.equal(server.count, 2);
  mock.timers.tick(PAUSE_MS - 1_000);
  assert.equal(server.count, 3);
  leave();
  await server.answer("c");
  mock.timers.tick(PAUSE_MS * 10);
  assert.equal(server.count, 3);
  assert.equal(page.listenerCount, 0);
});

test("a subscriber that comes later loads again, unless that has just been done, and begins with the last value", async () => {
  const { server, poller, subscribe } = setUp();
  const leave = subscribe();
  await server.answer("a");
  subscribe();
  assert.equal(server.count, 1);
  mock.timers.tick(300);
  const leaveThird = subscribe();
  assert.equal(server.count, 2);
  await server.answer("a");
  leave();
  leaveThird();
  assert.equal(poller.getState().value, "a");
});

test("a hidden page asks for nothing, and at once when it is visible again", async () => {
  const { server, page, subscribe } = setUp();
  subscribe();
  await server.answer("a");
  page.hide();
  mock.timers.tick(PAUSE_MS * 10);
  assert.equal(server.count, 1);
  page.show();
  assert.equal(server.count, 2);
  await server.answer("b");
  mock.timers.tick(PAUSE_MS);
  assert.equal(server.count, 3);
});

test("returning again and again asks once a second, and a pause that ended meanwhile still has its request", async () => {
  const { server, page, subscribe } = setUp();
  subscribe(500);
  await server.answer("a");
  page.show();
  page.show();
  assert.equal(server.count, 1);
  page.hide();
  mock.timers.tick(600);
  assert.equal(server.count, 1);
  page.show();
  assert.equal(server.count, 2);
});

test("failures keep the value and are retried after 1, 2, 4, 8, 16, 30, 30 s, until a success", async () => {
  const { server, poller, subscribe } = setUp();
  subscribe();
  await server.answer("a");
  mock.timers.tick(PAUSE_MS);
  const failure = new Error("away");
  let count = 2;
  for (const delayS of [1, 2, 4, 8, 16, 30, 30]) {
    await server.fail(failure);
    assert.deepEqual(poller.getState(), { value: "a", failure });
    mock.timers.tick(delayS * 1_000 - 1);
    assert.equal(server.count, count, `before ${delayS} s`);
    mock.timers.tick(1);
    assert.equal(server.count, ++count, `after ${delayS} s`);
  }
  await server.answer("b");
  assert.deepEqual(poller.getState(), { value: "b", failure: undefined });
  mock.timers.tick(PAUSE_MS);
  await server.fail(failure);
  mock.timers.tick(1_000);
  assert.equal(server.count, count + 2);
});

test("a final failure is not retried until the person returns", async () => {
  const { server, page, subscribe } = setUp({ isFinal: (failure) => failure === "gone" });
  subscribe();
  await server.fail("gone");
  mock.timers.tick(120_000);
  assert.equal(server.count, 1);
  page.show();
  assert.equal(server.count, 2);
});

test("a refresh loads at once, and a response from before it is ignored", async () => {
  const { server, poller, subscribe } = setUp();
  const leave = subscribe();
  poller.refresh();
  assert.equal(server.count, 2);
  await server.answer("before");
  assert.equal(poller.getState().value, undefined);
  await server.answer("after");
  assert.equal(poller.getState().value, "after");
  mock.timers.tick(PAUSE_MS);
  assert.equal(server.count, 3, "one pause is running, not two");
  leave();
  poller.refresh();
  assert.equal(server.count, 3, "without a subscriber there is nothing to refresh for");
});

test("a load gets the last value, so that it can return the same object", async () => {
  const seen: (string | undefined)[] = [];
  const { subscribe } = setUp({
    load: async (last) => {
      seen.push(last);
      return `${last ?? ""}x`;
    },
  });
  subscribe();
  await settle();
  mock.timers.tick(PAUSE_MS);
  await settle();
  assert.deepEqual(seen, [undefined, "x"]);
});
