import { Component, type ComponentChildren } from 'preact';
import { escapeInvisibleInLines } from '../format/invisibleCharacters.ts';

/** Content may be other than its viewer expects: then it is said why, and the rest of the page stays. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { error?: Error }> {
  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    return error ? (
      <p role="alert" class="problem">
        It could not be shown as what it is said to be: {escapeInvisibleInLines(error.message)}
      </p>
    ) : (
      this.props.children
    );
  }
}
