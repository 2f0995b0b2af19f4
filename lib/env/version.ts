import manifest from "../../package.json" with { type: "json" };

/** Catwalk's own version. */
export const version: string = manifest.version;
