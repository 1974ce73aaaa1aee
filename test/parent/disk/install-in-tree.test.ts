import { expect, it } from 'vitest';

import { treeEnvironment } from '../../../src/parent/disk/install-in-tree.ts';

it('what runs in a tree gets the settings of pip and proxies, and no path or secret of the host', () => {
  const own = {
    ...{ PIP_INDEX_URL: 'https://mirror/simple', HTTPS_PROXY: 'http://proxy', no_proxy: 'localhost' },
    ...{
      PIP_CERT: '/etc/ssl/ca.pem',
      PIP_FIND_LINKS: '/opt/wheels',
      FORKD_TOKEN: 'secret',
      PATH: '/opt/bin',
    },
  };

  expect(treeEnvironment(own)).toEqual({
    ...{ PIP_INDEX_URL: 'https://mirror/simple', HTTPS_PROXY: 'http://proxy', no_proxy: 'localhost' },
    ...{
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: '/root',
    },
    ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_ROOT_USER_ACTION: 'ignore' },
  });
});
