import { render, screen } from '@testing-library/preact';
import { expect, test } from 'vitest';
import { ErrorBoundary } from '../../src/components/ErrorBoundary.tsx';
import { lazyComponent } from '../../src/components/lazyComponent.tsx';

test('a component is fetched once, when it is first rendered', async () => {
  let fetched = 0;
  const Greeting = lazyComponent('the greeting', async () => {
    fetched++;
    return ({ name }: { name: string }) => <p>Hello {name}</p>;
  });
  expect(fetched).toBe(0);
  render(<Greeting name="one" />);
  expect(screen.getByRole('status').textContent).toBe('Loading the greeting…');
  expect(await screen.findByText('Hello one')).toBeTruthy();
  render(<Greeting name="two" />);
  expect(await screen.findByText('Hello two')).toBeTruthy();
  expect(fetched).toBe(1);
});

test('a component that cannot be fetched offers to load the page again, and the next try fetches it', async () => {
  let fails = true;
  const Greeting = lazyComponent('the greeting', async () => {
    if (fails) throw new TypeError('Failed to fetch dynamically imported module');
    return () => <p>Hello</p>;
  });
  render(<Greeting />);
  expect((await screen.findByRole('alert')).textContent).toContain('The registry may have been updated');
  fails = false;
  render(<Greeting />);
  expect(await screen.findByText('Hello')).toBeTruthy();
});

test('a viewer that throws leaves the rest of the page, and hides nothing in its message', () => {
  const Broken = (): never => {
    throw new Error('bad \u202e byte');
  };
  render(
    <>
      <p>Before</p>
      <ErrorBoundary>
        <Broken />
      </ErrorBoundary>
    </>,
  );
  expect(screen.getByText('Before')).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toContain('bad \\u{202e} byte');
});
