// What the gateway shares with mcp-host: how messages are read, checked and answered, and how session ids are sealed. The gateway imports
// nothing else of mcp-host, so that everything else can change without it.
export { accepts } from "./accept.ts";
export { isModern } from "./era.ts";
export { parseEventId } from "./event-ids.ts";
export { canonicalJson, isObject, parseJson } from "./json.ts";
export {
  type Classified,
  classify,
  code,
  type ErrorBody,
  errorResponse,
  type Id,
  idKey,
  type RequestMessage,
  type ResponseMessage,
} from "./jsonrpc.ts";
export { findList, LIST_CHANGES, LISTS, type ListMember, type ListMethod } from "./lists.ts";
export { type RequestMeta, readMeta, versionOf } from "./meta.ts";
export { checkHeaders } from "./request-headers.ts";
export { discoverResult, httpStatusOf, modernise, onSubscription, subscriptionEnded } from "./results.ts";
export { SessionIds } from "./session-ids.ts";
export { readFilter } from "./subscription-filter.ts";
export { LEGACY_VERSIONS, legacyVersionFor, MODERN_VERSIONS, NEWEST_LEGACY_VERSION } from "./versions.ts";
