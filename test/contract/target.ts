import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { call, warm } from '../embedded/controller-under-test.ts';
import { CAN_MAKE_NAMESPACES } from '../embedded/namespaces-on-host.ts';
import { type Differences, differencesOfAny, differencesOfEmbedded } from './differences.ts';
import { RecordedNames, TAG_WHEN_RECORDED } from './recorded-names.ts';

/** The controller that is held to the recording. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly isEmbedded: boolean;
  readonly tag: string;
  readonly names: RecordedNames;
  readonly differences: Differences;
  /** Sandboxes that were there before, which are nobody's business here. */
  readonly others: readonly string[];
  /** Deletes what was created, and stops what was started. */
  close(): Promise<void>;
}

const { FORKD_CONTROLLER_URL, FORKD_TOKEN_FILE, FORKD_SNAPSHOT_TAG } = process.env;

export const IS_EMBEDDED = FORKD_CONTROLLER_URL === undefined;

/** The one at FORKD_CONTROLLER_URL; without it, an embedded one that is started for this. */
export async function openTarget(): Promise<Target> {
  return FORKD_CONTROLLER_URL === undefined ? startEmbedded() : connect(FORKD_CONTROLLER_URL);
}

/** As many as the cases have at once, and five more. */
const NAMESPACES = 9;

async function startEmbedded(): Promise<Target> {
  const controller = await startEmbeddedController({ netns: CAN_MAKE_NAMESPACES ? NAMESPACES : 0 });
  await Promise.all(['other', TAG_WHEN_RECORDED].map((tag) => warm(controller, tag)));
  return {
    ...{ url: controller.url, token: controller.token },
    ...{ isEmbedded: true, others: [], tag: TAG_WHEN_RECORDED },
    names: new RecordedNames({ tag: TAG_WHEN_RECORDED, root: controller.dataDir }),
    differences: differencesOfEmbedded({ namespaces: CAN_MAKE_NAMESPACES }),
    close: () => controller.stop(),
  };
}

async function connect(url: string): Promise<Target> {
  const token = FORKD_TOKEN_FILE === undefined ? '' : (await readFile(FORKD_TOKEN_FILE, 'utf8')).trim();
  const tag = FORKD_SNAPSHOT_TAG ?? 'jupyter';
  const target = { url: url.replace(/\/+$/, ''), token };
  const names = new RecordedNames({ tag, root: '<root>' });
  return {
    ...target,
    ...{ isEmbedded: false, names, tag },
    differences: differencesOfAny({ asksForToken: FORKD_TOKEN_FILE !== undefined }),
    others: await sandboxIds(target),
    close: async () => {
      for (const id of names.ids) await call(target, 'DELETE', `/v1/sandboxes/${id}`);
    },
  };
}

async function sandboxIds(target: Pick<Target, 'url' | 'token'>): Promise<readonly string[]> {
  const { status, text } = await call(target, 'GET', '/v1/sandboxes');
  if (status !== 200) throw new Error(`GET /v1/sandboxes at ${target.url} was answered ${status}: ${text}`);
  return z
    .array(z.object({ id: z.string() }))
    .parse(JSON.parse(text))
    .map(({ id }) => id);
}
