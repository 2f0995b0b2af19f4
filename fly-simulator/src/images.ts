/** Parses an image reference, which the simulator, as Fly, accepts in short and full form. */
export function parseImage(image: string): {
  registry: string;
  repository: string;
  reference: string;
  tag: string;
  digest: string | null;
} {
  const [name = "", digest] = image.split("@");
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  const tag = hasTag ? name.slice(colon + 1) : "latest";
  const path = hasTag ? name.slice(0, colon) : name;
  const [first = "", ...rest] = path.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  return {
    registry: hasRegistry ? first : "docker.io",
    repository: hasRegistry ? rest.join("/") : path,
    reference: digest ?? tag,
    tag,
    digest: digest ?? null,
  };
}
