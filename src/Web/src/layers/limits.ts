// Limits for layers, which are untrusted.

const mebibyte = 1024 * 1024;

/** Entries of one layer that are listed; later ones are not read. */
export const maxEntries = 200_000;
/** Entries and folders of the merged file system of an image. */
export const maxNodes = 500_000;
/** Characters of a path, as PATH_MAX of Linux; longer ones are cut. */
export const maxPath = 4096;
/** Bytes of a text in an archive that are kept: enough for a path of which each character takes the most. */
export const maxText = 4 * (maxPath + 1);
/** Characters of the names of all entries of a layer, or of an image: unpacked, a layer can hold a thousand times its size of them. */
export const maxCharacters = 64 * mebibyte;
/** Bytes of one extended header (pax, or GNU's for long names). Go's reader has the same limit. */
export const maxExtendedHeader = mebibyte;
/** Extended headers before an entry. */
export const maxExtendedHeaders = 16;
/** Bytes that are unpacked from a layer before reading stops. */
export const maxUnpacked = 64 * 1024 * mebibyte;
/** Bytes of an index of a layer, packed and unpacked. */
export const maxPackedIndex = 32 * mebibyte;
export const maxIndex = 64 * mebibyte;
/** Maximum window of a zstd frame in bytes. The zstd command has the same default limit. */
export const maxWindow = 128 * mebibyte;
/** Bytes of a file that are shown as text or hex. */
export const maxShown = mebibyte;
/** Bytes of a file that is shown as an image. */
export const maxPicture = 16 * mebibyte;
/** Bytes of a file that can be saved. */
export const maxSaved = 1024 * mebibyte;
/** Bytes of layers that are read without asking. */
export const maxUnasked = 20 * mebibyte;
/** Layers of an image that are read. */
export const maxLayers = 500;
