import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(globalIgnores(['dist/', 'test/data/']), {
  files: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,tsx}', '*.ts'],
  extends: [tseslint.configs.recommendedTypeChecked],
  plugins: { 'react-hooks': reactHooks },
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: {
    // The rules of React's compiler are not Preact's.
    'react-hooks/rules-of-hooks': 'error',
    'react-hooks/exhaustive-deps': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    eqeqeq: 'error',
  },
});
