// A controller in a process of its own, to be killed. Prints what a test needs on one line.
import { startEmbeddedController } from '../../../src/controller/embedded-controller.ts';

const { url, token, instance, dataDir } = await startEmbeddedController();
process.stdout.write(`${JSON.stringify({ url, token, instance, dataDir })}\n`);
