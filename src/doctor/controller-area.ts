import { stat } from 'node:fs/promises';

import { ISOLATION_OF_CONTROLLER } from '../record/backend-sentence.ts';
import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

/** A group may read it: the hub, which is no root, can have it in no better way. */
const OTHERS = 0o007;

export const CONTROLLER_AREA: Area = {
  name: 'controller',
  checks: [
    { name: 'address', look: lookAtAddress },
    { name: 'token', needs: ['address'], look: lookAtToken },
    { name: 'version', needs: ['token'], look: lookAtVersion },
    { name: 'token file', required: false, look: lookAtTokenFile },
  ],
};

async function lookAtAddress({ controller, isEmbedded, options }: Inspection): Promise<Finding> {
  await (await controller()).health();
  return ready(isEmbedded ? 'the embedded one, started for this check' : options.controller);
}

/** Its health is told to everybody, the list of snapshots is not. */
async function lookAtToken({ controller }: Inspection): Promise<Finding> {
  await (await controller()).listSnapshots();
  return ready('accepted');
}

/** Named with its isolation: nobody shall take the embedded one for forkd. */
async function lookAtVersion({ version }: Inspection): Promise<Finding> {
  const { version: number, api, backend } = await version();
  const kind = backend === 'embedded' ? `embedded: ${ISOLATION_OF_CONTROLLER.embedded}` : 'forkd';
  if (api === 'v1') return ready(`${number}, ${kind}`);
  return notReady(`${number} speaks API ${api}, not v1`, 'use forkd-controller 0.5 or newer');
}

async function lookAtTokenFile({ options: { tokenFile } }: Inspection): Promise<Finding> {
  if (tokenFile === undefined) return notChecked('none is given');
  const { mode } = await stat(tokenFile);
  if ((mode & OTHERS) === 0) return ready(`${tokenFile}, not for everybody to read`);
  return notReady(`${tokenFile} can be read by everybody`, `chmod o= ${tokenFile}`);
}
