import { Component, type ComponentChildren } from 'preact';
import { escapeInvisibleInLines } from '../format/invisibleCharacters.ts';

/** Shows the error if a viewer fails on unexpected content, and keeps the rest of the page. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { error?: Error }> {
  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    return error ? (
      <p role="alert" class="problem">
        It could not be shown as its declared type: {escapeInvisibleInLines(error.message)}
      </p>
    ) : (
      this.props.children
    );
  }
}
