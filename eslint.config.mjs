import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// The direction of imports (docs/architecture.md): what is pure never reaches
// for what acts, and nobody imports a command.
const pure = ['stats', 'acceptance', 'report', 'results'];
const acting = ['commands', 'cli', 'bench', 'hub', 'kernel', 'controller', 'python', 'process'];
const zones = [
  ...pure.map((target) => ({ target: `./src/${target}`, from: acting.map((from) => `./src/${from}`) })),
  ...acting
    .filter((name) => name !== 'commands')
    .map((target) => ({ target: `./src/${target}`, from: './src/commands' })),
  ...['hub', 'kernel', 'controller', 'python', 'process'].map((target) => ({
    target: `./src/${target}`,
    from: ['./src/bench', './src/cli'],
  })),
  { target: './src/process', from: ['./src/hub', './src/kernel', './src/controller', './src/python'] },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'fixtures/', 'python/', 'bench-results/', '**/.venv/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.mjs', 'bin/*.js'] } },
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
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
  { files: ['test/**/*.ts'], ...vitest.configs.recommended },
  // vitest's asymmetric matchers (expect.any and the like) are typed `any`.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
);
