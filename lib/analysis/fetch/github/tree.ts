import { folderOf, isForeign, isWithin } from "../files.ts";
import type { GitHubClient, Tree } from "./client.ts";

/** Folders that are asked for by themselves. */
const MAX_FOLDERS = 12;
/** Requests that stay for the files and for the person's next analysis, where GitHub's hourly limit applies. */
const SPARE_REQUESTS = 30;

type Entry = Tree["tree"][number];

/**
 * Reads a repository's tree. Where GitHub returns only part of it, the root and the folders on the way to the one that is meant are read one by
 * one, and what lies below it folder by folder, the likeliest first. Tests, examples and other people's code stay out, and `truncated` stays true.
 *
 * @param subfolder the folder that is meant, "" for the root
 * @throws AppError source_not_found, upstream_unavailable, upstream_rate_limited
 */
export async function readTree(
  client: GitHubClient,
  place: { owner: string; name: string; sha: string },
  subfolder: string,
): Promise<Tree> {
  const whole = await client.tree(place.owner, place.name, place.sha, { isRecursive: true });
  return whole.truncated ? new LargeTree(client, place, subfolder).complete(whole.tree) : whole;
}

class LargeTree {
  readonly #client: GitHubClient;
  readonly #owner: string;
  readonly #name: string;
  readonly #root: string;
  readonly #subfolder: string;
  readonly #entries = new Map<string, Entry>();
  /** The last path that GitHub returned of the whole: what comes before it in the tree's order is there. */
  #last = "";
  #asked = 0;

  constructor(client: GitHubClient, place: { owner: string; name: string; sha: string }, subfolder: string) {
    this.#client = client;
    this.#owner = place.owner;
    this.#name = place.name;
    this.#root = place.sha;
    this.#subfolder = subfolder;
  }

  async complete(known: readonly Entry[]): Promise<Tree> {
    for (const entry of known) this.#entries.set(entry.path, entry);
    this.#last = known.at(-1)?.path ?? "";
    await this.#expand("", this.#root);
    return { truncated: true, tree: [...this.#entries.values()] };
  }

  /** Reads what lies in a folder, and then the folders in it. */
  async #expand(folder: string, sha: string): Promise<void> {
    const { tree } = await this.#ask(folder, sha, false);
    const folders = tree.filter((entry) => entry.type === "tree" && this.#matters(entry.path));
    for (const child of folders.toSorted((a, b) => rank(a) - rank(b))) {
      if (this.#isComplete(child.path)) continue;
      if (!this.#isAffordable()) return;
      const isAbove = child.path !== this.#subfolder && isWithin(child.path, this.#subfolder);
      const below = isAbove ? null : await this.#ask(child.path, child.sha, true);
      if (below === null || below.truncated) await this.#expand(child.path, child.sha);
    }
  }

  async #ask(folder: string, sha: string, isRecursive: boolean): Promise<Tree> {
    this.#asked += 1;
    const answer = await this.#client.tree(this.#owner, this.#name, sha, { isRecursive });
    const tree = answer.tree.map((entry) => ({
      ...entry,
      path: folder === "" ? entry.path : `${folder}/${entry.path}`,
    }));
    for (const entry of tree) if (!this.#entries.has(entry.path)) this.#entries.set(entry.path, entry);
    return { ...answer, tree };
  }

  #isAffordable(): boolean {
    const { remaining } = this.#client;
    return this.#asked < MAX_FOLDERS && (remaining === null || remaining > SPARE_REQUESTS);
  }

  #matters(folder: string): boolean {
    if (!isWithin(this.#subfolder, folder) && !isWithin(folder, this.#subfolder)) return false;
    return isWithin(folder, this.#subfolder) || !isForeign(`${folder}/file`, this.#subfolder);
  }

  /** Returns whether GitHub's first answer had all of a folder: it goes through the tree in order, and ended behind it. */
  #isComplete(folder: string): boolean {
    return (
      !isWithin(folder, this.#last) &&
      [...this.#entries.keys()].some((path) => path !== folder && isWithin(folder, path))
    );
  }
}

/** The likeliest folders of a server come first. */
function rank({ path }: Entry): number {
  const name = path.slice(folderOf(path).length);
  if (/mcp/i.test(name)) return 0;
  if (/server/i.test(name)) return 1;
  return /^\/?(?:src|lib|packages|apps|cmd)$/.test(name) ? 2 : 3;
}
