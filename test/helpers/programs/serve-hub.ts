// The stand-in of a hub in a process of its own, so that its work is not counted as the client's.
// Its servers are ready after so many milliseconds. Prints its address; ends with its standard input.
import { HubStandIn } from '../hub-stand-in.ts';

const hub = await new HubStandIn({ readyAfterMs: Number(process.argv[2] ?? 0) }).start();
process.stdout.write(`${hub.url}\n`);
process.stdin.on('end', () => {
  hub.close();
});
process.stdin.resume();
