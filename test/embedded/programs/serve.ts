// A controller in a process of its own, to be killed; its argument: how many namespaces it makes.
// Prints what a test needs on one line.
import { startEmbeddedController } from '../../../src/embedded/embedded-controller.ts';

const { url, token, instance, dataDir, netns } = await startEmbeddedController({
  netns: Number(process.argv[2] ?? 0),
});
process.stdout.write(`${JSON.stringify({ url, token, instance, dataDir, netns })}\n`);
