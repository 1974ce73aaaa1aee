import { describe, expect, it } from 'vitest';

import type { HubUser } from '../../../src/hub/client/hub-client.ts';
import type { ProgressEvent } from '../../../src/hub/client/progress-stream.ts';
import { defaultServer, type ServerName } from '../../../src/hub/client/server-name.ts';
import { serverRoot, ServerUrls } from '../../../src/hub/client/server-urls.ts';

const ADA = defaultServer('ada');

describe('serverRoot', () => {
  it.each<readonly [string, string, string, ServerName, string]>([
    ['a path', '/user/ada/', 'http://127.0.0.1:8000', ADA, 'http://127.0.0.1:8000/user/ada/'],
    [
      'a base URL',
      '/at/jupyter/user/ada/',
      'https://a.test/at/jupyter',
      ADA,
      'https://a.test/at/jupyter/user/ada/',
    ],
    ['a subdomain', 'https://ada.a.test/user/ada/', 'https://a.test', ADA, 'https://ada.a.test/user/ada/'],
    [
      ...(['a subdomain with port and base URL', 'http://ada.hub.localhost:1/at/user/ada/'] as const),
      ...(['http://hub.localhost:1/at', ADA, 'http://ada.hub.localhost:1/at/user/ada/'] as const),
    ],
    [
      ...(['a named server', '/user/ada/gpu/', 'http://a.test'] as const),
      ...([{ user: 'ada', server: 'gpu' }, 'http://a.test/user/ada/gpu/'] as const),
    ],
    [
      ...(['an address as a name', '/user/ada@example.com/', 'http://a.test'] as const),
      ...([defaultServer('ada@example.com'), 'http://a.test/user/ada@example.com/'] as const),
    ],
    [
      ...(['a name with a space', '/user/ada%20l/', 'http://a.test'] as const),
      ...([defaultServer('ada l'), 'http://a.test/user/ada%20l/'] as const),
    ],
    [
      ...(['a name beyond ASCII', '/user/%C5%BC%C3%B3%C5%82w/', 'http://a.test'] as const),
      ...([defaultServer('żółw'), 'http://a.test/user/%C5%BC%C3%B3%C5%82w/'] as const),
    ],
    [
      ...(['a name with a percent sign', '/user/x%2541/', 'http://a.test'] as const),
      ...([defaultServer('x%41'), 'http://a.test/user/x%2541/'] as const),
    ],
    [
      ...(['characters that Python escapes', '/user/%28o%21k%29/', 'http://a.test'] as const),
      ...([defaultServer('(o!k)'), 'http://a.test/user/%28o%21k%29/'] as const),
    ],
  ])('takes %s for what it is', (_, url, hubUrl, name, root) => {
    expect(serverRoot(url, hubUrl, name)).toBe(root);
  });

  it.each([
    ['a page below it', '/user/ada/lab/tree/x'],
    ['a page with a query', '/user/ada/?next=1'],
    ['another user’s', '/user/zoe/'],
    ['a named server’s', '/user/ada/gpu/'],
    ['no address', 'http://'],
    ['what cannot be decoded', '/user/%E0%A4%A/'],
  ])('takes nothing from %s', (_, url) => {
    expect(serverRoot(url, 'http://a.test', ADA)).toBeUndefined();
  });
});

describe('ServerUrls', () => {
  const hub = (event: Partial<ProgressEvent>, model: Record<string, unknown> = {}) => ({
    url: 'http://a.test',
    async *serverProgress(): AsyncGenerator<ProgressEvent> {
      yield await Promise.resolve({ message: '', ready: true, ...event });
    },
    getUser: (): Promise<HubUser> =>
      Promise.resolve({ name: 'ada', servers: { '': { name: '', ...model } } }),
  });

  async function urlOf(client: ReturnType<typeof hub>): Promise<string> {
    const urls = new ServerUrls(client);
    await Array.fromAsync(urls.watch(ADA, new AbortController().signal));
    return urls.of(ADA);
  }

  it('believes the event that says ready', async () => {
    expect(await urlOf(hub({ url: 'http://ada.a.test/user/ada/' }))).toBe('http://ada.a.test/user/ada/');
  });

  it('asks for the user where a hook sends people elsewhere', async () => {
    const event = { url: 'http://ada.a.test/user/ada/lab/tree/course' };
    const model = { url: '/user/ada/', full_url: 'http://ada.a.test/user/ada/' };

    expect(await urlOf(hub(event, model))).toBe('http://ada.a.test/user/ada/');
  });

  it('composes the address on a hub that says nothing', async () => {
    expect(await urlOf(hub({}))).toBe('http://a.test/user/ada/');
  });
});
