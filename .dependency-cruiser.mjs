// The direction of imports: a room may import from itself and from the rooms above it in this list.
export const ROOMS = [
  'faults',
  'time',
  'process',
  'files',
  'text',
  'record',
  'stats',
  'verdict',
  'report/parts',
  'report/tables',
  'report/text',
  'report/page',
  'report/files',
  'report',
  'forkd',
  'embedded',
  'python',
  'kernel',
  'hub/client',
  'hub/local',
  'bench/plan',
  'bench/target',
  'bench/run',
  'network',
  'parent',
  'doctor',
  'clean',
  'profile',
  'accept',
  'cli',
  'commands',
];

/** Matches its files and those of its folders, but for folders that are rooms themselves. */
function filesOf(room) {
  const inner = ROOMS.filter((other) => other.startsWith(`${room}/`)).map((other) =>
    other.slice(room.length + 1),
  );
  return inner.length === 0 ? `^src/${room}/` : `^src/${room}/(?!(${inner.join('|')})/)`;
}

function keepsDirection(room, index) {
  return {
    name: `${room}-imports-what-is-above-it`,
    comment: 'A room imports only from those above it in the list of .dependency-cruiser.mjs.',
    severity: 'error',
    from: { path: filesOf(room) },
    to: { path: ROOMS.slice(index + 1).map(filesOf) },
  };
}

const everyRoom = ROOMS.map((room) => `^src/${room}/`);

export default {
  forbidden: [
    ...ROOMS.slice(0, -1).map(keepsDirection),
    {
      name: 'every-file-is-in-a-room',
      comment: 'Give a new folder of src/ its place in the list of .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: everyRoom },
      to: {},
    },
    {
      name: 'every-imported-file-is-in-a-room',
      comment: 'Give a new folder of src/ its place in the list of .dependency-cruiser.mjs.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: everyRoom },
    },
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one, or want a third one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types have a direction as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx'] },
  },
};
