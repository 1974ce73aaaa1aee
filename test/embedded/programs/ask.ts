// Says one line to an address and prints the answer; to be run inside of a network namespace.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const [host, port, line] = process.argv.slice(2);
const socket = connect({ host: host ?? '', port: Number(port), timeout: 5000 });
socket.once('timeout', () => {
  socket.destroy(new Error('no answer within 5 s'));
});
socket.end(`${line ?? ''}\n`);
process.stdout.write(await text(socket));
