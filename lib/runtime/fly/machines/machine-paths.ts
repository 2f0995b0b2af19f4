/** The server's home in both images that machines are made from. */
export const HOME_PATH = "/data/home";
/** The folder for installed servers in both images. */
export const INSTALL_PATH = "/data/install";
