import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import tseslint from 'typescript-eslint';

// The direction of imports (docs/architecture.md): what is pure never reaches
// for what acts, and nobody imports a command.
const pure = ['stats', 'acceptance', 'report', 'results'];
const acting = [
  ...['commands', 'cli', 'accept', 'doctor', 'clean', 'profile', 'parent', 'bench'],
  ...['hub', 'kernel', 'controller', 'python', 'netns', 'process'],
];
const closed = {
  ...Object.fromEntries(pure.map((folder) => [folder, acting])),
  ...Object.fromEntries(acting.filter((name) => name !== 'commands').map((folder) => [folder, ['commands']])),
  ...Object.fromEntries(
    ['hub', 'kernel', 'controller', 'python', 'netns'].map((folder) => [
      folder,
      ['commands', 'accept', 'doctor', 'clean', 'profile', 'parent', 'bench', 'cli'],
    ]),
  ),
  accept: ['commands', 'cli', 'doctor', 'clean', 'profile'],
  doctor: ['commands', 'cli', 'accept', 'clean', 'profile', 'bench', 'kernel'],
  clean: ['commands', 'cli', 'accept', 'doctor', 'profile', 'bench', 'hub', 'kernel'],
  profile: ['commands', 'cli', 'accept', 'doctor', 'clean'],
  parent: ['commands', 'cli', 'accept', 'doctor', 'clean', 'profile', 'bench', 'hub', 'kernel'],
  bench: ['commands', 'accept', 'doctor', 'clean', 'profile', 'parent'],
  process: acting.filter((name) => name !== 'process'),
};
const directions = Object.entries(closed).map(([folder, others]) => ({
  files: [`src/${folder}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${others.join('|')})/`,
            message: `src/${folder} does not reach for this (docs/architecture.md).`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'assets/', 'fixtures/', 'python/', 'bench-results/', '**/.venv/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.mjs', 'bin/*.js'] } },
    },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { console: 'readonly', performance: 'readonly', process: 'readonly', URL: 'readonly' },
    },
  },
  ...directions,
  { files: ['test/**/*.ts'], ...vitest.configs.recommended },
  // vitest's asymmetric matchers (expect.any and the like) are typed `any`.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  // A message beside the value is vitest's own.
  { files: ['test/**/*.ts'], rules: { 'vitest/valid-expect': ['error', { maxArgs: 2 }] } },
);
