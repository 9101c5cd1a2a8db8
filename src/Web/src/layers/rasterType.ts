/** The media type of a picture of points by what its bytes begin with; undefined for all else, such as SVG, which can hold scripts. */
export function rasterType(bytes: Uint8Array): string | undefined {
  const begins = (at: number, text: string): boolean => [...text].every((character, index) => bytes[at + index] === character.charCodeAt(0));
  if (begins(0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (begins(0, '\xff\xd8\xff')) return 'image/jpeg';
  if (begins(0, 'GIF87a') || begins(0, 'GIF89a')) return 'image/gif';
  if (begins(0, 'RIFF') && begins(8, 'WEBP')) return 'image/webp';
  return undefined;
}
