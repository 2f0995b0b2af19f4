// What the ciphertexts beside a deployment's inputs are bound to, as the field of their associated data. A tab cannot stand in the key of an
// input, so no input can take one of these names.

/** The bearer that a machine's mcp-host demands. */
export const HOST_TOKEN_FIELD = "\tmcp-host token";

/** The platform's token for one deployment's machine. */
export const MACHINE_TOKEN_FIELD = "\tmachine token";
