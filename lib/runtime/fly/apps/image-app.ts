/** An image for machines in an app of the owner's organization, for a Catwalk that does not run on Fly itself. */
export interface ImageApp {
  /** The reference to set under Settings → Machines. */
  image: string;
  /** The one command, in a clone of Catwalk, that creates the app and has Fly's builder push the image into it. */
  command: string;
}

/** Returns the app and the command that makes its image. The name has the installation's id, since names are shared by all of Fly. */
export function buildImageApp(installation: string, org: string): ImageApp {
  const app = `catwalk-image-${installation}`;
  return {
    image: `registry.fly.io/${app}:mcp-host`,
    command:
      `fly apps create ${app} --org ${org} && ` +
      `fly deploy mcp-host --app ${app} --remote-only --build-only --push --image-label mcp-host`,
  };
}
