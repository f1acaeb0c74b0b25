/**
 * The vocabulary: pure values that every other package speaks, without Vert.x and without I/O.
 *
 * <p>Decision: input is checked once, here. Whoever holds a {@link dev.memoryproxy.blob.BlobPath}
 * or a {@link dev.memoryproxy.blob.Precondition} holds a valid one; nothing behind the HTTP edge
 * looks at a raw header or a raw path again.
 */
@NullMarked
package dev.memoryproxy.blob;

import org.jspecify.annotations.NullMarked;
