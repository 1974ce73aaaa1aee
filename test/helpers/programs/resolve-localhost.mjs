// For `node --import`: names below localhost are loopback, as browsers and curl have it (RFC 6761).
// Node asks the system, which knows them only where systemd-resolved or nss-myhostname does.
import dns from 'node:dns';

const { lookup } = dns;

dns.lookup = (hostname, ...rest) => lookup(hostname.endsWith('.localhost') ? '127.0.0.1' : hostname, ...rest);
