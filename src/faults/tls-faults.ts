const UNTRUSTED =
  'give the certificate of its authority with NODE_EXTRA_CA_CERTS=/path/of/authority.pem in the environment';

const HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has to be renewed; is the clock of this machine right?',
  CERT_NOT_YET_VALID: 'is the clock of this machine right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'give the address by a name that is in its certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'nobody speaks TLS there: is it an http:// address?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'nobody speaks TLS there: is it an http:// address?',
};

/**
 * What to do where TLS is why a connection failed; undefined where it isn't.
 *
 * ref: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export function tlsHint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return HINTS[code] ?? tlsHint(error.cause);
}
