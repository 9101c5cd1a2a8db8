import { cleanup, configure } from '@testing-library/preact';
import { afterEach } from 'vitest';

// The first import of a viewer takes seconds on a busy machine.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);
