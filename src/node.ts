// What needs a file system: `import … from "spherical-cnn/node"`, in Node, Deno or Bun. Errors are those of "spherical-cnn".

export {
  type DownloadedFile,
  type DownloadOptions,
  type DownloadProgress,
  downloadMnist,
  MNIST_FILES,
  MNIST_MIRRORS,
  type RemoteFile,
} from "./data/download.ts";
export { loadMnist, type MnistSplit } from "./data/mnist.ts";
